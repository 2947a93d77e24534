//! Deposits: a proven output that pays a deposit address mints pBTC, once.
//!
//! **Cost.** minted = value - sweep fee; the sweep fee is 111 virtual bytes, one input and one output, at the network's
//! `sweep_fee_rate_sat_vb`. It does not depend on the day's fees, so [`quote`] tells a depositor beforehand what will
//! arrive. What spending the deposit costs less stays in the fee buffer; what it costs more never falls on others: a
//! sweep waits until it fits.
//!
//! **When.** At a depth that grows with the amount, while the light client is not stale and the books are not short; the
//! proof stays good until then. Each output of a transaction is a deposit of its own, and its outpoint counts once.
//!
//! **Refund leaf.** The depositor could take such a deposit back, so it is no reserve and mints nothing until custody's
//! sweep of it is proven ([`super::intent`]).
//!
//! **Action 1**, mint and stake: what is minted goes to the vault and the recipient has its shares, in the same duty.
//! While the vault takes no deposit, or not this one, the recipient has pBTC instead: others can close the vault, so a
//! proof must not fail for it.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use ballast_custody::Action;
use ballast_types::interfaces::ICustody;

use super::{CustodyError, Proven, SCRIPT_GAS, books, coin, deep, group, store::*, terms, word};
use crate::{
    light_client,
    storage::{Storage, StorageError},
    vault::{self, VaultError},
};

/// Wei of a sat.
const WEI_PER_SAT: u64 = 10_000_000_000;

/// Sats as wei.
pub(crate) fn wei(sats: u64) -> U256 {
    U256::from(sats) * U256::from(WEI_PER_SAT)
}

/// Blocks on top that a deposit of so many sats needs.
pub(super) fn depth(storage: &mut dyn Storage, value: u64) -> Result<u32, StorageError> {
    let tiers = all(&TIERS, storage)?;
    Ok(tiers.iter().find(|tier| value <= tier.up_to).map_or(u32::MAX, |tier| tier.depth))
}

/// What a deposit becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quote {
    /// Sats that arrive; 0 if it is too small.
    pub(super) minted: u64,
    /// Sats that stay.
    pub(super) fee: u64,
    /// The least deposit, in sats.
    pub(super) minimum: u64,
    /// Blocks on top that it needs.
    pub(super) depth: u32,
}

/// What a deposit of so many sats becomes.
///
/// # Errors
/// The port refused.
pub(super) fn quote(storage: &mut dyn Storage, value: u64) -> Result<Quote, StorageError> {
    let (fee, minimum) = (SWEEP_FEE.load(storage)?, MIN_DEPOSIT.load(storage)?);
    let minted = if value < minimum { 0 } else { value.saturating_sub(fee) };
    Ok(Quote { minted, fee, minimum, depth: depth(storage, value)? })
}

/// Takes up a proven deposit and, unless it is refundable, mints.
///
/// # Errors
/// [`CustodyError`] with the first rule that is broken.
pub(super) fn prove(
    storage: &mut dyn Storage,
    proven: &Proven,
    vout: u32,
    to: DepositWord,
    refund: B256,
) -> Result<(), CustodyError> {
    let group = group(storage)?;
    if light_client::is_stale(storage)? {
        return Err(CustodyError::Stale);
    }
    let txid = word(proven.txid);
    let known = COIN_AT.at(&txid).at(&vout).load(storage)?;
    if known != 0 {
        return Err(CustodyError::Known { coin: known });
    }
    storage.charge(SCRIPT_GAS)?;
    let payment = terms(storage, to, refund)?.payment(group, &proven.transaction, vout);
    let value = payment.map_err(|_| CustodyError::OtherAddress { vout })?.value.to_sat();
    let quote = quote(storage, value)?;
    if value < quote.minimum {
        return Err(CustodyError::TooSmall { minimum: quote.minimum, found: value });
    }
    deep(quote.depth, proven.depth)?;
    books::solvent(storage)?;
    let coin = coin::add(storage, proven, vout, value, Some((to, refund)))?;
    let minted = if refund.is_zero() { quote.minted } else { 0 };
    mint(storage, coin, to, minted)?;
    let DepositWord { recipient, action } = to;
    let event = ICustody::Deposited { coin, recipient, txid, vout, action, value, minted };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// Mints for a refundable deposit whose sweep is proven.
pub(super) fn swept(storage: &mut dyn Storage, coin: u64) -> Result<(), StorageError> {
    let (value, to) = (COIN.at(&coin).load(storage)?.value, COIN_DEPOSIT.at(&coin).load(storage)?);
    let minted = quote(storage, value)?.minted;
    mint(storage, coin, to, minted)?;
    let event = ICustody::Swept { coin, recipient: to.recipient, minted };
    storage.emit(CONTRACT, event.encode_log_data())
}

/// Mints what a deposit brought: to the vault if it is to be staked and can be, else to the recipient.
fn mint(storage: &mut dyn Storage, coin: u64, to: DepositWord, sats: u64) -> Result<(), StorageError> {
    if sats == 0 {
        return Ok(());
    }
    let recipient = to.recipient;
    // the vault judges before anything is issued: a coin of a proven sweep is in the books only after this
    let offer = match to.action == Action::MintAndStake as u8 {
        true => offer(storage, recipient, wei(sats))?,
        false => None,
    };
    increase(&ISSUED, storage, sats)?;
    let Some(offer) = offer else { return storage.mint(recipient, wei(sats)) };
    storage.mint(vault::CONTRACT, wei(sats))?;
    let shares = offer.take(storage, CONTRACT)?;
    storage.emit(CONTRACT, ICustody::Staked { coin, recipient, shares }.encode_log_data())
}

fn offer(
    storage: &mut dyn Storage,
    recipient: Address,
    wei: U256,
) -> Result<Option<vault::stake::Offer>, StorageError> {
    match vault::stake::offer(storage, recipient, wei) {
        Ok(offer) => Ok(Some(offer)),
        Err(VaultError::Storage(error)) => Err(error),
        Err(_) => Ok(None),
    }
}
