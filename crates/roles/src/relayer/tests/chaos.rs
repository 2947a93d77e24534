//! Anything may happen, in any order; in the end the two chains agree.

use proptest::prelude::*;

use super::*;

/// One thing that happens to the world.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Mine(usize),
    Reorganise(usize),
    BitcoinUp(bool),
    ChainUp(bool),
    Block,
    Tick,
    KillAfter(usize),
    Forget,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        1 => (1..150usize).prop_map(Happening::Mine),
        1 => (1..12usize).prop_map(Happening::Reorganise),
        1 => any::<bool>().prop_map(Happening::BitcoinUp),
        1 => any::<bool>().prop_map(Happening::ChainUp),
        3 => Just(Happening::Block),
        5 => Just(Happening::Tick),
        1 => (0..6usize).prop_map(Happening::KillAfter),
        1 => Just(Happening::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_happened_the_tips_agree_in_the_end(happenings in prop::collection::vec(happening(), 0..40)) {
        let mut world = World::new(20);
        for (salt, happening) in (1..).zip(happenings) {
            match happening {
                Happening::Mine(count) => world.bitcoin().mine(count, salt),
                Happening::Reorganise(depth) => world.bitcoin().reorganise(depth, salt),
                Happening::BitcoinUp(up) => world.bitcoin().up = up,
                Happening::ChainUp(up) => world.hands.chain.state().up = up,
                Happening::Block => world.hands.chain.block(),
                Happening::Tick => world.tick(),
                Happening::KillAfter(actions) => {
                    world.tick_until(actions);
                    world.restart();
                }
                Happening::Forget => world.hands.chain.state().pool.clear(),
            }
        }
        world.bitcoin().up = true;
        world.hands.chain.state().up = true;
        world.run((MAX_PAUSE + PATIENCE) as usize + 64);
        prop_assert!(world.agrees());
        let known = |warning: &Warning| matches!(warning, Warning::Failed { .. });
        prop_assert!(world.warnings.iter().all(known), "{:?}", world.warnings);
    }
}
