//! Reading test vectors: a missing or malformed field ends the test.

use std::collections::BTreeMap;

use ballast_bitcoin_staking::{Committee, SlashingRule, Terms, Timelock};
use ballast_schnorr::SigningKey;
use bitcoin::consensus::encode::{deserialize_hex, serialize_hex};
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, FeeRate, Network, ScriptBuf, Transaction, XOnlyPublicKey};
use serde_json::Value;

pub(crate) fn vectors(file: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(file).unwrap();
    let vectors = document["vectors"].as_array().unwrap().clone();
    assert!(!vectors.is_empty());
    vectors
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub(crate) fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

pub(crate) fn sats(value: &Value) -> Amount {
    Amount::from_sat(number(value))
}

pub(crate) fn rate(value: &Value) -> FeeRate {
    FeeRate::from_sat_per_vb(number(value)).unwrap()
}

pub(crate) fn blocks(value: &Value) -> Timelock {
    Timelock::from_blocks(number(value) as u32).unwrap()
}

pub(crate) fn key(value: &Value) -> XOnlyPublicKey {
    text(value).parse().unwrap()
}

/// A key of 33 bytes, of which scripts use the last 32.
pub(crate) fn long_key(value: &Value) -> XOnlyPublicKey {
    text(value)[2..].parse().unwrap()
}

pub(crate) fn keys(value: &Value) -> Vec<XOnlyPublicKey> {
    value.as_array().unwrap().iter().map(key).collect()
}

pub(crate) fn script(value: &Value) -> ScriptBuf {
    ScriptBuf::from_hex(text(value)).unwrap()
}

pub(crate) fn tx(value: &Value) -> Transaction {
    deserialize_hex(text(value)).unwrap()
}

pub(crate) fn signature(value: &Value) -> Signature {
    text(value).parse().unwrap()
}

pub(crate) fn network(value: &Value) -> Network {
    match text(value) {
        "mainnet" => Network::Bitcoin,
        name => name.parse().unwrap(),
    }
}

pub(crate) fn committee(params: &Value) -> Committee {
    let quorum = number(&params["covenantQuorum"]) as usize;
    Committee::new(keys(&params["covenantNoCoordPks"]), quorum).unwrap()
}

/// The terms of a vector in the form of btc-staking-ts.
pub(crate) fn terms(vector: &Value) -> Terms {
    let params = &vector["params"];
    Terms::new(
        key(&vector["staker_pk"]),
        keys(&vector["fp_pks"]),
        committee(params),
        blocks(&vector["staking_time"]),
        blocks(&params["unbondingTime"]),
    )
    .unwrap()
}

pub(crate) fn slashing_rule(params: &Value) -> SlashingRule {
    let slashing = &params["slashing"];
    SlashingRule {
        rate: slashing["slashingRate"].to_string().parse().unwrap(),
        script: script(&slashing["slashingPkScriptHex"]),
        min_fee: sats(&slashing["minSlashingTxFeeSat"]),
    }
}

pub(crate) fn assert_tx(found: &Transaction, expected: &Value, at: &str) {
    assert_eq!(serialize_hex(found), text(expected), "{at}");
}

/// The secret keys behind all generated vectors, by x-only public key.
pub(crate) fn secrets() -> BTreeMap<XOnlyPublicKey, SigningKey> {
    let vectors = vectors(include_str!("../../testvectors/test_keys.json"));
    let secret = |vector: &Value| {
        let bytes: [u8; 32] = hex::decode(text(&vector["sk"])).unwrap().try_into().unwrap();
        let secret = SigningKey::from_bytes(&bytes).unwrap();
        assert_eq!(secret.x_only(), key(&vector["pk_xonly"]));
        assert_eq!(secret.public_key().to_string(), text(&vector["pk33"]));
        (secret.x_only(), secret)
    };
    vectors.iter().map(secret).collect()
}
