use proptest::prelude::*;
use secp256k1::constants::CURVE_ORDER;

use super::*;

const DIGEST: [u8; 32] = [4; 32];

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32]).unwrap()
}

fn lock(byte: u8) -> EncryptionKey {
    EncryptionKey::new(&key(byte).x_only())
}

fn locked() -> AdaptorSignature {
    AdaptorSignature::sign(&key(7), &lock(9), &DIGEST, &[1; 32]).unwrap()
}

fn challenge_scalar(nonce: &PublicKey, signer: &SigningKey) -> Scalar {
    let r = nonce.x_only_public_key().0.serialize();
    reduce_scalar(challenge(&r, &signer.x_only(), &DIGEST))
}

fn scalar_bytes() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>().prop_filter("in range", |bytes| SecretKey::from_slice(bytes).is_ok())
}

#[test]
fn lengths_other_than_the_two_forms_are_refused() {
    for length in [0, 64, 67] {
        let error = AdaptorError::Length { found: length };
        assert_eq!(AdaptorSignature::from_slice(&vec![2; length]), Err(error));
    }
}

#[test]
fn the_nonce_must_be_a_compressed_point() {
    for prefix in [0, 1, 4, 6] {
        let mut bytes = locked().to_bytes();
        bytes[0] = prefix;
        assert_eq!(AdaptorSignature::from_bytes(&bytes), Err(AdaptorError::NoncePoint));
    }
    let mut bytes = locked().to_bytes();
    bytes[1..33].fill(0xff);
    assert_eq!(AdaptorSignature::from_bytes(&bytes), Err(AdaptorError::NoncePoint));
}

#[test]
fn the_scalar_must_be_in_range_and_not_zero() {
    for scalar in [[0; 32], CURVE_ORDER, [0xff; 32]] {
        let mut bytes = locked().to_bytes();
        bytes[33..].copy_from_slice(&scalar);
        assert_eq!(AdaptorSignature::from_bytes(&bytes), Err(AdaptorError::ScalarRange));
        let mut old = locked().to_old_bytes();
        old[33..65].copy_from_slice(&scalar);
        assert_eq!(AdaptorSignature::from_old_bytes(&old), Err(AdaptorError::ScalarRange));
    }
}

#[test]
fn the_old_form_has_one_first_byte_and_two_flags() {
    let good = locked().to_old_bytes();
    assert_eq!(AdaptorSignature::from_old_bytes(&good), Ok(locked()));
    for (first, flag) in [(3, 0), (3, 1), (0, 0), (2, 2), (2, 0xff)] {
        let mut bytes = good;
        (bytes[0], bytes[65]) = (first, flag);
        assert_eq!(AdaptorSignature::from_slice(&bytes), Err(AdaptorError::OldForm { first, flag }));
    }
}

#[test]
fn verifies_for_its_own_signer_lock_and_digest_only() {
    let (signer, sig) = (key(7).x_only(), locked());
    assert_eq!(sig.verify(&signer, &lock(9), &DIGEST), Ok(()));
    assert_eq!(sig.verify(&key(8).x_only(), &lock(9), &DIGEST), Err(AdaptorError::Invalid));
    assert_eq!(sig.verify(&signer, &lock(8), &DIGEST), Err(AdaptorError::Invalid));
    assert_eq!(sig.verify(&signer, &lock(9), &[5; 32]), Err(AdaptorError::Invalid));
    let negated = EncryptionKey::from_point(lock(9).point().negate(SECP256K1));
    assert_eq!(sig.verify(&signer, &negated, &DIGEST), Err(AdaptorError::Invalid));
}

#[test]
fn an_infinite_nonce_is_refused() {
    // With k = 0 the nonce is the lock itself: R0 = T and s = e*d satisfy the equation, yet R is infinite.
    let (signer, nonce) = (key(7), *lock(9).point());
    let s = signer.even().mul_tweak(&challenge_scalar(&nonce, &signer)).unwrap();
    let forged = AdaptorSignature { nonce, s: s.into() };
    assert_eq!(forged.verify(&signer.x_only(), &lock(9), &DIGEST), Err(AdaptorError::Invalid));
}

#[test]
fn an_infinite_lock_is_refused() {
    // R0 = R is a plain signature that nothing locks: T would be infinite.
    let (signer, k) = (key(7), key(3));
    let nonce = k.x_only().public_key(Parity::Even);
    let ed = signer.even().mul_tweak(&challenge_scalar(&nonce, &signer)).unwrap();
    let plain = AdaptorSignature { nonce, s: ed.add_tweak(&Scalar::from(*k.even())).unwrap().into() };
    assert!(plain.locked_to(&signer.x_only(), &DIGEST).is_err());
    assert_eq!(plain.verify(&signer.x_only(), &lock(9), &DIGEST), Err(AdaptorError::Invalid));
}

#[test]
fn a_wrong_key_opens_nothing() {
    let wrong = DecryptionKey::new(&key(8));
    let error = locked().decrypt_checked(&wrong, &key(7).x_only(), &DIGEST).unwrap_err();
    assert_eq!(error, AdaptorError::WrongKey);
    let signature = locked().decrypt(&wrong).unwrap();
    let error = locked().extract_checked(&signature, &lock(9)).unwrap_err();
    assert_eq!(error, AdaptorError::KeyMismatch { expected: *lock(9).point() });
}

