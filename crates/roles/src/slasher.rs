//! The slasher: takes the stakes of a provider whose key is public, and finds what makes it public.
//!
//! **Slashing.** Once a provider's secret key is known, every stake on it with a covenant quorum is looked up on
//! Bitcoin, tick after tick. Whichever of its two outputs is unspent is slashed: the key opens the covenant's locked
//! signatures, and all else is in the log. What is in the mempool or in a block already is left alone, and looked
//! at again, since a mempool forgets and a block can lose its place. A stake is slashable until its output is
//! spent, expired or not.
//!
//! **Evidence.** A node keeps the votes that it refuses because another block is at their height. Together with the
//! vote that counted, or with a second one of that kind, each is evidence ([`evidence`]). A provider that is removed
//! is looked after until its key is out: only with the key its stakes can be slashed.
//!
//! **Leaks.** A slashing transaction on Bitcoin of a provider whose key the chain does not know has opened locked
//! signatures before everybody's eyes. The key is read out of it and given to the chain.
//!
//! Nothing is kept but the height up to which Bitcoin is read: keys and stakes are in the log.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::B256;
use ballast_bitcoin_staking::Slashed;
use ballast_schnorr::SigningKey;
use ballast_types::interfaces::IFinality;
use bitcoin::Transaction;

use crate::{
    back_off::BackOff,
    runner::Role,
    staking::{Known, Seen, Watch},
};

mod config;
mod event;
pub mod evidence;
mod hands;
mod outputs;

pub use config::{SlasherConfig, SlasherError, run};
pub use event::{Action, Event, Warning};
pub use hands::SlasherHands;
pub use outputs::{FINAL, Outputs, Places, Verdict};

use evidence::Evidence;

/// Ticks until what was sent is sent again: a mempool can forget it.
pub const PATIENCE: u32 = 16;

/// The most stakes that one tick looks up on Bitcoin.
pub const MAX_STAKES: usize = 64;

/// A provider's key that is out.
#[derive(Debug)]
struct Leak {
    key: SigningKey,
    /// Whether the chain knows it too.
    is_public: bool,
    /// Ticks until the key is revealed again.
    patience: u32,
}

/// The slasher.
#[derive(Debug)]
pub struct Slasher {
    watch: Watch,
    leaks: BTreeMap<B256, Leak>,
    evidence: Evidence,
    /// The stake looked up last: the next tick goes on behind it.
    last: Option<B256>,
    /// Stakes whose slashing no reorganisation will undo.
    slashed: BTreeSet<B256>,
    /// Stakes that cannot be slashed with as many approvals as they have; told once.
    unusable: BTreeMap<B256, usize>,
    back_off: BackOff,
}

impl Slasher {
    /// A slasher on the chain with this id. It goes on below the Bitcoin height `saved` last, or begins `look_back`
    /// blocks below the light client's tip.
    #[must_use]
    pub fn new(chain_id: u64, saved: Option<u32>, look_back: u32) -> Self {
        Self {
            watch: Watch::new(saved, look_back),
            leaks: BTreeMap::new(),
            evidence: Evidence::new(chain_id),
            last: None,
            slashed: BTreeSet::new(),
            unusable: BTreeMap::new(),
            back_off: BackOff::default(),
        }
    }

    fn tick(&mut self) -> Vec<Action> {
        if self.back_off.sits_out() {
            return vec![];
        }
        for leak in self.leaks.values_mut() {
            leak.patience = leak.patience.saturating_sub(1);
        }
        self.evidence.pass();
        vec![Action::ReadRefused { from: self.evidence.next() }, Action::Look(self.watch.begin())]
    }

    fn take(&mut self, seen: Seen) -> Vec<Action> {
        self.back_off.succeed();
        let (look, exposed) = self.watch.take(seen);
        let mut actions: Vec<_> = exposed.into_iter().filter_map(|event| self.expose(event)).collect();
        if let Some(look) = look {
            actions.push(Action::Look(look));
            return actions;
        }
        self.read_leaks();
        actions.extend(self.reveal());
        actions.extend(self.look_up());
        actions.extend(self.watch.save().map(Action::Save));
        actions
    }

    /// Takes in a key that the chain knows.
    fn expose(&mut self, event: IFinality::KeyExposed) -> Option<Action> {
        let IFinality::KeyExposed { provider, secret } = event;
        let key = SigningKey::from_bytes(&secret.0).ok();
        let Some(key) = key.filter(|key| key.x_only().serialize() == provider.0) else {
            return Some(Action::Warn(Warning::NotItsKey { provider }));
        };
        self.evidence.forget(provider);
        self.leaks.insert(provider, Leak { key, is_public: true, patience: 0 });
        None
    }

