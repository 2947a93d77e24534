//! What the relayer of stakes hears and says.

use alloy_primitives::B256;
use bitcoin::{BlockHash, Transaction, Txid};
use thiserror::Error;

use super::Fact;
use crate::{
    bitcoin_scan::Found,
    staking::{Look, Refusal, Seen},
};

/// What happens to the relayer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Time to look.
    Tick,
    /// What was looked for.
    Seen(Seen),
    /// The mempool took a proof, or refused it.
    Answered {
        /// What was proven.
        fact: Fact,
        /// The block that it was found in.
        block: BlockHash,
        /// Why it was refused.
        refusal: Option<Refusal>,
    },
    /// Bitcoind refused an unbonding transaction.
    NotBroadcast {
        /// The stake.
        stake: B256,
        /// The reason given.
        reason: String,
    },
    /// A node gave no answer, or the height could not be saved.
    Failed(String),
}

/// What the relayer wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Read.
    Look(Look),
    /// Prove that a stake is on Bitcoin.
    ProveStake {
        /// The stake.
        stake: B256,
        /// Its staking transaction.
        found: Box<Found>,
    },
    /// Prove that an output of a stake is spent.
    ProveSpend {
        /// The stake.
        stake: B256,
        /// The transaction that spends it.
        found: Box<Found>,
    },
    /// Hand an unbonding transaction to bitcoind.
    Broadcast {
        /// The stake.
        stake: B256,
        /// The complete transaction.
        transaction: Transaction,
    },
    /// Keep the height up to which Bitcoin is read.
    Save(u32),
    /// Tell the operator.
    Warn(Warning),
}

impl Action {
    /// What a proof proves, and the block that it was found in.
    pub(super) fn fact(&self) -> Option<(Fact, BlockHash)> {
        match self {
            Self::ProveStake { stake, found } | Self::ProveSpend { stake, found } => {
                Some(((*stake, found.transaction.compute_txid()), found.block))
            }
            _ => None,
        }
    }
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// A proof that the chain does not take.
    #[error("the proof that {transaction} is in stake {stake}'s life is refused: {reason}")]
    Refused {
        /// The stake.
        stake: B256,
        /// The transaction proven.
        transaction: Txid,
        /// The reason given.
        reason: String,
    },
    /// A staker who leaves and cannot.
    #[error("the unbonding transaction of stake {stake} is not broadcast, it will be tried again: {reason}")]
    NoUnbonding {
        /// The stake.
        stake: B256,
        /// What is missing, or the reason given.
        reason: String,
    },
    /// No answer.
    #[error("next try in {pause} ticks: {reason}")]
    Failed {
        /// What went wrong.
        reason: String,
        /// Ticks until the next try.
        pause: u32,
    },
}
