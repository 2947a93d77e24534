use super::*;

#[test]
fn possession_is_shown_by_the_secret_alone() {
    let [own, other] = [1, 2].map(|seed| SecretKey::derive(&[seed; 32]).unwrap());
    let proof = Possession::sign(&own, [9; 64]);
    assert_eq!(proof.verify(&own.public_key()), Ok(()));
    assert_eq!(proof.verify(&other.public_key()), Err(BlsError::Invalid));
    let moved = Possession { consensus_signature: [8; 64], ..proof };
    assert_eq!(moved.verify(&own.public_key()), Err(BlsError::Invalid));
}

#[test]
fn a_vote_is_no_proof() {
    let key = SecretKey::derive(&[1; 32]).unwrap();
    let voted = key.sign(&message(&key.public_key(), &[9; 64]), crate::bls::VOTE_SUITE);
    let proof = Possession { consensus_signature: [9; 64], signature: voted };
    assert_eq!(proof.verify(&key.public_key()), Err(BlsError::Invalid));
}
