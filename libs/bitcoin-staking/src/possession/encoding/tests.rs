use bitcoin::Network;
use proptest::prelude::*;

use super::*;
use crate::fixture::{NO_AUX, STAKER, secret};
use crate::possession::Account;

const TEXT: &str = "bbn10r7epqrn7ukrh4wmu8lees9azqf58fwxusjgp8";

fn proofs() -> [Possession; 4] {
    let key = secret(STAKER);
    [
        Possession::sign_bip340(&key, &Account::parse(TEXT).unwrap(), &NO_AUX),
        Possession::Bip322(SimpleSignature::sign_p2tr(&key, TEXT.as_bytes(), Network::Bitcoin, &NO_AUX)),
        Possession::Bip322(SimpleSignature::sign_p2wpkh(&key, TEXT.as_bytes(), Network::Bitcoin)),
        Possession::Ecdsa(ecdsa::sign(&key, TEXT)),
    ]
}

#[test]
fn every_form_is_read_back() {
    for proof in proofs() {
        assert_eq!(Possession::from_bytes(&proof.to_bytes()), Ok(proof));
    }
}

#[test]
fn only_one_encoding_is_read() {
    let bytes = proofs()[0].to_bytes();
    let with_default = [&[FORM, 0][..], &bytes].concat();
    assert_eq!(decode(&with_default), Err(EncodingError::Form));
    assert_eq!(decode(&[&[FORM, 3][..], &bytes].concat()), Err(EncodingError::Form));
    assert_eq!(decode(&[&bytes[..], &[0x18, 1]].concat()), Err(EncodingError::Message), "a third field");
    let long_length = [&[BYTES, 0xc0, 0][..], &bytes[2..]].concat();
    assert_eq!(decode(&long_length), Err(EncodingError::Message));
    let upper = Possession::Bip322(SimpleSignature::sign_p2wpkh(&secret(STAKER), b"", Network::Bitcoin));
    let mut upper = upper.to_bytes();
    upper[6..48].make_ascii_uppercase();
    assert_eq!(decode(&upper), Err(EncodingError::Address));
}

#[test]
fn signatures_of_another_form_are_refused() {
    let [schnorr, _, _, ecdsa] = proofs().map(|proof| proof.to_bytes());
    assert_eq!(decode(&[&[FORM, 2][..], &schnorr].concat()), Err(EncodingError::Signature));
    assert_eq!(decode(&[&[FORM, 1][..], &schnorr].concat()), Err(EncodingError::Message));
    assert_eq!(decode(&ecdsa[2..]), Err(EncodingError::Signature));
}

#[test]
fn what_is_cut_off_is_refused() {
    for proof in proofs().map(|proof| proof.to_bytes()) {
        for length in 0..proof.len() {
            assert!(decode(&proof[..length]).is_err(), "{length}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_read_is_written_the_same(bytes: Vec<u8>) {
        if let Ok(proof) = decode(&bytes) {
            prop_assert_eq!(encode(&proof), bytes);
        }
    }
}
