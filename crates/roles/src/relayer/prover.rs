//! Carries proofs of Bitcoin transactions to custody: deposits, payments, and blocks of coins that lost theirs.
//!
//! Each tick it goes through five stages.
//!
//! 1. **Look**: both tips, the list of watched deposits, the rungs of new intents, whether the light client reorganised.
//! 2. **Coins**: at the start and after a reorganisation, which coins of custody's have no block any more.
//! 3. **Scan**: blocks of bitcoind, for all that follows from 1 and 2 ([`Scan`]).
//! 4. **Save**: which blocks it has read, to go on there.
//! 5. **Examine**: for each sighting what the chain says about it ([`judge`]), and a proof where one is due. Again when the
//!    light client has a new tip, when something was sighted, and every [`PATIENCE`] ticks, since a mempool can forget.
//!
//! What the chain knows is not proven again, and what it does not know is proven however often the relayer was killed: it
//! believes nothing but what it reads from the two chains. The journal saves it work, no more.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

use bitcoin::BlockHash;

use super::{
    PATIENCE,
    anchors::Lost,
    claim::{Claim, Facts, Origin, Verdict, judge},
    deposits::Deposits,
    journal::Journal,
    payments::Rungs,
    scan::{Scan, Sighting, Watch},
};
use crate::{back_off::BackOff, runner::Role};

mod event;
mod hands;

pub use event::{Action, Event, Look, Warning};
pub use hands::ProverHands;

/// Blocks of bitcoind that one tick reads at most, so that proofs do not wait for a scan that is far behind.
const READS: u32 = 100;

/// Blocks of the chain after which progress is saved though nothing else happened.
const SAVE_AFTER: u64 = 1_000;

/// What the prover does now, and therefore which event it waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Look,
    Coins,
    Scan,
    Save,
    Examine,
}

/// A sighting that is being examined.
#[derive(Debug)]
struct Examination {
    sighting: Arc<Sighting>,
    /// What is left to judge.
    claims: VecDeque<Claim>,
    /// The claim that the chain is asked about.
    asked: Option<Claim>,
    /// Whether nothing is left to do about any claim so far.
    is_settled: bool,
}

/// The prover.
#[derive(Debug)]
pub struct Prover {
    stage: Stage,
    back_off: BackOff,
    /// What the last look showed.
    look: Option<Look>,
    /// The block of the chain up to which events are read.
    block: u64,
    /// That of the last journal.
    saved: u64,
    rungs: Rungs,
    deposits: Deposits,
    lost: Lost,
    scan: Scan,
    /// Whether there is something else to watch for.
    is_watch_new: bool,
    /// Whether the journal is out of date.
    is_unsaved: bool,
    /// Blocks that this tick may still read.
    reads: u32,
    /// Whether something was sighted since the last examination.
    is_sighting_new: bool,
    /// The light client's tip at the last examination.
    examined: Option<BlockHash>,
    /// Ticks since then.
    ticks: u32,
    queue: VecDeque<Arc<Sighting>>,
    examination: Option<Examination>,
}

impl Prover {
    /// A prover that goes on where `journal` ends and otherwise looks `lookback` Bitcoin blocks back.
    #[must_use]
    pub fn new(journal: Journal, lookback: u32) -> Self {
        Self {
            stage: Stage::Idle,
            back_off: BackOff::default(),
            look: None,
            block: journal.block,
            saved: journal.block,
            rungs: Rungs::new(journal.rungs),
            deposits: Deposits::default(),
            lost: Lost::default(),
            scan: Scan::new(journal.scan, lookback),
            is_watch_new: true,
            is_unsaved: false,
            reads: 0,
            is_sighting_new: false,
            examined: None,
            ticks: 0,
            queue: VecDeque::new(),
            examination: None,
        }
    }
}

impl Role for Prover {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    /// An answer that nobody waits for is ignored.
    fn step(&mut self, event: Event) -> Vec<Action> {
        match (self.stage, event) {
            (_, Event::Failed(reason)) => self.fail(reason),
            (Stage::Idle, Event::Tick) => self.tick(),
            (Stage::Look, Event::Looked(look)) => self.learn(*look),
            (Stage::Coins, Event::Coins { lost, next }) => {
                self.lost.learn(lost, next);
                self.is_watch_new |= next.is_none();
                self.proceed()
            }
            (Stage::Scan, Event::Block { height, block }) => {
                match block {
                    Some(block) => self.is_sighting_new |= self.scan.learn(height, &block),
                    // bitcoind has become shorter: the next tick sees it
                    None => self.reads = 0,
                }
                self.is_unsaved = true;
                self.proceed()
            }
            (Stage::Save, Event::Saved) => {
                self.saved = self.block;
                self.is_unsaved = false;
                self.enter(Stage::Examine)
            }
            (Stage::Examine, Event::Examined(facts)) => self.judge(&facts),
            (Stage::Examine, Event::Sent) => self.proceed(),
            (Stage::Examine, Event::Refused(reason)) => {
                let mut actions = vec![Action::Warn(Warning::Refused { reason })];
                actions.extend(self.proceed());
                actions
            }
            _ => vec![],
        }
    }
}

impl Prover {
    fn tick(&mut self) -> Vec<Action> {
        if self.back_off.sits_out() {
            return vec![];
        }
        self.deposits.tick();
        self.ticks += 1;
        self.reads = READS;
        self.look = None;
        self.enter(Stage::Look)
    }

