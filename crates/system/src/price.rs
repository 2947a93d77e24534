//! What a share of the vault or of the pool is worth.
//!
//! The price is two numbers, the assets and the shares that share them. Before the first deposit a share is a wei. Of the
//! first deposit [`LOCKED`] shares stay at [`DEAD`] for ever, so the supply never returns to zero and the price cannot be
//! moved by who holds next to nothing.

use alloy_primitives::{Address, U256, address};

use crate::mul_div;

/// Shares of the first deposit that stay locked: a thousand sats' worth.
pub(crate) const LOCKED: U256 = U256::from_limbs([10_000_000_000_000, 0, 0, 0]);
/// Where they stay.
pub(crate) const DEAD: Address = address!("000000000000000000000000000000000000dEaD");

/// What the shares share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Price {
    /// All that belongs to them, in wei.
    pub(crate) assets: U256,
    /// How many there are.
    pub(crate) shares: U256,
}

impl Price {
    pub(crate) fn is_first(&self) -> bool {
        self.shares.is_zero()
    }

    /// Whether shares are worth nothing at all.
    pub(crate) fn is_lost(&self) -> bool {
        self.assets.is_zero() && !self.is_first()
    }

    /// Shares for assets, rounded down; none where they cannot be counted.
    pub(crate) fn shares_for(&self, assets: U256) -> Option<U256> {
        if self.is_first() { Some(assets) } else { mul_div::floor(assets, self.shares, self.assets) }
    }

    /// Assets for shares, rounded down; none where they cannot be counted.
    pub(crate) fn worth(&self, shares: U256) -> Option<U256> {
        if self.is_first() { Some(shares) } else { mul_div::floor(shares, self.assets, self.shares) }
    }

    /// What shares cost: their worth, rounded up. None where it cannot be counted, and while shares are worth nothing: they
    /// would be free.
    pub(crate) fn cost(&self, shares: U256) -> Option<U256> {
        match (self.is_first(), self.is_lost()) {
            (true, _) => Some(shares),
            (_, true) => None,
            _ => mul_div::ceil(shares, self.assets, self.shares),
        }
    }

    /// Shares for assets, rounded up; none where they cannot be counted.
    pub(crate) fn shares_costing(&self, assets: U256) -> Option<U256> {
        if self.is_first() { Some(assets) } else { mul_div::ceil(assets, self.shares, self.assets) }
    }

    /// Shares of who deposits, and those that stay locked.
    pub(crate) fn deposited(&self, assets: U256) -> Option<(U256, U256)> {
        let locked = self.locked();
        Some((self.shares_for(assets)?.saturating_sub(locked), locked))
    }

    /// What shares cost, and those that stay locked besides.
    pub(crate) fn minted(&self, shares: U256) -> Option<(U256, U256)> {
        let locked = self.locked();
        Some((self.cost(shares.checked_add(locked)?)?, locked))
    }

    fn locked(&self) -> U256 {
        if self.is_first() { LOCKED } else { U256::ZERO }
    }
}
