//! Payouts: pBTC in escrow until a bitcoin payment is proven.
//!
//! A payout names a script, an amount that arrives in full, and the most that its owner pays of the transaction's fee; the
//! escrow is the sum. It waits in a queue, may be taken back while it waits, and belongs to its intent from then on: it
//! may be paid at any time, hence the escrow stays. When the payment is proven, amount and fee share are burnt and the
//! rest of the ceiling returns to the owner.
//!
//! The queue is looked at [`WINDOW`] payouts at a time, oldest first. Those whose ceiling is too low for the present fee
//! rate go to its end when others wait behind them, so that nobody can block it with cheap payouts.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use ballast_custody::{Payout, intent::Share};
use ballast_types::interfaces::ICustody;
use bitcoin::{Amount, Script, ScriptBuf, Txid};

use super::{PayoutError, deposit::wei, store::*, treasury, word};
use crate::storage::{Storage, StorageError};

/// Payouts that one intent chooses from.
pub(super) const WINDOW: u64 = 25;
/// Places of the queue that one intent looks at; some are empty, where a payout was taken back.
const PLACES: u64 = 2 * WINDOW;

/// Where a payout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum PayoutState {
    /// In the queue.
    Waiting = 1,
    /// A live intent pays it.
    Intended = 2,
    /// Proven and burnt.
    Paid = 3,
    /// Taken back.
    Cancelled = 4,
}

/// Takes an escrow that has come with the call; gives the payout's number.
///
/// # Errors
/// [`PayoutError`] with the first rule that is broken.
pub(super) fn request(
    storage: &mut dyn Storage,
    owner: Address,
    value: U256,
    script: &Script,
    amount: u64,
    ceiling: u64,
) -> Result<u64, PayoutError> {
    if !is_paid_type(script) {
        return Err(PayoutError::ScriptType { script: script.to_owned() });
    }
    let minimum = Amount::from_sat(MIN_PAYOUT.load(storage)?);
    let payout = Payout {
        id: 0,
        script_pubkey: script.to_owned(),
        amount: Amount::from_sat(amount),
        fee_ceiling: Amount::from_sat(ceiling),
    };
    payout.check(minimum, &treasury(storage)?)?;
    let expected = wei(amount) + wei(ceiling);
    if value != expected {
        return Err(PayoutError::Value { expected, found: value });
    }
    let number = next(&PAYOUTS, storage)?;
    PAYOUT_OWNER.at(&number).store(storage, &owner)?;
    store_script(storage, number, script)?;
    increase(&ESCROW, storage, amount + ceiling)?;
    let state = PayoutState::Waiting as u8;
    enqueue(storage, number, PayoutWord { amount, ceiling, at: 0, state })?;
    let event = ICustody::PayoutRequested {
        payout: number,
        owner,
        scriptPubKey: script.to_bytes().into(),
        amount,
        maxFee: ceiling,
    };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(number)
}

/// Gives an escrow back whose payout still waits.
///
/// # Errors
/// [`PayoutError::NotWaiting`] if it does not, or is not the caller's.
pub(super) fn cancel(storage: &mut dyn Storage, caller: Address, number: u64) -> Result<(), PayoutError> {
    let payout = PAYOUT.at(&number).load(storage)?;
    let owner = PAYOUT_OWNER.at(&number).load(storage)?;
    if payout.state != PayoutState::Waiting as u8 || owner != caller {
        return Err(PayoutError::NotWaiting { payout: number });
    }
    vacate(storage, payout.at)?;
    let state = PayoutState::Cancelled as u8;
    PAYOUT.at(&number).store(storage, &PayoutWord { at: 0, state, ..payout })?;
    let escrow = payout.amount + payout.ceiling;
    decrease(&ESCROW, storage, escrow)?;
    storage.transfer(CONTRACT, owner, wei(escrow))?;
    Ok(storage.emit(CONTRACT, ICustody::PayoutCancelled { payout: number }.encode_log_data())?)
}

fn is_paid_type(script: &Script) -> bool {
    script.is_p2pkh() || script.is_p2sh() || script.is_p2wpkh() || script.is_p2wsh() || script.is_p2tr()
}

/// At most [`WINDOW`] waiting payouts, oldest first. None, although there may be some further on, if all places looked at
/// were empty; then they are left behind, and that is worth keeping.
pub(super) fn waiting(storage: &mut dyn Storage) -> Result<(Vec<u64>, bool), StorageError> {
    let (head, tail) = (QUEUE_HEAD.load(storage)?, QUEUE_TAIL.load(storage)?);
    let mut payouts = Vec::new();
    let last = tail.min(head.saturating_add(PLACES));
    for place in head..last {
        let payout = QUEUE.at(&place).load(storage)?;
        if payout != 0 {
            payouts.push(payout);
        }
        if payouts.len() as u64 == WINDOW {
            break;
        }
    }
    let all_empty = payouts.is_empty() && last > head;
    if all_empty {
        QUEUE_HEAD.store(storage, &last)?;
    }
    Ok((payouts, all_empty))
}

