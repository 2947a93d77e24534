//! Payout intents: which payouts are paid next, from which coins.
//!
//! What a user asks for arrives in full; the escrow is the amount plus a ceiling for the fee. What is left of the
//! ceiling returns to the user when the payment is proven.
//!
//! **Payouts**: oldest first, up to a limit, as many as the coins can pay. One whose ceiling is too low for its
//! share waits, with room for later rungs counted in; one that the coins cannot pay makes all after it wait, so
//! that a large payout is not overtaken for ever.
//!
//! **Coins** (`coins.rs`) cover all escrows and the least change.

use std::collections::BTreeSet;

use bitcoin::{Amount, FeeRate, OutPoint, ScriptBuf};

use super::{Intent, IntentError, Kind, Parts, Rules, Share, coins, share, sum, vsize};
use crate::coin::Coin;
use crate::payee::{self, PayeeError};
use crate::treasury::Treasury;

/// A payment that a user asked for and escrowed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Payout {
    /// The number under which the chain knows it; lower is older.
    pub id: u64,
    /// Where it goes.
    pub script_pubkey: ScriptBuf,
    /// What arrives, in sats.
    pub amount: Amount,
    /// The most that its owner pays for the fee on top, in sats.
    pub fee_ceiling: Amount,
}

impl Payout {
    /// What the owner has to escrow, in sats; `None` if that is more than can exist.
    pub fn escrow(&self) -> Option<Amount> {
        self.amount.checked_add(self.fee_ceiling).filter(|escrow| *escrow <= Amount::MAX_MONEY)
    }

    /// Checks a new payout.
    ///
    /// # Errors
    /// When its script cannot be paid or its amount is too small or too large.
    pub fn check(&self, minimum: Amount, treasury: &Treasury) -> Result<(), PayeeError> {
        payee::check(&self.script_pubkey, self.amount, minimum, &treasury.script_pubkey())?;
        self.escrow().map(|_| ()).ok_or(PayeeError::TooMuch { amount: self.amount })
    }
}

/// What a payout intent follows from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The treasury; its group signs.
    pub treasury: &'a Treasury,
    /// All unspent coins of that group.
    pub coins: &'a [Coin],
    /// What live intents spend.
    pub reserved: &'a BTreeSet<OutPoint>,
    /// All payouts that no live intent pays.
    pub payouts: &'a [Payout],
    /// The present fee rate.
    pub fee_rate: FeeRate,
    /// The network's rules.
    pub rules: &'a Rules,
}

/// The next payout intent.
///
/// # Errors
/// [`IntentError::Insufficient`] if the coins cannot pay even the oldest payout that is ready,
/// [`IntentError::Nothing`] if none is.
pub fn derive(facts: &Facts<'_>) -> Result<Intent, IntentError> {
    let coins = coins::spendable(facts.coins, facts.reserved, facts.rules);
    let mut ready: Vec<&Payout> = facts.payouts.iter().filter(|payout| payout.escrow().is_some()).collect();
    ready.sort_by_key(|payout| payout.id);
    ready.dedup_by_key(|payout| payout.id);
    loop {
        let batch = &ready[..ready.len().min(facts.rules.max_payouts)];
        let (batch, inputs) = fund(facts, &coins, batch)?;
        let parts = parts(facts, batch, inputs);
        let waiting = too_dear(&parts, facts.rules)?;
        if waiting.is_empty() {
            return Intent::build(parts);
        }
        ready.retain(|payout| !waiting.contains(&payout.id));
    }
}

fn parts(facts: &Facts<'_>, batch: &[&Payout], inputs: Vec<Coin>) -> Parts {
    Parts {
        kind: Kind::Payout,
        group: facts.treasury.group,
        treasury: facts.treasury.clone(),
        inputs,
        payouts: batch.iter().map(|payout| (*payout).clone()).collect(),
        fee_rate: facts.rules.clamp(facts.fee_rate),
        least_fee: Amount::ZERO,
        budget: Amount::MAX_MONEY,
        rung: 0,
    }
}

/// The longest run of payouts from the oldest that coins can pay, with the coins.
fn fund<'a, 'b>(
    facts: &Facts<'_>,
    coins: &[&Coin],
    batch: &'b [&'a Payout],
) -> Result<(&'b [&'a Payout], Vec<Coin>), IntentError> {
    let least = facts.treasury.script_pubkey().minimal_non_dust();
    let mut first = IntentError::Nothing;
    for count in (1..=batch.len()).rev() {
        let escrows = batch[..count].iter().map(|payout| payout.escrow().unwrap_or(Amount::MAX_MONEY));
        let Ok(needed) = sum(escrows.chain([least])) else { continue };
        match coins::choose(coins, needed, facts.rules.max_inputs) {
            Ok(inputs) => return Ok((&batch[..count], inputs.into_iter().cloned().collect())),
            Err(error) => first = error,
        }
    }
    Err(first)
}

/// Payouts whose ceiling is below their share, times the headroom.
fn too_dear(parts: &Parts, rules: &Rules) -> Result<BTreeSet<u64>, IntentError> {
    let vsize = vsize(parts);
    let fee = parts.fee_rate.fee_vb(vsize).ok_or(IntentError::Overflow)?;
    let shares = share::parts(&parts.payouts, fee, vsize);
    let waits = |(payout, share): (&Payout, &Share)| {
        let most = share.fee.checked_mul(rules.headroom.max(1));
        most.is_none_or(|most| most > payout.fee_ceiling).then_some(payout.id)
    };
    Ok(parts.payouts.iter().zip(&shares).filter_map(waits).collect())
}
