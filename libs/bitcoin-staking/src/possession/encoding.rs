//! The protobuf messages that carry a proof (`docs/spec/bitcoin-formats.md` §b.6, §b.7).
//!
//! `{1: form, 2: signature}`, where a form of 0 is left out; for BIP-322 the signature is `{1: address, 2: witness}`. Only
//! this one encoding is read, so that a proof has one.

use bitcoin::secp256k1::schnorr::Signature;
use thiserror::Error;

use super::bip322::SimpleSignature;
use super::{Possession, ecdsa};

#[cfg(test)]
mod tests;

/// Key of field 1 as a number, and of fields 1 and 2 as bytes.
const FORM: u8 = 0x08;
const ADDRESS: u8 = 0x0a;
const BYTES: u8 = 0x12;

pub(super) fn encode(proof: &Possession) -> Vec<u8> {
    match proof {
        Possession::Bip340(signature) => field(BYTES, &signature.serialize()),
        Possession::Bip322(signature) => [vec![FORM, 1], field(BYTES, &encode_bip322(signature))].concat(),
        Possession::Ecdsa(signature) => [vec![FORM, 2], field(BYTES, &signature.serialize())].concat(),
    }
}

fn encode_bip322(signature: &SimpleSignature) -> Vec<u8> {
    let address = signature.address.clone().assume_checked().to_string();
    [field(ADDRESS, address.as_bytes()), field(BYTES, &signature.witness_bytes())].concat()
}

pub(super) fn decode(bytes: &[u8]) -> Result<Possession, EncodingError> {
    let (form, rest) = match bytes {
        [FORM, form @ 1..=2, rest @ ..] => (*form, rest),
        [FORM, ..] => return Err(EncodingError::Form),
        rest => (0, rest),
    };
    let (signature, rest) = take(BYTES, rest)?;
    if !rest.is_empty() {
        return Err(EncodingError::Message);
    }
    match form {
        0 => Signature::from_slice(signature).map(Possession::Bip340).map_err(|_| EncodingError::Signature),
        1 => decode_bip322(signature).map(Possession::Bip322),
        _ => ecdsa::from_bytes(signature).map(Possession::Ecdsa).map_err(|_| EncodingError::Signature),
    }
}

fn decode_bip322(bytes: &[u8]) -> Result<SimpleSignature, EncodingError> {
    let (address, rest) = take(ADDRESS, bytes)?;
    let (witness, rest) = take(BYTES, rest)?;
    if !rest.is_empty() {
        return Err(EncodingError::Message);
    }
    let address = str::from_utf8(address).ok().and_then(|text| text.parse().ok());
    let address = address.ok_or(EncodingError::Address)?;
    let signature = SimpleSignature::from_witness_bytes(address, witness);
    let signature = signature.map_err(|_| EncodingError::Signature)?;
    // An address has more than one spelling.
    if encode_bip322(&signature) != bytes {
        return Err(EncodingError::Address);
    }
    Ok(signature)
}

fn field(key: u8, bytes: &[u8]) -> Vec<u8> {
    let mut encoded = vec![key];
    let mut length = bytes.len();
    while length >= 0x80 {
        encoded.push(length as u8 | 0x80);
        length >>= 7;
    }
    encoded.push(length as u8);
    encoded.extend(bytes);
    encoded
}

/// The field in front, and what follows it.
fn take(key: u8, bytes: &[u8]) -> Result<(&[u8], &[u8]), EncodingError> {
    let [found, rest @ ..] = bytes else { return Err(EncodingError::Message) };
    // Nothing here comes near the 16,383 bytes of a length in two.
    let (length, rest) = match rest {
        [length @ ..0x80, rest @ ..] => (usize::from(*length), rest),
        [low, high @ 1..0x80, rest @ ..] => (usize::from(*low & 0x7f) | usize::from(*high) << 7, rest),
        _ => return Err(EncodingError::Message),
    };
    if *found != key {
        return Err(EncodingError::Message);
    }
    rest.split_at_checked(length).ok_or(EncodingError::Message)
}

/// Why bytes are no proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// Not an address, or not as it is written usually.
    #[error("no bitcoin address in its usual spelling")]
    Address,
    /// No such form.
    #[error("no form of proof has this number: choose 0, 1 or 2, and leave 0 out")]
    Form,
    /// Not the message.
    #[error("not the two fields of a proof, in order and nothing else")]
    Message,
    /// Not a signature of its form.
    #[error("not a signature of the proof's form")]
    Signature,
}
