//! Bitcoin's message signature: 65 bytes from which the key is recovered (`docs/spec/bitcoin-formats.md` §b.7).
//!
//! The header's flag for compressed keys says which address the wallet showed, and nothing of the key; it is ignored.

use ballast_schnorr::SigningKey;
use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::{Message, SecretKey};
use bitcoin::sign_message::{MessageSignature, signed_msg_hash};
use secp256k1::SECP256K1;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// What is signed for a text, a double SHA-256.
pub fn digest(text: &str) -> [u8; 32] {
    signed_msg_hash(text).to_byte_array()
}

/// Signs a text by the nonce of RFC 6979, with the flag for a compressed key.
pub fn sign(key: &SigningKey, text: &str) -> MessageSignature {
    let secret = SecretKey::from_slice(key.secret_bytes().as_slice()).expect("a signing key is in range");
    let signature = SECP256K1.sign_ecdsa_recoverable(&Message::from_digest(digest(text)), &secret);
    MessageSignature::new(signature, true)
}

/// Reads 65 bytes: 27 and the recovery id, 4 more for a compressed key; r; s.
///
/// # Errors
/// [`EcdsaError::Bytes`].
pub fn from_bytes(bytes: &[u8]) -> Result<MessageSignature, EcdsaError> {
    match bytes.first() {
        Some(27..=34) => MessageSignature::from_slice(bytes).map_err(|_| EcdsaError::Bytes),
        _ => Err(EcdsaError::Bytes),
    }
}

/// The x coordinate of the key that signed a text.
///
/// # Errors
/// [`EcdsaError::HighS`], since everybody can turn a signature into a second one; [`EcdsaError::NoKey`].
pub fn signer(text: &str, signature: &MessageSignature) -> Result<XOnlyPublicKey, EcdsaError> {
    let plain = signature.signature.to_standard();
    let mut low = plain;
    low.normalize_s();
    if low != plain {
        return Err(EcdsaError::HighS);
    }
    let key = signature.recover_pubkey(SECP256K1, signed_msg_hash(text));
    Ok(key.map_err(|_| EcdsaError::NoKey)?.inner.x_only_public_key().0)
}

/// Why a message signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EcdsaError {
    /// Not 65 bytes of the form.
    #[error("not a message signature: it has 65 bytes, the first from 27 to 34")]
    Bytes,
    /// The larger of the two forms of s.
    #[error("s is above half the curve order: give the lower form")]
    HighS,
    /// No key could have made it.
    #[error("no key is recovered from the signature: check the signed text")]
    NoKey,
}
