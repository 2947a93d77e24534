//! Coins: outputs of custody's, and the blocks that contain them.
//!
//! A coin is known by its outpoint and has *anchors*, the blocks it was proven in; since a block chain has a transaction
//! once, at most one of them is on the best chain. For each block the contract keeps the sats of the unspent coins that
//! are anchored there, so that [`follow`] keeps the reserves right through a reorganisation of any depth at the price of
//! one look-up for each header.
//!
//! A coin is refundable, free, reserved by a live intent, spent, or lapsed. A refundable coin is a deposit with a refund
//! leaf, which is no reserve; unless it is swept in time it lapses to its depositor.

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use ballast_bitcoin_light::Extension;
use ballast_custody::{Coin, Lock};
use ballast_types::interfaces::ICustody;
use bitcoin::{Amount, BlockHash, OutPoint, Txid, hashes::Hash};

use super::{CustodyError, Proven, deep, deposit, recovery, store::*, terms, word};
use crate::{
    light_client,
    storage::{Storage, StorageError},
};

/// What may happen to a coin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum CoinState {
    /// Waits for its sweep.
    Refundable = 1,
    /// May be spent.
    Free = 2,
    /// A live intent spends it.
    Reserved = 3,
    /// A proven transaction has spent it.
    Spent = 4,
    /// Its depositor may take it back.
    Lapsed = 5,
}

/// Takes up an unspent output as a coin, anchored in the block of its proof; gives its number.
pub(super) fn add(
    storage: &mut dyn Storage,
    proven: &Proven,
    vout: u32,
    value: u64,
    deposit: Option<(DepositWord, B256)>,
) -> Result<u64, StorageError> {
    let number = next(&COINS, storage)?;
    let txid = word(proven.txid);
    let refund = deposit.map_or(B256::ZERO, |(_, refund)| refund);
    let state = if refund.is_zero() { CoinState::Free } else { CoinState::Refundable };
    let is_deposit = u8::from(deposit.is_some());
    COIN.at(&number).store(storage, &CoinWord { value, vout, state: state as u8, is_deposit, intent: 0 })?;
    COIN_TXID.at(&number).store(storage, &txid)?;
    COIN_AT.at(&txid).at(&vout).store(storage, &number)?;
    if let Some((word, refund)) = deposit {
        COIN_DEPOSIT.at(&number).store(storage, &word)?;
        COIN_REFUND.at(&number).store(storage, &refund)?;
    }
    if refund.is_zero() {
        increase(&HELD, storage, value)?;
        FREE.insert(storage, number)?;
    } else {
        increase(&UNSWEPT, storage, value)?;
        REFUNDABLE.insert(storage, number)?;
    }
    anchor(storage, number, proven.block)?;
    Ok(number)
}

/// Adds a block of the best chain to a coin that has none there.
fn anchor(storage: &mut dyn Storage, number: u64, block: B256) -> Result<(), StorageError> {
    ANCHORS.at(&number).push(storage, &block)?;
    if is_reserve(storage, number)? {
        let value = COIN.at(&number).load(storage)?.value;
        increase(&IN_BLOCK.at(&block), storage, value)?;
        increase(&ANCHORED, storage, value)?;
    }
    Ok(())
}

/// Whether nobody but custody can spend it.
pub(super) fn is_reserve(storage: &mut dyn Storage, number: u64) -> Result<bool, StorageError> {
    Ok(COIN_REFUND.at(&number).load(storage)?.is_zero())
}

/// The blocks from the coin's own to the tip, both counted; 0 if none of its blocks is on the best chain.
pub(super) fn confirmations(storage: &mut dyn Storage, number: u64) -> Result<u32, StorageError> {
    for block in all(&ANCHORS.at(&number), storage)?.into_iter().rev() {
        let confirmations = light_client::confirmations(storage, BlockHash::from_byte_array(block.0))?;
        if confirmations > 0 {
            return Ok(confirmations);
        }
    }
    Ok(0)
}

