//! The pool that buys stkBTC at once, for those who do not want to wait (`docs/spec/liquid-staking.md`, "Pool").
//!
//! 1. **Shares** (`shares`): whoever supplies pBTC owns a part of all that the pool has. It has pBTC at hand, stkBTC that
//!    it bought, and what it sent into the vault's queue. Whoever leaves pays the lowest fee to those who stay, and fees of
//!    sales count block by block (`vesting`): nobody supplies just for a sale, nor to make one cheap.
//! 2. **Sales** (`sale`): it buys at the vault's rate less the fee (`fee`), never above the rate, within a limit for
//!    each sale and for each window of blocks, and out of what it has at hand.
//! 3. **Redemption** (`queue`): what it bought goes into the queue like anybody's, and comes back as pBTC.
//!
//! Everything is counted; what somebody sends here by force belongs to nobody.

use alloy_primitives::U256;
use ballast_types::Parameters;

use crate::{
    layout::Slot,
    storage::{Storage, StorageError},
    token::Token,
};

pub(crate) mod dispatch;
mod error;
mod fee;
mod queue;
mod sale;
mod shares;
mod store;
mod vesting;

pub use error::PoolError;
use store::*;

/// The share of the pool.
pub(crate) const TOKEN: Token = Token::new(CONTRACT, "Ballast pool", "poolBTC");

/// Writes the parameters. Runs once, in block 1.
///
/// # Errors
/// The port refused.
pub fn initialise(storage: &mut dyn Storage, parameters: &Parameters) -> Result<(), StorageError> {
    let pool = &parameters.pool;
    MIN_FEE.store(storage, &pool.min_fee_bp)?;
    MAX_FEE.store(storage, &pool.max_fee_bp)?;
    MAX_SALE.store(storage, &pool.max_sale_sat)?;
    WINDOW_BLOCKS.store(storage, &pool.window_blocks)?;
    MAX_WINDOW.store(storage, &pool.max_window_sat)?;
    MIN_REDEEM.store(storage, &parameters.vault.min_redeem_sat)
}

/// Adds to a counter of wei.
fn add(counter: &Slot<U256>, storage: &mut dyn Storage, wei: U256) -> Result<(), StorageError> {
    let balance = counter.load(storage)?;
    let more = balance.checked_add(wei);
    counter.store(storage, &more.ok_or(StorageError::Funds { account: CONTRACT, balance, wei })?)
}

/// Takes from a counter of wei.
fn take(counter: &Slot<U256>, storage: &mut dyn Storage, wei: U256) -> Result<(), StorageError> {
    let balance = counter.load(storage)?;
    let less = balance.checked_sub(wei);
    counter.store(storage, &less.ok_or(StorageError::Funds { account: CONTRACT, balance, wei })?)
}

#[cfg(test)]
mod tests;
