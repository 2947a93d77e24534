//! Why there are no presignatures.

use ballast_bitcoin_staking::{DelegationError, Slashed, SlashingError, UnbondingError, WithdrawalError};
use thiserror::Error;

use super::{Presignature, Withdrawn};
use crate::message::MessageError;

/// Why there is nothing to sign for a stake, or why signatures are not the right ones.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PresignError {
    /// The stake breaks a rule of the parameters.
    #[error(transparent)]
    Delegation(#[from] DelegationError),
    /// Another covenant or another unbonding time.
    #[error("the terms are not those of parameters version {version}: check covenant and unbonding time")]
    Terms {
        /// The version.
        version: u32,
    },
    /// The stake cannot be unbonded.
    #[error(transparent)]
    Unbonding(#[from] UnbondingError),
    /// An output cannot be slashed.
    #[error("slashing of the {slashed}: {reason}")]
    Slashing {
        /// The output.
        slashed: Slashed,
        /// Why not.
        reason: SlashingError,
    },
    /// An output cannot be withdrawn at this rate.
    #[error("withdrawal of the {withdrawn}: {reason}")]
    Withdrawal {
        /// The output.
        withdrawn: Withdrawn,
        /// Why not.
        reason: WithdrawalError,
    },
    /// Not as many bytes as all signatures have.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Too few or too many.
    #[error("{found} signatures for {expected} transactions: take those of one session")]
    Count {
        /// Transactions.
        expected: usize,
        /// Signatures.
        found: usize,
    },
    /// Not the group's, not for this stake, or not in its place.
    #[error(
        "the signature for the {which} does not verify: check stake, treasury, fee rate and the order of signatures"
    )]
    Signature {
        /// The transaction.
        which: Presignature,
    },
}
