use std::collections::BTreeSet;

use super::*;
use crate::Rules;
use crate::intent::{Payout, cancel, payout};
use crate::testing::{treasury, treasury_coin, x_only};

fn sat(sats: u64) -> Amount {
    Amount::from_sat(sats)
}

const RULES: Rules = Rules {
    depth: 1,
    max_inputs: 5,
    max_payouts: 5,
    max_fee_rate: FeeRate::from_sat_per_vb_u32(50),
    headroom: 1,
};

/// Two payouts of 100,000 and 200,000 sats for a fee of 1,970.
fn intent() -> Intent {
    let pay = |id: u8, sats| Payout {
        id: id.into(),
        script_pubkey: ScriptBuf::new_p2tr(secp256k1::SECP256K1, x_only(id), None),
        amount: sat(sats),
        fee_ceiling: sat(10_000),
    };
    let facts = payout::Facts {
        treasury: &treasury(x_only(7)),
        coins: &[treasury_coin(1, 1_000_000)],
        reserved: &BTreeSet::new(),
        payouts: &[pay(1, 100_000), pay(2, 200_000)],
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        rules: &RULES,
    };
    payout::derive(&facts).unwrap()
}

/// Every limit exactly met.
fn tight() -> (Policy, Signed) {
    let policy = Policy {
        depth: 1,
        payout: sat(200_000),
        intent: sat(300_000),
        epoch: sat(1_000_000),
        fee: sat(1_970),
        epoch_fee: sat(5_000),
        fee_rate: FeeRate::from_sat_per_vb_u32(10),
        refused: BTreeSet::new(),
    };
    (policy, Signed { payouts: sat(700_000), fees: sat(3_030) })
}

#[test]
fn limits_that_are_met_exactly_hold() {
    let (policy, signed) = tight();
    assert_eq!(policy.check(&intent(), &signed), Ok(()));
}

/// A name and what exceeds the limit of that name.
type Case<'a> = (&'a str, &'a dyn Fn(&mut Policy, &mut Signed));

#[test]
fn one_sat_beyond_each_limit_has_its_name() {
    let one = sat(1);
    let cases: [Case; 7] = [
        ("payout_over_cap", &|policy, _| policy.payout -= one),
        ("intent_over_cap", &|policy, _| policy.intent -= one),
        ("epoch_over_cap", &|policy, _| policy.epoch -= one),
        ("epoch_over_cap", &|_, signed| signed.payouts += one),
        ("fee_too_high", &|policy, _| policy.fee -= one),
        ("fee_rate_too_high", &|policy, _| policy.fee_rate = FeeRate::from_sat_per_kwu(2_498)),
        ("epoch_fees_too_high", &|_, signed| signed.fees += one),
    ];
    for (name, exceed) in cases {
        let (mut policy, mut signed) = tight();
        exceed(&mut policy, &mut signed);
        let refusal = policy.check(&intent(), &signed).unwrap_err();
        assert_eq!(refusal.name(), name, "{refusal}");
    }
}

#[test]
fn refused_scripts_and_large_payouts_are_named_by_payout() {
    let (mut policy, signed) = tight();
    let script = intent().payouts()[1].script_pubkey.clone();
    policy.refused.insert(script.clone());
    assert_eq!(policy.check(&intent(), &signed), Err(PolicyRefusal::Script { id: 2, script }));

    let (policy, signed) = (Policy { payout: sat(150_000), ..tight().0 }, tight().1);
    let refusal = PolicyRefusal::Payout { id: 2, limit: sat(150_000), amount: sat(200_000) };
    assert_eq!(policy.check(&intent(), &signed), Err(refusal));
}

#[test]
fn sums_that_overflow_are_above_every_limit() {
    let (mut policy, mut signed) = tight();
    (policy.epoch, signed.payouts) = (Amount::MAX_MONEY, Amount::MAX);
    let refusal = policy.check(&intent(), &signed).unwrap_err();
    assert_eq!(refusal, PolicyRefusal::Epoch { limit: Amount::MAX_MONEY, sum: Amount::MAX });
}

#[test]
fn a_cancel_may_exceed_the_fee_rate_but_not_the_fee() {
    let (mut policy, _) = tight();
    policy.fee = sat(1_970 + 111);
    let cancel = cancel::derive(&intent(), FeeRate::ZERO, sat(10_000), &RULES).unwrap();
    assert_eq!(cancel.fee(), policy.fee);
    assert_eq!(policy.check(&cancel, &Signed::default()), Ok(()));
    policy.fee -= sat(1);
    assert_eq!(policy.check(&cancel, &Signed::default()).unwrap_err().name(), "fee_too_high");
}
