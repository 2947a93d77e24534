//! Which providers may enter a snapshot.
//!
//! At most [`MAX_RANKED`] providers may enter a snapshot, so that a block's work is bounded. Whoever gains power
//! takes a free place or that of the weakest, if that one is weaker. When a ranked one becomes weak nobody
//! searches all others; anybody may call [`rank()`] for one that is stronger.

use alloy_primitives::B256;

use super::{
    provider::{ProviderError, check_open, power},
    store::{RANK, RANKED},
};
use crate::storage::{Storage, StorageError};

/// The most providers in one snapshot.
pub const MAX_RANKED: u64 = 100;

/// The providers that may enter a snapshot, in no order.
///
/// # Errors
/// The port refused.
pub fn ranked(storage: &mut dyn Storage) -> Result<Vec<B256>, StorageError> {
    let count = RANKED.len(storage)?;
    (0..count).filter_map(|index| RANKED.get(storage, index).transpose()).collect()
}

/// Gives a provider a free place, or that of the weakest if that one is weaker.
///
/// # Errors
/// [`ProviderError::Unknown`], [`ProviderError::Removed`], or [`ProviderError::CannotRank`].
pub fn rank(storage: &mut dyn Storage, key: B256) -> Result<(), ProviderError> {
    check_open(storage, key)?;
    let power = power(storage, key)?;
    let is_ranked = RANK.at(&key).load(storage)? != 0;
    if power == 0 || is_ranked || !enter(storage, key, power)? {
        return Err(ProviderError::CannotRank { key, power });
    }
    Ok(())
}

/// Takes a place and says whether there was one.
pub(super) fn enter(storage: &mut dyn Storage, key: B256, power: u64) -> Result<bool, StorageError> {
    if RANKED.len(storage)? >= MAX_RANKED {
        let Some((weakest, least)) = weakest(storage)? else { return Ok(false) };
        if least >= power {
            return Ok(false);
        }
        leave(storage, weakest)?;
    }
    RANKED.push(storage, &key)?;
    let place = RANKED.len(storage)?;
    RANK.at(&key).store(storage, &place)?;
    Ok(true)
}

fn weakest(storage: &mut dyn Storage) -> Result<Option<(B256, u64)>, StorageError> {
    let mut weakest: Option<(B256, u64)> = None;
    for key in ranked(storage)? {
        let power = power(storage, key)?;
        if weakest.is_none_or(|(_, least)| power < least) {
            weakest = Some((key, power));
        }
    }
    Ok(weakest)
}

/// The last one of the list takes the place that becomes free.
pub(super) fn leave(storage: &mut dyn Storage, key: B256) -> Result<(), StorageError> {
    let place = RANK.at(&key).load(storage)?;
    if place == 0 {
        return Ok(());
    }
    let Some(last) = RANKED.pop(storage)? else { return Ok(()) };
    if last != key {
        RANKED.set(storage, place - 1, &last)?;
        RANK.at(&last).store(storage, &place)?;
    }
    RANK.at(&key).clear(storage)
}