    /// Reads keys out of slashing transactions on Bitcoin.
    fn read_leaks(&mut self) {
        let found: Vec<_> =
            self.watch.found().map(|(txid, found)| (*txid, found.transaction.clone())).collect();
        for (txid, transaction) in found {
            for (stake, _) in self.watch.book.spent_by(&transaction).collect::<Vec<_>>() {
                if let Some((provider, key)) = self.leaked(stake, &transaction) {
                    self.leaks.entry(provider).or_insert(Leak { key, is_public: false, patience: 0 });
                }
            }
            self.watch.forget(&txid);
        }
    }

    fn leaked(&self, stake: B256, transaction: &Transaction) -> Option<(B256, SigningKey)> {
        let known = self.watch.book.get(stake)?;
        let provider = known.registered.provider;
        if self.leaks.contains_key(&provider) || !known.is_slashing(transaction.compute_txid()) {
            return None;
        }
        let (delegation, approvals) = self.watch.book.delegation(known).ok()?;
        approvals.leaked_key(&delegation, transaction).ok().map(|key| (provider, key))
    }

    /// The keys that the chain does not know yet.
    fn reveal(&mut self) -> Vec<Action> {
        let due = self.leaks.values_mut().filter(|leak| !leak.is_public && leak.patience == 0);
        due.map(|leak| {
            leak.patience = PATIENCE;
            Action::Reveal { secret: (*leak.key.secret_bytes()).into() }
        })
        .collect()
    }

    /// The next stakes to look up on Bitcoin.
    fn look_up(&mut self) -> Vec<Action> {
        let slashable = |(stake, known): &(&B256, &Known)| {
            !self.slashed.contains(*stake) && self.unusable.get(*stake) != Some(&known.approved.len())
        };
        let all = self.leaks.keys().flat_map(|provider| self.watch.book.on(*provider)).filter(slashable);
        let mut stakes: Vec<(B256, Places)> = all.map(|(stake, known)| (*stake, Places::of(known))).collect();
        stakes.sort_by_key(|(stake, _)| *stake);
        let first = self.last.map_or(0, |last| stakes.partition_point(|(stake, _)| *stake <= last));
        stakes.rotate_left(first);
        stakes.truncate(MAX_STAKES);
        self.last = stakes.last().map(|(stake, _)| *stake);
        stakes.into_iter().map(|(stake, places)| Action::LookUp { stake, places }).collect()
    }

    /// Decides on a stake that was looked up.
    fn judge(&mut self, stake: B256, outputs: &Outputs) -> Vec<Action> {
        match outputs.judge() {
            Verdict::Nothing | Verdict::Waits => vec![],
            Verdict::Slashed => {
                self.slashed.insert(stake);
                vec![]
            }
            Verdict::Slash(slashed) => match self.slashing(stake, slashed) {
                Ok(transaction) => vec![Action::Submit { stake, transaction }],
                Err(reason) => {
                    let approvals = self.watch.book.get(stake).map_or(0, |known| known.approved.len());
                    self.unusable.insert(stake, approvals);
                    vec![Action::Warn(Warning::Unusable { stake, reason })]
                }
            },
        }
    }

    fn slashing(&self, stake: B256, slashed: Slashed) -> Result<Transaction, String> {
        let known = self.watch.book.get(stake).ok_or("the log has no such stake")?;
        let leak = self.leaks.get(&known.registered.provider).ok_or("its provider's key is secret")?;
        let (delegation, approvals) = self.watch.book.delegation(known).map_err(|error| error.to_string())?;
        approvals.slash(&delegation, slashed, &leak.key, &[0; 32]).map_err(|error| error.to_string())
    }
}

impl Role for Slasher {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    fn step(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Tick => self.tick(),
            Event::Seen(seen) => self.take(seen),
            Event::Refused(page) => self.evidence.take(page),
            Event::Voted { provider, height, vote } => self.evidence.complete(provider, height, vote),
            Event::Proven { provider, kind, refusal } => self.evidence.answered(provider, kind, refusal),
            Event::LookedUp { stake, outputs } => self.judge(stake, &outputs),
            Event::NotSubmitted { stake, reason } => {
                vec![Action::Warn(Warning::NotSubmitted { stake, reason })]
            }
            Event::Failed(reason) => {
                let pause = self.back_off.fail();
                vec![Action::Warn(Warning::Failed { reason, pause })]
            }
        }
    }
}

#[cfg(test)]
mod tests;
