//! Which of a wallet's coins fund a stake, and for what fee.
//!
//! A policy is named after the software whose choices it reproduces, so that a user who moves from
//! that software sees the same transaction (`docs/spec/bitcoin-formats.md` §a.4). Only native segwit
//! coins are taken: the unbonding and slashing transactions are signed before the staking
//! transaction, so its id must not change when it is signed.

use std::collections::HashSet;

use bitcoin::opcodes::all::OP_RETURN;
use bitcoin::{Amount, FeeRate, OutPoint, Script, TxOut};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// An unspent output of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coin {
    /// Its place.
    pub outpoint: OutPoint,
    /// Its value and script.
    pub output: TxOut,
}

/// How coins are chosen and fees computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoinPolicy {
    /// btc-staking-ts 2.5.7: largest coins first, sizes estimated by script type, change above 546 sats.
    BtcStakingTs,
}

/// Coins chosen for a payment; `sum(coins) = payment + fee + change`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The coins to spend, in input order.
    pub coins: Vec<Coin>,
    /// The fee that the policy's formula asks for, in sats.
    pub quoted_fee: Amount,
    /// The fee that is paid, in sats: what is too small for change is on top.
    pub fee: Amount,
    /// Value of the change output, in sats.
    pub change: Option<Amount>,
}

impl CoinPolicy {
    /// Chooses from `coins` to pay for `outputs`.
    ///
    /// # Errors
    /// When a coin is listed twice or is not native segwit, when the coins do not suffice, or when
    /// `fee_rate` or the amounts are beyond what bitcoin can carry.
    pub fn choose(
        self,
        coins: &[Coin],
        outputs: &[TxOut],
        fee_rate: FeeRate,
    ) -> Result<Selection, CoinError> {
        check(coins)?;
        let payment = sum(outputs)?;
        let Self::BtcStakingTs = self;
        largest_first(coins, outputs, payment, fee_rate)
    }
}

/// The coin that pays for an expansion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ExpansionCoin {
    pub(crate) coin: Coin,
    /// Value of the change output, in sats.
    pub(crate) change: Option<Amount>,
}

impl CoinPolicy {
    /// Chooses the smallest coin that pays, with the `previous` stake of so many sats, for `staking` and the fee.
    ///
    /// # Errors
    /// As [`CoinPolicy::choose`].
    pub(crate) fn choose_for_expansion(
        self,
        coins: &[Coin],
        previous: Amount,
        staking: &TxOut,
        fee_rate: FeeRate,
    ) -> Result<ExpansionCoin, CoinError> {
        check(coins)?;
        let Self::BtcStakingTs = self;
        let mut sorted: Vec<&Coin> = coins.iter().collect();
        sorted.sort_by_key(|coin| coin.output.value);
        let (mut available, mut needed) = (previous, staking.value);
        for coin in sorted {
            let size = estimate::OVERHEAD
                + output_size(staking)
                + estimate::EXPANDED_INPUT
                + input_size(&coin.output.script_pubkey);
            available = add(previous, coin.output.value)?;
            needed = add(staking.value, fee(fee_rate, size)?)?;
            let dust = Amount::from_sat(estimate::DUST);
            if available > add(needed, dust)? {
                needed = add(needed, fee_of_size(fee_rate, estimate::OUTPUT)?)?;
            }
            if let Some(rest) = available.checked_sub(needed) {
                return Ok(ExpansionCoin { coin: coin.clone(), change: (rest > dust).then_some(rest) });
            }
        }
        Err(CoinError::Insufficient { available, needed })
    }
}

/// Virtual bytes that btc-staking-ts assumes, and its thresholds.
mod estimate {
    pub(super) const P2WPKH_INPUT: u64 = 68;
    pub(super) const P2TR_INPUT: u64 = 58;
    /// The input that spends a stake by its unbonding leaf, whatever its covenant.
    pub(super) const EXPANDED_INPUT: u64 = 268;
    pub(super) const OTHER_INPUT: u64 = 180;
    pub(super) const OUTPUT: u64 = 43;
    pub(super) const OP_RETURN_OVERHEAD: u64 = 9;
    pub(super) const OVERHEAD: u64 = 11;
    /// Sats per virtual byte up to which [`LOW_RATE_BUFFER`] is added.
    pub(super) const LOW_RATE: u32 = 2;
    /// Sats.
    pub(super) const LOW_RATE_BUFFER: u64 = 30;
    /// Sats that a change output must exceed.
    pub(super) const DUST: u64 = 546;
    pub(super) const WITHDRAWAL_BUFFER: u64 = 17;
}

