//! Everything that a verdict on one intent rests on: the finalised chain, and the custodian's own bitcoind.

use std::collections::{BTreeMap, BTreeSet};

use ballast_bitcoin_io::{Bitcoin, BitcoinError, Unspent};
use ballast_custody::{
    Intent, Policy, Refusal, Treasury, Unsigned,
    verdict::{self, Seen},
};
use bitcoin::{OutPoint, Transaction, XOnlyPublicKey};
use thiserror::Error;

use super::ledger::Ledger;
use crate::{
    chain::{At, Chain, ChainError},
    custody::{self, CustodyError},
};

/// A live intent with what judges it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The intent's number.
    pub number: u64,
    /// The newest rung, derived here.
    pub intent: Intent,
    /// Where change has to go.
    pub treasury: Treasury,
    /// The inputs that our bitcoind knows as confirmed and unspent.
    pub seen: BTreeMap<OutPoint, Seen>,
    /// What other live intents spend.
    pub reserved: BTreeSet<OutPoint>,
    /// The live intents.
    pub live: BTreeSet<u64>,
    /// The finalised block that this was read at.
    pub height: u64,
}

impl Case {
    /// Reads a live intent; `None` if the finalised chain has no such live intent.
    ///
    /// # Errors
    /// [`CaseError`] if a node gives no answer, or another transaction follows than the chain shows.
    pub fn read(
        chain: &impl Chain,
        bitcoin: &impl Bitcoin,
        number: u64,
        group: XOnlyPublicKey,
    ) -> Result<Option<Self>, CaseError> {
        let height = chain.finalized()?;
        let at = At::Block(height);
        let live: BTreeSet<u64> = custody::live_intents(chain, at)?.into_iter().collect();
        let Some(rung) = custody::rung(chain, at, number)? else { return Ok(None) };
        let treasury = custody::treasury(chain, at, group)?;
        let intent = custody::derive(chain, at, &rung, &treasury)?;
        let mut reserved = BTreeSet::new();
        for other in live.iter().filter(|other| **other != number) {
            let other = custody::rung(chain, at, *other)?;
            let inputs = other.into_iter().flat_map(|rung| rung.transaction.input);
            reserved.extend(inputs.map(|input| input.previous_output));
        }
        let mut seen = BTreeMap::new();
        for coin in intent.inputs() {
            // the mempool does not count: this may be the replacement of what spends it there
            if let Some(Unspent { output, confirmations, .. }) = bitcoin.confirmed_output(&coin.outpoint)? {
                seen.insert(coin.outpoint, Seen { output, confirmations });
            }
        }
        Ok(Some(Self { number, intent, treasury, seen, reserved, live, height }))
    }

    /// Judges a proposed transaction.
    ///
    /// # Errors
    /// [`Refusal`] names the first thing that is wrong.
    pub fn judge(
        &self,
        proposed: &Transaction,
        group: XOnlyPublicKey,
        policy: &Policy,
        ledger: &Ledger,
        epoch: u64,
    ) -> Result<Unsigned, Refusal> {
        if !ledger.admits(self.number, &self.intent) {
            return Err(Refusal::Rung { rung: self.intent.parts().rung });
        }
        verdict::judge(&verdict::Facts {
            intent: &self.intent,
            proposed,
            // what was signed before is in the ledger
            previous: None,
            group,
            treasury: &self.treasury,
            seen: &self.seen,
            reserved: &self.reserved,
            policy,
            signed: &ledger.totals(epoch, self.number),
        })
    }
}

/// Why there is nothing to judge.
#[derive(Debug, Error)]
pub enum CaseError {
    /// The chain.
    #[error(transparent)]
    Custody(#[from] CustodyError),
    /// Bitcoin.
    #[error(transparent)]
    Bitcoin(#[from] BitcoinError),
}

impl From<ChainError> for CaseError {
    fn from(error: ChainError) -> Self {
        Self::Custody(error.into())
    }
}
