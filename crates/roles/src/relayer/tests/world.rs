//! Two nodes and a relayer between them.

use std::{collections::VecDeque, sync::MutexGuard};

use super::super::{Action, Event, Relayer, RelayerHands, Warning};
use crate::{
    fake::{
        FakeChain,
        bitcoin::{BitcoinState, FakeBitcoin, genesis},
    },
    runner::{Hands, Role},
};

/// Two nodes, a relayer between them, and what it did.
pub(super) struct World {
    pub(super) relayer: Relayer,
    pub(super) hands: RelayerHands<FakeChain, FakeBitcoin>,
    /// The lengths of the lists submitted, refused ones too.
    pub(super) lists: Vec<usize>,
    pub(super) warnings: Vec<Warning>,
    /// Calls to either node.
    pub(super) calls: usize,
}

impl World {
    /// Bitcoin has `headers` on top of genesis, the light client only genesis.
    pub(super) fn new(headers: usize) -> Self {
        let hands = RelayerHands { chain: FakeChain::new(genesis()), bitcoin: FakeBitcoin::new() };
        hands.bitcoin.state().mine(headers, 0);
        Self { relayer: Relayer::default(), hands, lists: vec![], warnings: vec![], calls: 0 }
    }

    /// A world in which the light client has caught up, by a relayer of its own.
    pub(super) fn in_step(headers: usize) -> Self {
        let mut world = Self::new(headers);
        world.run(2 * headers);
        assert!(world.agrees());
        Self { relayer: Relayer::default(), lists: vec![], warnings: vec![], calls: 0, ..world }
    }

    /// One tick and all that follows from it.
    pub(super) fn tick(&mut self) {
        self.tick_until(usize::MAX);
    }

    /// One tick, cut off after `limit` actions as a kill would.
    pub(super) fn tick_until(&mut self, limit: usize) {
        let mut actions = VecDeque::from(self.relayer.step(Event::Tick));
        for _ in 0..limit {
            let Some(action) = actions.pop_front() else { return };
            match &action {
                Action::Warn(warning) => self.warnings.push(warning.clone()),
                Action::Submit(headers) => self.lists.push(headers.len()),
                _ => {}
            }
            self.calls += usize::from(!matches!(action, Action::Warn(_)));
            let event = self.hands.perform(action);
            actions.extend(event.map(|event| self.relayer.step(event)).unwrap_or_default());
        }
    }

    /// A tick, then a block, `times` over.
    pub(super) fn run(&mut self, times: usize) {
        for _ in 0..times {
            self.tick();
            self.hands.chain.block();
        }
    }

    /// Kills the relayer and starts another one.
    pub(super) fn restart(&mut self) {
        self.relayer = Relayer::default();
    }

    pub(super) fn bitcoin(&self) -> MutexGuard<'_, BitcoinState> {
        self.hands.bitcoin.state()
    }

    /// Whether both tips are one.
    pub(super) fn agrees(&self) -> bool {
        let theirs = self.bitcoin().headers.last().unwrap().block_hash();
        self.hands.chain.tip() == theirs
    }
}