/// Empties a place of the queue; the queue then begins behind it if it was the first.
fn vacate(storage: &mut dyn Storage, place: u64) -> Result<(), StorageError> {
    QUEUE.at(&place).clear(storage)?;
    if QUEUE_HEAD.load(storage)? == place {
        QUEUE_HEAD.store(storage, &(place + 1))?;
    }
    Ok(())
}

/// Puts payouts behind those that wait behind them; false if nobody does.
pub(super) fn step_back(storage: &mut dyn Storage, payouts: &[u64]) -> Result<bool, StorageError> {
    let last = match payouts.last() {
        Some(last) => PAYOUT.at(last).load(storage)?.at,
        None => return Ok(false),
    };
    if last + 1 >= QUEUE_TAIL.load(storage)? {
        return Ok(false);
    }
    for number in payouts {
        let payout = PAYOUT.at(number).load(storage)?;
        vacate(storage, payout.at)?;
        enqueue(storage, *number, payout)?;
    }
    Ok(true)
}

fn enqueue(storage: &mut dyn Storage, number: u64, payout: PayoutWord) -> Result<(), StorageError> {
    let at = QUEUE_TAIL.load(storage)?;
    QUEUE.at(&at).store(storage, &number)?;
    QUEUE_TAIL.store(storage, &(at + 1))?;
    PAYOUT.at(&number).store(storage, &PayoutWord { at, ..payout })
}

/// Hands a payout over to its intent.
pub(super) fn intend(storage: &mut dyn Storage, number: u64, intent: u64) -> Result<(), StorageError> {
    let payout = PAYOUT.at(&number).load(storage)?;
    vacate(storage, payout.at)?;
    let state = PayoutState::Intended as u8;
    PAYOUT.at(&number).store(storage, &PayoutWord { at: intent, state, ..payout })
}

/// Ends a payout whose payment is proven.
pub(super) fn pay(
    storage: &mut dyn Storage,
    share: &Share,
    intent: u64,
    txid: Txid,
) -> Result<(), StorageError> {
    let (number, fee) = (share.id, share.fee.to_sat());
    let payout = PAYOUT.at(&number).load(storage)?;
    PAYOUT.at(&number).store(storage, &PayoutWord { state: PayoutState::Paid as u8, ..payout })?;
    let spent = payout.amount + fee;
    let escrow = payout.amount + payout.ceiling;
    decrease(&ESCROW, storage, escrow)?;
    increase(&BURNT, storage, spent)?;
    storage.burn(CONTRACT, wei(spent))?;
    let owner = PAYOUT_OWNER.at(&number).load(storage)?;
    storage.transfer(CONTRACT, owner, wei(escrow - spent))?;
    let event = ICustody::PayoutPaid { payout: number, intent, txid: word(txid), fee };
    storage.emit(CONTRACT, event.encode_log_data())
}

/// A payout as the library takes it.
pub(super) fn load(storage: &mut dyn Storage, number: u64) -> Result<Payout, StorageError> {
    let PayoutWord { amount, ceiling, .. } = PAYOUT.at(&number).load(storage)?;
    Ok(Payout {
        id: number,
        script_pubkey: load_script(storage, number)?,
        amount: Amount::from_sat(amount),
        fee_ceiling: Amount::from_sat(ceiling),
    })
}

/// Scripts that are paid have at most 34 bytes: their length, 31 bytes, and the rest.
fn store_script(storage: &mut dyn Storage, number: u64, script: &Script) -> Result<(), StorageError> {
    let mut bytes = [0; 64];
    bytes[0] = script.len() as u8;
    bytes[1..=script.len()].copy_from_slice(script.as_bytes());
    SCRIPT_HEAD.at(&number).store(storage, &B256::from_slice(&bytes[..32]))?;
    SCRIPT_TAIL.at(&number).store(storage, &B256::from_slice(&bytes[32..]))
}

fn load_script(storage: &mut dyn Storage, number: u64) -> Result<ScriptBuf, StorageError> {
    let (head, tail) = (SCRIPT_HEAD.at(&number).load(storage)?, SCRIPT_TAIL.at(&number).load(storage)?);
    let bytes = [head.0, tail.0].concat();
    let script = bytes.get(1..=usize::from(bytes[0])).unwrap_or_default();
    Ok(ScriptBuf::from_bytes(script.to_vec()))
}
