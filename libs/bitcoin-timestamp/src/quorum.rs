//! More than two thirds of an epoch's power signed a checkpoint (`docs/spec/bitcoin-formats.md` §d).
//!
//! Two checkpoints of one epoch that both pass differ only if more than a third of the power signed both.

use thiserror::Error;

use crate::bls::{BlsError, PublicKey, Signature};
use crate::checkpoint::Checkpoint;

#[cfg(test)]
mod tests;

/// Who may sign, and what it counts. The key's possession was shown when it was registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validator {
    /// The key.
    pub key: PublicKey,
    /// The voting power.
    pub power: u64,
}

/// What is signed for a checkpoint: epoch (big-endian, 8) and block hash.
pub fn vote(epoch: u64, block_hash: &[u8; 32]) -> [u8; 40] {
    let mut message = [0; 40];
    message[..8].copy_from_slice(&epoch.to_be_bytes());
    message[8..].copy_from_slice(block_hash);
    message
}

/// Verifies a checkpoint against its epoch's validators, in ascending order of their operator addresses' bytes.
///
/// # Errors
/// One variant per cause.
pub fn verify(checkpoint: &Checkpoint, validators: &[Validator]) -> Result<(), QuorumError> {
    let mut signers = Vec::new();
    for index in checkpoint.signers.indices() {
        let count = validators.len();
        signers.push(validators.get(index).ok_or(QuorumError::Stranger { index, count })?);
    }
    let (signed, total) = (power(signers.iter().copied()), power(validators));
    if signed * 3 <= total * 2 {
        return Err(QuorumError::Power { signed, total });
    }
    let keys: Vec<_> = signers.iter().map(|signer| signer.key).collect();
    let signature = Signature::from_bytes(&checkpoint.signature)?;
    PublicKey::aggregate(&keys)?
        .verify_vote(&vote(checkpoint.epoch, &checkpoint.block_hash), &signature)
        .map_err(QuorumError::Signature)
}

/// In 128 bits, so that no number of validators in memory overflows the sum.
fn power<'a>(validators: impl IntoIterator<Item = &'a Validator>) -> u128 {
    validators.into_iter().map(|validator| u128::from(validator.power)).sum()
}

/// Why a checkpoint is not its epoch's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum QuorumError {
    /// Too little power signed.
    #[error("{signed} of {total} power signed: more than two thirds must")]
    Power {
        /// Power of the signers.
        signed: u128,
        /// Power of all validators.
        total: u128,
    },
    /// The signature is no signature, or not the signers' over this vote.
    #[error(transparent)]
    Signature(#[from] BlsError),
    /// A signer beyond the validators.
    #[error("signer {index} of {count} validators: take the validators of the checkpoint's epoch")]
    Stranger {
        /// Its place.
        index: usize,
        /// How many there are.
        count: usize,
    },
}
