//! Staking intents: coins of custody become one stake of the vault.
//!
//! **Why a type of its own.** A staking transaction's id is under every signature that was made before it
//! ([`crate::presign`]), so it must never be replaced. [`Intent`](super::Intent) is a ladder: it has rungs, a least
//! fee that beats the rung before, payouts with shares of the fee. Of these a stake has none, and `bump`, which
//! every `Intent` has, would lose the stake. Here no method makes another transaction out of this one.
//!
//! **Shape.** Output 0 is the stake, of exactly its value and under its terms; output 1 the change to the treasury,
//! always there. Version 3 (BIP-431), lock time 0. No input signals replacement. Version 3 so that a parent below
//! the mempool's least fee rate is relayed together with its child; nobody but custody can attach one, since both
//! outputs are custody's.
//!
//! **Conservation.** inputs = stake + change + fee, exactly; the fee is the rate times the virtual size of the
//! signed transaction. Nobody asked for the stake, so the vault pays it, out of a budget.
//!
//! **Fee rate.** It is fixed when the inputs are reserved, and some blocks pass until the covenant has signed. Should
//! the market have moved by then, that is no reason to begin again: the child makes up for it.
//!
//! **Bumping** is by a [`Child`](super::Child) that spends the change. The budget is for both, and [`derive()`] takes
//! coins that leave all of it in the change, so no child within the budget lacks change.

use std::collections::BTreeSet;

use ballast_bitcoin_staking::{Stake, Terms};
use bitcoin::{Amount, FeeRate, OutPoint, Sequence, Transaction, TxOut, Txid, XOnlyPublicKey};

use super::{IntentError, MOST_VSIZE, Rules, coins, order, signed_vsize, sum, version_3};
use crate::coin::{Coin, Lock};
use crate::treasury::Treasury;
use crate::unsigned::Unsigned;

/// Place of the staking output.
const STAKE: u32 = 0;
/// Place of the change.
const CHANGE: u32 = 1;

/// Everything that a staking intent is made of; what its event on the chain has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Where the change goes, and where withdrawals will; its group signs.
    pub treasury: Treasury,
    /// What is spent, in any order.
    pub inputs: Vec<Coin>,
    /// The terms of the stake; the staker is the group key.
    pub terms: Terms,
    /// The stake, in sats.
    pub value: Amount,
    /// The fee rate.
    pub fee_rate: FeeRate,
    /// The most that its fee and that of a child may be together, in sats.
    pub budget: Amount,
}

/// A transaction that stakes, for custody to sign.
///
/// Its fields fit together: whoever holds one knows that it spends distinct coins, that its sums agree, that custody
/// can spend the stake, and that there is change to bump it from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StakingIntent {
    parts: Parts,
    fee: Amount,
    change: Amount,
    vsize: u64,
}

impl StakingIntent {
    /// Puts a staking intent together.
    ///
    /// # Errors
    /// When the staker is not the group, inputs are missing or repeated, the stake is dust, sums overflow, the
    /// inputs do not suffice, the fee exceeds the budget, or the transaction is too large.
    pub fn build(mut parts: Parts) -> Result<Self, IntentError> {
        let (expected, found) = (parts.treasury.group.serialize(), parts.terms.staker().serialize());
        if expected != found {
            return Err(IntentError::Staker { expected, found });
        }
        order(&mut parts.inputs)?;
        if parts.inputs.is_empty() {
            return Err(IntentError::Nothing);
        }
        let least = parts.terms.staking_output().taproot().script_pubkey().minimal_non_dust();
        if parts.value < least {
            return Err(IntentError::Dust { least, value: parts.value });
        }
        let vsize = signed_vsize(transaction(&parts, Amount::ZERO));
        if vsize > MOST_VSIZE {
            return Err(IntentError::TooLarge { most: MOST_VSIZE, vsize });
        }
        let fee = parts.fee_rate.fee_vb(vsize).ok_or(IntentError::Overflow)?;
        if fee > parts.budget {
            return Err(IntentError::Budget { budget: parts.budget, fee });
        }
        let change = change(&parts, fee)?;
        Ok(Self { parts, fee, change, vsize })
    }

    /// What it is made of, inputs in their order.
    pub fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The group key that signs, which is the staker.
    pub fn group(&self) -> XOnlyPublicKey {
        self.parts.treasury.group
    }

