//! Intents: the chain writes every Bitcoin transaction that custody signs.
//!
//! [`advance`] emits the next one that is due, at most one in `intent_interval_blocks`, and is refused when none is. State
//! alone decides which transaction it is, to the byte ([`ballast_custody::intent`]); whoever carries the duty only says
//! "now". It is a duty and no hook at the end of a block because its event belongs in a receipt. Custodians act on it
//! once its block is finalised. In this order:
//!
//! 0. a key ceremony whose round is over begins again without the silent ([`super::ceremony`]), at any time;
//! 1. the next rung of an intent that has been unconfirmed for `rung_blocks`: the same inputs and payouts, a higher fee;
//! 2. the sweep of a deposit with a refund leaf, alone, since its depositor can stop it; past half of the refund time the
//!    deposit lapses instead, and so does a sweep at the end of it;
//! 3. a batch of payouts.
//!
//! Inputs are free coins with more than k blocks on top. One intent chooses from [`COINS_SEEN`] of them, others the next
//! time. An input is reserved until a rung of the intent is proven, so live intents never share one.
//!
//! [`settle`] takes the proof, k deep, of any rung: the inputs leave the books, the change enters them, payouts are burnt at
//! the shares of *that* rung's fee, a swept deposit mints. If its block is reorganised away and another rung confirms
//! instead, that rung's change replaces the first one's.

use alloy_sol_types::SolEvent;
use ballast_custody::{
    Intent, IntentError, Payout, Rules,
    intent::{self, Kind, Parts, next_rate},
};
use ballast_types::interfaces::ICustody;
use bitcoin::{Amount, FeeRate, consensus::serialize};

use super::{
    CustodyError, Proven,
    books::{self, books},
    ceremony,
    coin::{self, CoinState},
    deep, deposit, group, payout,
    store::*,
    treasury, word,
};
use crate::{
    light_client,
    storage::{Storage, StorageError},
};

/// Free coins that one intent chooses from.
const COINS_SEEN: u64 = 30;
/// Live intents and refundable deposits that one call looks at. What a call looks at has to fit into the budget of its
/// kind of duty, or nothing would ever be emitted again.
const SEEN: u64 = 1;
/// Gas for deriving an intent: scripts, sizes and sums.
const INTENT_GAS: u64 = 50_000;
/// With 4, a ladder can double the fee rate twice before a payout's ceiling stops it.
const HEADROOM: u64 = 4;

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum IntentState {
    /// May confirm.
    Live = 1,
    /// A rung is proven.
    Settled = 2,
    /// Its input may have been refunded.
    Lapsed = 3,
}

/// Emits what is due.
///
/// # Errors
/// [`CustodyError::NothingDue`], [`CustodyError::Stale`] or [`CustodyError::NoKey`].
pub(super) fn advance(storage: &mut dyn Storage) -> Result<(), CustodyError> {
    if ceremony::expire(storage)? {
        return Ok(());
    }
    let now = storage.block().number;
    let (last, interval) = (LAST.load(storage)?, INTERVAL.load(storage)?);
    if last != 0 && now < last.saturating_add(interval) {
        return Err(CustodyError::NothingDue);
    }
    group(storage)?;
    if light_client::is_stale(storage)? {
        return Err(CustodyError::Stale);
    }
    storage.charge(INTENT_GAS)?;
    let turn = now / interval.max(1);
    // sweeps and payouts take turns in going first, so that many of the one do not keep the other from happening
    let sweeps_first = turn % 2 == 1;
    let due = raise(storage, turn)?
        || (sweeps_first && sweep(storage, turn)?)
        || pay(storage, turn)?
        || (!sweeps_first && sweep(storage, turn)?);
    if due {
        return Ok(LAST.store(storage, &now)?);
    }
    Err(CustodyError::NothingDue)
}

/// Emits the next rung of one intent, or gives up a sweep whose deposit can be refunded.
fn raise(storage: &mut dyn Storage, turn: u64) -> Result<bool, CustodyError> {
    let tip = light_client::tip(storage)?.height;
    let patience = RUNG_BLOCKS.load(storage)?;
    let rules = rules(storage)?;
    for number in LIVE.window(storage, turn, SEEN)? {
        let word = INTENT.at(&number).load(storage)?;
        if tip < word.since.saturating_add(patience) {
            continue;
        }
        let live = rebuild(storage, number, word.rate, word.fee, word.rung)?;
        if is_refunded(&live) {
            lapse(storage, number, word)?;
            return Ok(true);
        }
        let old = live.parts().fee_rate;
        let median = FeeRate::from_sat_per_kwu(FEE_RATE.load(storage)?);
        let Ok(rate) = next_rate(old, median, rules.max_fee_rate) else { continue };
        // a payout's ceiling or a sweep's budget may end the ladder early
        let Ok(next) = live.bump(rate) else { continue };
        publish(storage, number, &next)?;
        return Ok(true);
    }
    Ok(false)
}

