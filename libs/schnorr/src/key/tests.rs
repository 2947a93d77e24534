use secp256k1::constants::CURVE_ORDER;

use super::*;

/// A key and its negation: one has an even y, the other an odd one.
fn both_parities() -> [SigningKey; 2] {
    let secret = SecretKey::from_slice(&[7; 32]).unwrap();
    [secret, secret.negate()].map(SigningKey::new)
}

#[test]
fn zero_and_the_order_are_no_keys() {
    assert_eq!(SigningKey::from_bytes(&[0; 32]).unwrap_err(), KeyError::OutOfRange);
    assert_eq!(SigningKey::from_bytes(&CURVE_ORDER).unwrap_err(), KeyError::OutOfRange);
    assert_eq!(SigningKey::from_bytes(&[0xff; 32]).unwrap_err(), KeyError::OutOfRange);
    let mut largest = CURVE_ORDER;
    largest[31] -= 1;
    assert!(SigningKey::from_bytes(&largest).is_ok());
}

#[test]
fn a_key_and_its_negation_differ_only_in_what_is_stored() {
    let [one, other] = both_parities();
    assert_eq!(one.x_only(), other.x_only());
    assert_eq!(one.even(), other.even());
    assert_ne!(one.public_key(), other.public_key());
    assert_ne!(one.secret_bytes(), other.secret_bytes());
}

#[test]
fn the_even_scalar_has_the_even_point() {
    for key in both_parities() {
        let point = PublicKey::from_secret_key(SECP256K1, key.even());
        assert_eq!(point.x_only_public_key(), (key.x_only(), Parity::Even));
    }
}

#[test]
fn debug_shows_the_public_half_only() {
    for key in both_parities() {
        let shown = format!("{key:?}");
        assert_eq!(shown, format!("SigningKey({})", key.public_key()));
        assert!(!shown.contains(&hex::encode(key.secret_bytes())));
    }
}
