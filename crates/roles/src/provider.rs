//! Votes for every block that the chain orders, with one-time signatures that cost the key if it ever votes twice.
//!
//! Each tick the provider reads the height of the latest block. For the heights that are new it asks whether its
//! vote is wanted, records and signs the hashes in its [`store`], and hands the votes in. A vote that is not
//! counted after [`PATIENCE`] ticks is looked at again: a mempool can forget it, and a height that became final
//! meanwhile takes it as a late vote. At half-life of its last commitment it promises randomness for the heights
//! that follow.
//!
//! What it knows of the chain it reads from the chain; what it must never forget is in the store. Killed at any
//! moment, a new one goes over the heights that still take votes and hands in what is missing. Only rising heights
//! are signed, only blocks of the chain that has the last signed block; the chain is BFT final, so they descend
//! from it. It ends by itself, with a [`Halt`], when going on could cost the key.

use std::collections::BTreeMap;

use alloy_primitives::B256;

use crate::{
    finality::{Affairs, Progress, Seat},
    runner::Role,
};

mod config;
mod equivocation;
mod event;
mod hands;
mod randomness;
mod register;
mod renewal;
mod run;
pub mod store;

pub use config::ProviderConfig;
pub use equivocation::{Equivocation, EquivocationError, equivocate};
pub use event::{Action, Ballot, Event, Halt, Last, Refusal, Warning};
pub use hands::ProviderHands;
pub use randomness::genesis_commitment;
pub use register::{registration, unjailing};
pub use run::{ProviderError, run};
pub use store::{SignStore, SignedVote, StoreError};

/// Ticks until a vote or a commitment that is not counted is handed in again.
pub const PATIENCE: u32 = 16;

/// Ticks between two looks at what the chain knows of the provider.
pub const AFFAIRS_TICKS: u32 = 32;

/// The most heights looked at in one tick.
pub const BATCH: usize = 64;

/// The longest pause after failures, in ticks.
pub const MAX_PAUSE: u32 = 32;

/// Votes that wait to be counted; no new ones are made while there are more.
pub const MAX_WAITING: usize = 1024;

/// The provider.
#[derive(Debug)]
pub struct Provider {
    key: B256,
    /// Heights of a commitment, as its operator wants it.
    commit_blocks: u64,
    phase: Phase,
    /// The latest block.
    head: u64,
    /// The first height that was not looked at yet.
    next: Option<u64>,
    /// Votes handed in and not seen counted: ticks since then.
    waiting: BTreeMap<u64, u32>,
    affairs: Option<Affairs>,
    /// Ticks since the affairs were read.
    age: u32,
    /// Ticks since a commitment was handed in.
    committing: Option<(u64, u32)>,
    /// Ticks to sit out.
    pause: u32,
    /// Failures since the last success.
    failures: u32,
    /// The last thing that the operator was told of the provider's standing.
    told: Option<Warning>,
}

/// What the provider waits for.
#[derive(Debug)]
enum Phase {
    Idle,
    Heading,
    Minding,
    Progressing,
    Surveying { progress: Progress, own: u64 },
    Signing { finalized: u64 },
    Sending,
    Committing { start: u64 },
    Halted,
}

impl Role for Provider {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    /// An answer that nobody waits for is ignored.
    fn step(&mut self, event: Event) -> Vec<Action> {
        match (std::mem::replace(&mut self.phase, Phase::Idle), event) {
            (Phase::Halted, _) => self.rest(Phase::Halted),
            (_, Event::Store(error)) => self.halt(error.into()),
            (_, Event::Failed(reason)) => self.fail(reason),
            (_, Event::Tick) => self.tick(),
            (Phase::Heading, Event::Head(latest)) => self.look(latest),
            (Phase::Minding, Event::Affairs(affairs)) => self.mind(affairs),
            (Phase::Progressing, Event::Progress { chain, own }) => self.choose(chain, own),
            (Phase::Surveying { progress, own }, Event::Surveyed { last, ballots }) => {
                self.judge(progress, own, last, &ballots)
            }
            (Phase::Signing { finalized }, Event::Signed(votes)) => {
                self.waiting.extend(votes.iter().map(|vote| (vote.height, 0)));
                self.phase = Phase::Sending;
                vec![Action::Send { votes, finalized }]
            }
            (Phase::Sending, Event::Sent(refused)) => self.sent(refused),
            (Phase::Committing { start }, Event::Committed) => {
                self.committing = Some((start, 0));
                self.rest(Phase::Idle)
            }
            (Phase::Committing { start }, Event::CommitmentRefused(reason)) => {
                self.committing = Some((start, 0));
                vec![Action::Warn(Warning::CommitmentRefused { start, reason })]
            }
            (phase, _) => self.rest(phase),
        }
    }
}

impl Provider {
    /// A provider with this key that commits to `commit_blocks` heights at a time, if the rules let it.
    #[must_use]
    pub fn new(key: B256, commit_blocks: u64) -> Self {
        Self {
            key,
            commit_blocks,
            phase: Phase::Idle,
            head: 0,
            next: None,
            waiting: BTreeMap::new(),
            affairs: None,
            age: 0,
            committing: None,
            pause: 0,
            failures: 0,
            told: None,
        }
    }

    fn rest(&mut self, phase: Phase) -> Vec<Action> {
        self.phase = phase;
        vec![]
    }

