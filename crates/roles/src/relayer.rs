//! The relayer carries Bitcoin to the chain: headers here, proofs of transactions in [`prover`], and in [`advance`] the
//! word that something is due. [`run()`] runs all three; none needs another.
//!
//! # Headers
//!
//! Each tick the relayer compares two tips: the light client's and its own bitcoind's. Where they differ it
//! looks for the fork point, the highest header that both have, by walking back in doubling strides and then
//! halving; reads the headers after it from bitcoind; and submits as many as one duty takes, or, after a
//! reorganisation, as few as outweigh the light client's tip. Then it waits until the tip moves.
//!
//! It remembers nothing that the two chains do not tell: killed at any moment, a new one goes on. What it
//! does keep is manners: it submits nothing while its last list is under way, backs off when it is refused or
//! a node is away, sends shorter lists after a refusal that names no rule (a block's budget may be smaller
//! than a full list), and says nothing when there is nothing to say.

use alloy_primitives::U256;
use ballast_bitcoin_io::Tip;
use bitcoin::{BlockHash, block::Header};

use crate::{
    back_off::BackOff,
    light_client::{ChainHeader, ChainTip},
    runner::Role,
};

pub mod advance;
mod anchors;
pub mod claim;
mod deposits;
mod event;
mod hands;
pub mod journal;
mod payments;
pub mod prover;
mod run;
pub mod scan;
mod search;
pub mod stakes;

pub use anchors::LostCoin;
pub use event::{Action, Event, Refusal, Warning};
pub use hands::RelayerHands;
pub use payments::Rung;
pub use run::{RelayerConfig, RelayerError, run};
use search::{Found, Search};

/// Ticks that a list may be under way before it is submitted again: a mempool can forget it.
pub const PATIENCE: u32 = 16;

/// The shortest list that refusals lead to. A block whose budget is smaller than this carries no headers at
/// all.
pub const MIN_LIST: usize = 10;

/// Where the relayer is between two events.
#[derive(Debug)]
enum Phase {
    Idle,
    Reading,
    Searching(Search),
    Fetching { chain: ChainTip, fork: Fork },
    Submitting { on: BlockHash, headers: usize },
}

/// The last header that both chains have.
#[derive(Debug, Clone, Copy)]
struct Fork {
    height: u32,
    header: ChainHeader,
}

/// A list on its way into a block.
#[derive(Debug)]
struct Pending {
    /// The light client's tip when it was submitted.
    on: BlockHash,
    /// Ticks since then.
    ticks: u32,
}

/// The relayer.
#[derive(Debug)]
pub struct Relayer {
    phase: Phase,
    pending: Option<Pending>,
    back_off: BackOff,
    /// The longest list that is worth trying.
    limit: usize,
}

impl Default for Relayer {
    fn default() -> Self {
        Self { phase: Phase::Idle, pending: None, back_off: BackOff::default(), limit: usize::MAX }
    }
}

impl Role for Relayer {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    /// An answer that nobody waits for is ignored.
    fn step(&mut self, event: Event) -> Vec<Action> {
        match (std::mem::replace(&mut self.phase, Phase::Idle), event) {
            (_, Event::Failed(reason)) => vec![self.fail(reason)],
            (Phase::Idle, Event::Tick) => self.tick(),
            (Phase::Reading, Event::Tips { chain, bitcoin }) => self.compare_tips(chain, bitcoin),
            (Phase::Searching(search), Event::Compared { height, chain, bitcoin }) => {
                self.search(search, height, chain, bitcoin)
            }
            (Phase::Fetching { chain, fork }, Event::Headers(headers)) => self.choose(chain, fork, headers),
            (Phase::Submitting { on, .. }, Event::Submitted) => {
                self.pending = Some(Pending { on, ticks: 0 });
                self.back_off.succeed();
                vec![]
            }
            (Phase::Submitting { headers, .. }, Event::Refused(refusal)) => self.refused(headers, refusal),
            (phase, _) => {
                self.phase = phase;
                vec![]
            }
        }
    }
}

impl Relayer {
    fn tick(&mut self) -> Vec<Action> {
        if self.back_off.sits_out() {
            return vec![];
        }
        self.phase = Phase::Reading;
        vec![Action::ReadTips]
    }

