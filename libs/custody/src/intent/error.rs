//! Why there is no such intent.

use bitcoin::hex::DisplayHex;
use bitcoin::{Amount, FeeRate, OutPoint};
use thiserror::Error;

/// Why facts give no intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum IntentError {
    /// Nobody to pay, or nothing to spend.
    #[error("nothing to do: no input is ready, or no payout can be paid at this fee rate")]
    Nothing,
    /// One coin twice.
    #[error("input {outpoint} is listed twice")]
    InputTwice {
        /// The repeated coin.
        outpoint: OutPoint,
    },
    /// One payout twice.
    #[error("payout {id} is listed twice")]
    PayoutTwice {
        /// The repeated payout.
        id: u64,
    },
    /// Coins do not cover what is to be paid.
    #[error("inputs of {available} do not cover {needed}: wait for confirmations, or consolidate")]
    Insufficient {
        /// Value of the inputs.
        available: Amount,
        /// Payouts, fee and the least change.
        needed: Amount,
    },
    /// Whoever pays the fee has not agreed to that much.
    #[error("the fee of {fee} exceeds its budget of {budget}: wait for a lower fee rate")]
    Budget {
        /// The most that the fee may be.
        budget: Amount,
        /// The fee.
        fee: Amount,
    },
    /// A payout's share of the fee is above what its owner agreed to.
    #[error("payout {id} would pay {share} of the fee, its ceiling is {ceiling}: wait for a lower fee rate")]
    Ceiling {
        /// The payout.
        id: u64,
        /// The most that it pays.
        ceiling: Amount,
        /// What it would have to pay.
        share: Amount,
    },
    /// A bump has to raise the fee rate, and may double it.
    #[error("a bump goes from {old} sat/kwu to at most twice that, found {new} sat/kwu")]
    Step {
        /// The present rate.
        old: FeeRate,
        /// The rate asked for.
        new: FeeRate,
    },
    /// Nodes would not relay it.
    #[error("a transaction of {vsize} virtual bytes is too large, the most is {most}: pay fewer at once")]
    TooLarge {
        /// The most.
        most: u64,
        /// The size.
        vsize: u64,
    },
    /// Custody could not spend its own stake.
    #[error(
        "the stake names {} as its staker, custody signs with {}: stake under the group key",
        found.as_hex(), expected.as_hex()
    )]
    Staker {
        /// The group key.
        expected: [u8; 32],
        /// The staker of the terms.
        found: [u8; 32],
    },
    /// Nodes would not relay it.
    #[error("a stake of {value} is dust: stake at least {least}")]
    Dust {
        /// The least that an output needs.
        least: Amount,
        /// The stake.
        value: Amount,
    },
    /// More than can exist.
    #[error("amounts or fees exceed 21 million bitcoin")]
    Overflow,
}
