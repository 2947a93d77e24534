use super::*;
use crate::fixture::{NO_AUX, STAKER, STRANGER, key, secret};

const TEXT: &str = "bbn10r7epqrn7ukrh4wmu8lees9azqf58fwxusjgp8";
const OTHER: &str = "bbn12x76x8u08z2ld4c27xvfk0pplv4stflzzvmf0y";
const NETWORK: Network = Network::Bitcoin;

fn account() -> Account {
    Account::parse(TEXT).unwrap()
}

fn proofs() -> [Possession; 4] {
    let key = secret(STAKER);
    [
        Possession::sign_bip340(&key, &account(), &NO_AUX),
        Possession::Bip322(SimpleSignature::sign_p2tr(&key, TEXT.as_bytes(), NETWORK, &NO_AUX)),
        Possession::Bip322(SimpleSignature::sign_p2wpkh(&key, TEXT.as_bytes(), NETWORK)),
        Possession::Ecdsa(ecdsa::sign(&key, TEXT)),
    ]
}

#[test]
fn every_form_shows_one_key_for_one_account() {
    let other = Account::parse(OTHER).unwrap();
    for proof in proofs() {
        assert_eq!(proof.verify(&key(STAKER), &account(), NETWORK), Ok(()));
        assert!(proof.verify(&key(STRANGER), &account(), NETWORK).is_err(), "{proof:?}");
        assert!(proof.verify(&key(STAKER), &other, NETWORK).is_err(), "{proof:?}");
    }
}

#[test]
fn bip340_is_over_the_bytes_and_not_the_text() {
    let of_text = bip340::sign(&secret(STAKER), &bip340::digest(TEXT.as_bytes()), &NO_AUX);
    let verified = Possession::Bip340(of_text).verify(&key(STAKER), &account(), NETWORK);
    assert_eq!(verified, Err(PossessionError::Bip340));
}

#[test]
fn what_is_no_account_is_refused() {
    let one_wrong = TEXT.replace("bbn10r7", "bbn10r8");
    let bitcoin = "bc1qfwtfzdagj7efph6zfcv68ce3v48c8e9fj2n9vd";
    for text in ["", "bbn1", &one_wrong, bitcoin] {
        assert_eq!(Account::parse(text), Err(PossessionError::Account { found: text.to_owned() }));
    }
    assert_eq!(account().bytes().len(), 20);
    assert_eq!(account().text(), TEXT);
}