fn is_refunded(live: &Intent) -> bool {
    live.inputs().iter().any(|coin| match &coin.lock {
        ballast_custody::Lock::Deposit(deposit) => {
            deposit.refund.is_some_and(|refund| coin.confirmations >= refund.blocks().into())
        }
        ballast_custody::Lock::Treasury(_) => false,
    })
}

fn lapse(storage: &mut dyn Storage, number: u64, word: IntentWord) -> Result<(), StorageError> {
    for coin in all(&INTENT_COINS.at(&number), storage)? {
        coin::lapse(storage, coin)?;
    }
    LIVE.remove(storage, number)?;
    INTENT.at(&number).store(storage, &IntentWord { state: IntentState::Lapsed as u8, ..word })?;
    storage.emit(CONTRACT, ICustody::Lapsed { intent: number }.encode_log_data())
}

/// Emits the sweep of one refundable deposit, or gives up one that is too old.
fn sweep(storage: &mut dyn Storage, turn: u64) -> Result<bool, CustodyError> {
    let (treasury, rules) = (treasury(storage)?, rules(storage)?);
    for number in REFUNDABLE.window(storage, turn, SEEN)? {
        let coin = coin::load(storage, number)?;
        if coin.lock.spend_by().is_some_and(|last| coin.confirmations > last) {
            coin::lapse(storage, number)?;
            return Ok(true);
        }
        let derived = intent::sweep::derive(&intent::sweep::Facts {
            group: treasury.group,
            treasury: &treasury,
            coins: std::slice::from_ref(&coin),
            reserved: &Default::default(),
            fee_rate: FeeRate::from_sat_per_kwu(FEE_RATE.load(storage)?),
            budget: Amount::from_sat(SWEEP_FEE.load(storage)?),
            rules: &rules,
        });
        if let Ok(intent) = derived {
            emit(storage, &intent)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Emits a batch of payouts; when none of those it looked at can pay the fee, lets others go first.
fn pay(storage: &mut dyn Storage, turn: u64) -> Result<bool, CustodyError> {
    let (numbers, moved_on) = payout::waiting(storage)?;
    let payouts = within_cap(storage, &numbers)?;
    if payouts.is_empty() {
        return Ok(moved_on);
    }
    let mut coins = Vec::new();
    for number in FREE.window(storage, turn, COINS_SEEN)? {
        coins.push(coin::load(storage, number)?);
    }
    let derived = intent::payout::derive(&intent::payout::Facts {
        treasury: &treasury(storage)?,
        coins: &coins,
        reserved: &Default::default(),
        payouts: &payouts,
        fee_rate: FeeRate::from_sat_per_kwu(FEE_RATE.load(storage)?),
        rules: &rules(storage)?,
    });
    match derived {
        Ok(intent) => emit(storage, &intent).map(|()| true),
        Err(IntentError::Nothing) => Ok(payout::step_back(storage, &numbers)?),
        // the oldest one is more than these coins cover; others may not be
        Err(IntentError::Insufficient { .. }) => Ok(payout::step_back(storage, &numbers[..1])?),
        Err(_) => Ok(false),
    }
}

/// The payouts, up to the cap while reserves are short.
fn within_cap(storage: &mut dyn Storage, numbers: &[u64]) -> Result<Vec<Payout>, StorageError> {
    let short = books(storage)?.deficit() > 0;
    let mut left = if short { DEFICIT_CAP.load(storage)? } else { u64::MAX };
    let mut payouts = Vec::new();
    for number in numbers {
        let payout = payout::load(storage, *number)?;
        let Some(rest) = left.checked_sub(payout.amount.to_sat()) else { continue };
        left = rest;
        payouts.push(payout);
    }
    Ok(payouts)
}

fn rules(storage: &mut dyn Storage) -> Result<Rules, StorageError> {
    Ok(Rules {
        // the library counts the coin's own block
        depth: DEPTH.load(storage)?.saturating_add(1),
        max_inputs: MAX_INPUTS.load(storage)?.into(),
        max_payouts: MAX_PAYOUTS.load(storage)?.into(),
        max_fee_rate: FeeRate::from_sat_per_kwu(MAX_FEE_RATE.load(storage)?),
        headroom: HEADROOM,
    })
}

/// Records a new intent and publishes its first rung.
fn emit(storage: &mut dyn Storage, intent: &Intent) -> Result<(), CustodyError> {
    let number = next(&INTENTS, storage)?;
    for input in intent.inputs() {
        let coin = COIN_AT.at(&word(input.outpoint.txid)).at(&input.outpoint.vout).load(storage)?;
        coin::reserve(storage, coin, number)?;
        INTENT_COINS.at(&number).push(storage, &coin)?;
    }
    for payout in intent.payouts() {
        payout::intend(storage, payout.id, number)?;
        INTENT_PAYOUTS.at(&number).push(storage, &payout.id)?;
    }
    LIVE.insert(storage, number)?;
    publish(storage, number, intent)
}

fn publish(storage: &mut dyn Storage, number: u64, intent: &Intent) -> Result<(), CustodyError> {
    let (fee, rung) = (intent.fee().to_sat(), intent.parts().rung);
    let (transaction, since) = (intent.transaction(), light_client::tip(storage)?.height);
    let (rate, state) = (intent.parts().fee_rate.to_sat_per_kwu(), IntentState::Live as u8);
    INTENT.at(&number).store(storage, &IntentWord { rate, fee, since, rung, state })?;
    let txid = word(transaction.compute_txid());
    RUNG.at(&txid).store(storage, &RungWord { intent: number, fee })?;
    let transaction = serialize(&transaction).into();
    let event = ICustody::Intent { intent: number, rung, txid, fee, transaction };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// A rung of an intent, put together again from what is stored.
pub(super) fn rebuild(
    storage: &mut dyn Storage,
    number: u64,
    rate: u64,
    fee: u64,
    rung: u32,
) -> Result<Intent, CustodyError> {
    storage.charge(INTENT_GAS)?;
    let treasury = treasury(storage)?;
    let (mut inputs, mut payouts) = (Vec::new(), Vec::new());
    for coin in all(&INTENT_COINS.at(&number), storage)? {
        inputs.push(coin::load(storage, coin)?);
    }
    for payout in all(&INTENT_PAYOUTS.at(&number), storage)? {
        payouts.push(payout::load(storage, payout)?);
    }
    let (kind, budget) = if payouts.is_empty() {
        (Kind::Sweep, Amount::from_sat(SWEEP_FEE.load(storage)?))
    } else {
        (Kind::Payout, Amount::MAX_MONEY)
    };
    let parts = Parts {
        kind,
        group: treasury.group,
        treasury,
        inputs,
        payouts,
        fee_rate: FeeRate::from_sat_per_kwu(rate),
        least_fee: Amount::from_sat(fee),
        budget,
        rung,
    };
    Intent::build(parts).map_err(|error| StorageError::Database(format!("intent {number}: {error}")).into())
}

/// Books a proven intent.
///
/// # Errors
/// [`CustodyError::UnknownIntent`], [`CustodyError::Shallow`], [`CustodyError::Settled`], and for a sweep
/// [`CustodyError::Deficit`].
pub(super) fn settle(storage: &mut dyn Storage, proven: &Proven) -> Result<(), CustodyError> {
    let txid = word(proven.txid);
    let RungWord { intent: number, fee } = RUNG.at(&txid).load(storage)?;
    if number == 0 {
        return Err(CustodyError::UnknownIntent { txid });
    }
    deep(DEPTH.load(storage)?, proven.depth)?;
    let word = INTENT.at(&number).load(storage)?;
    if word.state == IntentState::Settled as u8 {
        return replace(storage, number, proven);
    }
    let intent = rebuild(storage, number, 0, fee, 0)?;
    if intent.kind() == Kind::Sweep {
        // it mints: on headers that are fresh, and as deep as its deposit has to be
        if light_client::is_stale(storage)? {
            return Err(CustodyError::Stale);
        }
        let value = intent.inputs().iter().map(|coin| coin.value.to_sat()).max().unwrap_or_default();
        deep(deposit::depth(storage, value)?, proven.depth)?;
        books::solvent(storage)?;
    }
    for coin in all(&INTENT_COINS.at(&number), storage)? {
        coin::remove(storage, coin)?;
        if intent.kind() == Kind::Sweep {
            deposit::swept(storage, coin)?;
        }
    }
    for share in intent.shares() {
        payout::pay(storage, share, number, proven.txid)?;
    }
    LIVE.remove(storage, number)?;
    INTENT.at(&number).store(storage, &IntentWord { state: IntentState::Settled as u8, ..word })?;
    keep_change(storage, number, proven)
}

/// Another rung has confirmed instead of the one that settled the intent: its change replaces the other's, which must be
/// off the best chain and not spent by a further intent.
fn replace(storage: &mut dyn Storage, number: u64, proven: &Proven) -> Result<(), CustodyError> {
    let old = CHANGE.at(&number).load(storage)?;
    let same = COIN_TXID.at(&old).load(storage)? == word(proven.txid);
    let is_free = COIN.at(&old).load(storage)?.state == CoinState::Free as u8;
    if same || !is_free || coin::confirmations(storage, old)? > 0 {
        return Err(CustodyError::Settled { intent: number });
    }
    coin::remove(storage, old)?;
    keep_change(storage, number, proven)
}

/// The last output of every intent is the treasury's.
fn keep_change(storage: &mut dyn Storage, number: u64, proven: &Proven) -> Result<(), CustodyError> {
    let outputs = &proven.transaction.output;
    let change = outputs.last().map_or(0, |output| output.value.to_sat());
    let vout = outputs.len().saturating_sub(1) as u32;
    let coin = coin::add(storage, proven, vout, change, None)?;
    CHANGE.at(&number).store(storage, &coin)?;
    let event = ICustody::Settled { intent: number, txid: word(proven.txid), change };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}