/// Proves a coin again whose block has left the best chain, as deep as a deposit of its value must be.
///
/// # Errors
/// [`CustodyError::UnknownCoin`] if it is none or spent, [`CustodyError::Anchored`] if it has a block on the best chain,
/// [`CustodyError::Shallow`].
pub(super) fn prove_anchor(
    storage: &mut dyn Storage,
    proven: &Proven,
    vout: u32,
) -> Result<(), CustodyError> {
    let txid = word(proven.txid);
    let number = COIN_AT.at(&txid).at(&vout).load(storage)?;
    let coin = COIN.at(&number).load(storage)?;
    if number == 0 || coin.state == CoinState::Spent as u8 {
        return Err(CustodyError::UnknownCoin { txid, vout });
    }
    if confirmations(storage, number)? > 0 {
        return Err(CustodyError::Anchored { coin: number });
    }
    deep(deposit::depth(storage, coin.value)?, proven.depth)?;
    anchor(storage, number, proven.block)?;
    let event = ICustody::Anchored { coin: number, blockHash: proven.block };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// Marks a coin as spent by an intent.
pub(super) fn reserve(storage: &mut dyn Storage, number: u64, intent: u64) -> Result<(), StorageError> {
    let coin = COIN.at(&number).load(storage)?;
    FREE.remove(storage, number)?;
    REFUNDABLE.remove(storage, number)?;
    if is_reserve(storage, number)? {
        increase(&IN_FLIGHT, storage, coin.value)?;
    }
    COIN.at(&number).store(storage, &CoinWord { state: CoinState::Reserved as u8, intent, ..coin })
}

/// Takes a coin out of the books: a proven transaction has spent it, or it never came to be.
pub(super) fn remove(storage: &mut dyn Storage, number: u64) -> Result<(), StorageError> {
    let coin = COIN.at(&number).load(storage)?;
    if coin.state == CoinState::Spent as u8 {
        return Ok(());
    }
    if is_reserve(storage, number)? {
        if confirmations(storage, number)? > 0 {
            decrease(&ANCHORED, storage, coin.value)?;
        }
        for block in all(&ANCHORS.at(&number), storage)? {
            decrease(&IN_BLOCK.at(&block), storage, coin.value)?;
        }
        decrease(&HELD, storage, coin.value)?;
        if coin.state == CoinState::Reserved as u8 {
            decrease(&IN_FLIGHT, storage, coin.value)?;
        }
    } else if coin.state != CoinState::Lapsed as u8 {
        decrease(&UNSWEPT, storage, coin.value)?;
    }
    FREE.remove(storage, number)?;
    REFUNDABLE.remove(storage, number)?;
    COIN.at(&number).store(storage, &CoinWord { state: CoinState::Spent as u8, ..coin })
}

/// Gives a refundable coin up to its depositor.
pub(super) fn lapse(storage: &mut dyn Storage, number: u64) -> Result<(), StorageError> {
    let coin = COIN.at(&number).load(storage)?;
    decrease(&UNSWEPT, storage, coin.value)?;
    REFUNDABLE.remove(storage, number)?;
    COIN.at(&number).store(storage, &CoinWord { state: CoinState::Lapsed as u8, ..coin })
}

/// A coin as the library takes it.
pub(super) fn load(storage: &mut dyn Storage, number: u64) -> Result<Coin, CustodyError> {
    let word = COIN.at(&number).load(storage)?;
    let txid = Txid::from_byte_array(COIN_TXID.at(&number).load(storage)?.0);
    let lock = if word.is_deposit == 1 {
        let (deposit, refund) =
            (COIN_DEPOSIT.at(&number).load(storage)?, COIN_REFUND.at(&number).load(storage)?);
        Lock::Deposit(terms(storage, deposit, refund)?)
    } else {
        Lock::Treasury(recovery(storage)?)
    };
    let confirmations = confirmations(storage, number)?;
    let outpoint = OutPoint { txid, vout: word.vout };
    Ok(Coin { outpoint, value: Amount::from_sat(word.value), confirmations, lock })
}

/// Keeps the reserves right when the best chain changed: coins in removed blocks are no reserve any more, coins in
/// blocks that came back are one again. A block comes back only in exchange for others, hence an extension that removes
/// nothing changes nothing.
///
/// # Errors
/// The port refused.
pub fn follow(storage: &mut dyn Storage, extension: &Extension) -> Result<(), StorageError> {
    if extension.removed.is_empty() {
        return Ok(());
    }
    for header in &extension.removed {
        let sats = IN_BLOCK.at(&header.hash().to_byte_array().into()).load(storage)?;
        decrease(&ANCHORED, storage, sats)?;
    }
    for header in &extension.added {
        let sats = IN_BLOCK.at(&header.hash().to_byte_array().into()).load(storage)?;
        increase(&ANCHORED, storage, sats)?;
    }
    Ok(())
}
