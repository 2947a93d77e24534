//! What a share is worth.
//!
//! The price is two numbers, `totalAssets` and the supply. Before the first deposit a share is a wei. Of the first deposit
//! [`LOCKED`] shares stay at `0x…dEaD` for ever, so the supply never returns to zero and the price cannot be moved by
//! who holds next to nothing.

use alloy_primitives::{Address, U256, address};

use super::{STKBTC, VaultError, store::*, stream};
use crate::{
    mul_div,
    storage::{Storage, StorageError},
};

/// Shares of the first deposit that stay locked: a thousand sats' worth.
pub(super) const LOCKED: U256 = U256::from_limbs([10_000_000_000_000, 0, 0, 0]);
/// Where they stay.
pub(super) const DEAD: Address = address!("000000000000000000000000000000000000dEaD");
/// The unit of a rate.
const ONE: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

/// What the shares share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Price {
    /// All that belongs to them, in wei.
    pub(super) assets: U256,
    /// How many there are.
    pub(super) shares: U256,
}

impl Price {
    pub(super) fn load(storage: &mut dyn Storage) -> Result<Self, StorageError> {
        Ok(Self { assets: total_assets(storage)?, shares: STKBTC.supply(storage)? })
    }

    pub(super) fn is_first(&self) -> bool {
        self.shares.is_zero()
    }

    /// Whether shares are worth nothing at all.
    pub(super) fn is_lost(&self) -> bool {
        self.assets.is_zero() && !self.is_first()
    }

    /// Shares for assets, rounded down; none where they cannot be counted.
    pub(super) fn shares_for(&self, assets: U256) -> Option<U256> {
        if self.is_first() { Some(assets) } else { mul_div::floor(assets, self.shares, self.assets) }
    }

    /// Assets for shares, rounded down; none where they cannot be counted.
    pub(super) fn worth(&self, shares: U256) -> Option<U256> {
        if self.is_first() { Some(shares) } else { mul_div::floor(shares, self.assets, self.shares) }
    }

    /// What shares cost: their worth, rounded up. None where it cannot be counted, and while shares are worth nothing: they
    /// would be free.
    pub(super) fn cost(&self, shares: U256) -> Option<U256> {
        match (self.is_first(), self.is_lost()) {
            (true, _) => Some(shares),
            (_, true) => None,
            _ => mul_div::ceil(shares, self.assets, self.shares),
        }
    }
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
    Ok(Price::load(storage)?.worth(ONE).unwrap_or(U256::MAX))
}

/// What shares are worth, in wei of pBTC, rounded down.
///
/// # Errors
/// [`VaultError::Overflow`], or the port refused.
pub fn convert_to_assets(storage: &mut dyn Storage, shares: U256) -> Result<U256, VaultError> {
    Price::load(storage)?.worth(shares).ok_or(VaultError::Overflow)
}

/// How many shares wei of pBTC are worth, rounded down; none while shares are worth nothing.
///
/// # Errors
/// [`VaultError::Overflow`], or the port refused.
pub fn convert_to_shares(storage: &mut dyn Storage, assets: U256) -> Result<U256, VaultError> {
    let price = Price::load(storage)?;
    if price.is_lost() {
        return Ok(U256::ZERO);
    }
    price.shares_for(assets).ok_or(VaultError::Overflow)
}
