//! What a share of the vault is worth.

use alloy_primitives::U256;

use super::{STKBTC, VaultError, store::*, stream};
use crate::{
    price::Price,
    storage::{Storage, StorageError},
};

/// The unit of a rate.
const ONE: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// What the shares share.
pub(super) fn price(storage: &mut dyn Storage) -> Result<Price, StorageError> {
    Ok(Price { assets: total_assets(storage)?, shares: STKBTC.supply(storage)? })
}

/// What belongs to the shares, in wei of pBTC: what is booked without the income that has not raised the rate yet.
///
/// # Errors
/// The port refused.
pub fn total_assets(storage: &mut dyn Storage) -> Result<U256, StorageError> {
    Ok(BOOKED.load(storage)?.saturating_sub(stream::unvested(storage)?))
}

/// floor(assets × 1e18 / shares), 1e18 before the first deposit.
///
/// # Errors
/// The port refused.
pub fn rate(storage: &mut dyn Storage) -> Result<U256, StorageError> {
    // all bitcoin is 2^98 wei, so this has less than 256 bits
    Ok(price(storage)?.worth(ONE).unwrap_or(U256::MAX))
}

/// What shares are worth, in wei of pBTC, rounded down.
///
/// # Errors
/// [`VaultError::Overflow`], or the port refused.
pub fn convert_to_assets(storage: &mut dyn Storage, shares: U256) -> Result<U256, VaultError> {
    price(storage)?.worth(shares).ok_or(VaultError::Overflow)
}

/// How many shares wei of pBTC are worth, rounded down; none while shares are worth nothing.
///
/// # Errors
/// [`VaultError::Overflow`], or the port refused.
pub fn convert_to_shares(storage: &mut dyn Storage, assets: U256) -> Result<U256, VaultError> {
    let price = price(storage)?;
    if price.is_lost() {
        return Ok(U256::ZERO);
    }
    price.shares_for(assets).ok_or(VaultError::Overflow)
}
