//! Kills at every moment.

use proptest::prelude::*;

use super::*;

/// A provider that holds all power is killed after each number of actions, and is always the same again.
#[test]
fn killed_after_any_action_a_provider_misses_nothing() {
    for limit in 0..12 {
        let mut world = World::with_commitments(&[100], 100);
        world.chain.bitcoin(3);
        for _ in 0..60 {
            world.chain.block();
            world.nodes[0].tick_until(limit);
            world.start(0);
            if world.latest().is_multiple_of(10) {
                world.tick();
                world.start(0);
            }
        }
        world.chain.bitcoin(3);
        world.run(20 + PATIENCE as usize);
        assert_eq!(world.lag(), 1, "killed after {limit} actions");
        assert!((1..world.latest()).all(|height| world.power(height) == 100));
        assert!(world.nodes[0].halt().is_none());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn whatever_happens_the_chain_becomes_final(events in prop::collection::vec((0..4_usize, 0..8_u8, 0..12_usize), 1..60)) {
        let mut world = World::new(&[100, 90, 110, 100]);
        for (index, what, limit) in events {
            match what {
                0 => world.nodes[index].stop(),
                1 => world.nodes[index].tick_until(limit),
                2 => world.chain.state().pool.clear(),
                3 => {
                    world.nodes[index].tick_until(limit);
                    world.start(index);
                }
                4 => world.silence(limit),
                _ => world.run(1),
            }
            if !world.nodes[index].is_running() && limit > 6 {
                world.start(index);
            }
        }
        (0..4).for_each(|index| world.start(index));
        world.run(3 * PATIENCE as usize);
        prop_assert_eq!(world.lag(), 1);
        for node in &world.nodes {
            prop_assert!(node.halt().is_none());
        }
    }
}
