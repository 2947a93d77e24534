use ballast_schnorr::bip340;
use proptest::prelude::*;

use super::*;
use crate::fixture::{
    COVENANT, NO_AUX, PROVIDER, STAKER, STRANGER, VALUE, funded, key, params, secret, slashing, stake,
    unbonding, wallet,
};

fn rule() -> SlashingRule {
    params().slashing().clone()
}

fn spoiled(spoil: impl FnOnce(&mut Transaction)) -> Result<SlashingTx, SlashingError> {
    let mut tx = slashing().transaction().clone();
    spoil(&mut tx);
    SlashingTx::judge(tx, &stake(), &rule())
}

#[test]
fn each_wrong_transaction_has_its_own_error() {
    let tx = slashing().transaction().clone();
    let (penalty, change) = (tx.output[0].clone(), tx.output[1].clone());
    let refused = spoiled(|tx| tx.version = Version::non_standard(3));
    assert_eq!(refused, Err(SlashingError::Shape(ShapeError::Version { found: 3 })));
    let refused = spoiled(|tx| tx.output[0].script_pubkey = wallet());
    assert_eq!(
        refused,
        Err(SlashingError::PenaltyScript { expected: penalty.script_pubkey, found: wallet() })
    );
    let refused = spoiled(|tx| tx.output[1].script_pubkey = wallet());
    assert_eq!(refused, Err(SlashingError::ChangeScript { expected: change.script_pubkey, found: wallet() }));
    let found = penalty.value - Amount::ONE_SAT;
    let refused = spoiled(|tx| tx.output[0].value = found);
    assert_eq!(refused, Err(SlashingError::Penalty { minimum: penalty.value, found }));
    let refused = spoiled(|tx| tx.output[1].value += Amount::ONE_SAT);
    let (minimum, found) = (rule().min_fee, rule().min_fee - Amount::ONE_SAT);
    assert_eq!(refused, Err(SlashingError::Fee { minimum, found }));
    let (value, threshold) = (Amount::from_sat(329), Amount::from_sat(330));
    let refused = spoiled(|tx| tx.output[1].value = value);
    assert_eq!(refused, Err(SlashingError::Dust { index: 1, value, threshold }));
    let refused = spoiled(|tx| tx.output.swap(0, 1));
    assert!(matches!(refused, Err(SlashingError::PenaltyScript { .. })));
}

#[test]
fn taking_more_and_paying_more_is_allowed() {
    assert!(
        spoiled(|tx| {
            tx.output[0].value += Amount::from_sat(5_000);
            tx.output[1].value -= Amount::from_sat(6_000);
        })
        .is_ok()
    );
}

#[test]
fn a_fee_of_zero_is_refused_even_where_the_rule_asks_for_none() {
    let rule = SlashingRule { min_fee: Amount::ZERO, ..rule() };
    let tx = SlashingTx::build(&stake(), &rule, SlashingVersion::Two).unwrap().transaction().clone();
    let refused = SlashingTx::judge(tx, &stake(), &rule);
    assert_eq!(refused, Err(SlashingError::Fee { minimum: Amount::ZERO, found: Amount::ZERO }));
}

#[test]
fn both_versions_are_built_and_judged_good() {
    for (version, number) in [(SlashingVersion::One, 1), (SlashingVersion::Two, 2)] {
        let built = SlashingTx::build(&unbonding(), &rule(), version).unwrap();
        assert_eq!(built.transaction().version.0, number);
        assert!(SlashingTx::judge(built.transaction().clone(), &unbonding(), &rule()).is_ok());
    }
    assert_eq!(SlashingVersion::default(), SlashingVersion::Two);
}

#[test]
fn the_wrong_output_is_not_slashed() {
    let of_stake = slashing().transaction().clone();
    let (expected, found) = (unbonding().outpoint(), stake().outpoint());
    let refused = SlashingTx::judge(of_stake, &unbonding(), &rule());
    assert_eq!(refused, Err(SlashingError::Shape(ShapeError::Input { expected, found })));
}

#[test]
fn an_output_too_small_to_slash_is_refused() {
    let stake = funded(Amount::from_sat(1_100)).staking().stake().clone();
    let (value, fee) = (stake.value(), rule().min_fee);
    let penalty = Amount::from_sat(110);
    let refused = SlashingTx::build(&stake, &rule(), SlashingVersion::Two);
    assert_eq!(refused, Err(SlashingError::Unaffordable { value, penalty, fee }));
    let stake = funded(Amount::from_sat(2_000)).staking().stake().clone();
    let (value, threshold) = (Amount::from_sat(200), Amount::from_sat(240));
    let refused = SlashingTx::build(&stake, &rule(), SlashingVersion::Two);
    assert_eq!(refused, Err(SlashingError::Dust { index: 0, value, threshold }));
}

#[test]
fn it_is_complete_with_true_signatures_of_all_three_parties() {
    let slashing = slashing();
    let sign = |signer| bip340::sign(&secret(signer), slashing.sighash().as_byte_array(), &NO_AUX);
    let covenant: CovenantSignatures =
        COVENANT[..2].iter().map(|member| (key(*member), sign(*member))).collect();
    let complete =
        |staker, provider, by| slashing.signed(&sign(staker), (key(provider), &sign(by)), &covenant);
    assert!(complete(STAKER, PROVIDER, PROVIDER).is_ok());
    assert_eq!(complete(STRANGER, PROVIDER, PROVIDER), Err(WitnessError::Signature { key: key(STAKER) }));
    assert_eq!(complete(STAKER, PROVIDER, STRANGER), Err(WitnessError::Signature { key: key(PROVIDER) }));
    assert_eq!(complete(STAKER, STRANGER, STRANGER), Err(WitnessError::NotProvider { key: key(STRANGER) }));
}

proptest! {
    #[test]
    fn value_is_conserved(
        sats in 0_u64..=2_100_000_000_000_000,
        rate in 1_u16..10_000,
        min_fee in 0_u64..1_000_000,
    ) {
        let rate = format!("0.{rate:0>4}").parse().unwrap();
        let rule = SlashingRule { rate, script: wallet(), min_fee: Amount::from_sat(min_fee) };
        let value = Amount::from_sat(sats);
        match rule.split(value) {
            Ok((penalty, change)) => {
                prop_assert_eq!(penalty + change + rule.min_fee, value);
                prop_assert_eq!(penalty, rate.slashed(value));
                prop_assert!(change > Amount::ZERO);
            }
            Err(_) => prop_assert!(rate.slashed(value) + rule.min_fee >= value),
        }
    }

    #[test]
    fn what_is_built_is_judged_good_and_conserves_value(sats in 50_000_u64..1_000_000_000) {
        let funded = funded(Amount::from_sat(sats));
        let (stake, rule) = (funded.staking().stake(), rule());
        let built = SlashingTx::build(stake, &rule, SlashingVersion::Two).unwrap();
        let outputs: Amount = built.transaction().output.iter().map(|output| output.value).sum();
        prop_assert_eq!(outputs + rule.min_fee, stake.value());
        prop_assert_eq!(built.fee(), rule.min_fee);
        prop_assert_eq!(SlashingTx::judge(built.transaction().clone(), stake, &rule), Ok(built));
    }
}

#[test]
fn slashed_coins_go_to_an_anchor_that_anybody_can_spend() {
    let tx = slashing().transaction().clone();
    assert!(tx.output[0].script_pubkey.is_witness_program());
    assert_eq!(tx.output[0].script_pubkey.to_hex_string(), "51024e73");
    assert_eq!(tx.output[0].value, VALUE / 10);
}
