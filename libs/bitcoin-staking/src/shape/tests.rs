use bitcoin::hashes::Hash;
use bitcoin::{Txid, Witness};

use super::*;
use crate::fixture::{stake, wallet};

fn good() -> (Transaction, Spend) {
    let spend = stake().timelock_spend();
    let outputs = vec![TxOut { value: Amount::from_sat(90_000), script_pubkey: wallet() }];
    (build(Version::TWO, &spend, outputs), spend)
}

fn judged(tx: &Transaction, spend: &Spend) -> Result<Amount, ShapeError> {
    judge(tx, spend, &[Version::TWO], 1)
}

fn spoiled(spoil: impl FnOnce(&mut Transaction)) -> ShapeError {
    let (mut tx, spend) = good();
    spoil(&mut tx);
    judged(&tx, &spend).unwrap_err()
}

#[test]
fn what_is_built_is_judged_good() {
    let (tx, spend) = good();
    assert_eq!(judged(&tx, &spend), Ok(Amount::from_sat(10_000)));
}

#[test]
fn each_wrong_field_has_its_own_error() {
    let (tx, spend) = good();
    let (expected, other) = (spend.outpoint(), OutPoint::new(Txid::all_zeros(), 7));
    let sequence = spend.sequence();
    assert_eq!(spoiled(|tx| tx.version = Version::ONE), ShapeError::Version { found: 1 });
    let lock_time = LockTime::from_consensus(5);
    assert_eq!(spoiled(|tx| tx.lock_time = lock_time), ShapeError::LockTime { found: 5 });
    assert_eq!(spoiled(|tx| tx.input.clear()), ShapeError::InputCount { found: 0 });
    let twice = |tx: &mut Transaction| tx.input.push(tx.input[0].clone());
    assert_eq!(spoiled(twice), ShapeError::InputCount { found: 2 });
    let found = other;
    assert_eq!(spoiled(|tx| tx.input[0].previous_output = other), ShapeError::Input { expected, found });
    let found = Sequence::MAX;
    let error = spoiled(|tx| tx.input[0].sequence = Sequence::MAX);
    assert_eq!(error, ShapeError::Sequence { expected: sequence, found });
    let error = spoiled(|tx| tx.input[0].script_sig = wallet());
    assert_eq!(error, ShapeError::ScriptSig { found: 22 });
    assert_eq!(spoiled(|tx| tx.output.clear()), ShapeError::OutputCount { expected: 1, found: 0 });
    let twice = |tx: &mut Transaction| tx.output.push(tx.output[0].clone());
    assert_eq!(spoiled(twice), ShapeError::OutputCount { expected: 1, found: 2 });
    let (input, outputs) = (spend.output().value, Amount::from_sat(100_001));
    let error = spoiled(|tx| tx.output[0].value = outputs);
    assert_eq!(error, ShapeError::Overspent { input, outputs });
    let error = spoiled(|tx| tx.output[0].value = Amount::MAX_MONEY + Amount::ONE_SAT);
    assert_eq!(error, ShapeError::Amount);
    assert!(tx.weight() < MAX_WEIGHT);
}

#[test]
fn a_smuggled_witness_is_bounded_by_weight() {
    let (mut tx, spend) = good();
    tx.input[0].witness = Witness::from_slice(&[vec![0; 399_600]]);
    assert!(tx.weight() <= MAX_WEIGHT && judged(&tx, &spend).is_ok());
    tx.input[0].witness = Witness::from_slice(&[vec![0; 400_000]]);
    assert_eq!(judged(&tx, &spend), Err(ShapeError::Weight { found: tx.weight() }));
}

#[test]
fn amounts_that_overflow_are_refused() {
    let (mut tx, spend) = good();
    tx.output[0].value = Amount::from_sat(u64::MAX);
    tx.output.push(tx.output[0].clone());
    assert_eq!(judge(&tx, &spend, &[Version::TWO], 2), Err(ShapeError::Amount));
}
