use super::*;
use crate::fixture::{COVENANT, key};

fn raw() -> UncheckedParams {
    UncheckedParams {
        version: 0,
        btc_activation_height: 100,
        covenant_size: Some(3),
        covenant_pks: COVENANT.map(key).to_vec(),
        covenant_quorum: 2,
        min_staking_value_sat: 50_000,
        max_staking_value_sat: 1_000_000,
        min_staking_time_blocks: 100,
        max_staking_time_blocks: 200,
        slashing_pk_script_hex: "51024e73".into(),
        min_slashing_tx_fee_sat: 1_000,
        slashing_rate: "0.1".into(),
        unbonding_time_blocks: 10,
        unbonding_fee_sat: 2_000,
    }
}

fn spoiled(spoil: impl FnOnce(&mut UncheckedParams)) -> ParamsError {
    let mut raw = raw();
    spoil(&mut raw);
    Params::try_from(raw).unwrap_err()
}

#[test]
fn every_field_arrives() {
    let params = Params::try_from(raw()).unwrap();
    assert_eq!((params.version(), params.activation_height()), (0, 100));
    assert_eq!((params.committee().keys().len(), params.committee().quorum()), (3, 2));
    assert_eq!(params.min_staking_value(), Amount::from_sat(50_000));
    assert_eq!(params.max_staking_value(), Amount::from_sat(1_000_000));
    assert_eq!((params.min_staking_time().blocks(), params.max_staking_time().blocks()), (100, 200));
    assert_eq!((params.unbonding_time().blocks(), params.unbonding_fee().to_sat()), (10, 2_000));
    assert_eq!(params.slashing().rate.to_string(), "0.1");
    assert_eq!(params.slashing().script.to_hex_string(), "51024e73");
    assert_eq!(params.slashing().min_fee, Amount::from_sat(1_000));
}

#[test]
fn covenants_that_could_be_two_are_refused() {
    let error = spoiled(|raw| raw.covenant_pks.truncate(2));
    assert_eq!(error, ParamsError::CovenantSize { expected: 3, found: 2 });
    assert_eq!(spoiled(|raw| raw.covenant_quorum = 1), ParamsError::Minority { quorum: 1, members: 3 });
    let error = spoiled(|raw| raw.covenant_quorum = 4);
    assert_eq!(error, ParamsError::Committee(CommitteeError::Quorum { quorum: 4, members: 3 }));
    let error = spoiled(|raw| raw.covenant_pks[0] = raw.covenant_pks[1]);
    assert_eq!(error, ParamsError::Committee(CommitteeError::DuplicateKey { key: key(COVENANT[1]) }));
}

#[test]
fn ranges_are_ordered_and_possible() {
    let value = |min, max| ParamsError::Range { field: "staking value", min, max };
    assert_eq!(spoiled(|raw| raw.min_staking_value_sat = 1_000_001), value(1_000_001, 1_000_000));
    assert_eq!(spoiled(|raw| raw.min_staking_value_sat = 0), value(0, 1_000_000));
    let too_much = 2_100_000_000_000_001;
    assert_eq!(spoiled(|raw| raw.max_staking_value_sat = too_much), value(50_000, too_much));
    let error = spoiled(|raw| raw.min_staking_time_blocks = 201);
    assert_eq!(error, ParamsError::Range { field: "staking time", min: 201, max: 200 });
}

#[test]
fn times_are_timelocks() {
    let time = |found| ParamsError::Time(TermsError::Timelock { found });
    assert_eq!(spoiled(|raw| raw.min_staking_time_blocks = 0), time(0));
    assert_eq!(spoiled(|raw| raw.max_staking_time_blocks = 65_536), time(65_536));
    assert_eq!(spoiled(|raw| raw.unbonding_time_blocks = 0), time(0));
}

#[test]
fn the_least_stake_can_pay_for_leaving() {
    let fee = |sats| {
        let (found, min_stake) = (Amount::from_sat(sats), Amount::from_sat(50_000));
        ParamsError::UnbondingFee { found, min_stake }
    };
    for sats in [0, 50_000, 50_001] {
        assert_eq!(spoiled(|raw| raw.unbonding_fee_sat = sats), fee(sats));
    }
}

#[test]
fn the_least_stake_can_be_slashed_after_leaving() {
    let error = spoiled(|raw| raw.min_slashing_tx_fee_sat = 43_200);
    let (value, penalty, fee) = (Amount::from_sat(48_000), Amount::from_sat(4_800), Amount::from_sat(43_200));
    assert_eq!(error, ParamsError::Unslashable(SlashingError::Unaffordable { value, penalty, fee }));
    let error = spoiled(|raw| raw.slashing_rate = "0.0049".into());
    let (value, threshold) = (Amount::from_sat(235), Amount::from_sat(240));
    assert_eq!(error, ParamsError::Unslashable(SlashingError::Dust { index: 0, value, threshold }));
    let error = spoiled(|raw| raw.min_slashing_tx_fee_sat = 42_871);
    let (value, threshold) = (Amount::from_sat(329), Amount::from_sat(330));
    assert_eq!(error, ParamsError::Unslashable(SlashingError::Dust { index: 1, value, threshold }));
    let barely = UncheckedParams { min_slashing_tx_fee_sat: 42_870, ..raw() };
    assert!(Params::try_from(barely).is_ok(), "a change of 330 sats relays");
    let burnt = UncheckedParams {
        slashing_rate: "0.0001".into(),
        slashing_pk_script_hex: "6a07626162796c6f6e".into(),
        ..raw()
    };
    assert!(Params::try_from(burnt).is_ok(), "what is burnt is never dust");
    assert_eq!(spoiled(|raw| raw.min_slashing_tx_fee_sat = 0), ParamsError::NoSlashingFee);
}

#[test]
fn texts_are_what_they_should_be() {
    let error = spoiled(|raw| raw.slashing_pk_script_hex = "51024e7".into());
    assert_eq!(error, ParamsError::SlashingScript { found: "51024e7".into() });
    let error = spoiled(|raw| raw.slashing_rate = "1".into());
    assert_eq!(error, ParamsError::Rate(RateError::OutOfRange { found: "1".into() }));
}