/// The fee in sats of btc-staking-ts for a transaction with one taproot input and one output.
pub(crate) fn withdrawal_fee(fee_rate: FeeRate) -> Result<Amount, CoinError> {
    let size = estimate::P2TR_INPUT + estimate::OUTPUT + estimate::OVERHEAD + estimate::WITHDRAWAL_BUFFER;
    fee(fee_rate, size)
}

fn largest_first(
    coins: &[Coin],
    outputs: &[TxOut],
    payment: Amount,
    fee_rate: FeeRate,
) -> Result<Selection, CoinError> {
    let mut sorted: Vec<&Coin> = coins.iter().collect();
    sorted.sort_by_key(|coin| std::cmp::Reverse(coin.output.value));
    let dust = Amount::from_sat(estimate::DUST);
    let mut size = estimate::OVERHEAD + outputs.iter().map(output_size).sum::<u64>();
    let (mut taken, mut needed) = (Amount::ZERO, payment);
    for (index, coin) in sorted.iter().enumerate() {
        size += input_size(&coin.output.script_pubkey);
        taken = add(taken, coin.output.value)?;
        let mut quoted_fee = fee(fee_rate, size)?;
        needed = add(payment, quoted_fee)?;
        // The change output's own fee may eat the change, or more; deployed software computes it so.
        if taken > add(needed, dust)? {
            quoted_fee = add(quoted_fee, fee_of_size(fee_rate, estimate::OUTPUT)?)?;
            needed = add(payment, quoted_fee)?;
        }
        if let Some(rest) = taken.checked_sub(needed) {
            let change = (rest > dust).then_some(rest);
            let fee = if change.is_some() { quoted_fee } else { add(quoted_fee, rest)? };
            let coins = sorted[..=index].iter().map(|coin| (*coin).clone()).collect();
            return Ok(Selection { coins, quoted_fee, fee, change });
        }
    }
    Err(CoinError::Insufficient { available: taken, needed })
}

fn check(coins: &[Coin]) -> Result<(), CoinError> {
    let mut seen = HashSet::new();
    for Coin { outpoint, output } in coins {
        if !seen.insert(outpoint) {
            return Err(CoinError::Duplicate { outpoint: *outpoint });
        }
        if !output.script_pubkey.is_witness_program() {
            return Err(CoinError::NotSegwit { outpoint: *outpoint });
        }
    }
    Ok(())
}

fn input_size(script: &Script) -> u64 {
    match script {
        _ if script.is_p2wpkh() => estimate::P2WPKH_INPUT,
        _ if script.is_p2tr() => estimate::P2TR_INPUT,
        _ => estimate::OTHER_INPUT,
    }
}

fn output_size(output: &TxOut) -> u64 {
    let script = output.script_pubkey.as_bytes();
    if script.first() == Some(&OP_RETURN.to_u8()) {
        script.len() as u64 + estimate::OP_RETURN_OVERHEAD
    } else {
        estimate::OUTPUT
    }
}

fn fee(rate: FeeRate, size: u64) -> Result<Amount, CoinError> {
    let low = rate <= FeeRate::from_sat_per_vb_u32(estimate::LOW_RATE);
    let buffer = if low { estimate::LOW_RATE_BUFFER } else { 0 };
    add(fee_of_size(rate, size)?, Amount::from_sat(buffer))
}

fn fee_of_size(rate: FeeRate, size: u64) -> Result<Amount, CoinError> {
    rate.fee_vb(size).ok_or(CoinError::TooMuch)
}

fn sum(outputs: &[TxOut]) -> Result<Amount, CoinError> {
    outputs.iter().try_fold(Amount::ZERO, |sum, output| add(sum, output.value))
}

fn add(a: Amount, b: Amount) -> Result<Amount, CoinError> {
    a.checked_add(b).filter(|sum| *sum <= Amount::MAX_MONEY).ok_or(CoinError::TooMuch)
}

/// Why no coins could be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CoinError {
    /// One coin twice.
    #[error("coin {outpoint} is listed twice: list each coin once")]
    Duplicate {
        /// The repeated coin.
        outpoint: OutPoint,
    },
    /// All coins together are too few.
    #[error("coins of {available} do not cover the {needed} needed with fees: add coins")]
    Insufficient {
        /// Sum of all coins.
        available: Amount,
        /// Payment and quoted fee, were all coins spent.
        needed: Amount,
    },
    /// Signing such a coin would change the transaction id.
    #[error("coin {outpoint} is not native segwit: move it to a bc1 address first")]
    NotSegwit {
        /// The coin.
        outpoint: OutPoint,
    },
    /// Amounts or fees add up to more than can exist.
    #[error("amounts or fees exceed 21 million bitcoin: check amount and fee rate")]
    TooMuch,
}