#[test]
fn a_scalar_opened_to_zero_is_refused() {
    let sig = locked();
    let minus_s = SecretKey::from_slice(&sig.s.to_be_bytes()).unwrap().negate();
    let parity = sig.nonce.x_only_public_key().1;
    let cancelling = DecryptionKey::from(Secret::new(minus_s).negated_if(parity));
    assert_eq!(sig.decrypt(&cancelling), Err(AdaptorError::WrongKey));
}

#[test]
fn nothing_is_extracted_from_an_unrelated_signature() {
    let unrelated = bip340::sign(&key(7), &DIGEST, &[0; 32]);
    assert_eq!(locked().extract(&unrelated).unwrap_err(), AdaptorError::NonceMismatch);

    let mut bytes = unrelated.serialize();
    bytes[..32].copy_from_slice(&locked().to_bytes()[1..33]);
    for scalar in [locked().s.to_be_bytes(), [0; 32], CURVE_ORDER] {
        bytes[32..].copy_from_slice(&scalar);
        let signature = schnorr::Signature::from_slice(&bytes).unwrap();
        assert_eq!(locked().extract(&signature).unwrap_err(), AdaptorError::ScalarRange);
    }
}

#[test]
fn each_lock_has_its_own_nonce() {
    let sign =
        |lock: &EncryptionKey, digest, aux| AdaptorSignature::sign(&key(7), lock, digest, aux).unwrap();
    // Two signatures with one k would give the signer's key away.
    let all = [
        sign(&lock(9), &DIGEST, &[1; 32]),
        sign(&lock(8), &DIGEST, &[1; 32]),
        sign(&lock(9), &[5; 32], &[1; 32]),
        sign(&lock(9), &DIGEST, &[2; 32]),
        AdaptorSignature::sign_with(NonceInput::XOnly, &key(7), &lock(9), &DIGEST, &[1; 32]).unwrap(),
    ];
    let locks = [lock(9), lock(8), lock(9), lock(9), lock(9)];
    let nonces: std::collections::BTreeSet<_> = all
        .iter()
        .zip(locks)
        .map(|(sig, lock)| {
            let kg = sig.nonce.combine(&lock.point().negate(SECP256K1)).unwrap();
            kg.x_only_public_key().0
        })
        .collect();
    assert_eq!(nonces.len(), all.len());
}

#[test]
fn an_odd_point_taken_as_it_is_works_too() {
    let odd = DecryptionKey::from_scalar(DecryptionKey::new(&key(9)).secret().negate());
    let lock = odd.encryption_key();
    assert_eq!(lock.point().serialize()[0], 3);
    let sig = AdaptorSignature::sign(&key(7), &lock, &DIGEST, &[1; 32]).unwrap();
    sig.verify(&key(7).x_only(), &lock, &DIGEST).unwrap();
    let opened = sig.decrypt_checked(&odd, &key(7).x_only(), &DIGEST).unwrap();
    assert_eq!(sig.extract(&opened).unwrap().secret_bytes(), odd.secret_bytes());
}

#[test]
fn debug_shows_the_public_half_only() {
    let open = DecryptionKey::new(&key(9));
    assert_eq!(format!("{open:?}"), format!("DecryptionKey({})", lock(9).point()));
}

proptest! {
    #[test]
    fn signed_verified_opened_extracted(
        signer in scalar_bytes(), owner in scalar_bytes(), digest in any::<[u8; 32]>(), aux in any::<[u8; 32]>(),
    ) {
        let [signer, owner] = [signer, owner].map(|bytes| SigningKey::from_bytes(&bytes).unwrap());
        let (lock, open) = (EncryptionKey::new(&owner.x_only()), DecryptionKey::new(&owner));
        let sig = AdaptorSignature::sign(&signer, &lock, &digest, &aux).unwrap();
        prop_assert_eq!(sig.verify(&signer.x_only(), &lock, &digest), Ok(()));
        prop_assert_eq!(AdaptorSignature::from_slice(&sig.to_bytes()), Ok(sig));
        prop_assert_eq!(AdaptorSignature::from_slice(&sig.to_old_bytes()), Ok(sig));
        let opened = sig.decrypt_checked(&open, &signer.x_only(), &digest).unwrap();
        let extracted = sig.extract_checked(&opened, &lock).unwrap();
        prop_assert_eq!(extracted.secret_bytes(), open.secret_bytes());
    }

    #[test]
    fn a_flipped_bit_does_not_verify(signer in scalar_bytes(), bit in 0_usize..8 * AdaptorSignature::LEN) {
        let signer = SigningKey::from_bytes(&signer).unwrap();
        let mut bytes = AdaptorSignature::sign(&signer, &lock(9), &DIGEST, &[1; 32]).unwrap().to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verified = AdaptorSignature::from_bytes(&bytes)
            .and_then(|flipped| flipped.verify(&signer.x_only(), &lock(9), &DIGEST));
        prop_assert!(verified.is_err());
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 60..70)) {
        if let Ok(sig) = AdaptorSignature::from_slice(&bytes) {
            prop_assert!(sig.verify(&key(7).x_only(), &lock(9), &DIGEST).is_err());
        }
    }
}
