//! Three custodians make a key on the chain, whatever happens to one of them.

use alloy_primitives::B256;
use ballast_custody::{Group, Round};
use ballast_types::interfaces::ICustody::*;

use super::world::*;
use crate::custodian::{Action, Warning, ceremony::CeremonyFault};

#[test]
fn three_custodians_make_a_key_and_keep_its_shares() {
    let mut world = World::new();
    world.run(12, &[1, 2, 3]);
    let key: B256 = world.view(&groupKeyCall {});
    let group = Group::from_bytes(&world.view(&groupBytesCall {})).unwrap();
    assert_eq!((B256::from(group.key().serialize()), group.threshold()), (key, 2));
    for number in 1..=3 {
        assert_eq!(world.warnings(number), [""; 0]);
        let files = world.actors[&number].disk.files();
        assert_eq!(files.shares.len(), 1);
        assert!(files.seeds.is_empty(), "the seed goes when the key exists");
    }
}

/// Wherever it is killed but between its commitments and its share of the trial, the ceremony goes on with all three.
#[test]
fn a_custodian_that_is_killed_after_any_action_takes_part_all_the_same() {
    let mut left_out = Vec::new();
    for (kill_tick, kill_after) in (0..6).flat_map(|tick| (0..4).map(move |after| (tick, after))) {
        let mut world = World::new();
        world.run(kill_tick, &[1, 2, 3]);
        world.tick(1);
        world.tick(3);
        world.tick_until(2, kill_after);
        world.restart(2);
        world.chain.block();
        world.run(24, &[1, 2, 3]);
        if world.has_key() {
            assert_eq!(world.ceremony().custodians, [1, 2, 3]);
            continue;
        }
        // the trial's nonces were lost: the only thing that a restart loses
        let expected = Warning::Silent { number: 1, fault: CeremonyFault::Forgotten };
        assert_eq!(world.actors[&2].warnings, [expected], "killed in tick {kill_tick} after {kill_after}");
        world.expire();
        world.run(12, &[1, 2, 3]);
        assert!(world.has_key());
        assert_eq!(world.ceremony().custodians, [1, 3]);
        left_out.push((kill_tick, kill_after));
    }
    assert!(!left_out.is_empty() && left_out.len() < 6, "{left_out:?}");
}

#[test]
fn a_lost_message_is_said_again() {
    let mut world = World::new();
    for _ in 0..60 {
        (1..=3).for_each(|number| world.tick(number));
        // at every third block the mempool has forgotten everything
        let number = world.chain.state().storage.block.number;
        if number.is_multiple_of(3) {
            world.chain.state().pool.clear();
        }
        world.chain.block();
    }
    assert!(world.has_key());
    assert_eq!(world.ceremony().number, 1);
}

#[test]
fn a_silent_custodian_is_left_out_and_knows_it() {
    let mut world = World::new();
    world.run(4, &[1, 3]);
    assert_eq!(world.ceremony().round, 1);
    world.expire();
    world.run(12, &[1, 2, 3]);
    assert!(world.has_key());
    assert_eq!(world.ceremony().custodians, [1, 3]);
    assert_eq!(world.actors[&2].warnings, [Warning::NoShare], "told once");
}

#[test]
fn a_bad_sealed_share_is_convicted_by_its_victim() {
    let mut world = World::new();
    world.actors.get_mut(&2).unwrap().twist = |action| {
        if let Action::Say(utterance) = action
            && utterance.round == Round::SealedShares
        {
            *utterance.payload.last_mut().unwrap() ^= 1;
        }
    };
    world.run(16, &[1, 2, 3]);
    assert!(world.has_key());
    assert_eq!((world.ceremony().number, world.ceremony().custodians), (2, vec![1, 3]));
}

#[test]
fn nothing_is_said_that_is_not_on_disk() {
    let mut world = World::new();
    world.actors[&2].disk.files().full = true;
    world.run(6, &[1, 2, 3]);
    assert!(world.view(&messageCall { number: 1, custodian: 2, round: 1 }).is_empty());
    let [Warning::Failed { reason, .. }, ..] = &world.actors[&2].warnings[..] else { panic!() };
    assert!(reason.contains("storage"), "{reason}");
    world.actors[&2].disk.files().full = false;
    world.run(16, &[1, 2, 3]);
    assert!(world.has_key());

    let mut world = World::new();
    world.run(2, &[1, 2, 3]);
    assert_eq!(world.ceremony().round, 4);
    world.actors[&2].disk.files().full = true;
    world.run(6, &[1, 2, 3]);
    assert!(world.view(&messageCall { number: 1, custodian: 2, round: 4 }).is_empty());
    world.actors[&2].disk.files().full = false;
    world.run(16, &[1, 2, 3]);
    assert!(world.has_key());
}

#[test]
fn another_custodians_key_file_is_noticed() {
    let mut world = World::new();
    let mut hands = std::mem::take(&mut world.actors);
    let third = hands.remove(&3).unwrap();
    world.actors = hands;
    let wrong = crate::custodian::Responder::new(
        (world.chain.clone(), world.bitcoin.clone(), third.disk.clone()),
        (member(3), identity(4)),
        (third.policy.clone(), 1),
        bitcoin::secp256k1::rand::SeedableRng::seed_from_u64(1),
    );
    let mut third = third;
    third.hands.responder = std::sync::Arc::new(wrong);
    world.actors.insert(3, third);
    world.tick(3);
    let [warning] = &world.warnings(3)[..] else { panic!() };
    assert!(warning.contains("custodian 3 has identity key"), "{warning}");
}
