//! The stakes that there are, gathered from the log: what each needs to be slashed, proven or left.
//!
//! It is made anew at each start, from the first block on, and follows the chain from there. Entries that make no
//! stake are left out: nobody could act on them.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{B256, Bytes};
use ballast_bitcoin_staking::{Approvals, Delegation, Params, Slashed};
use ballast_types::interfaces::IStaking;
use bitcoin::{OutPoint, Transaction, Txid};

use super::{News, StakeError, approval, delegation, transaction, txid};

/// The stakes of one chain.
#[derive(Debug, Default)]
pub struct Book {
    stakes: BTreeMap<B256, Known>,
    params: BTreeMap<u32, Params>,
    /// Which stake an output belongs to.
    outputs: HashMap<OutPoint, (B256, Slashed)>,
}

/// What is known of a stake.
#[derive(Debug, Clone)]
pub struct Known {
    /// What its staker registered.
    pub registered: IStaking::StakeRegistered,
    /// The approvals by member.
    pub approved: BTreeMap<B256, IStaking::Approved>,
    /// The block that it was last proven to be in.
    pub anchor: Option<B256>,
    /// The staker's signature of the unbonding transaction.
    pub leaving: Option<Bytes>,
    /// What was last proven to spend an output of it.
    pub spent: Option<IStaking::Spent>,
    /// The staking output.
    pub output: OutPoint,
    /// The unbonding output.
    pub unbonding: OutPoint,
    /// The transactions that slash the one and the other.
    pub slashings: [Txid; 2],
}

impl Known {
    fn new(registered: IStaking::StakeRegistered) -> Result<Self, StakeError> {
        let registration = &registered.registration;
        let unbonding = transaction(&registration.unbondingTx)?;
        let output = unbonding.input.first().ok_or(StakeError::Transaction)?.previous_output;
        let (expected, found) = (txid(registered.stake), output.txid);
        if expected != found {
            return Err(StakeError::Other { expected, found });
        }
        let slashing = |bytes: &Bytes| transaction(bytes).map(|tx| tx.compute_txid());
        let slashings = [slashing(&registration.slashingTx)?, slashing(&registration.unbondingSlashingTx)?];
        let unbonding = OutPoint::new(unbonding.compute_txid(), 0);
        let (anchor, leaving, spent) = (None, None, None);
        Ok(Self {
            registered,
            approved: BTreeMap::new(),
            anchor,
            leaving,
            spent,
            output,
            unbonding,
            slashings,
        })
    }

    /// Whether the transaction slashes one of the stake's outputs.
    #[must_use]
    pub fn is_slashing(&self, txid: Txid) -> bool {
        self.slashings.contains(&txid)
    }
}

impl Book {
    /// Takes in what the log says next. Returns how many stakes are new.
    pub fn take(&mut self, news: News) -> usize {
        self.params.extend(news.params.into_iter().map(|params| (params.version(), params)));
        let before = self.stakes.len();
        for (_, registered) in news.registered {
            let stake = registered.stake;
            match Known::new(registered) {
                Ok(known) => self.enter(stake, known),
                Err(error) => tracing::warn!(%stake, "the log of a registration is unusable: {error}"),
            }
        }
        for event in news.approved {
            self.change(event.stake, |known| _ = known.approved.insert(event.member, event));
        }
        for event in news.anchored {
            self.change(event.stake, |known| known.anchor = Some(event.blockHash));
        }
        for event in news.leaving {
            self.change(event.stake, |known| known.leaving = Some(event.signature));
        }
        for event in news.spent {
            self.change(event.stake, |known| known.spent = Some(event));
        }
        self.stakes.len() - before
    }

    fn enter(&mut self, stake: B256, known: Known) {
        self.outputs.insert(known.output, (stake, Slashed::Stake));
        self.outputs.insert(known.unbonding, (stake, Slashed::Unbonding));
        self.stakes.insert(stake, known);
    }

    fn change(&mut self, stake: B256, change: impl FnOnce(&mut Known)) {
        if let Some(known) = self.stakes.get_mut(&stake) {
            change(known);
        }
    }

    /// What is known of a stake.
    #[must_use]
    pub fn get(&self, stake: B256) -> Option<&Known> {
        self.stakes.get(&stake)
    }

    /// Every stake with its id.
    pub fn iter(&self) -> impl Iterator<Item = (&B256, &Known)> {
        self.stakes.iter()
    }

    /// The stakes on a provider.
    pub fn on(&self, provider: B256) -> impl Iterator<Item = (&B256, &Known)> {
        self.stakes.iter().filter(move |(_, known)| known.registered.provider == provider)
    }

    /// Whether the transaction makes a stake or spends an output of one.
    #[must_use]
    pub fn wants(&self, transaction: &Transaction) -> bool {
        let spends = transaction.input.iter().any(|input| self.outputs.contains_key(&input.previous_output));
        spends || self.stakes.contains_key(&super::word(transaction.compute_txid()))
    }

    /// The stakes whose outputs the transaction spends, each with the output.
    pub fn spent_by<'a>(
        &'a self,
        transaction: &'a Transaction,
    ) -> impl Iterator<Item = (B256, Slashed)> + 'a {
        transaction.input.iter().filter_map(|input| self.outputs.get(&input.previous_output).copied())
    }

    /// A stake's delegation, judged again, and the approvals of it that verify.
    ///
    /// # Errors
    /// [`StakeError`] when the log makes no stake.
    pub fn delegation(&self, known: &Known) -> Result<(Delegation, Approvals), StakeError> {
        let version = known.registered.version;
        let params = self.params.get(&version).ok_or(StakeError::Version { version })?;
        let delegation = delegation(&known.registered, params)?;
        let mut approvals = Approvals::new();
        for (member, given) in known.approved.values().filter_map(|event| approval(event).ok()) {
            // one that does not verify is of no use, and the others may be enough
            if let Err(error) = approvals.add(&delegation, member, given) {
                tracing::warn!(stake = %known.registered.stake, "an approval is unusable: {error}");
            }
        }
        Ok((delegation, approvals))
    }
}
