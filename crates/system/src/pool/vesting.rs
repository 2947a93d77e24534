//! Fees that the suppliers' shares do not have yet.
//!
//! A sale's fee counts block by block over one window. If it counted at once, a seller could supply the pool, sell, and
//! leave again with the fee.

use alloy_primitives::U256;

use super::store::*;
use crate::{
    mul_div,
    storage::{Storage, StorageError},
};

/// What does not count yet, in wei of pBTC, rounded up.
pub(super) fn unvested(storage: &mut dyn Storage) -> Result<U256, StorageError> {
    let left = FEES_UNTIL.load(storage)?.saturating_sub(storage.block().number);
    if left == 0 {
        return Ok(U256::ZERO);
    }
    let (fees, blocks) = (FEES.load(storage)?, WINDOW_BLOCKS.load(storage)?);
    Ok(mul_div::ceil(fees, U256::from(left), U256::from(blocks)).unwrap_or_default())
}

/// Adds a fee to what does not count yet, and lets all of it count anew.
pub(super) fn add(storage: &mut dyn Storage, fee: U256) -> Result<(), StorageError> {
    let fees = unvested(storage)?.saturating_add(fee);
    FEES.store(storage, &fees)?;
    let until = storage.block().number.saturating_add(WINDOW_BLOCKS.load(storage)?);
    FEES_UNTIL.store(storage, &until)
}
