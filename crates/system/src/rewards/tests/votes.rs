//! Who voted, and what it brings.

use ballast_types::interfaces::IRewards::*;

use super::world::*;

#[test]
fn who_is_absent_earns_nothing() {
    let mut world = World::staked(&[300, 100]);
    world.fees(1_000_000);
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    assert_eq!((world.credits(0, 40), world.credits(0, 41)), (wei(300 * 9), wei(0)));
    assert_eq!(world.claim(2, &[2]), wei(0));
    // a 2^-64 of a wei for each sat and block is lost
    assert_eq!((world.claim(1, &[1]), world.budget()), (wei(999_999), wei(0)));
}

#[test]
fn votes_weigh_by_stake_and_height() {
    let mut world = World::staked(&[300, 100]);
    world.fees(12_000_000);
    world.run_to(7, &[40, 41]);
    // 41 is silent for the heights 7 to 10
    world.run_to(LENGTH + 1, &[40]);
    world.run_to(LENGTH + GRACE, &[40, 41]);
    world.settle().unwrap();
    assert_eq!((world.credits(0, 40), world.credits(0, 41)), (wei(300 * 9), wei(100 * 5)));
    let parts: Vec<_> = world.events::<Earned>().iter().map(|earned| earned.stakes).collect();
    assert_eq!(parts, [wei(12_000_000 * 27 / 32), wei(12_000_000 * 5 / 32)]);
}

#[test]
fn a_late_vote_earns_within_the_grace_and_not_after() {
    let mut world = World::staked(&[300, 100]);
    world.run_to(LENGTH + 3, &[40]);
    // height 9 is judged now, height 10 is judged in the next block
    world.chain.late_vote(41, LENGTH - 1).unwrap();
    world.chain.late_vote(41, LENGTH).unwrap();
    assert_eq!(world.credits(0, 41), wei(0));
    world.run_to(LENGTH + GRACE, &[40]);
    assert_eq!(world.credits(0, 41), wei(100));
}

#[test]
fn the_owner_takes_the_commission_and_the_stakes_the_rest() {
    let mut world = World::new(&[500, 10_000, 0]);
    world.stake(1, 40, 300);
    world.stake(2, 40, 100);
    world.stake(3, 41, 400);
    world.stake(4, 42, 400);
    world.fees(1_200_000);
    world.run_to(LENGTH + GRACE, &[40, 41, 42]);
    world.settle().unwrap();
    assert_eq!(world.claim(40, &[]), wei(20_000));
    assert_eq!(world.claim(41, &[]), wei(400_000));
    assert_eq!(world.claim(42, &[]), wei(0));
    // 3 : 1, less what rounding takes
    assert_eq!((world.claim(1, &[1]), world.claim(2, &[2])), (wei(284_999), wei(94_999)));
    assert_eq!(world.claim(3, &[3]), wei(0));
    assert_eq!(world.claim(4, &[4]), wei(399_999));
}

#[test]
fn a_provider_may_have_stakes_of_its_own() {
    let mut world = World::new(&[1_000]);
    world.stake(40, 40, 300);
    world.fees(1_000_000);
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    assert_eq!(world.claim(40, &[40]), wei(999_999));
}

#[test]
fn who_is_removed_before_the_settlement_gets_nothing() {
    let mut world = World::new(&[1_000, 1_000]);
    world.stake(1, 40, 300);
    world.stake(2, 41, 100);
    world.fees(1_000_000);
    world.run_to(LENGTH + GRACE, &[40, 41]);
    world.settle().unwrap();
    world.fees(1_000_000);
    world.run_to(2 * LENGTH, &[40, 41]);
    world.remove(41);
    world.run_to(2 * LENGTH + GRACE, &[40]);
    let before = world.budget();
    world.settle().unwrap();
    // its votes count, and their part stays
    let [one, other] = [40, 41].map(|provider| world.credits(1, provider));
    assert_eq!((one, other), (wei(300 * 10), wei(100 * 9)));
    assert_eq!(world.budget(), before - before * one / (one + other));
    // what was earned before can be claimed for ever
    assert_eq!((world.claim(41, &[]), world.claim(2, &[2])), (wei(25_000), wei(225_000)));
    world.run_to(3 * LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    assert_eq!(world.claim(2, &[2]), wei(0));
}

/// Power that no stake backs earns the commission only.
#[test]
fn a_part_that_no_stake_has_earned_stays_in_the_budget() {
    let mut world = World::new(&[2_500]);
    world.chain.set_power(40, 100);
    world.fees(1_000_000);
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    assert_eq!((world.claim(40, &[]), world.budget()), (wei(250_000), wei(750_000)));
}

#[test]
fn power_without_votes_is_paid_nothing_and_dilutes_nobody() {
    let mut world = World::staked(&[300, 100]);
    world.run_to(LENGTH, &[40]);
    world.stake(3, 41, 30);
    world.fees(1_000);
    world.run_to(2 * LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    world.settle().unwrap();
    assert_eq!((world.claim(2, &[2]), world.claim(3, &[3])), (wei(0), wei(0)));
    assert_eq!((world.claim(1, &[1]), world.budget()), (wei(999), wei(0)));
}
