//! Sales: stkBTC for pBTC, at once.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IPool;

use super::{PoolError, add, fee::fee, shares, store::*, take, vesting};
use crate::{
    custody::{books, wei},
    light_client,
    storage::Storage,
    vault,
};

/// What a sale would bring, in wei of pBTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    /// What the shares are worth.
    worth: U256,
    /// What the pool keeps of that.
    pub(super) fee: U256,
}

impl Quote {
    /// What the seller gets.
    pub(super) fn price(&self) -> U256 {
        // the fee is a part of the worth
        self.worth.saturating_sub(self.fee)
    }
}

/// What the pool would pay now.
///
/// # Errors
/// [`PoolError`] with the first limit that is exceeded.
pub(super) fn quote(storage: &mut dyn Storage, shares: U256) -> Result<Quote, PoolError> {
    // the rate may be too high while the vault takes no deposits for one of these reasons
    if light_client::is_stale(storage)? || books(storage)?.deficit() > 0 {
        return Err(PoolError::Closed);
    }
    let worth = vault::convert_to_assets(storage, shares)?;
    if worth.is_zero() {
        return Err(PoolError::Nothing);
    }
    let most = wei(MAX_SALE.load(storage)?);
    shares::within(most, worth, |most| PoolError::SaleTooLarge { most, found: worth })?;
    let left = window_left(storage)?;
    let window = wei(MAX_WINDOW.load(storage)?);
    shares::within(left, worth, |left| PoolError::WindowFull { most: window, left })?;
    let cash = CASH.load(storage)?;
    shares::within(cash, worth, |cash| PoolError::Short { cash, needed: worth })?;
    let bounds = (MIN_FEE.load(storage)?, MAX_FEE.load(storage)?);
    Ok(Quote { worth, fee: fee(worth, cash, shares::assets(storage)?, bounds) })
}

/// What may still be sold in this window, in wei of pBTC.
pub(super) fn window_left(storage: &mut dyn Storage) -> Result<U256, PoolError> {
    let most = wei(MAX_WINDOW.load(storage)?);
    let sold = if WINDOW.load(storage)? == window(storage)? { SOLD.load(storage)? } else { U256::ZERO };
    Ok(most.saturating_sub(sold))
}

/// The number of this window, from 1.
fn window(storage: &mut dyn Storage) -> Result<u64, PoolError> {
    Ok(storage.block().number / WINDOW_BLOCKS.load(storage)?.max(1) + 1)
}

/// Buys `shares` of the seller, who has approved the pool for them.
///
/// # Errors
/// [`PoolError`] with the first rule that is broken.
pub(super) fn sell(
    storage: &mut dyn Storage,
    seller: Address,
    shares: U256,
    least: U256,
    receiver: Address,
) -> Result<U256, PoolError> {
    let quote = quote(storage, shares)?;
    let price = quote.price();
    if price < least || price.is_zero() {
        return Err(PoolError::Slippage { asked: least, price });
    }
    shares::check_receiver(receiver)?;
    vault::STKBTC.spend_allowance(storage, seller, CONTRACT, shares)?;
    vault::STKBTC.transfer(storage, seller, CONTRACT, shares)?;
    add(&HELD, storage, shares)?;
    take(&CASH, storage, price)?;
    vesting::add(storage, quote.fee)?;
    let left = window_left(storage)?;
    let sold = wei(MAX_WINDOW.load(storage)?) - left + quote.worth;
    let window = window(storage)?;
    WINDOW.store(storage, &window)?;
    SOLD.store(storage, &sold)?;
    storage.transfer(CONTRACT, receiver, price)?;
    let event = IPool::Bought { seller, receiver, shares, assets: price, fee: quote.fee };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(price)
}
