//! What a sat on a provider gains: the stakes' part of an epoch, for each sat × block that counted in it.
//!
//! A gain is in 2^-64 wei, rounded down. The gains of a provider are kept as sums, so what a sat earned between any two
//! blocks is a difference. A budget is below 2^100 wei, hence a gain below 2^164, a sum of 2^28 of them below 2^192, and what
//! all sats of a provider earn in them together too; no product here overflows a word.

use alloy_primitives::{B256, U256};

use super::{
    Epochs,
    history::last_until,
    store::{GAINS, Gain},
};
use crate::storage::{Storage, StorageError};

/// Bits behind the point of a gain.
const FRACTION: usize = 64;
/// The most wei that one epoch gives, 40,000 times all bitcoin there will be; the rest waits.
pub(super) const MAX_BUDGET: U256 = U256::from_limbs([0, 1 << 36, 0, 0]);

/// Gives `wei` to the stakes that counted on a provider for `counted` sats × blocks of an epoch, and says how much of it is
/// to be set aside: rounded up, since a claim over many epochs adds up what each of them leaves below a wei.
///
/// # Errors
/// The port refused.
pub(super) fn give(
    storage: &mut dyn Storage,
    provider: &B256,
    epoch: u64,
    wei: U256,
    counted: u128,
) -> Result<U256, StorageError> {
    let counted = U256::from(counted);
    let Some(gain) = (wei << FRACTION).checked_div(counted).filter(|gain| !gain.is_zero()) else {
        return Ok(U256::ZERO);
    };
    let list = GAINS.at(provider);
    let last = match list.len(storage)?.checked_sub(1) {
        Some(index) => list.get(storage, index)?.unwrap_or_default(),
        None => Gain::default(),
    };
    list.push(storage, &Gain { epoch, sum: last.sum + gain })?;
    Ok((gain * counted).div_ceil(U256::ONE << FRACTION))
}

/// What one sat on a provider earned before `block`, had it always counted, in 2^-64 wei. Epochs that are not settled are
/// worth nothing.
///
/// # Errors
/// The port refused.
pub(super) fn per_sat(storage: &mut dyn Storage, provider: &B256, block: u64) -> Result<U256, StorageError> {
    let epochs = Epochs::load(storage)?;
    let epoch = epochs.of(block);
    let list = GAINS.at(provider);
    let found = last_until(storage, &list, |gain| gain.epoch, epoch)?;
    let Some((index, gain)) = found else { return Ok(U256::ZERO) };
    let length = U256::from(epochs.length);
    if gain.epoch < epoch {
        return Ok(length * gain.sum);
    }
    let before = match index.checked_sub(1) {
        Some(index) => list.get(storage, index)?.unwrap_or_default().sum,
        None => U256::ZERO,
    };
    let blocks = U256::from(block - epochs.first(epoch));
    Ok(length * before + blocks * (gain.sum - before))
}

/// Whole wei of 2^-64 wei.
pub(super) fn whole(fractions: U256) -> U256 {
    fractions >> FRACTION
}
