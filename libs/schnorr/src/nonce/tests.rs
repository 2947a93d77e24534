use secp256k1::{PublicKey, constants::CURVE_ORDER};

use super::*;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32]).unwrap()
}

#[test]
fn values_that_are_no_scalar_are_passed_over() {
    let values = [[0; 32], CURVE_ORDER, [0xff; 32], [5; 32], [6; 32]];
    let (iteration, secret) = first_scalar(|i| Zeroizing::new(values[i as usize]));
    assert_eq!(iteration, 3);
    assert_eq!(secret.get().secret_bytes(), [5; 32]);
}

#[test]
fn height_context_and_key_each_change_the_nonce() {
    let nonce = derive(&key(), b"ballast-1", 5).public();
    assert_eq!(nonce, derive(&key(), b"ballast-1", 5).public());
    assert_ne!(nonce, derive(&key(), b"ballast-1", 6).public());
    assert_ne!(nonce, derive(&key(), b"ballast-2", 5).public());
    assert_ne!(nonce, derive(&SigningKey::from_bytes(&[8; 32]).unwrap(), b"ballast-1", 5).public());
}

#[test]
fn the_stored_key_counts_not_the_even_one() {
    let secret = SecretKey::from_slice(&[7; 32]).unwrap();
    let negated = SigningKey::new(secret.negate());
    assert_eq!(key().x_only(), negated.x_only());
    assert_ne!(derive(&key(), b"", 5).public(), derive(&negated, b"", 5).public());
}

#[test]
fn the_nonce_is_normalised_to_even_y() {
    let mut parities = [0; 2];
    for height in 0..32 {
        let scalar = derivation(&key(), b"", height).scalar;
        let raw = PublicKey::from_secret_key(SECP256K1, &SecretKey::from_slice(&*scalar).unwrap());
        parities[usize::from(raw.serialize()[0] - 2)] += 1;
        let nonce = Nonce::from_bytes(&scalar).unwrap();
        let even = PublicKey::from_secret_key(SECP256K1, nonce.even());
        assert_eq!(even.serialize()[0], 2);
        assert_eq!(even.serialize()[1..], nonce.public().0);
    }
    assert!(parities.iter().all(|seen| *seen > 0), "both parities were met: {parities:?}");
}

#[test]
fn a_list_is_the_nonces_of_its_heights() {
    let list = public_randomness(&key(), b"c", 10..14);
    let each: Vec<_> = (10..14).map(|height| derive(&key(), b"c", height).public()).collect();
    assert_eq!(list, each);
    assert!(public_randomness(&key(), b"c", 10..10).is_empty());
}

#[test]
fn zero_and_the_order_are_no_nonces() {
    for bytes in [[0; 32], CURVE_ORDER] {
        assert_eq!(Nonce::from_bytes(&bytes).unwrap_err(), KeyError::OutOfRange);
    }
}

#[test]
fn debug_shows_the_public_half_only() {
    let nonce = derive(&key(), b"c", 1);
    assert_eq!(format!("{nonce:?}"), format!("Nonce({})", hex::encode(nonce.public().0)));
}
