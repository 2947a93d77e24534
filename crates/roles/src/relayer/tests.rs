use alloy_primitives::B256;
use alloy_sol_types::SolError;
use ballast_types::interfaces::ILightClient;
use bitcoin::hashes::Hash;

use super::*;
use crate::{
    back_off::MAX_PAUSE,
    fake::bitcoin::{genesis, mine},
    runner::Hands,
};
use world::World;

mod chaos;
mod world;

/// The most headers in one list, as the light client says.
const FULL: usize = 100;

#[test]
fn a_chain_that_is_far_behind_catches_up_in_full_lists() {
    let mut world = World::new(5000);
    world.run(50);
    assert!(world.agrees());
    assert_eq!(world.lists, [FULL; 50]);
    assert_eq!(world.warnings, []);
}

#[test]
fn nothing_is_said_when_there_is_nothing_to_say() {
    let mut world = World::in_step(20);
    world.run(50);
    assert_eq!(world.lists, [0; 0]);
    // one look at the two tips per tick
    assert_eq!(world.calls, 50);
}

#[test]
fn a_reorganisation_is_followed() {
    for depth in 1..=10 {
        let mut world = World::in_step(20);
        world.bitcoin().reorganise(depth, 1);
        world.run(2);
        assert!(world.agrees());
        assert_eq!(world.lists, [depth + 1]);
    }
}

#[test]
fn a_long_chain_after_a_reorganisation_follows_in_pieces() {
    let mut world = World::in_step(300);
    world.bitcoin().reorganise(90, 1);
    world.bitcoin().mine(250, 1);
    world.run(4);
    assert!(world.agrees());
    assert_eq!(world.lists, [FULL, FULL, FULL, 41]);
}

#[test]
fn a_fork_that_weighs_no_more_is_left_alone() {
    let mut world = World::in_step(20);
    let tip = world.hands.chain.tip();
    world.bitcoin().headers.truncate(15);
    world.bitcoin().mine(6, 1);
    world.run(5);
    assert_eq!((world.lists.len(), world.warnings.len()), (0, 0));
    assert_eq!(world.hands.chain.tip(), tip);
    world.bitcoin().mine(1, 1);
    world.run(1);
    assert!(world.agrees());
}

#[test]
fn a_bitcoind_that_is_behind_is_waited_for() {
    let mut world = World::in_step(200);
    let ahead = world.bitcoin().headers.clone();
    world.bitcoin().headers.truncate(100);
    world.run(5);
    world.bitcoin().headers.truncate(1);
    world.run(5);
    assert_eq!((world.lists.len(), world.warnings.len()), (0, 0));
    world.bitcoin().headers = ahead;
    world.bitcoin().mine(1, 0);
    world.run(1);
    assert!(world.agrees());
}

#[test]
fn a_fork_longer_than_a_list_is_reported() {
    let mut world = World::in_step(200);
    world.bitcoin().reorganise(FULL, 1);
    world.run(1);
    assert_eq!(world.lists, [0; 0]);
    assert_eq!(world.warnings, [Warning::ForkTooLong { fork: 100, limit: FULL as u32 }]);
}

#[test]
fn a_bitcoind_of_another_network_is_reported() {
    let mut world = World::new(20);
    let mut stranger = genesis();
    stranger.nonce += 1;
    world.bitcoin().headers = vec![stranger];
    world.bitcoin().mine(20, 0);
    world.run(1);
    assert_eq!(world.lists, [0; 0]);
    assert_eq!(world.warnings, [Warning::Stranger { base: 0 }]);
}

