//! What a covenant member hears and says.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use ballast_types::interfaces::IStaking;
use thiserror::Error;

use super::CovenantRefusal;
use crate::staking::StakeState;

/// What happens to a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Time to look.
    Tick,
    /// What the log and the state say.
    Read {
        /// The first block that was not read.
        next: u64,
        /// The stakes registered, each with the height of its block.
        registered: Vec<(u64, IStaking::StakeRegistered)>,
        /// The states of these stakes and of those asked for, where the contract knows them.
        states: BTreeMap<B256, StakeState>,
    },
    /// The mempool refused an approval.
    Refused {
        /// The stake.
        stake: B256,
        /// The reason given.
        reason: String,
    },
    /// The node gave no answer, or the cursor could not be saved.
    Failed(String),
}

/// What a member wants.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    /// Read the registrations from a block on, and the states of these stakes.
    Read {
        /// The first block.
        from: u64,
        /// Stakes from before.
        owed: Vec<B256>,
    },
    /// Send an approval.
    Approve(Box<IStaking::approveCall>),
    /// Keep how far all is done.
    Save(u64),
    /// Tell the operator.
    Warn(Warning),
}

/// What an operator should know.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum Warning {
    /// A stake that is not right.
    #[error("stake {stake} is refused: {reason}")]
    Refused {
        /// The stake.
        stake: B256,
        /// The rule that it breaks.
        reason: CovenantRefusal,
    },
    /// An approval that was not taken.
    #[error("the approval of stake {stake} is not taken, it will be sent again: {reason}")]
    NotTaken {
        /// The stake.
        stake: B256,
        /// The reason given.
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
