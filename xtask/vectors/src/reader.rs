//! Reads one vector and remembers which of its fields were used.
//!
//! A leaf is a string, a number, a boolean, a null or an empty container. Every read and every
//! comparison marks its leaf as used; what is left unmarked at the end is a failure ([`Log::note_unread`]).
//! Comparisons note a mismatch and go on, so that one run shows everything that is wrong; an input
//! that cannot be read ends the vector ([`Halt`]).

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;

use bitcoin::base64::Engine;
use bitcoin::base64::engine::general_purpose::STANDARD;
use bitcoin::consensus::encode::deserialize;
use bitcoin::{ScriptBuf, Transaction};
use secp256k1::{PublicKey, XOnlyPublicKey};
use serde_json::Value;

use crate::report::Mismatch;

/// Keys whose values are prose or labels. They are never required to be checked.
pub(crate) const PROSE: [&str; 8] =
    ["source", "description", "comment", "note", "origin", "fork_note", "name", "index"];

/// The vector cannot be judged further; why is in the log.
#[derive(Debug)]
pub(crate) struct Halt;

/// A value, or the end of the vector.
pub(crate) type Checked<T = ()> = Result<T, Halt>;

/// What the checks of one vector found.
#[derive(Default)]
pub(crate) struct Log {
    mismatches: RefCell<Vec<Mismatch>>,
    used: RefCell<BTreeSet<String>>,
}

impl Log {
    /// What was found wrong, in the order of the checks.
    pub(crate) fn into_mismatches(self) -> Vec<Mismatch> {
        self.mismatches.into_inner()
    }

    /// Notes every leaf below `root` that no check used and that is neither prose nor foreign.
    pub(crate) fn note_unread(&self, root: &Value, is_foreign: impl Fn(&str) -> bool) {
        for leaf in leaves(root) {
            if !leaf.is_prose && !self.used.borrow().contains(&leaf.pointer) && !is_foreign(&leaf.pointer) {
                self.note(leaf.pointer, "a field that a check reads", "no check reads it");
            }
        }
    }

    fn note(&self, field: String, expected: impl Display, found: impl Display) {
        let (expected, found) = (expected.to_string(), found.to_string());
        self.mismatches.borrow_mut().push(Mismatch { field, expected, found });
    }
}

/// A place in a vector.
#[derive(Clone)]
pub(crate) struct Node<'a> {
    value: &'a Value,
    pointer: String,
    log: &'a Log,
}

impl<'a> Node<'a> {
    /// The whole vector.
    pub(crate) fn root(value: &'a Value, log: &'a Log) -> Self {
        Self { value, pointer: String::new(), log }
    }