#[test]
fn a_node_that_goes_away_is_asked_less_and_less_and_used_again() {
    let mut world = World::in_step(20);
    for goes in [true, false] {
        let set_up = |world: &World, up| {
            if goes { world.bitcoin().up = up } else { world.hands.chain.state().up = up }
        };
        world.bitcoin().mine(30, 0);
        set_up(&world, false);
        (world.calls, world.warnings) = (0, vec![]);
        for _ in 0..200 {
            world.tick();
        }
        let pauses: Vec<u32> = world
            .warnings
            .iter()
            .map(|warning| match warning {
                Warning::Failed { pause, .. } => *pause,
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 32, 32, 32, 32]);
        assert_eq!(world.calls, pauses.len());
        set_up(&world, true);
        world.run(MAX_PAUSE as usize + 2);
        assert!(world.agrees());
    }
}

#[test]
fn a_list_under_way_is_not_sent_again_before_its_time() {
    let mut world = World::new(30);
    for _ in 0..PATIENCE {
        world.tick();
        world.bitcoin().mine(1, 0);
    }
    assert_eq!(world.lists, [30]);
    // the mempool forgot it
    world.hands.chain.state().pool.clear();
    world.tick();
    assert_eq!(world.lists, [30, 30 + PATIENCE as usize]);
    world.run(1);
    assert!(world.agrees());
}

#[test]
fn a_list_beyond_the_budget_becomes_shorter() {
    let mut world = World::new(150);
    world.hands.chain.state().budget = 30;
    world.run(16);
    assert!(world.agrees());
    assert_eq!(world.lists, [100, 50, 25, 25, 25, 25, 25, 25]);
    assert_eq!(world.warnings.len(), 2);
}

#[test]
fn a_refused_list_is_tried_less_and_less_and_never_below_the_floor() {
    let mut world = World::new(150);
    world.hands.chain.state().budget = 0;
    world.run(200);
    assert_eq!(world.lists, [100, 50, 25, 12, 10, 10, 10, 10, 10, 10]);
    assert!(world.warnings.iter().all(|warning| matches!(warning, Warning::Refused { .. })));
}

#[test]
fn a_rule_that_says_no_is_reported_and_tried_again() {
    let mut world = World::new(5);
    let time = world.bitcoin().headers[5].time;
    // the last header is more than two hours ahead of the chain
    world.hands.chain.state().storage.block.timestamp = u64::from(time) - 7201;
    world.run(1);
    let [Warning::Refused { headers: 5, reason, pause: 1 }] = &world.warnings[..] else {
        panic!("{:?}", world.warnings)
    };
    assert!(reason.starts_with("TooNew"), "{reason}");
    world.hands.chain.state().storage.block.timestamp += 1;
    world.run(2);
    assert_eq!(world.lists, [5, 5]);
    assert!(world.agrees());
}

#[test]
fn another_relayer_is_no_failure() {
    let mut world = World::new(250);
    let mut other = Relayer::default();
    for _ in 0..4 {
        world.tick();
        std::mem::swap(&mut world.relayer, &mut other);
        world.tick();
        world.hands.chain.block();
    }
    assert!(world.agrees());
    assert_eq!(world.warnings, []);
    assert_eq!(world.lists, [FULL, FULL, FULL, FULL, 50, 50]);
}

/// The light client moves on between the look at the tips and the submission.
#[test]
fn a_relayer_that_is_outrun_looks_again() {
    for known in [1, 3] {
        let mut world = World::new(3);
        let mut actions = world.relayer.step(Event::Tick);
        let mut list = vec![];
        while let Some(action) = actions.pop() {
            if let Action::Submit(headers) = &action {
                list = headers.clone();
                crate::light_client::submit(&world.hands.chain, &list[..known]).unwrap();
                world.hands.chain.block();
            }
            let event = world.hands.perform(action).unwrap();
            actions = world.relayer.step(event);
        }
        assert_eq!(list.len(), 3);
        world.run(1);
        assert!(world.agrees());
        assert_eq!(world.warnings, []);
    }
}

