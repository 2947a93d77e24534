//! What a stake earns, by when it counted.

use ballast_types::interfaces::IRewards::*;

use super::{super::claim::MAX_SPANS, world::*};

/// So much, or less by what rounding may take.
fn about(found: alloy_primitives::U256, expected: u64) {
    assert!(found <= wei(expected) && found + wei(2) >= wei(expected), "{found} of {expected}");
}

#[test]
fn a_stake_that_joins_in_the_middle_earns_from_the_next_block_on() {
    let mut world = World::staked(&[300]);
    world.run_to(LENGTH + 5, &[40]);
    world.settle().unwrap();
    world.stake(2, 40, 300);
    world.fees(1_500_000);
    world.run_to(2 * LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    // ten blocks and five
    about(world.claim(1, &[1]), 1_000_000);
    about(world.claim(2, &[2]), 500_000);
}

#[test]
fn a_stake_that_leaves_keeps_what_it_earned() {
    let mut world = World::staked(&[300]);
    world.stake(2, 40, 300);
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    world.fees(1_400_000);
    world.counts(2, false);
    // block 14 was the last one of four in this epoch
    world.run_to(2 * LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    about(world.claim(1, &[1]), 1_000_000);
    about(world.claim(2, &[2]), 400_000);
    world.fees(1_000_000);
    world.run_to(3 * LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    assert_eq!(world.claim(2, &[2]), wei(0));
    about(world.claim(1, &[1]), 1_000_000);
}

#[test]
fn a_second_claim_finds_nothing_and_a_later_one_the_next_epoch() {
    let mut world = World::staked(&[300]);
    for epoch in 0..3 {
        world.fees(1_000);
        world.run_to((epoch + 1) * LENGTH + GRACE, &[40]);
        world.settle().unwrap();
        about(world.claim(1, &[1]), 1_000);
        assert_eq!(world.claim(1, &[1]), wei(0));
    }
    assert_eq!(world.events::<Claimed>().len(), 3);
}

#[test]
fn what_nobody_claims_for_long_waits() {
    let mut world = World::staked(&[300]);
    for epoch in 0..20 {
        world.fees(1_000);
        world.run_to((epoch + 1) * LENGTH + GRACE, &[40]);
        world.settle().unwrap();
    }
    let amount = world.claim(1, &[1]);
    // the fractions of twenty epochs add up
    assert_eq!(amount, wei(19_999));
}

#[test]
fn a_stake_in_the_list_twice_is_paid_once() {
    let mut world = World::staked(&[300]);
    world.fees(1_000);
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    about(world.claim(1, &[1, 1, 1]), 1_000);
}

/// As after a reorganisation that takes the anchor of a stake and one that brings it back.
#[test]
fn a_stake_that_lost_its_anchor_for_a_while_earns_for_the_rest() {
    let mut world = World::staked(&[300]);
    world.stake(2, 40, 300);
    world.run_to(LENGTH + 2, &[40]);
    world.counts(2, false);
    world.run_to(LENGTH + 5, &[40]);
    world.settle().unwrap();
    world.counts(2, true);
    world.fees(1_700_000);
    world.run_to(2 * LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    // the blocks 11, 12, 16, 17, 18, 19, 20
    about(world.claim(1, &[1]), 1_000_000);
    about(world.claim(2, &[2]), 700_000);
}

/// A claim in between takes nothing away: spans of epochs that are not settled stay.
#[test]
fn claims_in_between_change_nothing() {
    let mut world = World::staked(&[300]);
    world.stake(2, 40, 300);
    let mut paid = wei(0);
    for block in 2..=3 * LENGTH + GRACE {
        world.run_to(block, &[40]);
        world.fees(1_000);
        world.counts(2, block % 5 < 2);
        let _ = world.settle();
        paid += world.claim(2, &[2]);
    }
    let mut other = World::staked(&[300]);
    other.stake(2, 40, 300);
    for block in 2..=3 * LENGTH + GRACE {
        other.run_to(block, &[40]);
        other.fees(1_000);
        other.counts(2, block % 5 < 2);
        let _ = other.settle();
    }
    let at_once = other.claim(2, &[2]);
    assert!(at_once >= paid && at_once <= paid + wei(3), "{paid} {at_once}");
}

#[test]
fn many_spans_are_claimed_in_parts() {
    let mut world = World::staked(&[300]);
    let blocks = 4 * MAX_SPANS;
    for block in 2..blocks {
        world.run_to(block, &[40]);
        world.fees(1_000);
        if block == 2 {
            world.stake(2, 40, 300);
        }
        world.counts(2, block % 2 == 0);
        let _ = world.settle();
    }
    world.run_to(blocks + 2 * LENGTH, &[40]);
    while world.settle().is_ok() {}
    let parts = [(); 3].map(|()| world.claim(2, &[2]));
    assert!(parts[0] > wei(0) && parts[1] > wei(0), "{parts:?}");
    assert_eq!(parts[2], wei(0));
}
