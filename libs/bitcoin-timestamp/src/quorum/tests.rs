use super::*;
use crate::bitmap::Bitmap;
use crate::bls::SecretKey;

fn secret(index: usize) -> SecretKey {
    SecretKey::derive(&[index as u8 + 1; 32]).unwrap()
}

fn validators(powers: &[u64]) -> Vec<Validator> {
    let validator =
        |(index, power): (usize, &u64)| Validator { key: secret(index).public_key(), power: *power };
    powers.iter().enumerate().map(validator).collect()
}

/// A checkpoint that `signers` signed and that names `named`.
fn checkpoint(signers: &[usize], named: &[usize]) -> Checkpoint {
    let vote = vote(7, &[0xaa; 32]);
    let signatures: Vec<_> = signers.iter().map(|index| secret(*index).sign_vote(&vote)).collect();
    Checkpoint {
        epoch: 7,
        block_hash: [0xaa; 32],
        signers: Bitmap::from_indices(named.iter().copied()).unwrap(),
        submitter: [0; 20],
        signature: Signature::aggregate(&signatures).unwrap().to_bytes(),
    }
}

#[test]
fn more_than_two_thirds_must_sign() {
    let three = checkpoint(&[0, 1, 2], &[0, 1, 2]);
    assert_eq!(verify(&three, &validators(&[1, 1, 1, 1])), Ok(()));
    let exactly = verify(&three, &validators(&[2, 2, 2, 3]));
    assert_eq!(exactly, Err(QuorumError::Power { signed: 6, total: 9 }));
    assert_eq!(verify(&three, &validators(&[u64::MAX; 4])), Ok(()));
}

#[test]
fn the_named_must_have_signed_this_block_of_this_epoch() {
    let four = validators(&[1, 1, 1, 1]);
    let invalid = Err(QuorumError::Signature(BlsError::Invalid));
    assert_eq!(verify(&checkpoint(&[0, 1, 2], &[0, 1, 3]), &four), invalid);
    assert_eq!(verify(&checkpoint(&[0, 1, 2], &[0, 1, 2, 3]), &four), invalid);
    let good = checkpoint(&[0, 1, 2], &[0, 1, 2]);
    assert_eq!(verify(&Checkpoint { epoch: 8, ..good }, &four), invalid);
    assert_eq!(verify(&Checkpoint { block_hash: [0xab; 32], ..good }, &four), invalid);
    let broken = Checkpoint { signature: [0xff; 48], ..good };
    assert_eq!(verify(&broken, &four), Err(QuorumError::Signature(BlsError::Signature)));
}

#[test]
fn strangers_and_nobody_are_refused() {
    let stranger = verify(&checkpoint(&[0, 1, 2], &[0, 1, 2]), &validators(&[1, 1]));
    assert_eq!(stranger, Err(QuorumError::Stranger { index: 2, count: 2 }));
    let nobody = verify(&checkpoint(&[0], &[]), &[]);
    assert_eq!(nobody, Err(QuorumError::Power { signed: 0, total: 0 }));
}
