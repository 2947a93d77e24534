//! What the meters keep, and that they follow Bitcoin through `staking`.

use alloy_primitives::U256;
use proptest::prelude::*;

use super::{
    super::{
        Epochs,
        history::last_until,
        initialise,
        meter::counted,
        store::{CONTRACT, Gain, Metered, SPAN, SPANS, Span, Spans},
    },
    world::{LENGTH, World as Staked, key_word, parameters, stake_id},
};
use crate::{
    BlockEnv,
    layout::{List, Word},
    memory::Memory,
    staking::tests::world::{PROVIDER, STAKER, World},
};

const SATS: u64 = 100_000;

#[test]
fn packed_words_survive() {
    let metered = Metered { block: 1, power: u64::MAX, sum: u128::MAX - 5 };
    assert_eq!(Metered::from_word(metered.to_word()), Some(metered));
    let gain = Gain { epoch: u64::MAX - 1, sum: (U256::from(1) << 192) - U256::from(3) };
    assert_eq!(Gain::from_word(gain.to_word()), Some(gain));
    let (span, spans) = (Span { from: 7, to: u64::MAX }, Spans { first: u64::MAX, next: 9 });
    assert_eq!(Span::from_word(span.to_word()), Some(span));
    assert_eq!(Spans::from_word(spans.to_word()), Some(spans));
    assert_eq!(Span::from_word(U256::from(1) << 128), None);
}

proptest! {
    #[test]
    fn a_search_finds_what_a_walk_finds(mut times in prop::collection::vec(0..40_u64, 0..20), limit in 0..45_u64) {
        times.sort_unstable();
        times.dedup();
        let mut storage = Memory::new(BlockEnv::default());
        let list = List::new(CONTRACT, 99);
        times.iter().for_each(|time| list.push(&mut storage, time).unwrap());
        let expected = times.iter().rposition(|time| *time <= limit).map(|at| (at as u64, times[at]));
        prop_assert_eq!(last_until(&mut storage, &list, |time: &u64| *time, limit).unwrap(), expected);
    }
}

/// Every block, and whether the stake counted at its end: what the meters must amount to.
struct Watched {
    world: World,
    stake: alloy_primitives::B256,
    counted: Vec<u64>,
}

impl Watched {
    fn note(&mut self) {
        // one block of this chain for each of Bitcoin's blocks or reorganisations: from here on until the next note
        let next = self.world.storage.block.number + 1;
        if self.world.power(PROVIDER) > 0 {
            self.counted.push(next);
        }
    }

    fn check(&mut self) {
        let epochs = Epochs { length: LENGTH };
        let storage = &mut self.world.storage;
        let last = epochs.of(storage.block.number);
        for epoch in 0..last {
            let blocks = self.counted.iter().filter(|block| epochs.of(**block) == epoch).count() as u128;
            let found = counted(storage, &key_word(PROVIDER), epoch).unwrap();
            assert_eq!(found, blocks * u128::from(SATS), "epoch {epoch}");
        }
        let Spans { first, next } = SPANS.at(&self.stake).load(storage).unwrap();
        let mut blocks = 0;
        for number in first..next {
            let Span { from, to } = SPAN.at(&self.stake).at(&number).load(storage).unwrap();
            let to = if to == 0 { storage.block.number + 1 } else { to };
            assert!(from < to);
            blocks += to - from;
        }
        assert_eq!(blocks, self.counted.len() as u64);
    }
}

#[test]
fn meters_follow_a_stake_whose_block_is_reorganised() {
    let mut world = World::new();
    initialise(&mut world.storage, &parameters()).unwrap();
    let (staked, height) = world.active(STAKER, PROVIDER, SATS);
    let mut watched = Watched { world, stake: staked.id, counted: Vec::new() };
    for round in 0..45 {
        watched.note();
        let world = &mut watched.world;
        match round {
            7 => {
                let depth = world.blocks.len() - height;
                world.reorganise(depth, &[&staked.facts.staking_tx]);
            }
            16 => {
                world.next_block();
                world.prove(&staked, height).unwrap();
            }
            _ => world.next_block(),
        }
    }
    assert!((30..45).contains(&watched.counted.len()), "{}", watched.counted.len());
    watched.check();
}

#[test]
fn several_changes_in_one_block_count_as_the_last_one() {
    let mut world = Staked::staked(&[300]);
    let stake = stake_id(1);
    // begun and ceased in block 1: never counted
    world.counts(1, false);
    assert_eq!(SPANS.at(&stake).load(world.storage()).unwrap().last(), None);
    world.counts(1, true);
    world.run_to(5, &[40]);
    world.counts(1, false);
    world.counts(1, true);
    world.counts(1, false);
    world.counts(1, true);
    let spans = SPANS.at(&stake).load(world.storage()).unwrap();
    assert_eq!((spans, spans.last()), (Spans { first: 0, next: 1 }, Some(0)));
    assert_eq!(SPAN.at(&stake).at(&0).load(world.storage()).unwrap(), Span { from: 2, to: 0 });
    world.run_to(25, &[40]);
    assert_eq!(counted(world.storage(), &key_word(40), 0), Ok(300 * 9));
    assert_eq!(counted(world.storage(), &key_word(40), 1), Ok(300 * 10));
}
