//! The security budget and who earns it (`docs/spec/liquid-staking.md` "Rewards").
//!
//! All fees of the chain, and whatever else anybody pays in, are pBTC of this contract. When the votes of an epoch are
//! judged they are given to the providers that voted, by their credits (`credit`); of a provider's part its owner takes
//! the commission and its stakes the rest, by the time for which each of them counted (`meter`).
//! [`settle`](mod@settle) computes what a sat on each provider has earned (`gain`), a few providers at a time, and
//! [`claim`](mod@claim) pays it.
//!
//! Epoch e is the blocks e × L + 1 … (e + 1) × L. What changes in block n, in a transaction or before the first one, counts
//! from block n + 1 on: a stake that begins in block a and ceases in block b counts on the blocks a + 1 … b.
//!
//! What is given stays set aside until it is claimed; the budget is all the rest, so nothing that nobody earns is lost.

use ballast_types::Parameters;

use crate::storage::{Storage, StorageError};

pub mod claim;
pub(crate) mod credit;
pub(crate) mod dispatch;
mod error;
mod gain;
mod history;
pub(crate) mod meter;
pub mod settle;
mod store;

pub use error::RewardsError;
use store::LENGTH;

/// Writes the length of an epoch. Runs once, in block 1.
///
/// # Errors
/// The port refused.
pub fn initialise(storage: &mut dyn Storage, parameters: &Parameters) -> Result<(), StorageError> {
    LENGTH.store(storage, &parameters.chain.epoch_blocks)
}

/// Which blocks are in which epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Epochs {
    /// Blocks of one epoch; never 0.
    length: u64,
}

impl Epochs {
    fn load(storage: &mut dyn Storage) -> Result<Self, StorageError> {
        // no parameter file says 0; a chain without this contract's words has epochs of one block
        Ok(Self { length: LENGTH.load(storage)?.max(1) })
    }

    /// The epoch of a block; what is before block 1 belongs to the first.
    const fn of(self, block: u64) -> u64 {
        block.saturating_sub(1) / self.length
    }

    /// The first block of an epoch.
    const fn first(self, epoch: u64) -> u64 {
        self.last(epoch).saturating_sub(self.length).saturating_add(1)
    }

    /// The last block of an epoch.
    const fn last(self, epoch: u64) -> u64 {
        epoch.saturating_add(1).saturating_mul(self.length)
    }
}

#[cfg(test)]
mod tests;
