//! The template hash of a transaction: what OP_CHECKTEMPLATEVERIFY compares (BIP-119).
//!
//! It commits to version, lock time, scriptSigs, the number of inputs, their sequences, the outputs and the
//! index of the input that is verified. It commits neither to what the inputs spend nor to their amounts, so a
//! script can name the hash of a transaction that spends the script's own output.

use std::fmt;

use bitcoin::Transaction;
use bitcoin::consensus::Encodable;
use bitcoin::hashes::{Hash, HashEngine, sha256};

#[cfg(test)]
mod tests;

/// BIP-119's `DefaultCheckTemplateVerifyHash`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TemplateHash([u8; 32]);

impl TemplateHash {
    /// The hash of `tx` for its input number `input`. Witnesses and prevouts do not enter.
    pub fn of(tx: &Transaction, input: u32) -> Self {
        let mut engine = sha256::Hash::engine();
        write(&mut engine, &tx.version);
        write(&mut engine, &tx.lock_time);
        if tx.input.iter().any(|input| !input.script_sig.is_empty()) {
            engine.input(&hash_all(tx.input.iter().map(|input| &input.script_sig)));
        }
        engine.input(&count(tx.input.len()));
        engine.input(&hash_all(tx.input.iter().map(|input| &input.sequence)));
        engine.input(&count(tx.output.len()));
        engine.input(&hash_all(&tx.output));
        engine.input(&input.to_le_bytes());
        Self(sha256::Hash::from_engine(engine).to_byte_array())
    }

    /// The 32 bytes that a script pushes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// BIP-119 counts in 32 bits.
fn count(number: usize) -> [u8; 4] {
    u32::try_from(number).expect("a transaction has fewer than 2^32 parts").to_le_bytes()
}

fn hash_all<'a, T: Encodable + 'a>(parts: impl IntoIterator<Item = &'a T>) -> [u8; 32] {
    let mut engine = sha256::Hash::engine();
    parts.into_iter().for_each(|part| write(&mut engine, part));
    sha256::Hash::from_engine(engine).to_byte_array()
}

fn write(engine: &mut sha256::HashEngine, part: &impl Encodable) {
    part.consensus_encode(engine).expect("a hash engine takes everything");
}

impl fmt::Display for TemplateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TemplateHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TemplateHash({self})")
    }
}
