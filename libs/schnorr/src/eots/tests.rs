use proptest::prelude::*;

use super::*;

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32]).unwrap()
}

fn nonce(byte: u8) -> Nonce {
    Nonce::from_bytes(&[byte; 32]).unwrap()
}

fn signature(byte: u8, nonce_byte: u8, message: &[u8]) -> Signature {
    sign(&key(byte), nonce(nonce_byte), message).unwrap()
}

/// A secret scalar; which parity its point has is chance.
fn scalar_bytes() -> impl Strategy<Value = [u8; 32]> {
    any::<[u8; 32]>().prop_filter("in range", |bytes| SecretKey::from_slice(bytes).is_ok())
}

#[test]
fn a_signature_is_a_bip340_signature_of_the_digest() {
    let (key, signature) = (key(7), signature(7, 1, b"vote"));
    let plain = signature.with_randomness(&nonce(1).public());
    bip340::verify(&key.x_only(), &digest(b"vote"), &plain).unwrap();
}

#[test]
fn verifies_with_its_own_key_randomness_and_message_only() {
    let (key_7, randomness, signature) = (key(7).x_only(), nonce(1).public(), signature(7, 1, b"vote"));
    assert_eq!(verify(&key_7, &randomness, b"vote", &signature), Ok(()));
    assert_eq!(verify(&key(8).x_only(), &randomness, b"vote", &signature), Err(EotsError::Invalid));
    assert_eq!(verify(&key_7, &nonce(2).public(), b"vote", &signature), Err(EotsError::Invalid));
    assert_eq!(verify(&key_7, &randomness, b"veto", &signature), Err(EotsError::Invalid));
    let no_point = PublicRandomness([0xff; 32]);
    assert_eq!(verify(&key_7, &no_point, b"vote", &signature), Err(EotsError::Invalid));
}

#[test]
fn a_scalar_at_or_above_the_order_is_refused() {
    let mut largest = CURVE_ORDER;
    largest[31] -= 1;
    assert_eq!(Signature::from_bytes(largest).unwrap().to_bytes(), largest);
    assert_eq!(Signature::from_bytes(CURVE_ORDER), Err(EotsError::NonCanonical));
    assert_eq!(Signature::from_bytes([0xff; 32]), Err(EotsError::NonCanonical));
    assert!(scalar(CURVE_ORDER).is_none(), "a challenge at the order is not reduced");
}

#[test]
fn zero_reads_but_does_not_verify() {
    let zero = Signature::from_bytes([0; 32]).unwrap();
    assert_eq!(verify(&key(7).x_only(), &nonce(1).public(), b"vote", &zero), Err(EotsError::Invalid));
}

#[test]
fn one_signature_gives_nothing() {
    let (x_only, randomness, s) = (key(7).x_only(), nonce(1).public(), signature(7, 1, b"a"));
    let error = extract(&x_only, &randomness, b"a", &s, b"b", &s).unwrap_err();
    assert_eq!(error, EotsError::SameSignature);
}

#[test]
fn one_message_gives_nothing() {
    let (x_only, randomness) = (key(7).x_only(), nonce(1).public());
    let (one, other) = (signature(7, 1, b"a"), signature(7, 2, b"a"));
    let error = extract(&x_only, &randomness, b"a", &one, b"a", &other).unwrap_err();
    assert_eq!(error, EotsError::SameChallenge);
}

#[test]
fn extraction_keeps_the_parity_it_is_told() {
    let secret = SecretKey::from_slice(&[7; 32]).unwrap();
    let keys = [secret, secret.negate()].map(SigningKey::new);
    assert_ne!(keys[0].public_key(), keys[1].public_key());
    for key in keys {
        let (x_only, randomness) = (key.x_only(), nonce(1).public());
        let [a, b] = [b"a", b"b"].map(|m| sign(&key, nonce(1), m).unwrap());
        let even = extract(&x_only, &randomness, b"a", &a, b"b", &b).unwrap();
        assert_eq!(even.public_key(), x_only.public_key(Parity::Even));
        let stored = extract_with_parity(&key.public_key(), &randomness, b"a", &a, b"b", &b).unwrap();
        assert_eq!(stored.secret_bytes(), key.secret_bytes());
    }
}

#[test]
fn signatures_of_another_key_reveal_nothing_of_this_one() {
    let (randomness, expected) = (nonce(1).public(), key(8).x_only());
    let (a, b) = (signature(7, 1, b"a"), signature(7, 1, b"b"));
    let error = extract(&expected, &randomness, b"a", &a, b"b", &b).unwrap_err();
    assert_eq!(error, EotsError::KeyMismatch { expected: expected.public_key(Parity::Even) });
}

proptest! {
    #[test]
    fn one_nonce_over_two_messages_reveals_the_key(
        secret in scalar_bytes(), once in scalar_bytes(), messages in any::<[Vec<u8>; 2]>(),
    ) {
        prop_assume!(messages[0] != messages[1]);
        let key = SigningKey::from_bytes(&secret).unwrap();
        let randomness = Nonce::from_bytes(&once).unwrap().public();
        let [a, b] = &messages;
        let [s_a, s_b] = [a, b].map(|m| sign(&key, Nonce::from_bytes(&once).unwrap(), m).unwrap());
        prop_assert_eq!(verify(&key.x_only(), &randomness, a, &s_a), Ok(()));
        prop_assert_eq!(verify(&key.x_only(), &randomness, b, &s_b), Ok(()));
        let even = extract(&key.x_only(), &randomness, a, &s_a, b, &s_b).unwrap();
        prop_assert_eq!(even.x_only(), key.x_only());
        let stored = extract_with_parity(&key.public_key(), &randomness, b, &s_b, a, &s_a).unwrap();
        prop_assert_eq!(stored.secret_bytes(), key.secret_bytes());
    }

    #[test]
    fn two_nonces_reveal_nothing(
        secret in scalar_bytes(), nonces in [scalar_bytes(), scalar_bytes()], messages in any::<[Vec<u8>; 2]>(),
    ) {
        let key = SigningKey::from_bytes(&secret).unwrap();
        let [r_a, r_b] = nonces.map(|n| Nonce::from_bytes(&n).unwrap().public());
        prop_assume!(r_a != r_b && messages[0] != messages[1]);
        let s_a = sign(&key, Nonce::from_bytes(&nonces[0]).unwrap(), &messages[0]).unwrap();
        let s_b = sign(&key, Nonce::from_bytes(&nonces[1]).unwrap(), &messages[1]).unwrap();
        for r in [r_a, r_b] {
            let error = extract(&key.x_only(), &r, &messages[0], &s_a, &messages[1], &s_b).unwrap_err();
            prop_assert_eq!(error, EotsError::KeyMismatch { expected: key.x_only().public_key(Parity::Even) });
        }
    }

    #[test]
    fn a_flipped_bit_does_not_verify(secret in scalar_bytes(), message in any::<Vec<u8>>(), bit in 0_usize..256) {
        let key = SigningKey::from_bytes(&secret).unwrap();
        let mut bytes = sign(&key, nonce(1), &message).unwrap().to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verified = Signature::from_bytes(bytes)
            .and_then(|flipped| verify(&key.x_only(), &nonce(1).public(), &message, &flipped));
        prop_assert!(verified.is_err());
    }
}