    /// What it spends, in input order.
    pub fn inputs(&self) -> &[Coin] {
        &self.parts.inputs
    }

    /// The fee, in sats.
    pub fn fee(&self) -> Amount {
        self.fee
    }

    /// What returns to the treasury, in sats.
    pub fn change(&self) -> Amount {
        self.change
    }

    /// The change as a coin; unconfirmed, as long as its transaction is.
    pub fn change_coin(&self) -> Coin {
        Coin {
            outpoint: OutPoint { txid: self.txid(), vout: CHANGE },
            value: self.change,
            confirmations: 0,
            lock: Lock::Treasury(self.parts.treasury.recovery.clone()),
        }
    }

    /// Virtual bytes of the signed transaction.
    pub fn vsize(&self) -> u64 {
        self.vsize
    }

    /// The id of its transaction, which signatures do not change: every input is segwit.
    pub fn txid(&self) -> Txid {
        self.transaction().compute_txid()
    }

    /// The stake that it makes.
    pub fn stake(&self) -> Stake {
        let outpoint = OutPoint { txid: self.txid(), vout: STAKE };
        Stake::new(self.parts.terms.clone(), outpoint, self.parts.value)
    }

    /// The transaction without witnesses.
    pub fn transaction(&self) -> Transaction {
        transaction(&self.parts, self.change)
    }

    /// The transaction with what signing it takes. It may be signed only once the covenant's signatures are there:
    /// [`crate::verdict::staking`].
    pub fn unsigned(&self) -> Unsigned {
        Unsigned::of_coins(self.group(), self.transaction(), self.inputs())
    }
}

fn change(parts: &Parts, fee: Amount) -> Result<Amount, IntentError> {
    let available = sum(parts.inputs.iter().map(|coin| coin.value))?;
    let spent = sum([parts.value, fee])?;
    let least = parts.treasury.script_pubkey().minimal_non_dust();
    let needed = sum([spent, least])?;
    let change = available.checked_sub(spent).filter(|change| *change >= least);
    change.ok_or(IntentError::Insufficient { available, needed })
}

fn transaction(parts: &Parts, change: Amount) -> Transaction {
    let stake = parts.terms.staking_output().taproot().script_pubkey();
    let pay = |value, script_pubkey| TxOut { value, script_pubkey };
    version_3(
        parts.inputs.iter().map(|coin| super::input(coin.outpoint, Sequence::MAX)).collect(),
        vec![pay(parts.value, stake), pay(change, parts.treasury.script_pubkey())],
    )
}

/// What a staking intent follows from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The treasury; its group signs.
    pub treasury: &'a Treasury,
    /// All unspent coins of that group.
    pub coins: &'a [Coin],
    /// What live intents and reservations spend.
    pub reserved: &'a BTreeSet<OutPoint>,
    /// The terms of the stake.
    pub terms: &'a Terms,
    /// The chunk to stake, in sats.
    pub value: Amount,
    /// The present fee rate.
    pub fee_rate: FeeRate,
    /// The most that its fee and that of a child may be together, in sats.
    pub budget: Amount,
    /// The network's rules.
    pub rules: &'a Rules,
}

/// The staking intent that follows from the facts, whatever the order of the coins.
///
/// # Errors
/// [`IntentError::Insufficient`] if no coins cover stake, budget and the least change, [`IntentError::Budget`] if
/// the fee is too high; else as [`StakingIntent::build`].
pub fn derive(facts: &Facts<'_>) -> Result<StakingIntent, IntentError> {
    let mut coins = coins::spendable(facts.coins, facts.reserved, facts.rules);
    coins.dedup_by_key(|coin| coin.outpoint);
    let least = facts.treasury.script_pubkey().minimal_non_dust();
    let needed = sum([facts.value, facts.budget, least])?;
    let inputs = coins::choose(&coins, needed, facts.rules.max_inputs)?;
    StakingIntent::build(Parts {
        treasury: facts.treasury.clone(),
        inputs: inputs.into_iter().cloned().collect(),
        terms: facts.terms.clone(),
        value: facts.value,
        fee_rate: facts.rules.clamp(facts.fee_rate),
        budget: facts.budget,
    })
}
