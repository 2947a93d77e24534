//! Kind `test_keys`: the secret keys of the other files, and the ring that those files look them up in.
//!
//! A source of the form `sk = SHA256('prefix' || label)` says how the keys follow from their labels.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ballast_schnorr::{SigningKey, bip340};
use secp256k1::XOnlyPublicKey;
use serde_json::Value;

use crate::eots::signing_key;
use crate::reader::{Checked, Node};
use crate::{Context, json};

pub(crate) fn check(vector: &Node<'_>, context: &Context<'_>) -> Checked {
    let label = vector.get("label")?;
    let name = label.text()?;
    if context.others().any(|row| row.get("label") == Some(label.value())) {
        label.fail("a label of its own", name);
    }
    let own = vector.value().get("source").and_then(Value::as_str);
    if let Some(prefix) = own.or(context.source).and_then(prefix) {
        vector.get("sk")?.is_hex(bip340::digest(format!("{prefix}{name}").as_bytes()));
    }
    let key = signing_key(vector, "sk")?;
    vector.get("pk33")?.is_hex(key.public_key().serialize());
    vector.get("pk_xonly")?.is_hex(key.x_only().serialize());
    Ok(())
}

/// What a source says that a key is the SHA-256 hash of, before its label.
fn prefix(source: &str) -> Option<&str> {
    let (_, rest) = source.split_once("sk = SHA256('")?;
    Some(rest.split_once("' || label)")?.0)
}

/// The test keys beside a file, by label.
pub(crate) struct KeyRing(BTreeMap<String, SigningKey>);

impl KeyRing {
    /// Reads `test_keys.json` in the folder of `file`, if there is one.
    pub(crate) fn beside(file: &Path) -> Result<Option<Self>, String> {
        let path = file.with_file_name("test_keys.json");
        if !path.exists() {
            return Ok(None);
        }
        let refused = |reason: String| format!("{}: {reason}", path.display());
        let text = fs::read_to_string(&path).map_err(|error| refused(error.to_string()))?;
        let value = json::parse(&text).map_err(refused)?;
        let rows = value.get("vectors").and_then(Value::as_array);
        let rows = rows.ok_or_else(|| refused("there is no list 'vectors'".to_owned()))?;
        let entry = |(index, row)| {
            entry(row).ok_or_else(|| refused(format!("vector {index} is no label with a key pair")))
        };
        let ring = rows.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        Ok(Some(Self(ring)))
    }

    /// The key that is called `label`.
    pub(crate) fn labelled(&self, label: &str) -> Option<&SigningKey> {
        self.0.get(label)
    }

    /// The secret of a public key.
    pub(crate) fn secret_of(&self, key: &XOnlyPublicKey) -> Option<&SigningKey> {
        self.0.values().find(|signer| signer.x_only() == *key)
    }
}

/// The label of a row and its key, if the row's own public key agrees with it.
fn entry(row: &Value) -> Option<(String, SigningKey)> {
    let field = |name| row.get(name).and_then(Value::as_str);
    let secret: [u8; 32] = hex::decode(field("sk")?).ok()?.try_into().ok()?;
    let key = SigningKey::from_bytes(&secret).ok()?;
    let agrees = key.x_only().to_string() == field("pk_xonly")?;
    agrees.then(|| Some((field("label")?.to_owned(), key))).flatten()
}
