use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{OutPoint, Sequence, Witness};

use super::*;
use crate::fixture::{COVENANT, PROVIDER, STAKER, STRANGER, VALUE, facts, key, params, wallet};
use crate::shape::ShapeError;

#[test]
fn an_honest_delegation_is_judged_good() {
    let delegation = judge(&facts(VALUE), &params()).unwrap();
    assert_eq!(delegation.provider(), key(PROVIDER));
    assert_eq!(delegation.terms().staker(), key(STAKER));
    assert_eq!(delegation.staking().stake().value(), VALUE);
    assert_eq!(delegation.params_version(), 0);
}

type Spoil = fn(&mut Facts);
type Expected = fn(&DelegationError) -> bool;

/// Each spoils one field and must be refused for that field.
fn assert_refused(table: &[(&str, Spoil, Expected)]) {
    for (what, spoil, expected) in table {
        let mut facts = facts(VALUE);
        spoil(&mut facts);
        let error = judge(&facts, &params()).expect_err(what);
        assert!(expected(&error), "{what}: {error}");
    }
}

#[test]
fn each_wrong_declaration_has_its_own_error() {
    use DelegationError::*;
    assert_refused(&[
        (
            "unbonding time",
            |f| f.unbonding_time = 11,
            |e| matches!(e, UnbondingTime { expected: 10, found: 11 }),
        ),
        (
            "short",
            |f| f.staking_time = 199,
            |e| matches!(e, StakingTime { min: 200, max: 64_000, found: 199 }),
        ),
        ("long", |f| f.staking_time = 64_001, |e| matches!(e, StakingTime { found: 64_001, .. })),
        ("no time", |f| f.staking_time = 0, |e| matches!(e, Terms(TermsError::Timelock { found: 0 }))),
        ("too long", |f| f.staking_time = 65_536, |e| matches!(e, Terms(TermsError::Timelock { .. }))),
        ("no provider", |f| f.providers.clear(), |e| matches!(e, ProviderCount { found: 0 })),
        ("two", |f| f.providers.push(key(STRANGER)), |e| matches!(e, ProviderCount { found: 2 })),
        (
            "provider stakes",
            |f| f.providers = vec![key(STAKER)],
            |e| *e == Terms(TermsError::DuplicateKey { key: key(STAKER) }),
        ),
        (
            "provider is covenant",
            |f| f.providers = vec![key(COVENANT[0])],
            |e| *e == Terms(TermsError::DuplicateKey { key: key(COVENANT[0]) }),
        ),
        (
            "staker is covenant",
            |f| f.staker = key(COVENANT[1]),
            |e| *e == Terms(TermsError::DuplicateKey { key: key(COVENANT[1]) }),
        ),
        (
            "other staker",
            |f| f.staker = key(STRANGER),
            |e| matches!(e, Staking(StakingError::NoOutput { .. })),
        ),
        (
            "other provider",
            |f| f.providers = vec![key(STRANGER)],
            |e| matches!(e, Staking(StakingError::NoOutput { .. })),
        ),
        (
            "stake",
            |f| f.staking_value += Amount::ONE_SAT,
            |e| matches!(e, Staking(StakingError::Value { found: VALUE, .. })),
        ),
        ("unbonded", |f| f.unbonding_value -= Amount::ONE_SAT, |e| matches!(e, UnbondingValue { .. })),
        (
            "signature",
            |f| f.slashing_signature = f.unbonding_slashing_signature,
            |e| matches!(e, StakerSignature { slashed: Slashed::Stake }),
        ),
        (
            "second signature",
            |f| f.unbonding_slashing_signature = f.slashing_signature,
            |e| matches!(e, StakerSignature { slashed: Slashed::Unbonding }),
        ),
    ]);
}

#[test]
fn a_stake_outside_the_range_is_refused() {
    let (min, max) = (Amount::from_sat(50_000), Amount::MAX_MONEY);
    let found = Amount::from_sat(49_999);
    let refused = judge(&facts(found), &params());
    assert_eq!(refused, Err(DelegationError::StakingValue { min, max, found }));
    assert!(judge(&facts(min), &params()).is_ok());
}

