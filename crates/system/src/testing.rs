//! What tests of other crates need and no rule allows.

use alloy_primitives::B256;

use crate::{
    staking::provider,
    storage::{Storage, StorageError},
};

/// Gives a provider power, in sats, that no stake backs, for tests of what power does.
///
/// # Errors
/// The port refused.
pub fn set_power(storage: &mut dyn Storage, provider: B256, sats: u64) -> Result<(), StorageError> {
    provider::set_power(storage, provider, sats)
}
