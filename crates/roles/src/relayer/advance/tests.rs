use std::collections::VecDeque;

use alloy_primitives::B256;
use ballast_types::interfaces::ICustody;

use super::*;
use crate::{
    chain::read,
    fake::{FakeChain, bitcoin::genesis, custody::parameters},
};

/// A chain with custody and an advancer.
struct World {
    advancer: Advancer,
    hands: AdvancerHands<FakeChain>,
    sent: usize,
    warnings: Vec<Warning>,
}

impl World {
    fn new() -> Self {
        let chain = FakeChain::new(genesis());
        chain.set_up_custody();
        Self {
            advancer: Advancer::default(),
            hands: AdvancerHands { chain, now: Now::Custody },
            sent: 0,
            warnings: vec![],
        }
    }

    fn tick(&mut self) {
        let mut actions = VecDeque::from(self.advancer.step(Event::Tick));
        while let Some(action) = actions.pop_front() {
            match &action {
                Action::Send => self.sent += 1,
                Action::Warn(warning) => self.warnings.push(warning.clone()),
                Action::Look => {}
            }
            let event = self.hands.perform(action);
            actions.extend(event.map(|event| self.advancer.step(event)).unwrap_or_default());
        }
    }

    fn ceremony(&self) -> ICustody::ceremonyReturn {
        read(&self.hands.chain, At::Latest, SystemContract::Custody, &ICustody::ceremonyCall {}).unwrap()
    }

    /// Lets the time of the first ceremony's round pass.
    fn expire(&mut self) {
        let blocks = parameters().custody.ceremony_round_blocks;
        for _ in 0..blocks {
            self.tick();
            self.hands.chain.block();
        }
    }
}

#[test]
fn a_ceremony_whose_time_is_over_begins_again() {
    let mut world = World::new();
    world.expire();
    assert_eq!((world.ceremony().number, world.sent), (1, 0));
    for _ in 0..3 {
        world.tick();
        world.hands.chain.block();
    }
    assert_eq!((world.ceremony().number, world.sent), (2, 1));
    assert_ne!(world.ceremony().id, B256::ZERO);
}

#[test]
fn it_is_said_once_a_block() {
    let mut world = World::new();
    world.expire();
    world.hands.chain.block();
    for _ in 0..5 {
        world.tick();
    }
    assert_eq!(world.sent, 1);
    // the mempool forgot it
    world.hands.chain.state().pool.clear();
    world.hands.chain.block();
    world.tick();
    assert_eq!(world.sent, 2);
}

#[test]
fn another_relayer_may_be_faster() {
    let mut world = World::new();
    world.expire();
    world.hands.chain.block();
    let mut other = Advancer::default();
    for _ in 0..2 {
        world.tick();
        std::mem::swap(&mut world.advancer, &mut other);
    }
    assert_eq!((world.sent, world.warnings.len()), (2, 0));
    assert_eq!(world.hands.chain.state().pool.len(), 1);
    // it is in a block between the look and the word
    world.hands.chain.block();
    assert_eq!(world.hands.perform(Action::Send), Some(Event::Sent));
}

#[test]
fn a_node_that_goes_away_is_asked_less_and_less() {
    let mut world = World::new();
    world.hands.chain.state().up = false;
    for _ in 0..19 {
        world.tick();
    }
    let pauses: Vec<u32> = world.warnings.iter().map(|warning| warning.pause).collect();
    assert_eq!(pauses, [1, 2, 4, 8]);
    world.hands.chain.state().up = true;
    world.expire();
    world.tick();
    world.hands.chain.block();
    world.tick();
    world.hands.chain.block();
    assert_eq!(world.ceremony().number, 2);
}