    fn halt(&mut self, reason: Halt) -> Vec<Action> {
        self.phase = Phase::Halted;
        vec![Action::Halt(reason)]
    }

    fn tick(&mut self) -> Vec<Action> {
        self.age = self.age.saturating_add(1);
        self.waiting.values_mut().for_each(|ticks| *ticks = ticks.saturating_add(1));
        if let Some((_, ticks)) = &mut self.committing {
            *ticks = ticks.saturating_add(1);
        }
        if let Some(left) = self.pause.checked_sub(1) {
            self.pause = left;
            return vec![];
        }
        self.phase = Phase::Heading;
        vec![Action::ReadHead]
    }

    fn look(&mut self, latest: u64) -> Vec<Action> {
        let is_new = latest != self.head;
        self.head = latest;
        if self.affairs.is_none() || self.age >= AFFAIRS_TICKS {
            self.phase = Phase::Minding;
            return vec![Action::ReadAffairs];
        }
        let is_behind = self.next.is_some_and(|next| next <= latest);
        if !is_new && !is_behind && self.overdue().next().is_none() {
            return self.rest(Phase::Idle);
        }
        self.phase = Phase::Progressing;
        vec![Action::ReadProgress]
    }

    fn mind(&mut self, affairs: Affairs) -> Vec<Action> {
        self.age = 0;
        if affairs.removed {
            return self.halt(Halt::Removed { provider: self.key });
        }
        let standing = match affairs {
            Affairs { registered: false, .. } => Some(Warning::NotRegistered { provider: self.key }),
            Affairs { jailed_until: until @ 1.., .. } => Some(Warning::Jailed { until }),
            _ => None,
        };
        let news = standing.clone().filter(|_| standing != self.told);
        self.told = standing;
        let mut actions: Vec<Action> = news.map(Action::Warn).into_iter().collect();
        if affairs.registered {
            self.affairs = Some(affairs);
            self.phase = Phase::Progressing;
            actions.push(Action::ReadProgress);
        } else {
            self.pause = PATIENCE;
        }
        actions
    }

    /// Chooses the heights to look at: votes that were not counted in time, then new blocks.
    fn choose(&mut self, progress: Progress, own: u64) -> Vec<Action> {
        if progress.highest_vote > own {
            return self.halt(Halt::StoreBehind { own, chain: progress.highest_vote });
        }
        let (Some(activation), Some(affairs)) = (progress.activation, &self.affairs) else {
            return self.commit();
        };
        let late = (self.head + 1).saturating_sub(affairs.rules.late_blocks.into());
        let first = activation.max(late.min(progress.finalized + 1));
        let next = *self.next.get_or_insert(first);
        let mut heights: Vec<u64> = self.overdue().take(BATCH).collect();
        if self.waiting.len() < MAX_WAITING {
            heights.extend((next..=self.head).take(BATCH - heights.len()));
        }
        if heights.is_empty() {
            return self.commit();
        }
        self.phase = Phase::Surveying { progress, own };
        vec![Action::Survey(heights)]
    }

    fn judge(&mut self, progress: Progress, own: u64, last: Option<Last>, ballots: &[Ballot]) -> Vec<Action> {
        if let Some(Last { height, signed, found }) = last {
            match found {
                Some(found) if found != signed => return self.halt(Halt::Diverged { height, signed, found }),
                // the node is not as far as we are: wait for it
                None => return self.rest(Phase::Idle),
                _ => {}
            }
        }
        let mut blocks = Vec::new();
        for ballot in ballots {
            // the node has lost the block: look again
            let Some(hash) = ballot.hash else { break };
            self.next = self.next.map(|next| next.max(ballot.height + 1));
            self.waiting.remove(&ballot.height);
            let passed = ballot.height <= own && ballot.recorded.is_none();
            if ballot.seat == Seat::Open && !passed {
                blocks.push((ballot.height, hash));
            }
        }
        if blocks.is_empty() {
            return self.commit();
        }
        self.phase = Phase::Signing { finalized: progress.finalized };
        vec![Action::Sign(blocks)]
    }

    fn sent(&mut self, refused: Vec<(u64, Refusal)>) -> Vec<Action> {
        let mut warning = None;
        for (height, refusal) in refused {
            match refusal {
                Refusal::Outrun => _ = self.waiting.insert(height, PATIENCE),
                Refusal::Rule(reason) => {
                    warning.get_or_insert(Warning::VoteRefused { height, reason });
                }
            }
        }
        let mut actions: Vec<Action> = warning.map(Action::Warn).into_iter().collect();
        if !actions.is_empty() {
            // perhaps the provider is removed
            self.age = AFFAIRS_TICKS;
        }
        actions.extend(self.commit());
        actions
    }

    /// Votes that should be counted by now.
    fn overdue(&self) -> impl Iterator<Item = u64> + '_ {
        self.waiting.iter().filter(|(_, ticks)| **ticks >= PATIENCE).map(|(height, _)| *height)
    }

    /// Doubles the pause with each failure in a row.
    fn fail(&mut self, reason: String) -> Vec<Action> {
        self.pause = 1u32.checked_shl(self.failures).unwrap_or(MAX_PAUSE).min(MAX_PAUSE);
        self.failures = self.failures.saturating_add(1);
        vec![Action::Warn(Warning::Failed { reason, pause: self.pause })]
    }
}

#[cfg(test)]
mod tests;
