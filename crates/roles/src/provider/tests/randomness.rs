//! Promises of randomness: made at half-life, used when they count.

use super::*;

fn promises(world: &World, index: usize) -> Vec<(u64, u64)> {
    let provider = key_word(index as u8 + 1);
    let count = crate::finality::promise_count(&world.chain, provider).unwrap();
    let promise = |index| crate::finality::promise(&world.chain, provider, index).unwrap();
    (0..count).map(promise).map(|promise| (promise.start, promise.count)).collect()
}

#[test]
fn randomness_is_promised_again_at_half_life_and_votes_go_on() {
    let mut world = World::with_commitments(&[100, 100], 60);
    world.run(29);
    assert_eq!(promises(&world, 0), [(1, 60)]);
    world.run(5);
    assert_eq!(promises(&world, 0), [(1, 60), (61, COMMIT_BLOCKS)]);
    for _ in 0..12 {
        world.chain.bitcoin(3);
        world.run(50);
        assert_eq!(world.lag(), 1);
    }
    let expected: Vec<_> = (0..7).map(|index| (61 + index * COMMIT_BLOCKS, COMMIT_BLOCKS)).collect();
    assert_eq!(promises(&world, 1)[1..], expected);
    assert!((1..world.latest()).rev().take(200).all(|height| world.power(height) == 200));
    assert!(world.nodes.iter().all(|node| node.warnings.is_empty()));
}

#[test]
fn a_promise_too_new_leaves_a_gap_that_ends() {
    let mut world = World::with_commitments(&[100], 60);
    world.run(70);
    // bitcoin stood still: nobody had a vote at height 61
    assert_eq!((world.finalized(), world.power(60), world.power(61)), (60, 100, 0));
    world.chain.bitcoin(3);
    world.run(3);
    assert_eq!(world.highest_vote(0), world.latest() - 1);
}

#[test]
fn a_provider_whose_promises_ended_makes_a_new_one() {
    let mut world = World::with_commitments(&[100, 100, 100, 100], 60);
    world.run(25);
    world.nodes[3].stop();
    world.run(20);
    world.chain.bitcoin(3);
    world.run(25);
    assert_eq!(world.lag(), 1);
    world.start(3);
    world.run(2);
    let end = world.latest();
    let [_, (start, COMMIT_BLOCKS)] = promises(&world, 3)[..] else { panic!("{:?}", promises(&world, 3)) };
    assert!((end..end + 20).contains(&start));
    world.chain.bitcoin(3);
    world.run(30);
    assert_eq!(world.nodes[3].warnings.len(), 0);
    assert_eq!(world.highest_vote(3), world.latest() - 1);
}

#[test]
fn a_forgotten_promise_is_made_again() {
    let mut world = World::with_commitments(&[100], 100);
    world.run(50);
    world.chain.block();
    world.tick();
    while promises(&world, 0).len() == 1 {
        world.chain.state().pool.clear();
        assert!(world.latest() < 52);
        (0..PATIENCE + AFFAIRS_TICKS).for_each(|_| world.tick());
        assert_ne!(world.chain.state().pool.len(), 0);
        world.chain.block();
        world.tick();
    }
}

#[test]
fn a_promise_reaches_no_further_than_the_rules_let_it() {
    let rules = world::RULES;
    let ahead = u64::from(rules.max_ahead_blocks);
    let mut provider = Provider::new(key_word(1), 100_000);
    provider.head = 50;
    assert_eq!(provider.room(&rules, 60), Some(ahead - 10));
    provider.commit_blocks = 1;
    assert_eq!(provider.room(&rules, 60), Some(rules.min_commit_blocks.into()));
    // too little room now, enough later
    assert_eq!(provider.room(&rules, 50 + ahead), None);
    assert_eq!(provider.room(&rules, 50 + ahead - 40), Some(40));
}
