//! Intents: the exact unsigned transactions that custody signs, as pure functions of facts.
//!
//! | kind | spends | pays |
//! |---|---|---|
//! | [`payout`] | coins k deep | a batch of payouts, the rest to the treasury |
//! | [`sweep`] | deposits, coins to renew, coins of an old key | the treasury |
//! | [`cancel`] | the first input of a live intent | the treasury |
//!
//! **Shape.** Version 3 (BIP-431: a payee that attaches a child cannot make the fee bump expensive), lock time 0,
//! every input signals replacement. Inputs run from the largest value to the smallest, then by outpoint: a cancel
//! intent spends the first one, so that one has to be able to pay. Payouts run by id, the change to the treasury
//! comes last and is always there. This order is not BIP-69, whose purpose is to hide which output is change;
//! here that is public anyhow.
//!
//! **Conservation.** inputs = payouts + change + fee, exactly. The fee is the rate times the virtual size that
//! the signed transaction has, key-path witnesses included. Those who pay it are in the books: each payout its
//! share, below its own ceiling; a sweep or a cancel out of a budget.
//!
//! **Ladder.** [`Intent::bump`] makes the next rung: the same inputs and payouts, a higher fee, less change. The
//! inputs of a payout cover every payout's escrow, ceiling included, from the start, so no rung lacks change.
//!
//! A **stake** ([`staking`]) is never replaced, so it is a type of its own, without a ladder.
//!
//! [`Intent::build`] is the last step of all three and rebuilds an intent from what its event says. Choosing is
//! apart from building: a custodian that knows the inputs and the payouts needs no more to come to the same
//! bytes.

use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{
    Amount, FeeRate, OutPoint, ScriptBuf, Sequence, Transaction, TxIn, TxOut, Txid, Witness, XOnlyPublicKey,
};

use crate::coin::Coin;
use crate::treasury::Treasury;
use crate::unsigned::Unsigned;

pub mod cancel;
pub mod child;
mod coins;
mod disjoint;
mod error;
mod ladder;
pub mod payout;
mod rules;
mod share;
pub mod staking;
pub mod sweep;

#[cfg(test)]
mod tests;

pub use child::{Child, ChildError};
pub use disjoint::{Overlap, Spending, disjoint};
pub use error::IntentError;
pub use ladder::{LadderError, median_rate, next_rate};
pub use payout::Payout;
pub use rules::Rules;
pub use share::Share;
pub use staking::StakingIntent;

/// Most virtual bytes of a version 3 transaction (BIP-431).
const MOST_VSIZE: u64 = 10_000;
/// What replacing adds to the fee for every virtual byte of the replacement: Bitcoin Core's incremental relay
/// fee.
pub(crate) const INCREMENTAL: FeeRate = FeeRate::from_sat_per_vb_u32(1);

/// What an intent is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Pays users.
    Payout,
    /// Moves coins into the treasury.
    Sweep,
    /// Makes a live intent impossible.
    Cancel,
}

/// Everything that an intent is made of; what its event on the chain has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// What it is for.
    pub kind: Kind,
    /// The group key that signs.
    pub group: XOnlyPublicKey,
    /// Where the change goes.
    pub treasury: Treasury,
    /// What is spent, in any order.
    pub inputs: Vec<Coin>,
    /// Who is paid, in any order; none but in a payout intent.
    pub payouts: Vec<Payout>,
    /// The fee rate of this rung.
    pub fee_rate: FeeRate,
    /// The least fee in sats, above what the rate gives: what a replacement has to beat.
    pub least_fee: Amount,
    /// The most that the fee may be, in sats; in a payout intent the ceilings count as well.
    pub budget: Amount,
    /// How many fee bumps came before.
    pub rung: u32,
}

/// A transaction for custody to sign.
///
/// Its fields fit together: whoever holds one knows that it spends distinct coins, that its sums agree and that
/// nobody pays more than was agreed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    parts: Parts,
    shares: Vec<Share>,
    fee: Amount,
    change: Amount,
    vsize: u64,
}

impl Intent {
    /// Puts an intent together.
    ///
    /// # Errors
    /// When inputs or payouts are missing or repeated, sums overflow, the inputs do not suffice, the fee exceeds
    /// the budget or somebody's ceiling, or the transaction is too large.
    pub fn build(mut parts: Parts) -> Result<Self, IntentError> {
        order(&mut parts.inputs)?;
        parts.payouts.sort_by_key(|payout| payout.id);
        check_lists(&parts)?;
        let vsize = vsize(&parts);
        if vsize > MOST_VSIZE {
            return Err(IntentError::TooLarge { most: MOST_VSIZE, vsize });
        }
        let fee = parts.fee_rate.fee_vb(vsize).ok_or(IntentError::Overflow)?.max(parts.least_fee);
        if fee > parts.budget {
            return Err(IntentError::Budget { budget: parts.budget, fee });
        }
        let shares = share::split(&parts.payouts, fee, vsize)?;
        let available = sum(parts.inputs.iter().map(|coin| coin.value))?;
        let paid = sum(parts.payouts.iter().map(|payout| payout.amount))?;
        let spent = paid.checked_add(fee).ok_or(IntentError::Overflow)?;
        let least = parts.treasury.script_pubkey().minimal_non_dust();
        let needed = spent.checked_add(least).ok_or(IntentError::Overflow)?;
        let change = available.checked_sub(spent).filter(|change| *change >= least);
        let change = change.ok_or(IntentError::Insufficient { available, needed })?;
        Ok(Self { parts, shares, fee, change, vsize })
    }

