//! Which epochs are settled, when, and with what budget.

use alloy_primitives::Address;
use ballast_types::interfaces::IRewards::*;

use super::{
    super::{Epochs, credit, settle, store},
    world::*,
};
use crate::staking::tests::world::write_provider;

#[test]
fn an_epoch_is_settled_once_its_last_height_is_judged() {
    let mut world = World::staked(&[300]);
    world.fees(1_000_000);
    world.run_to(LENGTH + GRACE - 1, &[40]);
    assert_eq!(world.next(), (0, LENGTH + GRACE));
    assert_eq!(world.settle(), revert(&NothingDue { fromBlock: LENGTH + GRACE }));
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    assert_eq!(world.next(), (1, 2 * LENGTH + GRACE));
    assert_eq!(world.settle(), revert(&NothingDue { fromBlock: 2 * LENGTH + GRACE }));
    // height 1 had no snapshot with power
    let credits = wei(300 * (LENGTH - 1));
    assert_eq!(world.events::<BudgetFixed>(), [BudgetFixed { epoch: 0, budget: wei(1_000_000), credits }]);
}

#[test]
fn an_epoch_waits_until_its_last_height_is_final() {
    let mut world = World::staked(&[200, 200]);
    world.run_to(LENGTH, &[40, 41]);
    world.run_to(LENGTH + GRACE + 5, &[40]);
    assert_eq!(world.settle(), revert(&NotJudged { height: LENGTH }));
    for height in LENGTH..LENGTH + GRACE + 5 {
        world.chain.vote(41, height).unwrap();
    }
    assert_eq!(world.settle(), revert(&NotJudged { height: LENGTH }));
    world.run_to(LENGTH + GRACE + 6, &[40, 41]);
    world.settle().unwrap();
    assert_eq!(world.credits(0, 40), world.credits(0, 41));
}

#[test]
fn before_the_first_provider_nothing_is_settled() {
    let mut world = World::new(&[0]);
    world.fees(5_000);
    world.run_to(3 * LENGTH, &[]);
    assert_eq!(world.settle(), revert(&NotJudged { height: LENGTH }));
    assert_eq!(world.budget(), wei(5_000));
}

#[test]
fn an_epoch_without_credits_hands_its_budget_on() {
    let mut world = World::new(&[0]);
    world.fees(1_000);
    world.run_to(2 * LENGTH + 5, &[]);
    world.stake(1, 40, 100);
    world.run_to(2 * LENGTH + 6, &[]);
    world.run_to(3 * LENGTH + GRACE, &[40]);
    // one call passes over both epochs and settles the third
    world.settle().unwrap();
    assert_eq!(world.next().0, 3);
    let fixed = world.events::<BudgetFixed>();
    let credits = wei(100 * 5);
    assert_eq!(
        fixed,
        [
            BudgetFixed { epoch: 0, budget: wei(1_000), credits: wei(0) },
            BudgetFixed { epoch: 1, budget: wei(1_000), credits: wei(0) },
            BudgetFixed { epoch: 2, budget: wei(1_000), credits },
        ]
    );
    assert_eq!(world.claim(1, &[1]), wei(1_000));
}

#[test]
fn epochs_that_nobody_settled_are_settled_one_after_the_other() {
    let mut world = World::staked(&[100]);
    world.fees(1_000);
    world.run_to(4 * LENGTH + GRACE, &[40]);
    for epoch in 0..4 {
        assert_eq!(world.next().0, epoch);
        world.settle().unwrap();
        world.fees(10);
    }
    assert_eq!(world.settle(), revert(&NothingDue { fromBlock: 5 * LENGTH + GRACE }));
    let budgets: Vec<_> = world.events::<BudgetFixed>().into_iter().map(|fixed| fixed.budget).collect();
    assert_eq!(budgets, [1_000, 10, 10, 10].map(wei));
}

/// Nineteen providers take three calls; the budget is that of the first one, and what comes meanwhile is for the next epoch.
#[test]
fn a_large_epoch_is_settled_in_steps() {
    let mut world = World::staked(&[100]);
    let numbers: Vec<u8> = (50..68).collect();
    for number in &numbers {
        write_provider(world.storage(), *number, 10_000);
    }
    let extra: Vec<_> = numbers.iter().map(|number| (key_word(*number), 100)).collect();
    for height in 2..=LENGTH {
        credit::credit(world.storage(), height, &extra).unwrap();
    }
    world.fees(19_000_000);
    world.run_to(LENGTH + GRACE, &[40]);
    for (earned, step) in [(8, 1), (16, 2), (19, 3)] {
        assert_eq!(world.next().0, 0);
        world.settle().unwrap();
        world.fees(5);
        assert_eq!(
            (world.events::<Earned>().len(), world.events::<BudgetFixed>().len()),
            (earned, 1),
            "{step}"
        );
    }
    assert_eq!(world.next().0, 1);
    for earned in world.events::<Earned>() {
        assert_eq!(earned.commission + earned.stakes, wei(1_000_000));
    }
    assert_eq!(world.budget(), wei(15));
}

#[test]
fn long_emptiness_is_passed_over_in_steps() {
    let mut world = World::new(&[0]);
    world.run_to(70 * LENGTH / 2, &[]);
    // as if the chain were twice as old: the genesis commitments of the test cover 600 heights
    world.stake(1, 40, 100);
    world.run_to(59 * LENGTH, &[]);
    world.chain.storage.block.number = 90 * LENGTH;
    let judged = crate::finality::tests::world::judge_up_to;
    judged(world.storage(), 90 * LENGTH);
    world.settle().unwrap();
    assert_eq!(world.next().0, settle::MAX_EMPTY);
    world.settle().unwrap();
    assert_eq!(world.next().0, 90);
}

#[test]
fn every_block_is_in_one_epoch() {
    let mut world = World::new(&[0]);
    let epochs = Epochs { length: LENGTH };
    for (number, epoch) in [(0, 0), (1, 0), (10, 0), (11, 1), (20, 1), (21, 2), (u64::MAX, u64::MAX / 10)] {
        assert_eq!(world.call(Address::ZERO, epochOfCall { number }), Ok(epoch));
        let block = number.max(1);
        assert!((epochs.first(epoch)..=epochs.last(epoch)).contains(&block), "{number}");
    }
}

/// A bound on the gas of one call, as if every access were the first one: a new word for 22,100, another for 2,600. A real
/// call costs less, since most reads are repeated, for 100.
#[test]
fn a_settlement_fits_into_its_budget() {
    let mut world = World::staked(&[100]);
    let numbers: Vec<u8> = (50..60).collect();
    let all: Vec<_> = numbers.iter().map(|number| (key_word(*number), 100)).collect();
    for number in &numbers {
        write_provider(world.storage(), *number, 1_000);
    }
    // a history as of ten years of a changed power and of income in every epoch
    for epoch in 0..87_600_u64 {
        for number in &numbers {
            let entry = store::Metered { block: epoch * LENGTH + 2, power: 100, sum: epoch.into() };
            store::POWER.at(&key_word(*number)).push(world.storage(), &entry).unwrap();
        }
    }
    credit::credit(world.storage(), 2, &all).unwrap();
    world.fees(1_000_000_000);
    world.run_to(LENGTH + GRACE, &[40]);
    world.chain.storage.gas = 1_000_000;
    let words = world.storage().words().len();
    world.settle().unwrap();
    let operations = 1_000_000 - world.storage().gas;
    let new = (world.storage().words().len() - words) as u64;
    let gas = new * 22_100 + (operations - new) * 2_600;
    assert!(gas < 3_000_000, "{operations} operations, {new} new words, {gas} gas");
}
