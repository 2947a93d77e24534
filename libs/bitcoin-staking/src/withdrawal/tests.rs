use ballast_schnorr::bip340;

use super::*;
use crate::fixture::{NO_AUX, STAKER, STRANGER, VALUE, key, secret, slashing, stake, unbonding, wallet};

fn rate(sats: u32) -> FeeRate {
    FeeRate::from_sat_per_vb_u32(sats)
}

#[test]
fn the_sequence_is_the_timelock_of_what_is_withdrawn() {
    let (stake, unbonding, slashing) = (stake(), unbonding(), slashing());
    for (from, blocks, value) in [
        (Withdrawable::from(&stake), 200, 100_000),
        ((&unbonding).into(), 10, 98_000),
        ((&slashing).into(), 10, 89_000),
    ] {
        let built = WithdrawalTx::build(from, wallet(), rate(5)).unwrap();
        let tx = built.transaction();
        assert_eq!(tx.input[0].sequence.to_consensus_u32(), blocks);
        assert_eq!(built.fee().to_sat(), 5 * 129);
        assert_eq!(tx.output[0].value.to_sat(), value - 5 * 129);
        assert_eq!(WithdrawalTx::judge(tx.clone(), from, &wallet()), Ok(built));
    }
}

#[test]
fn each_wrong_transaction_has_its_own_error() {
    let stake = stake();
    let good = WithdrawalTx::build(&stake, wallet(), rate(5)).unwrap().transaction().clone();
    let spoiled = |spoil: fn(&mut Transaction)| {
        let mut tx = good.clone();
        spoil(&mut tx);
        WithdrawalTx::judge(tx, &stake, &wallet()).unwrap_err()
    };
    let early = spoiled(|tx| tx.input[0].sequence = bitcoin::Sequence::from_height(199));
    assert!(matches!(early, WithdrawalError::Shape(ShapeError::Sequence { .. })));
    let elsewhere = spoiled(|tx| tx.output[0].script_pubkey = ScriptBuf::new());
    assert_eq!(elsewhere, WithdrawalError::Script { expected: wallet(), found: ScriptBuf::new() });
    assert_eq!(spoiled(|tx| tx.output[0].value = VALUE), WithdrawalError::NoFee);
    let (value, threshold) = (Amount::from_sat(293), Amount::from_sat(294));
    let dust = spoiled(|tx| tx.output[0].value = Amount::from_sat(293));
    assert_eq!(dust, WithdrawalError::Dust { value, threshold });
}

#[test]
fn a_fee_beyond_the_output_is_refused() {
    let build = |sats| WithdrawalTx::build(&stake(), wallet(), rate(sats));
    let fee = Amount::from_sat(1_000 * 129);
    assert_eq!(build(1_000), Err(WithdrawalError::Unaffordable { value: VALUE, fee }));
    let (value, threshold) = (Amount::from_sat(100_000 - 775 * 129), Amount::from_sat(294));
    assert_eq!(build(775), Err(WithdrawalError::Dust { value, threshold }));
    let refused = WithdrawalTx::build(&stake(), wallet(), FeeRate::MAX);
    assert_eq!(refused, Err(WithdrawalError::FeeRate(CoinError::TooMuch)));
}

#[test]
fn only_the_staker_completes_it() {
    let built = WithdrawalTx::build(&stake(), wallet(), rate(5)).unwrap();
    let sign = |signer| bip340::sign(&secret(signer), built.sighash().as_byte_array(), &NO_AUX);
    assert_eq!(built.signed(&sign(STAKER)).unwrap().input[0].witness.len(), 3);
    let refused = built.signed(&sign(STRANGER));
    assert_eq!(refused, Err(WitnessError::Signature { key: key(STAKER) }));
}

#[test]
fn an_exact_fee_is_the_rate_times_the_size_that_signing_gives() {
    let (stake, unbonding, slashing) = (stake(), unbonding(), slashing());
    for from in [Withdrawable::from(&stake), (&unbonding).into(), (&slashing).into()] {
        let built = WithdrawalTx::build_exact(from, wallet(), rate(7)).unwrap();
        let signature = bip340::sign(&secret(STAKER), built.sighash().as_byte_array(), &NO_AUX);
        let signed = built.signed(&signature).unwrap();
        assert_eq!(signed.vsize() as u64, built.vsize());
        assert_eq!(built.fee().to_sat(), 7 * built.vsize());
        assert_eq!(WithdrawalTx::judge(built.transaction().clone(), from, &wallet()), Ok(built));
    }
    let refused = WithdrawalTx::build_exact(&stake, wallet(), FeeRate::MAX);
    assert_eq!(refused, Err(WithdrawalError::FeeRate(CoinError::TooMuch)));
}
