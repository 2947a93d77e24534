//! A transaction as hex in a JSON file.
//!
//! The bytes are decoded first and parsed then: rust-bitcoin's own reader of hex panics where the hex breaks off.

use bitcoin::Transaction;
use bitcoin::consensus::encode::serialize_hex;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(tx: &Transaction, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&serialize_hex(tx))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Transaction, D::Error> {
    let text = String::deserialize(deserializer)?;
    let bytes =
        hex::decode(text).map_err(|error| D::Error::custom(format!("a transaction is not hex: {error}")))?;
    bitcoin::consensus::deserialize(&bytes)
        .map_err(|error| D::Error::custom(format!("the hex is no transaction: {error}")))
}