/// Killed after every possible action, in every possible tick: the next relayer goes on from what the chains
/// say.
#[test]
fn a_relayer_may_be_killed_at_any_moment() {
    for actions in 0..8 {
        let mut world = World::in_step(50);
        world.bitcoin().reorganise(10, 1);
        world.bitcoin().mine(150, 1);
        for _ in 0..3 {
            world.tick_until(actions);
            world.hands.chain.block();
            world.restart();
        }
        world.run(4);
        assert!(world.agrees(), "killed after {actions} actions");
        assert_eq!(world.warnings, []);
    }
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut relayer = Relayer::default();
    let hash = BlockHash::all_zeros();
    let chain = ChainTip { height: 5, hash, work: U256::from(12), base: 0, max_headers: 100 };
    let late = [
        Event::Tips { chain, bitcoin: Tip { height: 9, hash } },
        Event::Compared { height: 5, chain: None, bitcoin: None },
        Event::Headers(vec![genesis()]),
        Event::Submitted,
        Event::Refused(Refusal::Outrun),
    ];
    for event in late {
        assert_eq!(relayer.step(event), []);
    }
    assert_eq!(relayer.step(Event::Tick), [Action::ReadTips]);
    assert_eq!(relayer.step(Event::Tick), []);
}

#[test]
fn bitcoind_may_reorganise_between_two_answers() {
    let mut world = World::in_step(20);
    world.bitcoin().mine(1, 0);
    let [read] = &world.relayer.step(Event::Tick)[..] else { panic!() };
    let tips = world.hands.perform(read.clone()).unwrap();
    let [compare] = &world.relayer.step(tips)[..] else { panic!() };
    let compared = world.hands.perform(compare.clone()).unwrap();
    let [read] = &world.relayer.step(compared)[..] else { panic!() };
    assert_eq!(*read, Action::ReadHeaders { first: 21, count: 1 });
    let stranger = mine(&mine(&genesis(), 9), 9);
    assert_eq!(world.relayer.step(Event::Headers(vec![stranger])), []);
    assert_eq!(world.relayer.step(Event::Tick), [Action::ReadTips]);
}

#[test]
fn the_search_compares_few_headers() {
    for depth in [1, 2, 5, 30, 99] {
        let mut world = World::in_step(400);
        world.bitcoin().reorganise(depth, 1);
        world.tick();
        assert_eq!(world.lists, [depth + 1]);
        // tips, headers, list, and the search
        let most = 2 * (depth.ilog2() as usize + 2);
        assert!(world.calls <= 3 + most, "{} calls at depth {depth}", world.calls);
    }
}

#[test]
fn headers_that_claim_absurd_work_do_not_overflow() {
    let mut heavy = mine(&genesis(), 0);
    heavy.bits = bitcoin::CompactTarget::from_consensus(0x0100_0001);
    assert_eq!(outweighing(&[heavy, heavy, heavy], U256::MAX, U256::MAX), None);
    assert_eq!(outweighing(&[heavy], U256::ZERO, U256::from(1)), Some(1));
}

#[test]
fn a_refusal_is_read_by_the_contract_s_own_error() {
    let hash = B256::ZERO;
    let read = |data: &[u8]| hands::refused("words", -32000, data);
    let outrun = [
        ILightClient::HeaderKnown { hash, height: 1 }.abi_encode(),
        ILightClient::UnknownParent { parent: hash }.abi_encode(),
        ILightClient::NotHeavier { best: U256::from(2), found: U256::from(2) }.abi_encode(),
    ];
    for data in outrun {
        assert_eq!(read(&data), Event::Refused(Refusal::Outrun));
    }
    let rule = ILightClient::NoHeaders {}.abi_encode();
    assert!(matches!(read(&rule), Event::Refused(Refusal::Rule(_))));
    let other = Event::Refused(Refusal::Other("words (error -32000)".into()));
    assert_eq!(read(&[]), other);
    assert_eq!(read(&[1, 2, 3, 4]), other);
    assert_eq!(hands::refused("already known: 0x12", -32000, &[]), Event::Submitted);
    assert_eq!(hands::refused("duty 0x12 already proves this", -32000, &[]), Event::Submitted);
}
