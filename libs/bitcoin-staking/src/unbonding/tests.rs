use bitcoin::transaction::Version;
use proptest::prelude::*;

use super::*;
use crate::fixture::{COVENANT, NO_AUX};
use crate::fixture::{STAKER, STRANGER, VALUE, funded, key, params, secret, stake, unbonding, wallet};
use ballast_schnorr::bip340;

const FEE: Amount = Amount::from_sat(2_000);

fn spoiled(spoil: impl FnOnce(&mut Transaction)) -> UnbondingError {
    let mut tx = unbonding().transaction().clone();
    spoil(&mut tx);
    UnbondingTx::judge(tx, &stake(), FEE).unwrap_err()
}

#[test]
fn each_wrong_transaction_has_its_own_error() {
    let script = unbonding().output().script_pubkey.clone();
    let error = spoiled(|tx| tx.version = Version::ONE);
    assert_eq!(error, UnbondingError::Shape(ShapeError::Version { found: 1 }));
    let error = spoiled(|tx| tx.output[0].script_pubkey = wallet());
    assert_eq!(error, UnbondingError::Script { expected: script, found: wallet() });
    for sats in [1_999, 2_001] {
        let found = Amount::from_sat(sats);
        let error = spoiled(|tx| tx.output[0].value = VALUE - found);
        assert_eq!(error, UnbondingError::Fee { expected: FEE, found });
    }
    let outputs = VALUE + Amount::ONE_SAT;
    let error = spoiled(|tx| tx.output[0].value = outputs);
    assert_eq!(error, UnbondingError::Shape(ShapeError::Overspent { input: VALUE, outputs }));
}

#[test]
fn the_unbonding_output_is_not_dust() {
    let (value, threshold) = (Amount::from_sat(329), Amount::from_sat(330));
    let stake = funded(FEE + value).staking().stake().clone();
    let error = UnbondingError::Dust { value, threshold };
    assert_eq!(UnbondingTx::build(&stake, FEE), Err(error.clone()));
    let output = TxOut { value, ..unbonding().output().clone() };
    let tx = shape::build(Version::TWO, &stake.unbonding_spend(), vec![output]);
    assert_eq!(UnbondingTx::judge(tx, &stake, FEE), Err(error));
}

#[test]
fn a_stake_that_cannot_pay_is_not_unbonded() {
    for fee in [VALUE, VALUE + Amount::ONE_SAT] {
        let refused = UnbondingTx::build(&stake(), fee);
        assert_eq!(refused, Err(UnbondingError::Unaffordable { value: VALUE, fee }));
    }
}

#[test]
fn it_is_complete_with_exactly_a_quorum_of_true_signatures() {
    let unbonding = unbonding();
    let sign = |signer| bip340::sign(&secret(signer), unbonding.sighash().as_byte_array(), &NO_AUX);
    let signed_by = |members: &[u8]| {
        let covenant = members.iter().map(|member| (key(*member), sign(*member))).collect();
        unbonding.signed(&sign(STAKER), &covenant)
    };
    let [a, b, c] = COVENANT;
    assert!(signed_by(&[a, c]).is_ok());
    assert_eq!(signed_by(&[b]), Err(WitnessError::Quorum { expected: 2, found: 1 }));
    assert_eq!(signed_by(&[a, b, c]), Err(WitnessError::Quorum { expected: 2, found: 3 }));
    assert_eq!(signed_by(&[a, STRANGER]), Err(WitnessError::NotMember { key: key(STRANGER) }));

    let forged = [(key(a), sign(a)), (key(b), sign(STRANGER))].into();
    let refused = unbonding.signed(&sign(STAKER), &forged);
    assert_eq!(refused, Err(WitnessError::Signature { key: key(b) }));
    let covenant = [(key(a), sign(a)), (key(b), sign(b))].into();
    let refused = unbonding.signed(&sign(STRANGER), &covenant);
    assert_eq!(refused, Err(WitnessError::Signature { key: key(STAKER) }));
}

proptest! {
    #[test]
    fn what_is_built_is_judged_good_and_conserves_value(sats in 50_000_u64..1_000_000_000) {
        let funded = funded(Amount::from_sat(sats));
        let (stake, fee) = (funded.staking().stake(), params().unbonding_fee());
        let built = UnbondingTx::build(stake, fee).unwrap();
        prop_assert_eq!(built.output().value + fee, stake.value());
        prop_assert_eq!(UnbondingTx::judge(built.transaction().clone(), stake, fee), Ok(built));
    }
}
