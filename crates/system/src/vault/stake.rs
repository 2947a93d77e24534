//! pBTC becomes shares.
//!
//! Deposits are closed while custody's books are short, while the light client is stale, while shares are worth nothing,
//! and beyond the cap; by nobody's hand. What is worth no share is refused. [`offer`] judges, [`Offer::take`] books: who
//! has something else to do with the pBTC when the vault is closed asks first.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IStkBtc;

use super::{STKBTC, TokenError, VaultError, price::price, store::*};
use crate::{
    custody, light_client,
    price::{DEAD, LOCKED, Price},
    storage::{Storage, StorageError},
    wpbtc,
};

/// A deposit that the vault would take now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Offer {
    receiver: Address,
    assets: U256,
    shares: U256,
    /// Shares that stay locked besides.
    locked: U256,
}

impl Offer {
    /// Books the deposit, whose pBTC is at the vault's address by now; gives the receiver's shares.
    ///
    /// # Errors
    /// The port refused.
    pub fn take(self, storage: &mut dyn Storage, sender: Address) -> Result<U256, StorageError> {
        let Self { receiver, assets, shares, locked } = self;
        increase(&BOOKED, storage, assets)?;
        if !locked.is_zero() {
            STKBTC.mint(storage, DEAD, locked).map_err(port)?;
        }
        STKBTC.mint(storage, receiver, shares).map_err(port)?;
        let event = IStkBtc::Deposit { sender, owner: receiver, assets, shares };
        storage.emit(CONTRACT, event.encode_log_data())?;
        Ok(shares)
    }
}

/// The receiver was judged with the offer.
fn port(error: TokenError) -> StorageError {
    match error {
        TokenError::Storage(error) => error,
        other => StorageError::Database(other.to_string()),
    }
}

/// Judges a deposit of so many wei.
///
/// # Errors
/// [`VaultError`] with the first rule that is broken.
pub fn offer(storage: &mut dyn Storage, receiver: Address, wei: U256) -> Result<Offer, VaultError> {
    STKBTC.receiver(receiver)?;
    let price = price(storage)?;
    let max = room(storage, &price)?;
    if wei > max {
        return Err(VaultError::MaxDeposit { receiver, assets: wei, max });
    }
    let (shares, locked) = price.deposited(wei).ok_or(VaultError::Overflow)?;
    if price.is_first() && shares.is_zero() {
        return Err(VaultError::FirstDeposit { minimum: LOCKED + U256::ONE });
    }
    if shares.is_zero() {
        return Err(VaultError::Nothing);
    }
    Ok(Offer { receiver, assets: wei, shares, locked })
}

/// Stakes pBTC that is at the vault's address already; gives the receiver's shares.
///
/// # Errors
/// [`VaultError`] with the first rule that is broken.
pub fn stake(
    storage: &mut dyn Storage,
    sender: Address,
    receiver: Address,
    wei: U256,
) -> Result<U256, VaultError> {
    Ok(offer(storage, receiver, wei)?.take(storage, sender)?)
}

/// Stakes wpBTC of the sender; gives the receiver's shares.
///
/// # Errors
/// [`VaultError`] with the first rule that is broken.
pub(super) fn deposit(
    storage: &mut dyn Storage,
    sender: Address,
    receiver: Address,
    wei: U256,
) -> Result<U256, VaultError> {
    let offer = offer(storage, receiver, wei)?;
    wpbtc::take(storage, CONTRACT, sender, wei)?;
    Ok(offer.take(storage, sender)?)
}

/// Stakes as much wpBTC of the sender as so many shares cost; gives the wei.
///
/// # Errors
/// [`VaultError`] with the first rule that is broken.
pub(super) fn mint(
    storage: &mut dyn Storage,
    sender: Address,
    receiver: Address,
    shares: U256,
) -> Result<U256, VaultError> {
    STKBTC.receiver(receiver)?;
    let price = price(storage)?;
    let max = room(storage, &price)?;
    if shares.is_zero() {
        return Err(VaultError::Nothing);
    }
    let minted = price.minted(shares).filter(|(assets, _)| *assets <= max);
    let Some((assets, locked)) = minted else {
        return Err(VaultError::MaxMint {
            receiver,
            shares,
            max: price.deposited(max).unwrap_or_default().0,
        });
    };
    wpbtc::take(storage, CONTRACT, sender, assets)?;
    Offer { receiver, assets, shares, locked }.take(storage, sender)?;
    Ok(assets)
}

/// Most that can be staked now, in wei.
///
/// # Errors
/// The port refused.
pub fn max_deposit(storage: &mut dyn Storage, receiver: Address) -> Result<U256, StorageError> {
    let price = price(storage)?;
    if STKBTC.receiver(receiver).is_err() { Ok(U256::ZERO) } else { room(storage, &price) }
}

/// Most shares that can be minted now.
///
/// # Errors
/// The port refused.
pub(super) fn max_mint(storage: &mut dyn Storage, receiver: Address) -> Result<U256, StorageError> {
    let max = max_deposit(storage, receiver)?;
    Ok(price(storage)?.deposited(max).unwrap_or_default().0)
}

/// Shares that a deposit would bring, whatever the limits.
///
/// # Errors
/// [`VaultError::Overflow`], also while shares are worth nothing; or the port refused.
pub(super) fn preview_deposit(storage: &mut dyn Storage, assets: U256) -> Result<U256, VaultError> {
    let (shares, _) = price(storage)?.deposited(assets).ok_or(VaultError::Overflow)?;
    Ok(shares)
}

/// Wei that shares would cost, whatever the limits.
///
/// # Errors
/// [`VaultError::Overflow`], also while shares are worth nothing; or the port refused.
pub(super) fn preview_mint(storage: &mut dyn Storage, shares: U256) -> Result<U256, VaultError> {
    let (assets, _) = price(storage)?.minted(shares).ok_or(VaultError::Overflow)?;
    Ok(assets)
}

fn room(storage: &mut dyn Storage, price: &Price) -> Result<U256, StorageError> {
    if price.is_lost() || light_client::is_stale(storage)? || custody::books(storage)?.deficit() > 0 {
        return Ok(U256::ZERO);
    }
    let room = CAP.load(storage)?.saturating_sub(BOOKED.load(storage)?);
    // a ticket keeps its shares in 128 bits; only a rate near zero leads there
    let shares_left = U256::from(u128::MAX).saturating_sub(price.shares);
    Ok(price.worth(shares_left).map_or(room, |most| room.min(most)))
}
