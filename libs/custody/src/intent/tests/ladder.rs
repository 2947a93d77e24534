//! Fee bumps.

use super::*;

fn first() -> Intent {
    pay(&[treasury_coin(1, 5_000_000)], &[payout(1, 200_000), payout(2, 300_000)]).unwrap()
}

#[test]
fn only_the_change_shrinks() {
    let mut intent = first();
    for (rung, fee_rate) in [(1, 15), (2, 30), (3, 60), (4, 100)] {
        let next = intent.bump(rate(fee_rate)).unwrap();
        assert_eq!((next.inputs(), next.payouts()), (intent.inputs(), intent.payouts()));
        assert_eq!(next.parts().rung, rung);
        let mut outputs = [intent.transaction().output, next.transaction().output];
        let changes = outputs.each_mut().map(|outputs| outputs.pop().unwrap());
        assert_eq!(outputs[0], outputs[1], "payouts stay");
        assert!(changes[1].value < changes[0].value);
        assert_eq!(changes[0].value - changes[1].value, next.fee() - intent.fee());
        assert!(next.fee() >= intent.fee() + sat(next.vsize()), "nodes take the replacement");
        assert_conserved(&next);
        intent = next;
    }
}

#[test]
fn a_bump_raises_and_at_most_doubles() {
    let intent = first();
    for fee_rate in [rate(10), rate(9), FeeRate::from_sat_per_kwu(5_001)] {
        let error = IntentError::Step { old: rate(10), new: fee_rate };
        assert_eq!(intent.bump(fee_rate), Err(error));
    }
    intent.bump(rate(20)).unwrap();
}

#[test]
fn a_small_step_still_pays_for_its_own_relay() {
    let intent = first();
    let next = intent.bump(FeeRate::from_sat_per_kwu(2_501)).unwrap();
    assert_eq!(next.fee(), intent.fee() + sat(next.vsize()));
    assert_conserved(&next);
}

#[test]
fn a_ceiling_ends_the_ladder() {
    let payouts = [Payout { fee_ceiling: sat(6_160), ..payout(1, 200_000) }];
    let intent = pay(&[treasury_coin(1, 206_490)], &payouts).unwrap();
    let top = intent.bump(rate(20)).unwrap().bump(rate(40)).unwrap();
    assert_eq!(
        (top.fee(), top.change()),
        (sat(6_160), sat(330)),
        "the escrow and the least change, to the sat"
    );
    let error = top.bump(rate(42)).unwrap_err();
    assert_eq!(error, IntentError::Ceiling { id: 1, ceiling: sat(6_160), share: sat(6_468) });
}

#[test]
fn the_median_decides_within_bounds() {
    let next = |old, median| next_rate(rate(old), rate(median), rate(100));
    assert_eq!(next(10, 15), Ok(rate(15)));
    assert_eq!(next(10, 50), Ok(rate(20)), "at most double");
    assert_eq!(next(10, 2), Ok(rate(11)), "at least what relaying a replacement costs");
    assert_eq!(next(60, 200), Ok(rate(100)), "at most the highest");
    assert_eq!(next(99, 1), Ok(rate(100)));
    assert_eq!(next(100, 200), Err(LadderError::Top { old: rate(100), highest: rate(100) }));
    let zero = FeeRate::ZERO;
    assert_eq!(next_rate(zero, rate(5), rate(100)), Err(LadderError::Top { old: zero, highest: rate(100) }));
    assert!(next_rate(FeeRate::MAX, rate(5), FeeRate::MAX).is_err());
}

#[test]
fn every_next_rate_is_a_valid_bump() {
    let mut intent = first();
    let mut rungs = 0;
    while let Ok(fee_rate) = next_rate(intent.parts().fee_rate, rate(1_000), RULES.max_fee_rate) {
        intent = intent.bump(fee_rate).unwrap();
        rungs += 1;
    }
    assert_eq!((rungs, intent.parts().fee_rate), (4, rate(100)));
}

#[test]
fn one_custodian_in_three_does_not_move_the_median() {
    assert_eq!(median_rate(&[]), None);
    assert_eq!(median_rate(&[rate(7)]), Some(rate(7)));
    assert_eq!(median_rate(&[rate(9), rate(5)]), Some(rate(5)));
    assert_eq!(median_rate(&[rate(9), rate(1_000), rate(8)]), Some(rate(9)));
    assert_eq!(median_rate(&[rate(9), rate(1), rate(10)]), Some(rate(9)));
}
