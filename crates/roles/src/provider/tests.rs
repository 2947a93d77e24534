use ballast_types::{SystemContract, interfaces::IFinality};

use super::*;
use crate::fake::FakeChain;
use world::{COMMIT_BLOCKS, World, key_word, owner, secret};

mod chaos;
mod randomness;
mod signers;
pub(super) mod world;

#[test]
fn finalized_follows_latest() {
    let mut world = World::new(&[100, 100, 100, 100]);
    for _ in 0..50 {
        world.run(1);
        // the votes for the latest block are in the pool
        assert!(world.lag() <= 1, "{} of {}", world.finalized(), world.latest());
    }
    assert_eq!(world.latest(), 50);
    assert!((1..50).all(|height| world.power(height) == 400));
    assert!(world.nodes.iter().all(|node| node.warnings.is_empty()));
}

#[test]
fn finalized_stands_still_with_two_thirds_missing_and_catches_up() {
    let mut world = World::new(&[100, 100, 100, 100]);
    world.run(10);
    (1..4).for_each(|index| world.nodes[index].stop());
    world.run(300);
    let stood = world.finalized();
    assert!(stood < 12);
    (1..4).for_each(|index| world.start(index));
    // 64 heights a tick, and 64 a block
    world.run(8);
    assert_eq!(world.lag(), 1);
}

#[test]
fn a_provider_that_comes_late_casts_late_votes() {
    let mut world = World::new(&[100, 100, 100, 100]);
    world.nodes[3].stop();
    world.run(20);
    assert_eq!((world.power(5), world.lag()), (300, 1));
    world.start(3);
    world.run(3);
    assert!((1..world.latest()).all(|height| world.power(height) == 400));
    assert_eq!(world.nodes[3].warnings, []);
}

#[test]
fn heights_too_old_for_late_votes_are_left_alone() {
    let mut world = World::new(&[1000, 1]);
    world.nodes[1].stop();
    world.run(300);
    world.start(1);
    world.run(2);
    // height 46 is the oldest that block 302 takes, and forgotten after it
    assert_eq!((world.power(46), world.power(47), world.highest_vote(1)), (0, 1001, 51));
    assert_eq!(world.nodes[1].warnings, [Warning::Jailed { until: u64::from(u32::MAX) + 600 }]);
}

#[test]
fn one_call_a_tick_when_there_is_nothing_to_say() {
    let mut world = World::new(&[100]);
    world.run(20);
    for _ in 0..AFFAIRS_TICKS {
        world.tick();
    }
    world.nodes[0].done.clear();
    (0..PATIENCE - 1).for_each(|_| world.tick());
    assert!(world.nodes[0].done.iter().filter(|name| *name != "ReadHead").count() <= 2);
}

#[test]
fn a_forgotten_vote_is_handed_in_again() {
    let mut world = World::new(&[100]);
    world.run(5);
    world.chain.block();
    world.tick();
    world.chain.state().pool.clear();
    world.run(5);
    assert_eq!(world.finalized(), 5);
    world.run(PATIENCE as usize);
    assert_eq!(world.lag(), 1);
}

#[test]
fn a_provider_without_power_waits_for_it() {
    let mut world = World::new(&[100, 0]);
    world.run(10);
    assert_eq!(world.highest_vote(1), 0);
    world.chain.set_power(key_word(2), 100);
    world.run(10);
    assert_eq!((world.highest_vote(1), world.lag()), (19, 1));
    assert_eq!(world.nodes[1].warnings, []);
}

#[test]
fn a_removed_provider_stops_and_says_why() {
    let mut world = World::new(&[100, 100, 100, 100]);
    world.run(10);
    let leak = IFinality::revealKeyCall { secret: (*secret(4).secret_bytes()).into() };
    let input = alloy_sol_types::SolCall::abi_encode(&leak);
    world.chain.transact(owner(9), SystemContract::Finality, &input).unwrap();
    world.run(5);
    let halt = world.nodes[3].halt().unwrap();
    assert!(matches!(halt, Halt::Removed { provider } if provider == key_word(4)));
    assert!(halt.to_string().contains("was removed for ever"), "{halt}");
    // it says it once and does nothing any more
    world.nodes[3].done.clear();
    world.run(50);
    assert_eq!(world.nodes[3].done, [""; 0]);
    // the others go on
    assert_eq!(world.lag(), 1);
}

#[test]
fn a_jailed_provider_says_so_and_comes_back() {
    let mut world = World::new(&[100, 100, 100, 100]);
    world.run(2);
    world.nodes[3].stop();
    world.run(100);
    world.start(3);
    world.run(40);
    let [Warning::Jailed { until }] = world.nodes[3].warnings[..] else {
        panic!("{:?}", world.nodes[3].warnings)
    };
    world.chain.state().storage.block.timestamp = until;
    let unjail = unjailing(key_word(4));
    world.chain.transact(owner(4), SystemContract::Finality, &unjail).unwrap();
    world.run(10);
    assert_eq!(world.highest_vote(3), world.latest() - 1);
    assert_eq!(world.power(world.latest() - 1), 400);
}

#[test]
fn a_node_that_goes_away_is_asked_less_and_less_and_used_again() {
    let mut world = World::new(&[100]);
    world.run(5);
    world.chain.state().up = false;
    (0..200).for_each(|_| world.tick());
    let pause = |warning: &Warning| match warning {
        Warning::Failed { pause, .. } => *pause,
        other => panic!("{other}"),
    };
    let pauses: Vec<u32> = world.nodes[0].warnings.iter().map(pause).collect();
    assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 32, 32, 32, 32]);
    world.chain.state().up = true;
    world.run(MAX_PAUSE as usize + 4);
    assert_eq!(world.lag(), 1);
}

#[test]
fn an_answer_that_nobody_waits_for_is_ignored() {
    let mut provider = Provider::new(key_word(1), COMMIT_BLOCKS);
    for event in [Event::Head(5), Event::Signed(vec![]), Event::Sent(vec![]), Event::Committed] {
        assert!(provider.step(event).is_empty());
    }
}

#[test]
fn a_stranger_waits_for_its_registration() {
    let mut world = World::new(&[100, 100]);
    world.nodes.push(world::Node::new(3));
    world.start(2);
    world.run(40);
    let provider = key_word(3);
    assert_eq!(world.nodes[2].warnings, [Warning::NotRegistered { provider }]);
    let call = registration(&secret(3), world::CHAIN_ID, owner(3), 500, &[7; 32]);
    world.chain.transact(owner(3), SystemContract::Staking, &call).unwrap();
    world.chain.set_power(provider, 100);
    // it promises randomness, which counts k Bitcoin blocks later
    world.run(40);
    assert_eq!(world.highest_vote(2), 0);
    world.chain.bitcoin(3);
    world.run(3);
    assert_eq!((world.highest_vote(2), world.lag()), (world.latest() - 1, 1));
    let latest = world.latest();
    assert_eq!(world.nodes[2].recorded(latest), Some(FakeChain::hash(latest)));
}
