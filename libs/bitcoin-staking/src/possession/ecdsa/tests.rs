use bitcoin::secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::Scalar;

use super::*;
use crate::fixture::{STAKER, key, secret};

#[test]
fn the_signer_is_recovered() {
    let signature = sign(&secret(STAKER), "bbn1account");
    assert_eq!(signer("bbn1account", &signature), Ok(key(STAKER)));
    assert_ne!(signer("bbn1another", &signature), Ok(key(STAKER)));
    assert_eq!(from_bytes(&signature.serialize()), Ok(signature));
}

#[test]
fn the_flag_for_compressed_keys_is_ignored() {
    let mut bytes = sign(&secret(STAKER), "bbn1account").serialize();
    bytes[0] -= 4;
    assert_eq!(signer("bbn1account", &from_bytes(&bytes).unwrap()), Ok(key(STAKER)));
}

#[test]
fn the_other_form_of_a_signature_is_refused() {
    let (id, mut bytes) = sign(&secret(STAKER), "bbn1account").signature.serialize_compact();
    let s = SecretKey::from_slice(&bytes[32..]).unwrap().negate();
    assert!(Scalar::from(s) != Scalar::ZERO);
    bytes[32..].copy_from_slice(&s.secret_bytes());
    let id = RecoveryId::from_i32(id.to_i32() ^ 1).unwrap();
    let other = MessageSignature::new(RecoverableSignature::from_compact(&bytes, id).unwrap(), true);
    assert_eq!(signer("bbn1account", &other), Err(EcdsaError::HighS));
}

#[test]
fn what_is_no_signature_is_refused() {
    let good = sign(&secret(STAKER), "bbn1account").serialize();
    for header in [0, 26, 35, 255] {
        let mut bytes = good;
        bytes[0] = header;
        assert_eq!(from_bytes(&bytes), Err(EcdsaError::Bytes), "{header}");
    }
    assert_eq!(from_bytes(&good[..64]), Err(EcdsaError::Bytes));
    assert_eq!(from_bytes(&[]), Err(EcdsaError::Bytes));
    let mut nothing = good;
    nothing[1..].fill(0);
    let refused = from_bytes(&nothing).map(|signature| signer("bbn1account", &signature));
    assert!(!matches!(refused, Ok(Ok(_))));
}
