use super::*;

const VOTE: [u8; 40] = [7; 40];

fn secret(seed: u8) -> SecretKey {
    SecretKey::derive(&[seed; 32]).unwrap()
}

/// Infinity, compressed.
fn infinity<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    bytes[0] = 0xc0;
    bytes
}

#[test]
fn a_signature_is_its_signers_over_its_message() {
    let signature = secret(1).sign_vote(&VOTE);
    assert_eq!(secret(1).public_key().verify_vote(&VOTE, &signature), Ok(()));
    assert_eq!(secret(2).public_key().verify_vote(&VOTE, &signature), Err(BlsError::Invalid));
    assert_eq!(secret(1).public_key().verify_vote(&[8; 40], &signature), Err(BlsError::Invalid));
    let elsewhere = secret(1).public_key().verify(&VOTE, &signature, POSSESSION_SUITE);
    assert_eq!(elsewhere, Err(BlsError::Invalid));
}

#[test]
fn an_aggregate_is_of_exactly_its_signers() {
    let signatures = [1, 2, 3].map(|seed| secret(seed).sign_vote(&VOTE));
    let keys = [1, 2, 3].map(|seed| secret(seed).public_key());
    let sum = Signature::aggregate(&signatures).unwrap();
    assert_eq!(PublicKey::aggregate(&keys).unwrap().verify_vote(&VOTE, &sum), Ok(()));
    let fewer = PublicKey::aggregate(&keys[..2]).unwrap();
    assert_eq!(fewer.verify_vote(&VOTE, &sum), Err(BlsError::Invalid));
    assert_eq!(Signature::aggregate(&[]), Err(BlsError::Empty));
    assert_eq!(PublicKey::aggregate(&[]), Err(BlsError::Empty));
}

#[test]
fn bytes_are_read_back() {
    let (key, signature) = (secret(1).public_key(), secret(1).sign_vote(&VOTE));
    assert_eq!(PublicKey::from_bytes(&key.to_bytes()), Ok(key));
    assert_eq!(Signature::from_bytes(&signature.to_bytes()), Ok(signature));
}

#[test]
fn infinity_and_points_off_the_subgroup_are_refused() {
    assert_eq!(PublicKey::from_bytes(&infinity()), Err(BlsError::PublicKey));
    assert_eq!(Signature::from_bytes(&infinity()), Err(BlsError::Signature));
    // Small x are on the curve of G1 about every second time, and practically never in its subgroup.
    let on_the_curve = (0..16).filter_map(|x| {
        let mut bytes = [0; 48];
        (bytes[0], bytes[47]) = (0x80, x);
        min_sig::Signature::uncompress(&bytes).is_ok().then_some(bytes)
    });
    let refused = on_the_curve.map(|bytes| Signature::from_bytes(&bytes));
    let refused: Vec<_> = refused.inspect(|result| assert_eq!(*result, Err(BlsError::Signature))).collect();
    assert!(refused.len() > 3);
    assert_eq!(PublicKey::from_bytes(&[0xff; 96]), Err(BlsError::PublicKey));
    assert_eq!(Signature::from_bytes(&[0xff; 48]), Err(BlsError::Signature));
}

#[test]
fn keys_that_cancel_each_other_have_no_sum() {
    let key = secret(1).public_key();
    let mut negated = key.to_bytes();
    negated[0] ^= 0x20;
    let negated = PublicKey::from_bytes(&negated).unwrap();
    assert_eq!(PublicKey::aggregate(&[key, negated]), Err(BlsError::PublicKey));
}

#[test]
fn secrets_out_of_range_are_refused() {
    assert_eq!(SecretKey::from_bytes(&[0; 32]).unwrap_err(), BlsError::SecretKey);
    assert_eq!(SecretKey::from_bytes(&[0xff; 32]).unwrap_err(), BlsError::SecretKey);
    assert_eq!(SecretKey::derive(&[1; 31]).unwrap_err(), BlsError::Seed { found: 31 });
    assert_eq!(format!("{:?}", secret(1)), "SecretKey(..)");
}
