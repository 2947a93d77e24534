//! Making a live intent impossible.

use super::*;

/// Two inputs, 300,000 and 200,000 sats.
fn live() -> Intent {
    let coins = [treasury_coin(2, 200_000), treasury_coin(1, 300_000)];
    pay(&coins, &[payout(1, 250_000), payout(2, 10_000)]).unwrap()
}

#[test]
fn the_first_input_goes_home_and_beats_the_newest_rung() {
    for rung in [live(), live().bump(rate(20)).unwrap()] {
        let cancel = cancel::derive(&rung, rate(1), sat(50_000), &RULES).unwrap();
        assert_eq!(cancel.kind(), Kind::Cancel);
        assert_eq!(spends(&cancel), [spends(&rung)[0]]);
        assert_eq!(cancel.inputs()[0].value, sat(300_000), "the largest, so that it can pay");
        let output = &cancel.transaction().output;
        assert_eq!((output.len(), &output[0].script_pubkey), (1, &home().script_pubkey()));
        assert_eq!(cancel.fee(), rung.fee() + sat(cancel.vsize()));
        assert!(disjoint([&rung, &cancel]).is_err(), "they cannot both confirm");
        assert_conserved(&cancel);
        let twice = cancel.parts().fee_rate.checked_mul(2).unwrap();
        assert_conserved(&cancel.bump(twice).unwrap());
    }
}

#[test]
fn a_higher_market_rate_is_followed() {
    let cancel = cancel::derive(&live(), rate(90), sat(50_000), &RULES).unwrap();
    assert_eq!((cancel.vsize(), cancel.fee()), (111, sat(9_990)));
    let clamped = cancel::derive(&live(), rate(900), sat(50_000), &RULES).unwrap();
    assert_eq!(clamped.parts().fee_rate, rate(100));
}

#[test]
fn somebody_has_to_pay_for_it() {
    let rung = live();
    let fee = rung.fee() + sat(111);
    let budget = fee - sat(1);
    assert_eq!(cancel::derive(&rung, rate(1), budget, &RULES), Err(IntentError::Budget { budget, fee }));
}

#[test]
fn an_input_that_cannot_beat_the_fee_cancels_nothing() {
    let coins: Vec<Coin> = (1..=25).map(|number| treasury_coin(number, 1_000)).collect();
    let (treasury, reserved, budget) = (home(), BTreeSet::new(), sat(20_000));
    let (group, fee_rate, rules) = (x_only(7), rate(10), &RULES);
    let facts = sweep::Facts {
        group,
        treasury: &treasury,
        coins: &coins,
        reserved: &reserved,
        fee_rate,
        budget,
        rules,
    };
    let rung = sweep::derive(&facts).unwrap();
    let needed = rung.fee() + sat(111 + 330);
    let error = IntentError::Insufficient { available: sat(1_000), needed };
    assert_eq!(cancel::derive(&rung, rate(1), budget, &RULES), Err(error));
}