    /// What it is made of, inputs and payouts in their order.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// What it is for.
    pub fn kind(&self) -> Kind {
        self.parts.kind
    }

    /// What it spends, in input order.
    pub fn inputs(&self) -> &[Coin] {
        &self.parts.inputs
    }

    /// Whom it pays, in output order.
    pub fn payouts(&self) -> &[Payout] {
        &self.parts.payouts
    }

    /// Who pays how much of the fee, in the order of the payouts; empty if there are none.
    pub fn shares(&self) -> &[Share] {
        &self.shares
    }

    /// The fee, in sats.
    pub fn fee(&self) -> Amount {
        self.fee
    }

    /// What returns to the treasury by the last output, in sats.
    pub fn change(&self) -> Amount {
        self.change
    }

    /// Virtual bytes of the signed transaction.
    pub fn vsize(&self) -> u64 {
        self.vsize
    }

    /// The id of its transaction, which signatures do not change.
    pub fn txid(&self) -> Txid {
        self.transaction().compute_txid()
    }

    /// The transaction without witnesses.
    pub fn transaction(&self) -> Transaction {
        transaction(&self.parts, self.change)
    }

    /// The transaction with what signing it takes.
    pub fn unsigned(&self) -> Unsigned {
        Unsigned::of_coins(self.parts.group, self.transaction(), self.inputs())
    }

    /// The next rung: the same inputs and payouts at a higher rate.
    ///
    /// # Errors
    /// When the rate is not higher or more than doubles, or somebody would pay more than agreed.
    pub fn bump(&self, fee_rate: FeeRate) -> Result<Self, IntentError> {
        let old = self.parts.fee_rate;
        if fee_rate <= old || ladder::doubled(old).is_none_or(|most| fee_rate > most) {
            return Err(IntentError::Step { old, new: fee_rate });
        }
        let least_fee = replacement_fee(self.fee, self.vsize)?;
        let rung = self.parts.rung.checked_add(1).ok_or(IntentError::Overflow)?;
        Self::build(Parts { fee_rate, least_fee, rung, ..self.parts.clone() })
    }
}

/// The least fee of a transaction of `vsize` virtual bytes that replaces one with a fee (BIP-125, rules 3 and 4).
fn replacement_fee(replaced: Amount, vsize: u64) -> Result<Amount, IntentError> {
    INCREMENTAL.fee_vb(vsize).and_then(|more| replaced.checked_add(more)).ok_or(IntentError::Overflow)
}

/// Puts inputs into their order and refuses one that is listed twice.
fn order(inputs: &mut [Coin]) -> Result<(), IntentError> {
    inputs.sort_by(|a, b| b.value.cmp(&a.value).then(a.outpoint.cmp(&b.outpoint)));
    let mut outpoints: Vec<OutPoint> = inputs.iter().map(|coin| coin.outpoint).collect();
    outpoints.sort_unstable();
    match outpoints.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(IntentError::InputTwice { outpoint: pair[0] }),
        None => Ok(()),
    }
}

fn check_lists(parts: &Parts) -> Result<(), IntentError> {
    if let Some(pair) = parts.payouts.windows(2).find(|pair| pair[0].id == pair[1].id) {
        return Err(IntentError::PayoutTwice { id: pair[0].id });
    }
    let pays = parts.kind == Kind::Payout;
    if parts.inputs.is_empty() || pays == parts.payouts.is_empty() {
        return Err(IntentError::Nothing);
    }
    Ok(())
}

/// Virtual bytes of the signed transaction.
fn vsize(parts: &Parts) -> u64 {
    signed_vsize(transaction(parts, Amount::ZERO))
}

/// Virtual bytes once every input has its key-path signature: 64 bytes, `SIGHASH_DEFAULT`.
fn signed_vsize(mut transaction: Transaction) -> u64 {
    transaction.input.iter_mut().for_each(|input| input.witness = Witness::from_slice(&[[0; 64]]));
    transaction.weight().to_vbytes_ceil()
}

fn transaction(parts: &Parts, change: Amount) -> Transaction {
    let input = |coin: &Coin| input(coin.outpoint, Sequence::ENABLE_RBF_NO_LOCKTIME);
    let payout =
        |payout: &Payout| TxOut { value: payout.amount, script_pubkey: payout.script_pubkey.clone() };
    let change = TxOut { value: change, script_pubkey: parts.treasury.script_pubkey() };
    version_3(
        parts.inputs.iter().map(input).collect(),
        parts.payouts.iter().map(payout).chain([change]).collect(),
    )
}

fn input(previous_output: OutPoint, sequence: Sequence) -> TxIn {
    TxIn { previous_output, script_sig: ScriptBuf::new(), sequence, witness: Witness::new() }
}

fn version_3(input: Vec<TxIn>, output: Vec<TxOut>) -> Transaction {
    Transaction { version: Version(3), lock_time: LockTime::ZERO, input, output }
}

/// A sum of sats that is no more than can exist.
fn sum(amounts: impl IntoIterator<Item = Amount>) -> Result<Amount, IntentError> {
    let add = |sum: Amount, amount| sum.checked_add(amount).filter(|sum| *sum <= Amount::MAX_MONEY);
    amounts.into_iter().try_fold(Amount::ZERO, add).ok_or(IntentError::Overflow)
}
