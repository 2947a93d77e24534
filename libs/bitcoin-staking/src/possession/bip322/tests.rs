use super::*;
use crate::fixture::{NO_AUX, STAKER, STRANGER, key, secret};

const MESSAGE: &[u8] = b"bbn1account";
const NETWORK: Network = Network::Signet;

fn p2tr() -> SimpleSignature {
    SimpleSignature::sign_p2tr(&secret(STAKER), MESSAGE, NETWORK, &NO_AUX)
}

fn p2wpkh() -> SimpleSignature {
    SimpleSignature::sign_p2wpkh(&secret(STAKER), MESSAGE, NETWORK)
}

/// The same with one byte of one witness element changed, or more elements.
fn spoiled(signature: &SimpleSignature, change: impl FnOnce(&mut Vec<Vec<u8>>)) -> SimpleSignature {
    let mut elements = signature.witness.to_vec();
    change(&mut elements);
    SimpleSignature { witness: Witness::from_slice(&elements), ..signature.clone() }
}

#[test]
fn both_kinds_show_the_signer() {
    for signature in [p2tr(), p2wpkh()] {
        let signer = signature.verify(MESSAGE, NETWORK).unwrap();
        assert!(signer.is(&key(STAKER)));
        assert!(!signer.is(&key(STRANGER)));
        assert_eq!(signature.verify(b"another account", NETWORK), Err(Bip322Error::Invalid));
        let elsewhere = Bip322Error::Network { expected: Network::Bitcoin };
        assert_eq!(signature.verify(MESSAGE, Network::Bitcoin), Err(elsewhere));
        let read = SimpleSignature::from_witness_bytes(signature.address.clone(), &signature.witness_bytes());
        assert_eq!(read, Ok(signature));
    }
}

#[test]
fn a_witness_of_another_address_is_refused() {
    let stranger = SimpleSignature::sign_p2wpkh(&secret(STRANGER), MESSAGE, NETWORK);
    let stolen = SimpleSignature { address: p2wpkh().address, witness: stranger.witness };
    assert_eq!(stolen.verify(MESSAGE, NETWORK), Err(Bip322Error::Invalid));
    let stranger = SimpleSignature::sign_p2tr(&secret(STRANGER), MESSAGE, NETWORK, &NO_AUX);
    let stolen = SimpleSignature { address: p2tr().address, witness: stranger.witness };
    assert_eq!(stolen.verify(MESSAGE, NETWORK), Err(Bip322Error::Invalid));
}

#[test]
fn only_the_sighash_of_everything_counts() {
    let explicit = |kind: u8| spoiled(&p2tr(), |elements| elements[0].push(kind));
    assert_eq!(explicit(0x00).verify(MESSAGE, NETWORK), Err(Bip322Error::SighashType));
    assert_eq!(explicit(0x02).verify(MESSAGE, NETWORK), Err(Bip322Error::SighashType));
    assert_eq!(explicit(0x01).verify(MESSAGE, NETWORK), Err(Bip322Error::Invalid), "signed as default");
    let none = spoiled(&p2wpkh(), |elements| *elements[0].last_mut().unwrap() = 0x02);
    assert_eq!(none.verify(MESSAGE, NETWORK), Err(Bip322Error::SighashType));
}

#[test]
fn an_explicit_sighash_of_everything_verifies() {
    let signature = p2tr();
    let script = signature.address.clone().assume_checked().script_pubkey();
    let (tx, spent) = unsigned(MESSAGE, &script);
    let digest = taproot_sighash(&tx, &spent, TapSighashType::All);
    let bytes = secret(STAKER).secret_bytes();
    let keypair = Keypair::from_seckey_slice(SECP256K1, bytes.as_slice()).unwrap();
    let keypair = keypair.tap_tweak(SECP256K1, None).to_keypair();
    let signed = SECP256K1.sign_schnorr_no_aux_rand(&Message::from_digest(digest), &keypair);
    let explicit = spoiled(&signature, |elements| elements[0] = [&signed.serialize()[..], &[1]].concat());
    assert!(explicit.verify(MESSAGE, NETWORK).unwrap().is(&key(STAKER)));
}

#[test]
fn what_is_no_witness_of_its_address_is_refused() {
    let more = |signature: &SimpleSignature| spoiled(signature, |elements| elements.push(vec![1]));
    let empty = |signature: &SimpleSignature| spoiled(signature, Vec::clear);
    for signature in [p2tr(), p2wpkh()] {
        for broken in [more(&signature), empty(&signature)] {
            assert_eq!(broken.verify(MESSAGE, NETWORK), Err(Bip322Error::Witness));
        }
    }
    let address = p2tr().address;
    let cut = SimpleSignature::from_witness_bytes(address.clone(), &[1, 64, 0]);
    assert_eq!(cut, Err(Bip322Error::Witness));
    let mut followed = p2tr().witness_bytes();
    followed.push(0);
    assert_eq!(SimpleSignature::from_witness_bytes(address, &followed), Err(Bip322Error::Witness));
}

#[test]
fn other_kinds_of_address_are_refused() {
    let public = bitcoin::PublicKey::new(secret(STAKER).public_key());
    let address = Address::p2pkh(public, NETWORK).into_unchecked();
    let signature = SimpleSignature { address, ..p2wpkh() };
    assert_eq!(signature.verify(MESSAGE, NETWORK), Err(Bip322Error::Address));
}
