//! Why finality says no, in Rust and in Solidity.

use alloy_primitives::{Address, B256};
use ballast_types::interfaces::IFinality;
use thiserror::Error;

use crate::{contract::CallError, storage::StorageError};

/// Why finality refuses a call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FinalityError {
    /// No such provider.
    #[error("no provider has key {provider}: register it first")]
    UnknownProvider {
        /// The key.
        provider: B256,
    },
    /// Removed for ever.
    #[error("provider {provider} was removed")]
    Removed {
        /// The key.
        provider: B256,
    },
    /// No votes are taken at this height.
    #[error("height {found} is not open: vote from {first} to {last}")]
    HeightClosed {
        /// First open height.
        first: u64,
        /// Last open height.
        last: u64,
        /// Height found.
        found: u64,
    },
    /// A vote for another block.
    #[error("the block is {expected}, not {found}")]
    WrongBlock {
        /// Hash on this chain.
        expected: B256,
        /// Hash voted for.
        found: B256,
    },
    /// No power at this height.
    #[error("provider {provider} is not in the snapshot of height {height}")]
    NotInSnapshot {
        /// The key.
        provider: B256,
        /// The height.
        height: u64,
    },
    /// Voted before.
    #[error("provider {provider} has voted at height {height} already")]
    AlreadyVoted {
        /// The key.
        provider: B256,
        /// The height.
        height: u64,
    },
    /// The vote's signature.
    #[error("the vote of {provider} at height {height} does not verify")]
    Vote {
        /// The key.
        provider: B256,
        /// The height.
        height: u64,
    },
    /// Votes that prove nothing.
    #[error("the two votes of {provider} do not show what is claimed")]
    NoEvidence {
        /// The key.
        provider: B256,
    },
    /// Not a secret key.
    #[error("the number is no secret key")]
    Secret,
    /// The commitment behind it.
    #[error(transparent)]
    Commitment(#[from] CommitmentError),
    /// Jail.
    #[error(transparent)]
    Jail(#[from] JailError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Why a commitment, or randomness that is said to be in one, is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CommitmentError {
    /// A commitment to the past or to heights committed before.
    #[error("commitment from height {found} on: start at {expected} or above")]
    Start {
        /// Lowest start.
        expected: u64,
        /// Start found.
        found: u64,
    },
    /// A short commitment.
    #[error("commitment to {found} heights: at least {expected}")]
    TooShort {
        /// Fewest heights.
        expected: u64,
        /// Heights found.
        found: u64,
    },
    /// A commitment far ahead.
    #[error("commitment up to height {found}: at most {expected}")]
    TooFar {
        /// Highest height.
        expected: u64,
        /// Height found.
        found: u64,
    },
    /// The commitment's signature.
    #[error("the commitment's signature by {provider} does not verify")]
    Signature {
        /// The key.
        provider: B256,
    },
    /// No such commitment.
    #[error("no commitment {index}: give the index of the one that covers the height")]
    Unknown {
        /// The index.
        index: u64,
    },
    /// The commitment does not count yet.
    #[error("the commitment counts from Bitcoin height {expected} on, the tip is at {found}: wait")]
    TooNew {
        /// Height from which it counts.
        expected: u32,
        /// Height of the tip.
        found: u32,
    },
    /// Other randomness than promised.
    #[error("the randomness is not what was committed to for height {height}")]
    Randomness {
        /// The height.
        height: u64,
    },
}

/// Why a provider stays in jail.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum JailError {
    /// Somebody else's provider.
    #[error("{found} cannot do this: only {expected} can")]
    NotOwner {
        /// The provider's account.
        expected: Address,
        /// The caller.
        found: Address,
    },
    /// Free already.
    #[error("provider {provider} is not in jail")]
    NotJailed {
        /// The key.
        provider: B256,
    },
    /// The term is not over.
    #[error("the jail term ends at {until}: wait")]
    StillJailed {
        /// Time of release, in seconds.
        until: u64,
    },
}

impl From<FinalityError> for CallError {
    fn from(error: FinalityError) -> Self {
        match error {
            FinalityError::UnknownProvider { provider } => {
                Self::revert(&IFinality::UnknownProvider { provider })
            }
            FinalityError::Removed { provider } => Self::revert(&IFinality::ProviderRemoved { provider }),
            FinalityError::HeightClosed { first, last, found } => {
                Self::revert(&IFinality::HeightClosed { first, last, found })
            }
            FinalityError::WrongBlock { expected, found } => {
                Self::revert(&IFinality::WrongBlock { expected, found })
            }
            FinalityError::NotInSnapshot { provider, height } => {
                Self::revert(&IFinality::NotInSnapshot { provider, height })
            }
            FinalityError::AlreadyVoted { provider, height } => {
                Self::revert(&IFinality::AlreadyVoted { provider, height })
            }
            FinalityError::Vote { provider, height } => {
                Self::revert(&IFinality::BadVote { provider, height })
            }
            FinalityError::NoEvidence { provider } => Self::revert(&IFinality::NoEvidence { provider }),
            FinalityError::Secret => Self::revert(&IFinality::BadSecret {}),
            FinalityError::Commitment(error) => error.into(),
            FinalityError::Jail(error) => error.into(),
            FinalityError::Storage(error) => error.into(),
        }
    }
}

impl From<CommitmentError> for CallError {
    fn from(error: CommitmentError) -> Self {
        match error {
            CommitmentError::Start { expected, found } => {
                Self::revert(&IFinality::CommitmentStart { expected, found })
            }
            CommitmentError::TooShort { expected, found } => {
                Self::revert(&IFinality::CommitmentTooShort { expected, found })
            }
            CommitmentError::TooFar { expected, found } => {
                Self::revert(&IFinality::CommitmentTooFar { expected, found })
            }
            CommitmentError::Signature { provider } => {
                Self::revert(&IFinality::BadCommitmentSignature { provider })
            }
            CommitmentError::Unknown { index } => Self::revert(&IFinality::UnknownCommitment { index }),
            CommitmentError::TooNew { expected, found } => {
                Self::revert(&IFinality::CommitmentTooNew { expected, found })
            }
            CommitmentError::Randomness { height } => Self::revert(&IFinality::BadRandomness { height }),
        }
    }
}

impl From<JailError> for CallError {
    fn from(error: JailError) -> Self {
        match error {
            JailError::NotOwner { expected, found } => Self::revert(&IFinality::NotOwner { expected, found }),
            JailError::NotJailed { provider } => Self::revert(&IFinality::NotJailed { provider }),
            JailError::StillJailed { until } => Self::revert(&IFinality::StillJailed { until }),
        }
    }
}
