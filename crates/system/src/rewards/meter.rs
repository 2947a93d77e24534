//! For how long how much counted: sats × blocks of a provider in an epoch, and the spans of each stake.
//!
//! `staking` says when a stake begins or ceases to count. A provider's meter keeps its power and the integral of its power
//! over blocks, one entry for each epoch in which the power changed. The integral at an epoch's bounds follows from the
//! last entry before, so an epoch in which nothing changed costs nothing, and the sats × blocks of a provider are to the
//! last one the sum of those of its stakes.

use alloy_primitives::B256;

use super::{
    Epochs,
    history::last_until,
    store::{Metered, POWER, SPAN, SPANS, Span, Spans},
};
use crate::storage::{Storage, StorageError};

impl Metered {
    /// The integral up to the beginning of `block`, in sats × blocks.
    fn until(&self, block: u64) -> u128 {
        // all bitcoin for ever has fewer than 2^115
        self.sum.saturating_add(u128::from(self.power) * u128::from(block.saturating_sub(self.block)))
    }
}

impl Spans {
    /// The number of the latest one, `None` when nothing is left to claim.
    pub(super) const fn last(self) -> Option<u64> {
        if self.next > self.first { Some(self.next - 1) } else { None }
    }
}

/// Counts a stake of so many sats on a provider from the next block on.
///
/// # Errors
/// The port refused.
pub(crate) fn begin(
    storage: &mut dyn Storage,
    stake: &B256,
    provider: &B256,
    sats: u64,
) -> Result<(), StorageError> {
    let block = storage.block().number + 1;
    set_power(storage, provider, block, |power| power.saturating_add(sats))?;
    let spans = SPANS.at(stake).load(storage)?;
    if let Some(last) = spans.last() {
        let slot = SPAN.at(stake).at(&last);
        let span = slot.load(storage)?;
        if span.to == block {
            return slot.store(storage, &Span { to: 0, ..span });
        }
    }
    SPAN.at(stake).at(&spans.next).store(storage, &Span { from: block, to: 0 })?;
    SPANS.at(stake).store(storage, &Spans { next: spans.next + 1, ..spans })
}

/// Counts a stake no longer from the next block on.
///
/// # Errors
/// The port refused.
pub(crate) fn cease(
    storage: &mut dyn Storage,
    stake: &B256,
    provider: &B256,
    sats: u64,
) -> Result<(), StorageError> {
    let block = storage.block().number + 1;
    set_power(storage, provider, block, |power| power.saturating_sub(sats))?;
    let spans = SPANS.at(stake).load(storage)?;
    let Some(last) = spans.last() else { return Ok(()) };
    let slot = SPAN.at(stake).at(&last);
    let span = slot.load(storage)?;
    if span.from < block {
        return slot.store(storage, &Span { to: block, ..span });
    }
    // it began in this very block
    slot.clear(storage)?;
    SPANS.at(stake).store(storage, &Spans { next: last, ..spans })
}

fn set_power(
    storage: &mut dyn Storage,
    provider: &B256,
    block: u64,
    change: impl FnOnce(u64) -> u64,
) -> Result<(), StorageError> {
    let epochs = Epochs::load(storage)?;
    let list = POWER.at(provider);
    let index = list.len(storage)?.checked_sub(1);
    let last = match index {
        Some(index) => list.get(storage, index)?.unwrap_or_default(),
        None => Metered::default(),
    };
    let entry = Metered { block, power: change(last.power), sum: last.until(block) };
    match index {
        Some(index) if epochs.of(last.block) == epochs.of(block) => {
            list.set(storage, index, &entry).map(|_| ())
        }
        _ => list.push(storage, &entry),
    }
}

/// What counted on a provider in an epoch that is over, in sats × blocks.
///
/// # Errors
/// The port refused.
pub(super) fn counted(storage: &mut dyn Storage, provider: &B256, epoch: u64) -> Result<u128, StorageError> {
    let epochs = Epochs::load(storage)?;
    let mut until = |block| {
        let entry = last_until(storage, &POWER.at(provider), |entry| entry.block, block)?;
        Ok::<_, StorageError>(entry.map_or(0, |(_, entry)| entry.until(block)))
    };
    let before = until(epochs.first(epoch))?;
    Ok(until(epochs.first(epoch + 1))?.saturating_sub(before))
}
