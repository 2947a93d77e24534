//! Proofs of possession.

use ballast_bitcoin_staking::possession::bip322::{SimpleSignature, to_sign, to_spend};
use ballast_bitcoin_staking::possession::{Account, Possession, ecdsa};
use ballast_schnorr::SigningKey;
use bitcoin::Network;
use bitcoin::base64::Engine;
use bitcoin::base64::engine::general_purpose::STANDARD;
use bitcoin::consensus::encode::serialize_hex;
use serde_json::Value;

use super::read::*;

fn of_type(kind: &str, count: usize) -> Vec<Value> {
    let mut all = vectors(include_str!("../../testvectors/pop.json"));
    all.retain(|vector| vector["type"] == kind);
    assert_eq!(all.len(), count, "{kind}");
    all
}

fn secret(vector: &Value) -> SigningKey {
    SigningKey::from_bytes(&hex::decode(text(&vector["sk"])).unwrap().try_into().unwrap()).unwrap()
}

fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(text(value)).unwrap()
}

#[test]
fn bip340_proofs_are_equal() {
    for vector in of_type("bip340", 4) {
        let account = Account::parse(text(&vector["address"])).unwrap();
        assert_eq!(hex::encode(account.bytes()), text(&vector["address_bytes"]));
        let made = Possession::sign_bip340(&secret(&vector), &account, &[0; 32]);
        assert_eq!(made, Possession::Bip340(signature(&vector["sig_aux_zero"])));
        assert_eq!(hex::encode(made.to_bytes()), text(&vector["proto_ProofOfPossessionBTC"]));
        assert_eq!(made.verify(&key(&vector["pk"]), &account, Network::Bitcoin), Ok(()));
    }
}

#[test]
fn transactions_of_bip322_are_equal() {
    for vector in of_type("bip322_tx_hashes", 2) {
        let message = hex::decode(text(&vector["message_hex"])).unwrap();
        let spend = to_spend(&message, &script(&vector["script_pubkey"]));
        let sign = to_sign(&spend);
        assert_eq!(serialize_hex(&spend), text(&vector["to_spend_hex"]));
        assert_eq!(serialize_hex(&sign), text(&vector["to_sign_hex"]));
        assert_eq!(spend.compute_txid().to_string(), text(&vector["to_spend_txid"]));
        assert_eq!(sign.compute_txid().to_string(), text(&vector["to_sign_txid"]));
    }
}

#[test]
fn taproot_proofs_are_equal() {
    for vector in of_type("bip322_p2tr", 4) {
        let account = Account::parse(text(&vector["message"])).unwrap();
        let message = account.text().as_bytes();
        let made = SimpleSignature::sign_p2tr(&secret(&vector), message, Network::Bitcoin, &[0; 32]);
        assert_eq!(made.address.clone().assume_checked().to_string(), text(&vector["btc_address"]));
        assert_eq!(hex::encode(made.witness_bytes()), text(&vector["simple_sig_hex"]));
        let proof = Possession::Bip322(made);
        assert!(hex::encode(proof.to_bytes()).ends_with(text(&vector["proto_BIP322Sig"])));
        assert_eq!(proof.verify(&key(&vector["pk"]), &account, Network::Bitcoin), Ok(()));
    }
}

#[test]
fn a_segwit_proof_of_babylon_verifies() {
    for vector in of_type("bip322_repo", 1) {
        let address = text(&vector["address"]).parse().unwrap();
        let proof = SimpleSignature::from_witness_bytes(address, &base64(&vector["sig_base64"])).unwrap();
        assert!(proof.verify(&base64(&vector["message_base64"]), Network::Testnet).is_ok());
        assert!(proof.verify(b"", Network::Testnet).is_err());
    }
}

#[test]
fn message_signatures_verify() {
    for vector in of_type("ecdsa", 4) {
        let account = Account::parse(text(&vector["message"])).unwrap();
        assert_eq!(hex::encode(ecdsa::digest(account.text())), text(&vector["message_hash"]));
        let stated = ecdsa::from_bytes(&hex::decode(text(&vector["sig65"])).unwrap()).unwrap();
        let proof = Possession::Ecdsa(stated);
        assert_eq!(proof.verify(&key(&vector["pk"]), &account, Network::Bitcoin), Ok(()));
    }
    for vector in of_type("ecdsa_repo", 1) {
        let made = ecdsa::sign(&secret(&vector), text(&vector["message"]));
        assert_eq!(made.serialize().to_vec(), base64(&vector["sig_base64"]));
    }
}