#[test]
fn each_wrong_staking_or_unbonding_transaction_has_its_own_error() {
    use DelegationError::{Staking, Unbonding};
    use UnbondingError as U;
    assert_refused(&[
        (
            "staking script",
            |f| f.staking_tx.output[0].script_pubkey = wallet(),
            |e| matches!(e, Staking(StakingError::NoOutput { .. })),
        ),
        (
            "staking twice",
            |f| f.staking_tx.output.push(f.staking_tx.output[0].clone()),
            |e| matches!(e, Staking(StakingError::Ambiguous { first: 0, second: 2 })),
        ),
        (
            "version",
            |f| f.unbonding_tx.version = Version::ONE,
            |e| matches!(e, Unbonding(U::Shape(ShapeError::Version { found: 1 }))),
        ),
        (
            "lock time",
            |f| f.unbonding_tx.lock_time = LockTime::from_consensus(1),
            |e| matches!(e, Unbonding(U::Shape(ShapeError::LockTime { found: 1 }))),
        ),
        (
            "sequence",
            |f| f.unbonding_tx.input[0].sequence = Sequence::ZERO,
            |e| matches!(e, Unbonding(U::Shape(ShapeError::Sequence { .. }))),
        ),
        (
            "input",
            |f| f.unbonding_tx.input[0].previous_output.vout = 9,
            |e| matches!(e, Unbonding(U::Shape(ShapeError::Input { .. }))),
        ),
        (
            "null input",
            |f| f.unbonding_tx.input[0].previous_output = OutPoint::null(),
            |e| matches!(e, Unbonding(U::Shape(ShapeError::Input { .. }))),
        ),
        (
            "inputs",
            |f| f.unbonding_tx.input.push(f.unbonding_tx.input[0].clone()),
            |e| matches!(e, Unbonding(U::Shape(ShapeError::InputCount { found: 2 }))),
        ),
        (
            "scriptSig",
            |f| f.unbonding_tx.input[0].script_sig = wallet(),
            |e| matches!(e, Unbonding(U::Shape(ShapeError::ScriptSig { .. }))),
        ),
        (
            "outputs",
            |f| f.unbonding_tx.output.push(f.unbonding_tx.output[0].clone()),
            |e| matches!(e, Unbonding(U::Shape(ShapeError::OutputCount { expected: 1, found: 2 }))),
        ),
        (
            "weight",
            |f| f.unbonding_tx.input[0].witness = Witness::from_slice(&[vec![0; 400_000]]),
            |e| matches!(e, Unbonding(U::Shape(ShapeError::Weight { .. }))),
        ),
        (
            "script",
            |f| f.unbonding_tx.output[0].script_pubkey = wallet(),
            |e| matches!(e, Unbonding(U::Script { .. })),
        ),
        (
            "fee",
            |f| f.unbonding_tx.output[0].value -= Amount::ONE_SAT,
            |e| matches!(e, Unbonding(U::Fee { .. })),
        ),
        (
            "overspent",
            |f| f.unbonding_tx.output[0].value = VALUE * 2,
            |e| matches!(e, Unbonding(U::Shape(ShapeError::Overspent { .. }))),
        ),
    ]);
}

/// The reason, when a slashing transaction of `slashed` was refused.
fn reason(error: &DelegationError, slashed: Slashed) -> Option<&SlashingError> {
    match error {
        DelegationError::Slashing { slashed: found, reason } if *found == slashed => Some(reason),
        _ => None,
    }
}

#[test]
fn each_wrong_slashing_transaction_has_its_own_error() {
    use SlashingError as S;
    type Spoil = fn(&mut Transaction);
    type Expected = fn(&SlashingError) -> bool;
    let table: [(&str, Spoil, Expected); 11] = [
        (
            "version",
            |tx| tx.version = Version::non_standard(3),
            |e| matches!(e, S::Shape(ShapeError::Version { found: 3 })),
        ),
        (
            "lock time",
            |tx| tx.lock_time = LockTime::from_consensus(1),
            |e| matches!(e, S::Shape(ShapeError::LockTime { .. })),
        ),
        (
            "sequence",
            |tx| tx.input[0].sequence = Sequence::ENABLE_RBF_NO_LOCKTIME,
            |e| matches!(e, S::Shape(ShapeError::Sequence { .. })),
        ),
        (
            "input",
            |tx| tx.input[0].previous_output.vout += 1,
            |e| matches!(e, S::Shape(ShapeError::Input { .. })),
        ),
        (
            "outputs",
            |tx| tx.output.truncate(1),
            |e| matches!(e, S::Shape(ShapeError::OutputCount { expected: 2, found: 1 })),
        ),
        ("rate", |tx| tx.output[0].value -= Amount::ONE_SAT, |e| matches!(e, S::Penalty { .. })),
        (
            "penalty script",
            |tx| tx.output[0].script_pubkey = wallet(),
            |e| matches!(e, S::PenaltyScript { .. }),
        ),
        (
            "change script",
            |tx| tx.output[1].script_pubkey = wallet(),
            |e| matches!(e, S::ChangeScript { .. }),
        ),
        ("fee", |tx| tx.output[1].value += Amount::ONE_SAT, |e| matches!(e, S::Fee { .. })),
        ("dust", |tx| tx.output[1].value = Amount::from_sat(1), |e| matches!(e, S::Dust { index: 1, .. })),
        (
            "overspent",
            |tx| tx.output[1].value = VALUE,
            |e| matches!(e, S::Shape(ShapeError::Overspent { .. })),
        ),
    ];
    for (what, spoil, expected) in table {
        for slashed in [Slashed::Stake, Slashed::Unbonding] {
            let mut facts = facts(VALUE);
            spoil(match slashed {
                Slashed::Stake => &mut facts.slashing_tx,
                Slashed::Unbonding => &mut facts.unbonding_slashing_tx,
            });
            let error = judge(&facts, &params()).expect_err(what);
            assert!(reason(&error, slashed).is_some_and(expected), "{what}: {error}");
        }
    }
}

#[test]
fn what_parameters_change_after_signing_is_refused() {
    let text = include_str!("../../params/devnet.toml");
    let judged = |text: &str| {
        let set = crate::ParamsSet::from_toml_with_covenant(text, &COVENANT.map(key)).unwrap();
        judge(&facts(VALUE), set.at(0).unwrap())
    };
    assert!(judged(text).is_ok());
    let dearer = judged(&text.replace("\"0.1\"", "\"0.2\""));
    assert!(
        reason(&dearer.unwrap_err(), Slashed::Stake)
            .is_some_and(|e| matches!(e, SlashingError::Penalty { .. }))
    );
    let fee = judged(&text.replace("unbonding_fee_sat = 2_000", "unbonding_fee_sat = 2_001"));
    assert!(matches!(fee, Err(DelegationError::Unbonding(UnbondingError::Fee { .. }))));
}
