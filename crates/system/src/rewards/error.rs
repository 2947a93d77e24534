//! Why the contract says no, in Rust and in Solidity.

use alloy_primitives::{Address, B256};
use ballast_types::interfaces::IRewards;
use thiserror::Error;

use crate::{contract::CallError, storage::StorageError};

/// Why nothing is settled, claimed or paid in.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RewardsError {
    /// The oldest epoch is not over, or late votes can still come.
    #[error("no epoch can be settled before block {from_block}: wait")]
    NothingDue {
        /// The first block in which one can.
        from_block: u64,
    },
    /// The votes of the epoch are not all counted.
    #[error("height {height}, the last one of its epoch, is not judged yet: wait until it is final")]
    NotJudged {
        /// The epoch's last height.
        height: u64,
    },
    /// No pBTC came.
    #[error("no pBTC came with the call: send what shall be paid in")]
    Nothing,
    /// Somebody else's stake, or nobody's.
    #[error("stake {stake} belongs to {owner}: claim with the account that registered it")]
    NotOwner {
        /// The stake.
        stake: B256,
        /// Its account; zero when there is no such stake.
        owner: Address,
    },
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<RewardsError> for CallError {
    fn from(error: RewardsError) -> Self {
        match error {
            RewardsError::NothingDue { from_block } => {
                Self::revert(&IRewards::NothingDue { fromBlock: from_block })
            }
            RewardsError::NotJudged { height } => Self::revert(&IRewards::NotJudged { height }),
            RewardsError::Nothing => Self::revert(&IRewards::Nothing {}),
            RewardsError::NotOwner { stake, owner } => Self::revert(&IRewards::NotOwner { stake, owner }),
            RewardsError::Storage(error) => error.into(),
        }
    }
}
