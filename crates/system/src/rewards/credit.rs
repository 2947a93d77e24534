//! Credits: what a provider's votes weigh, in sats × heights.
//!
//! A height is credited when `finality` judges it: it is final, and the grace for late votes has passed. So a vote costs
//! nothing more than it did, and what comes after the judgement earns nothing.

use alloy_primitives::B256;

use super::{
    Epochs,
    store::{ALL_CREDITS, CREDITS, EARNERS},
};
use crate::storage::{Storage, StorageError};

/// Gives the providers that voted for a height their sats in its snapshot.
///
/// # Errors
/// The port refused.
pub(crate) fn credit(
    storage: &mut dyn Storage,
    height: u64,
    voters: &[(B256, u64)],
) -> Result<(), StorageError> {
    let epoch = Epochs::load(storage)?.of(height);
    let mut all = ALL_CREDITS.at(&epoch).load(storage)?;
    for (provider, sats) in voters {
        let slot = CREDITS.at(&epoch).at(provider);
        let credits = slot.load(storage)?;
        // whoever is in a snapshot has power there
        if credits == 0 {
            EARNERS.at(&epoch).push(storage, provider)?;
        }
        slot.store(storage, &credits.saturating_add((*sats).into()))?;
        all = all.saturating_add((*sats).into());
    }
    ALL_CREDITS.at(&epoch).store(storage, &all)
}
