//! Who owns how much of the pool: ERC-4626 over wpBTC.
//!
//! Rounding is against whoever calls; the price is as the vault's ([`crate::price`]).

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use ballast_types::{SystemContract, interfaces::IPool};

use super::{PoolError, TOKEN, add, store::*, take, vesting};
use crate::{
    mul_div,
    price::{DEAD, LOCKED, Price},
    storage::Storage,
    token::TokenError,
    vault, wpbtc,
};

/// Basis points of the whole.
const WHOLE: U256 = U256::from_limbs([10_000, 0, 0, 0]);

/// What the shares share, in wei of pBTC: cash, stkBTC at the vault's rate, and the queue's claims and tickets. A ticket pays
/// no more than it was worth at first; for all of them together the smaller of the two sums is taken. Fees that do not
/// count yet are left out.
pub(super) fn assets(storage: &mut dyn Storage) -> Result<U256, PoolError> {
    let waiting = waiting(storage)?;
    let shares = HELD.load(storage)?;
    let held = vault::convert_to_assets(storage, shares)?;
    let all = CASH.load(storage)? + held + waiting;
    Ok(all.saturating_sub(vesting::unvested(storage)?))
}

/// The worth of what is in the queue, in wei of pBTC.
pub(super) fn waiting(storage: &mut dyn Storage) -> Result<U256, PoolError> {
    let (_, claimable) = vault::claim::claimable(storage, CONTRACT)?;
    let (shares, worth) = vault::queue::pending(storage, CONTRACT)?;
    Ok(claimable + worth.min(vault::convert_to_assets(storage, shares)?))
}

/// What the shares share.
pub(super) fn price(storage: &mut dyn Storage) -> Result<Price, PoolError> {
    Ok(Price { assets: assets(storage)?, shares: TOKEN.supply(storage)? })
}

/// What shares are worth, rounded down.
pub(super) fn worth(storage: &mut dyn Storage, shares: U256) -> Result<U256, PoolError> {
    price(storage)?.worth(shares).ok_or(PoolError::Nothing)
}

/// What shares for `wei` would be: less [`LOCKED`] at first.
pub(super) fn preview_deposit(storage: &mut dyn Storage, wei: U256) -> Result<U256, PoolError> {
    let price = price(storage)?;
    let (shares, _) = price.deposited(wei).ok_or(PoolError::Nothing)?;
    if price.is_first() && shares.is_zero() { Err(PoolError::FirstDeposit) } else { Ok(shares) }
}

/// What `shares` would cost: more by [`LOCKED`] at first.
pub(super) fn preview_mint(storage: &mut dyn Storage, shares: U256) -> Result<U256, PoolError> {
    let (wei, _) = price(storage)?.minted(shares).ok_or(PoolError::Nothing)?;
    Ok(wei)
}

/// How a supplier pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payment {
    /// The pBTC came with the call.
    Sent,
    /// It is taken as wpBTC.
    Wrapped,
}

/// Gives `shares` to the receiver for `wei` of the sender's.
pub(super) fn enter(
    storage: &mut dyn Storage,
    (sender, receiver): (Address, Address),
    (wei, shares): (U256, U256),
    payment: Payment,
) -> Result<(), PoolError> {
    if wei.is_zero() || shares.is_zero() {
        return Err(PoolError::Nothing);
    }
    if payment == Payment::Wrapped {
        wpbtc::take(storage, CONTRACT, sender, wei)?;
    }
    if TOKEN.supply(storage)?.is_zero() {
        TOKEN.mint(storage, DEAD, LOCKED)?;
    }
    TOKEN.mint(storage, receiver, shares)?;
    add(&CASH, storage, wei)?;
    let event = IPool::Deposit { sender, owner: receiver, assets: wei, shares };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// What leaves for `shares`: their worth less the exit fee, rounded down.
pub(super) fn preview_redeem(storage: &mut dyn Storage, shares: U256) -> Result<U256, PoolError> {
    let (worth, stays) = (worth(storage, shares)?, stays(storage)?);
    mul_div::floor(worth, stays, WHOLE).ok_or(PoolError::Nothing)
}

/// The shares that `wei` leave for, the exit fee included, rounded up.
pub(super) fn preview_withdraw(storage: &mut dyn Storage, wei: U256) -> Result<U256, PoolError> {
    let stays = stays(storage)?;
    let worth = mul_div::ceil(wei, WHOLE, stays).ok_or(PoolError::Nothing)?;
    price(storage)?.shares_costing(worth).ok_or(PoolError::Nothing)
}

/// What a leaver has of a whole of 10,000.
fn stays(storage: &mut dyn Storage) -> Result<U256, PoolError> {
    Ok(WHOLE.saturating_sub(U256::from(MIN_FEE.load(storage)?)))
}

/// Most that an owner can take out now, in wei of pBTC.
pub(super) fn most_assets(storage: &mut dyn Storage, owner: Address) -> Result<U256, PoolError> {
    let shares = TOKEN.balance_of(storage, owner)?;
    Ok(preview_redeem(storage, shares)?.min(CASH.load(storage)?))
}

/// Most shares that an owner can give back now; none while they are worth nothing.
pub(super) fn most_shares(storage: &mut dyn Storage, owner: Address) -> Result<U256, PoolError> {
    let shares = TOKEN.balance_of(storage, owner)?;
    let (worth, cash) = (preview_redeem(storage, shares)?, CASH.load(storage)?);
    if worth.is_zero() {
        return Ok(U256::ZERO);
    }
    if worth <= cash {
        return Ok(shares);
    }
    // rounded down: the cash has to suffice
    let stays = stays(storage)?;
    let worth = mul_div::floor(cash, WHOLE, stays).ok_or(PoolError::Nothing)?;
    price(storage)?.shares_for(worth).ok_or(PoolError::Nothing)
}

/// Refuses receivers that would lose what they get: nobody, and contracts of the protocol.
pub(super) fn check_receiver(receiver: Address) -> Result<(), PoolError> {
    if receiver.is_zero() || SystemContract::at(receiver).is_some() {
        return Err(TokenError::Receiver { to: receiver }.into());
    }
    Ok(())
}

/// Gives `wei` to the receiver, as wpBTC, for `shares` of the owner's.
pub(super) fn leave(
    storage: &mut dyn Storage,
    sender: Address,
    (receiver, owner): (Address, Address),
    (wei, shares): (U256, U256),
) -> Result<(), PoolError> {
    if wei.is_zero() || shares.is_zero() {
        return Err(PoolError::Nothing);
    }
    check_receiver(receiver)?;
    if sender != owner {
        TOKEN.spend_allowance(storage, owner, sender, shares)?;
    }
    TOKEN.burn(storage, owner, shares)?;
    take(&CASH, storage, wei)?;
    wpbtc::give(storage, CONTRACT, receiver, wei)?;
    let event = IPool::Withdraw { sender, receiver, owner, assets: wei, shares };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// What an account that asks for too much is told.
pub(super) fn within(
    most: U256,
    found: U256,
    error: impl FnOnce(U256) -> PoolError,
) -> Result<(), PoolError> {
    if found > most { Err(error(most)) } else { Ok(()) }
}
