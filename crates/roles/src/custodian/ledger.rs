//! What a custodian has signed: on disk before a signature share leaves, so that no restart forgets a limit.
//!
//! One record for each intent, of its newest rung: of a ladder only one transaction can confirm. That holds because a
//! newer rung is refused unless it spends the same inputs and pays the same payouts, so a record is never replaced by
//! something that could confirm beside it.

use std::collections::{BTreeMap, BTreeSet};

use ballast_custody::{Intent, policy::Signed};
use bitcoin::{Amount, Transaction};
use serde::{Deserialize, Serialize};

/// The records, by intent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    records: BTreeMap<u64, Record>,
}

/// The newest rung of an intent that was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    rung: u32,
    /// When, in epochs of the policy.
    epoch: u64,
    /// Sum of payouts, in sats.
    payouts: u64,
    /// In sats.
    fee: u64,
    transaction: Transaction,
}

impl Ledger {
    /// What was signed in an epoch, an intent not counted.
    pub fn totals(&self, epoch: u64, except: u64) -> Signed {
        let others =
            self.records.iter().filter(|(number, record)| **number != except && record.epoch == epoch);
        others.fold(Signed::default(), |sum, (_, record)| Signed {
            payouts: add(sum.payouts, record.payouts),
            fees: add(sum.fees, record.fee),
        })
    }

    /// Whether a rung of an intent is the one that was signed, or replaces it.
    pub fn admits(&self, number: u64, intent: &Intent) -> bool {
        let Some(record) = self.records.get(&number) else { return true };
        let (rung, transaction) = (intent.parts().rung, intent.transaction());
        match rung.cmp(&record.rung) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => transaction == record.transaction,
            std::cmp::Ordering::Greater => is_bump(&record.transaction, &transaction),
        }
    }

    /// The ledger with a rung about to be signed; records of intents that have ended in earlier epochs leave it.
    #[must_use]
    pub fn with(&self, number: u64, intent: &Intent, epoch: u64, live: &BTreeSet<u64>) -> Self {
        let mut records = self.records.clone();
        records.retain(|number, record| record.epoch == epoch || live.contains(number));
        let payouts = intent.payouts().iter().map(|payout| payout.amount.to_sat());
        let record = Record {
            rung: intent.parts().rung,
            epoch,
            payouts: payouts.fold(0, u64::saturating_add),
            fee: intent.fee().to_sat(),
            transaction: intent.transaction(),
        };
        records.insert(number, record);
        Self { records }
    }
}

/// Whether only the change, the last output, shrinks.
fn is_bump(old: &Transaction, new: &Transaction) -> bool {
    let spends = |transaction: &Transaction| -> Vec<_> {
        transaction.input.iter().map(|input| input.previous_output).collect()
    };
    match (old.output.split_last(), new.output.split_last()) {
        (Some((was, paid)), Some((is, pays))) => {
            spends(old) == spends(new)
                && paid == pays
                && was.script_pubkey == is.script_pubkey
                && is.value < was.value
        }
        _ => false,
    }
}

/// A sum that is never too small.
fn add(sum: Amount, sats: u64) -> Amount {
    Amount::from_sat(sum.to_sat().saturating_add(sats))
}