    fn compare_tips(&mut self, chain: ChainTip, bitcoin: Tip) -> Vec<Action> {
        if chain.hash == bitcoin.hash {
            *self = Self::default();
            return vec![];
        }
        if let Some(pending) = self.pending.as_mut().filter(|pending| pending.on == chain.hash) {
            pending.ticks += 1;
            if pending.ticks < PATIENCE {
                return vec![];
            }
        }
        self.pending = None;
        // bitcoind is still syncing
        if bitcoin.height < chain.base {
            return vec![];
        }
        let search = Search::new(chain, bitcoin);
        let height = search.next();
        self.phase = Phase::Searching(search);
        vec![Action::Compare { height }]
    }

    fn search(
        &mut self,
        mut search: Search,
        height: u32,
        chain: Option<ChainHeader>,
        bitcoin: Option<BlockHash>,
    ) -> Vec<Action> {
        let (Some(header), Some(theirs)) = (chain, bitcoin) else {
            // a chain became shorter while we searched: look again at the next tick
            return vec![];
        };
        match search.learn(height, header, theirs) {
            Found::Nothing => vec![Action::Warn(Warning::Stranger { base: search.chain.base })],
            Found::Not => {
                let height = search.next();
                self.phase = Phase::Searching(search);
                vec![Action::Compare { height }]
            }
            Found::Fork(fork) => self.fetch(search.chain, search.bitcoin, fork),
        }
    }

    fn fetch(&mut self, chain: ChainTip, bitcoin: Tip, fork: Fork) -> Vec<Action> {
        let available = bitcoin.height.saturating_sub(fork.height);
        let is_fork = fork.height < chain.height;
        let wanted = if is_fork { chain.max_headers } else { self.length(chain) as u32 };
        let count = wanted.min(available);
        if count == 0 {
            // bitcoind is behind the light client
            return vec![];
        }
        self.phase = Phase::Fetching { chain, fork };
        vec![Action::ReadHeaders { first: fork.height + 1, count }]
    }

    /// Chooses what to submit of the headers after the fork point.
    fn choose(&mut self, chain: ChainTip, fork: Fork, mut headers: Vec<Header>) -> Vec<Action> {
        let follows = headers.first().is_some_and(|first| first.prev_blockhash == fork.header.hash);
        if !follows {
            // bitcoind reorganised meanwhile: look again at the next tick
            return vec![];
        }
        let Some(enough) = outweighing(&headers, fork.header.work, chain.work) else {
            let is_full = headers.len() >= chain.max_headers as usize;
            let (fork, limit) = (fork.height, chain.max_headers);
            return if is_full { vec![Action::Warn(Warning::ForkTooLong { fork, limit })] } else { vec![] };
        };
        headers.truncate(enough.max(self.length(chain)));
        self.phase = Phase::Submitting { on: chain.hash, headers: headers.len() };
        vec![Action::Submit(headers)]
    }

    fn refused(&mut self, headers: usize, refusal: Refusal) -> Vec<Action> {
        let reason = match refusal {
            Refusal::Outrun => return vec![],
            Refusal::Rule(reason) => reason,
            Refusal::Other(reason) => {
                self.limit = (headers / 2).max(MIN_LIST);
                reason
            }
        };
        let pause = self.back_off.fail();
        vec![Action::Warn(Warning::Refused { headers, reason, pause })]
    }

    fn fail(&mut self, reason: String) -> Action {
        let pause = self.back_off.fail();
        Action::Warn(Warning::Failed { reason, pause })
    }

    fn length(&self, chain: ChainTip) -> usize {
        self.limit.min(chain.max_headers as usize)
    }
}

/// The fewest of `headers`, on top of the work `below`, that weigh more than `best`.
fn outweighing(headers: &[Header], below: U256, best: U256) -> Option<usize> {
    let works = headers.iter().scan(below, |total, header| {
        *total = total.saturating_add(U256::from_be_bytes(header.work().to_be_bytes()));
        Some(*total)
    });
    works.zip(1..).find(|(work, _)| *work > best).map(|(_, count)| count)
}

#[cfg(test)]
mod tests;
