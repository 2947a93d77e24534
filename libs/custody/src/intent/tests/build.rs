//! What no intent can be made of.

use super::*;

fn parts(inputs: Vec<Coin>, payouts: Vec<Payout>) -> Parts {
    let kind = if payouts.is_empty() { Kind::Sweep } else { Kind::Payout };
    Parts {
        kind,
        group: x_only(7),
        treasury: home(),
        inputs,
        payouts,
        fee_rate: rate(10),
        least_fee: Amount::ZERO,
        budget: Amount::MAX_MONEY,
        rung: 0,
    }
}

#[test]
fn an_event_rebuilds_its_intent() {
    let intent = pay(&[treasury_coin(1, 1_000_000)], &[payout(1, 200_000)]).unwrap();
    let mut event = intent.parts().clone();
    event.inputs.reverse();
    assert_eq!(Intent::build(event), Ok(intent.clone()));
    let bumped = intent.bump(rate(20)).unwrap();
    assert_eq!(Intent::build(bumped.parts().clone()), Ok(bumped));
}

#[test]
fn lists_have_to_be_full_and_distinct() {
    let coin = treasury_coin(1, 1_000_000);
    let build = |inputs: &[&Coin], payouts: &[&Payout]| {
        let inputs = inputs.iter().map(|coin| (*coin).clone()).collect();
        Intent::build(parts(inputs, payouts.iter().map(|payout| (*payout).clone()).collect()))
    };
    let one = payout(1, 10_000);
    assert_eq!(build(&[], &[&one]), Err(IntentError::Nothing));
    assert_eq!(build(&[&coin, &coin], &[&one]), Err(IntentError::InputTwice { outpoint: outpoint(1) }));
    assert_eq!(build(&[&coin], &[&one, &one]), Err(IntentError::PayoutTwice { id: 1 }));
    let nobody = Parts { kind: Kind::Payout, ..parts(vec![coin.clone()], vec![]) };
    assert_eq!(Intent::build(nobody), Err(IntentError::Nothing));
    let sweep_that_pays = Parts { kind: Kind::Sweep, ..parts(vec![coin], vec![one]) };
    assert_eq!(Intent::build(sweep_that_pays), Err(IntentError::Nothing));
}

#[test]
fn the_change_is_never_dust() {
    let build = |sats| Intent::build(parts(vec![treasury_coin(1, sats)], vec![payout(1, 10_000)]));
    let least = 10_000 + 1_540 + 330;
    assert_eq!(build(least).unwrap().change(), sat(330));
    let error = IntentError::Insufficient { available: sat(least - 1), needed: sat(least) };
    assert_eq!(build(least - 1), Err(error));
    assert_eq!(
        build(9_000).unwrap_err(),
        IntentError::Insufficient { available: sat(9_000), needed: sat(least) }
    );
}

#[test]
fn a_fee_above_a_ceiling_or_a_budget_is_refused() {
    let low = Payout { fee_ceiling: sat(1_539), ..payout(1, 10_000) };
    let error = Intent::build(parts(vec![treasury_coin(1, 1_000_000)], vec![low])).unwrap_err();
    assert_eq!(error, IntentError::Ceiling { id: 1, ceiling: sat(1_539), share: sat(1_540) });
    let poor = Parts { budget: sat(1_000), ..parts(vec![treasury_coin(1, 1_000_000)], vec![]) };
    assert_eq!(Intent::build(poor), Err(IntentError::Budget { budget: sat(1_000), fee: sat(1_110) }));
}

#[test]
fn a_transaction_too_large_to_relay_is_refused() {
    let payouts: Vec<Payout> = (1..240).map(|id| payout(id, 10_000)).collect();
    let error = Intent::build(parts(vec![treasury_coin(1, 1_000_000_000)], payouts)).unwrap_err();
    assert_eq!(error, IntentError::TooLarge { most: 10_000, vsize: 10_388 });
}

#[test]
fn sums_beyond_all_bitcoin_are_refused() {
    let most = Amount::MAX_MONEY.to_sat();
    let coins = vec![treasury_coin(1, most), treasury_coin(2, most)];
    assert_eq!(Intent::build(parts(coins, vec![payout(1, 10_000)])), Err(IntentError::Overflow));
    let payouts = vec![payout(1, most), payout(2, most)];
    assert_eq!(Intent::build(parts(vec![treasury_coin(1, most)], payouts)), Err(IntentError::Overflow));
    let dear = Parts { fee_rate: FeeRate::MAX, ..parts(vec![treasury_coin(1, most)], vec![]) };
    assert_eq!(Intent::build(dear), Err(IntentError::Overflow));
}

#[test]
fn live_intents_are_disjoint_or_named() {
    let coins = [treasury_coin(1, 1_000_000), treasury_coin(2, 1_000_000)];
    let one = pay(&coins[..1], &[payout(1, 10_000)]).unwrap();
    let two = pay(&coins[1..], &[payout(2, 10_000)]).unwrap();
    let again = pay(&coins[..1], &[payout(3, 10_000)]).unwrap();
    assert_eq!(disjoint([&one, &two]), Ok(()));
    let (first, second) = (one.txid(), again.txid());
    assert_eq!(disjoint([&one, &two, &again]), Err(Overlap { outpoint: outpoint(1), first, second }));
}