    fn fail(&mut self, reason: String) -> Vec<Action> {
        self.stage = Stage::Idle;
        (self.examined, self.examination) = (None, None);
        self.queue.clear();
        let pause = self.back_off.fail();
        vec![Action::Warn(Warning::Failed { reason, pause })]
    }

    fn enter(&mut self, stage: Stage) -> Vec<Action> {
        self.stage = stage;
        if stage == Stage::Examine {
            self.enqueue();
        }
        self.proceed()
    }

    /// What this stage wants next, or the following one if it wants nothing any more.
    fn proceed(&mut self) -> Vec<Action> {
        let (action, next) = match self.stage {
            Stage::Idle => return vec![],
            Stage::Look => (self.look_on(), Stage::Coins),
            Stage::Coins => (self.lost.next().map(|first| Action::ReadCoins { first }), Stage::Scan),
            Stage::Scan => (self.read_on(), Stage::Save),
            Stage::Save => (self.save(), Stage::Examine),
            Stage::Examine => (self.examine_on(), Stage::Idle),
        };
        match action {
            Some(action) => vec![action],
            None if next == Stage::Idle => {
                self.stage = Stage::Idle;
                self.back_off.succeed();
                vec![]
            }
            None => self.enter(next),
        }
    }

    fn look_on(&mut self) -> Option<Action> {
        let is_done =
            self.look.as_ref().is_some_and(|look| look.block >= look.latest && look.deposits.is_empty());
        let action = Action::Look { first: self.block + 1, after: self.deposits.after() };
        (!is_done || !self.deposits.is_complete()).then_some(action)
    }

    fn learn(&mut self, mut look: Look) -> Vec<Action> {
        self.block = look.block;
        let is_changed = self.rungs.learn(std::mem::take(&mut look.rungs), &look.live);
        self.is_unsaved |= is_changed || self.block >= self.saved + SAVE_AFTER;
        self.is_watch_new |= self.deposits.learn(look.deposits.clone()) || is_changed;
        if look.is_reorganised {
            self.lost.look_again();
        }
        self.look = Some(look);
        self.proceed()
    }

    fn read_on(&mut self) -> Option<Action> {
        if std::mem::take(&mut self.is_watch_new) {
            let wanted: BTreeSet<Watch> =
                self.deposits.watches().chain(self.rungs.watches()).chain(self.lost.watches()).collect();
            self.is_unsaved |= self.scan.watch(wanted);
        }
        let look = self.look.as_ref()?;
        self.reads = self.reads.checked_sub(1)?;
        self.scan.next(look.bitcoin, look.light.base).map(|height| Action::ReadBlock { height })
    }

    fn save(&mut self) -> Option<Action> {
        let journal = || Journal {
            block: self.block,
            rungs: self.rungs.all().copied().collect(),
            scan: self.scan.journal(),
        };
        self.is_unsaved.then(|| Action::Save(Box::new(journal())))
    }

    /// Puts every sighting into the queue if it is time to examine them.
    fn enqueue(&mut self) {
        let Some(look) = &self.look else { return };
        let is_due = self.is_sighting_new || self.examined != Some(look.light.hash) || self.ticks >= PATIENCE;
        if is_due {
            (self.is_sighting_new, self.examined, self.ticks) = (false, Some(look.light.hash), 0);
            self.queue = self.scan.sightings().cloned().collect();
        }
    }

    fn examine_on(&mut self) -> Option<Action> {
        loop {
            let Some(examination) = &mut self.examination else {
                let sighting = self.queue.pop_front()?;
                let claims = self.claims(&sighting);
                self.examination = Some(Examination { sighting, claims, asked: None, is_settled: true });
                continue;
            };
            if let Some(claim) = examination.claims.pop_front() {
                examination.asked = Some(claim.clone());
                return Some(Action::Examine(Box::new(claim)));
            }
            if examination.is_settled {
                self.scan.settle(&examination.sighting);
                self.is_unsaved = true;
            }
            self.examination = None;
        }
    }

    /// All that a sighting may have to be proven for. A coinbase cannot be.
    fn claims(&self, sighting: &Arc<Sighting>) -> VecDeque<Claim> {
        if sighting.transaction.is_coinbase() {
            return VecDeque::new();
        }
        let claim = |vout, value, origin| Claim { sighting: sighting.clone(), vout, value, origin };
        let outputs = (0..).zip(&sighting.transaction.output);
        let deposits = outputs.filter_map(|(vout, output)| {
            let deposit = self.deposits.at(&output.script_pubkey)?.clone();
            Some(claim(vout, output.value.to_sat(), Origin::Deposit(deposit)))
        });
        let rung = self.rungs.at(&sighting.txid);
        let payment = rung.map(|rung| claim(rung.change, rung.value, Origin::Payment));
        let mut claims: VecDeque<Claim> = deposits.chain(payment).collect();
        for (vout, value) in self.lost.of(sighting.txid) {
            if claims.iter().all(|claim| claim.vout != vout) {
                claims.push_back(claim(vout, value, Origin::Known));
            }
        }
        claims
    }

    fn judge(&mut self, facts: &Facts) -> Vec<Action> {
        let Some(examination) = &mut self.examination else { return vec![] };
        let Some(claim) = examination.asked.take() else { return vec![] };
        let verdict = judge(&claim, facts);
        examination.is_settled &= verdict == Verdict::Settled;
        match verdict {
            Verdict::Prove(proof) => vec![Action::Prove(proof)],
            Verdict::Wait => self.proceed(),
            Verdict::Settled => {
                self.is_watch_new |= self.lost.settle(&claim.outpoint());
                self.proceed()
            }
        }
    }
}

#[cfg(test)]
mod tests;
