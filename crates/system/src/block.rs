//! What the chain does by itself in every block, before its first transaction.
//!
//! The caller runs it once the parent's hash is in the history contract (EIP-2935), with as much gas as it needs:
//! each part bounds its own work. Nothing here depends on a transaction of the block, so a proposer and a
//! verifier do the same. There is no transaction that its logs could belong to; whoever wants to know reads state.

use crate::{
    finality, staking,
    storage::{Storage, StorageError},
};

/// Follows Bitcoin's headers, then writes this block's snapshot and judges what became final.
///
/// # Errors
/// The port refused; the block cannot be executed.
pub fn begin_block(storage: &mut dyn Storage) -> Result<(), StorageError> {
    staking::begin_block(storage)?;
    finality::begin_block(storage)
}