    /// The JSON as it is; reading it marks nothing.
    pub(crate) fn value(&self) -> &'a Value {
        self.value
    }

    /// Notes that this field is wrong.
    pub(crate) fn fail(&self, expected: impl Display, found: impl Display) {
        self.log.note(self.pointer.clone(), expected, found);
    }

    /// Notes that this field is wrong, and ends the vector.
    pub(crate) fn halt<T>(&self, expected: impl Display, found: impl Display) -> Checked<T> {
        self.fail(expected, found);
        Err(Halt)
    }

    /// Takes the value of a library's answer, or ends the vector with the library's refusal.
    pub(crate) fn accept<T, E: Display>(&self, what: &str, answer: Result<T, E>) -> Checked<T> {
        answer.or_else(|error| self.halt(what, format_args!("refused: {error}")))
    }

    /// Notes a library's refusal and goes on.
    pub(crate) fn verify<T, E: Display>(&self, what: &str, answer: Result<T, E>) {
        let _ = self.accept(what, answer);
    }

    /// The field `key`, which must be there.
    pub(crate) fn get(&self, key: &str) -> Checked<Self> {
        match self.find(key) {
            Some(node) => Ok(node),
            None => self.halt(format_args!("an object with a field '{key}'"), "no such field"),
        }
    }

    /// The field `key`, if there is one.
    pub(crate) fn find(&self, key: &str) -> Option<Self> {
        self.value.get(key).map(|value| self.child(key, value))
    }

    /// The elements of a list.
    pub(crate) fn items(&self) -> Checked<Vec<Self>> {
        let Some(items) = self.value.as_array() else { return self.halt("a list", self.value) };
        self.mark_if(items.is_empty());
        Ok(items.iter().enumerate().map(|(index, value)| self.child(&index.to_string(), value)).collect())
    }

    /// The fields of an object with their names.
    pub(crate) fn entries(&self) -> Checked<Vec<(&'a str, Self)>> {
        let Some(fields) = self.value.as_object() else { return self.halt("an object", self.value) };
        self.mark_if(fields.is_empty());
        Ok(fields.iter().map(|(key, value)| (key.as_str(), self.child(key, value))).collect())
    }

    /// A string.
    pub(crate) fn text(&self) -> Checked<&'a str> {
        self.mark_if(true);
        self.value.as_str().map_or_else(|| self.halt("a string", self.value), Ok)
    }

    /// A whole number from 0 on that fits into `T`.
    pub(crate) fn number<T: TryFrom<u64>>(&self) -> Checked<T> {
        self.mark_if(true);
        let number = self.value.as_u64().and_then(|number| T::try_from(number).ok());
        number.map_or_else(|| self.halt("a whole number in range", self.value), Ok)
    }

    /// A whole number that is written as a string of decimal digits without leading zeros.
    pub(crate) fn decimal<T: TryFrom<u64>>(&self) -> Checked<T> {
        let text = self.text()?;
        let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
        let number = number.and_then(|number| T::try_from(number).ok());
        number.map_or_else(|| self.halt("a decimal number in range", text), Ok)
    }

    /// A decimal fraction, with its digits as JSON states them.
    pub(crate) fn fraction(&self) -> Checked<String> {
        self.mark_if(true);
        let number = self.value.as_number().map(ToString::to_string);
        number.map_or_else(|| self.halt("a number", self.value), Ok)
    }

    /// A string that `parse` understands.
    pub(crate) fn parse<T, E: Display>(
        &self,
        what: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Checked<T> {
        let text = self.text()?;
        parse(text).or_else(|error| self.halt(what, format_args!("{text} ({error})")))
    }

    /// Bytes in hex.
    pub(crate) fn hex(&self) -> Checked<Vec<u8>> {
        self.parse("hex", |text| hex::decode(text))
    }

    /// Bytes in base64.
    pub(crate) fn base64(&self) -> Checked<Vec<u8>> {
        self.parse("base64", |text| STANDARD.decode(text))
    }

    /// Exactly `N` bytes in hex.
    pub(crate) fn bytes<const N: usize>(&self) -> Checked<[u8; N]> {
        let found = self.hex()?;
        let length = found.len();
        found.try_into().or_else(|_| self.halt(format_args!("{N} bytes"), format_args!("{length} bytes")))
    }

    /// What hex bytes encode.
    pub(crate) fn decode<T, E: Display>(
        &self,
        what: &str,
        decode: impl FnOnce(&[u8]) -> Result<T, E>,
    ) -> Checked<T> {
        let bytes = self.hex()?;
        decode(&bytes).or_else(|error| self.halt(what, error))
    }

    /// A public key of 32 bytes.
    pub(crate) fn key(&self) -> Checked<XOnlyPublicKey> {
        self.decode("a public key of 32 bytes", XOnlyPublicKey::from_slice)
    }

    /// A public key of 33 bytes.
    pub(crate) fn full_key(&self) -> Checked<PublicKey> {
        let bytes = self.bytes::<33>()?;
        self.accept("a compressed public key", PublicKey::from_slice(&bytes))
    }

    /// A list of public keys of 32 bytes.
    pub(crate) fn keys(&self) -> Checked<Vec<XOnlyPublicKey>> {
        self.items()?.iter().map(Self::key).collect()
    }

    /// A transaction in Bitcoin's encoding.
    pub(crate) fn transaction(&self) -> Checked<Transaction> {
        self.decode("a transaction", deserialize)
    }

    /// A script.
    pub(crate) fn script(&self) -> Checked<ScriptBuf> {
        Ok(self.hex()?.into())
    }

    /// Compares hex with the bytes that the library made. Upper-case digits count as lower-case.
    pub(crate) fn is_hex(&self, made: impl AsRef<[u8]>) {
        let made = hex::encode(made);
        self.mark_if(true);
        match self.value.as_str() {
            Some(stated) if stated.eq_ignore_ascii_case(&made) => {}
            Some(stated) => self.fail(stated, made),
            None => self.fail(self.value, made),
        }
    }

    /// Compares a string, number, boolean or null with what the library made.
    pub(crate) fn is(&self, made: impl Into<Value>) {
        let made = made.into();
        self.mark_if(true);
        if *self.value != made {
            self.fail(plain(self.value), plain(&made));
        }
    }

    /// Compares something read out of this field with what it must be.
    pub(crate) fn is_equal<T: Display + PartialEq>(&self, what: &str, stated: T, made: T) {
        if stated != made {
            self.fail(format_args!("{what} {stated}"), made);
        }
    }

    fn child(&self, key: &str, value: &'a Value) -> Self {
        Self { value, pointer: join(&self.pointer, key), log: self.log }
    }

    fn mark_if(&self, is_leaf: bool) {
        if is_leaf {
            self.log.used.borrow_mut().insert(self.pointer.clone());
        }
    }
}

/// A scalar or an empty container.
pub(crate) struct Leaf {
    /// Where it is (RFC 6901).
    pub(crate) pointer: String,
    /// Whether its name, or that of the list it is in, is one of prose.
    pub(crate) is_prose: bool,
}

/// Every leaf below `root`.
pub(crate) fn leaves(root: &Value) -> Vec<Leaf> {
    let mut found = Vec::new();
    collect(root, String::new(), false, &mut found);
    found
}

fn collect(value: &Value, pointer: String, is_prose: bool, found: &mut Vec<Leaf>) {
    match value {
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                collect(item, join(&pointer, &index.to_string()), is_prose, found);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (key, field) in fields {
                collect(field, join(&pointer, key), PROSE.contains(&key.as_str()), found);
            }
        }
        _ => found.push(Leaf { pointer, is_prose }),
    }
}

fn join(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// A string without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
