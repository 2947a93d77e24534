use secp256k1::{Parity, SecretKey, constants::CURVE_ORDER};

use super::*;

/// Vector 0 of BIP-340: secret key 3, digest and aux zero.
const VECTOR_0: &str = "e907831f80848d1069a5371b402410364bdf1c5f8307b0084c55f1ce2dca8215\
                        25f66a4a85ea8b71e482a74f382d2ce5ebeee8fdb2172f477df4900d310536c0";

fn key() -> SigningKey {
    let mut three = [0; 32];
    three[31] = 3;
    SigningKey::from_bytes(&three).unwrap()
}

#[test]
fn signs_vector_0_of_the_bip() {
    let signature = sign(&key(), &[0; 32], &[0; 32]);
    assert_eq!(hex::encode(signature.serialize()), VECTOR_0);
    verify(&key().x_only(), &[0; 32], &signature).unwrap();
}

#[test]
fn refuses_another_digest_key_or_bit() {
    let signature = sign(&key(), &[0; 32], &[0; 32]);
    assert_eq!(verify(&key().x_only(), &[1; 32], &signature), Err(Bip340Error::Invalid));
    let other = SigningKey::from_bytes(&[7; 32]).unwrap();
    assert_eq!(verify(&other.x_only(), &[0; 32], &signature), Err(Bip340Error::Invalid));
    for bit in 0..512 {
        let mut bytes = signature.serialize();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let flipped = Signature::from_slice(&bytes).unwrap();
        assert_eq!(verify(&key().x_only(), &[0; 32], &flipped), Err(Bip340Error::Invalid));
    }
}

#[test]
fn the_challenge_is_that_of_the_verification_equation() {
    let key = key();
    let bytes = sign(&key, &[0; 32], &[0; 32]).serialize();
    let r: [u8; 32] = bytes[..32].try_into().unwrap();
    let s = SecretKey::from_slice(&bytes[32..]).unwrap();
    let e = Scalar::from_be_bytes(challenge(&r, &key.x_only(), &[0; 32])).unwrap();
    let minus_ep = key.x_only().public_key(Parity::Odd).mul_tweak(SECP256K1, &e).unwrap();
    let nonce = minus_ep.add_exp_tweak(SECP256K1, &s.into()).unwrap();
    assert_eq!(nonce.serialize()[0], 2);
    assert_eq!(nonce.serialize()[1..], r);
}

#[test]
fn parts_are_hashed_as_one_string() {
    assert_eq!(tagged_hash("tag", &[b"ab", b"", b"c"]), tagged_hash("tag", &[b"abc"]));
    assert_ne!(tagged_hash("tag", &[b"abc"]), tagged_hash("tab", &[b"abc"]));
}

#[test]
fn reduction_wraps_at_the_order() {
    let number = |last: u8| {
        let mut bytes = [0; 32];
        bytes[31] = last;
        bytes
    };
    let mut above = CURVE_ORDER;
    above[31] += 1;
    assert_eq!(reduce(CURVE_ORDER), number(0));
    assert_eq!(reduce(above), number(1));
    assert_eq!(reduce(number(9)), number(9));
    assert_eq!(reduce_scalar(above).to_be_bytes(), number(1));
}
