//! A staking transaction is stuck, and its change pulls it up.

use super::*;
use crate::intent::staking;
use crate::testing::stake::{intent, parts};

#[test]
fn parent_and_child_together_pay_the_target() {
    let parent = intent(x_only(7));
    let child = Child::of(&parent, rate(20)).unwrap();
    // 10.5 + 57.5 + 43 = 111 virtual bytes; (154 + 111) * 20 less the 1,540 that the parent pays.
    assert_eq!((child.vsize(), child.fee()), (111, sat(265 * 20 - 1_540)));
    assert_eq!(child.change(), parent.change() - child.fee());
    let transaction = child.transaction();
    assert_eq!(transaction.version, Version(3), "as its parent, or nodes refuse it");
    assert_eq!(transaction.input[0].previous_output, OutPoint { txid: parent.txid(), vout: 1 });
    assert_eq!(transaction.output[0].script_pubkey, home().script_pubkey());
    assert_eq!(child.unsigned().spent(), &parent.transaction().output[1..]);
}

#[test]
fn a_higher_child_replaces_it() {
    let first = Child::of(&intent(x_only(7)), rate(15)).unwrap();
    let second = first.bump(rate(30)).unwrap();
    assert_eq!((second.rung(), second.fee_rate()), (1, rate(30)));
    assert_eq!(second.fee(), sat(265 * 30 - 1_540));
    assert_eq!(second.parent(), first.parent());
    let (old, new) = (first.transaction(), second.transaction());
    assert!(old.is_explicitly_rbf());
    assert_eq!(old.input, new.input);
    let slightly = FeeRate::from_sat_per_kwu(rate(15).to_sat_per_kwu() + 1);
    assert_eq!(first.bump(slightly).unwrap().fee(), first.fee() + sat(111), "it pays for its own relay");
}

#[test]
fn a_cheap_child_pays_for_its_own_relay() {
    let low = |rate| FeeRate::from_sat_per_kwu(rate);
    let parent = StakingIntent::build(staking::Parts { fee_rate: low(25), ..parts(x_only(7)) }).unwrap();
    assert_eq!(Child::of(&parent, low(50)).unwrap().fee(), sat(111));
}

#[test]
fn a_step_raises_and_at_most_doubles() {
    let parent = intent(x_only(7));
    let error = |new| ChildError::Step { old: rate(10), new: rate(new) };
    assert_eq!(Child::of(&parent, rate(10)), Err(error(10)));
    assert_eq!(Child::of(&parent, rate(21)), Err(error(21)));
    let child = Child::of(&parent, rate(20)).unwrap();
    assert_eq!(child.bump(rate(20)), Err(ChildError::Step { old: rate(20), new: rate(20) }));
    assert_eq!(child.bump(rate(41)), Err(ChildError::Step { old: rate(20), new: rate(41) }));
}

#[test]
fn both_fees_stay_below_the_budget() {
    let with = |budget| {
        let parent = StakingIntent::build(staking::Parts { budget: sat(budget), ..parts(x_only(7)) });
        Child::of(&parent.unwrap(), rate(20))
    };
    with(5_300).unwrap();
    assert_eq!(with(5_299), Err(ChildError::Budget { budget: sat(5_299), fee: sat(5_300) }));
}

#[test]
fn change_that_would_become_dust_is_not_spent() {
    let with = |change: u64| {
        let inputs = vec![treasury_coin(1, 1_000_000 + 1_540 + change)];
        let parent = StakingIntent::build(staking::Parts { inputs, ..parts(x_only(7)) });
        Child::of(&parent.unwrap(), rate(20))
    };
    assert_eq!(with(3_760 + 330).unwrap().change(), sat(330));
    let (available, fee, least) = (sat(3_760 + 329), sat(3_760), sat(330));
    assert_eq!(with(3_760 + 329), Err(ChildError::Dust { available, fee, least }));
}
