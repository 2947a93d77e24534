//! BIP-340: tagged hashes, the challenge, signing and verifying of 32-byte digests.
//!
//! A signature `(r, s)` of digest `m` by key `P` is valid if `R = s*G - e*P` is not infinite, has an even y and
//! the x coordinate `r`, where `e = TH("BIP0340/challenge", r || x(P) || m)`.

use k256::{U256, elliptic_curve::ops::Reduce};
use secp256k1::{Message, SECP256K1, Scalar, XOnlyPublicKey, schnorr::Signature};
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::SigningKey;

#[cfg(test)]
mod tests;

/// Why a plain signature was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Bip340Error {
    /// The signature does not belong to this key and digest.
    #[error("the signature does not verify: check the key, the signed bytes and their hash")]
    Invalid,
}

/// `SHA256(SHA256(tag) || SHA256(tag) || parts...)`, the tagged hash of BIP-340.
pub fn tagged_hash(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let tag = Sha256::digest(tag);
    let mut hash = Sha256::new_with_prefix(tag);
    hash.update(tag);
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// `SHA256(message)`: the digest under every signature over a message that is not itself a digest.
pub fn digest(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// The challenge `TH("BIP0340/challenge", r || x(P) || digest)`, not reduced modulo the curve order.
pub fn challenge(r: &[u8; 32], key: &XOnlyPublicKey, digest: &[u8; 32]) -> [u8; 32] {
    tagged_hash("BIP0340/challenge", &[r, &key.serialize(), digest])
}

/// Signs a digest. The same digest and the same 32 `aux` bytes give the same signature; fresh random `aux`
/// protects against faults and power analysis, zeros are safe otherwise.
pub fn sign(key: &SigningKey, digest: &[u8; 32], aux: &[u8; 32]) -> Signature {
    SECP256K1.sign_schnorr_with_aux_rand(&Message::from_digest(*digest), key.keypair(), aux)
}

/// Checks the signature of a digest.
///
/// # Errors
/// [`Bip340Error::Invalid`] if it is not valid under BIP-340, also for a coordinate or scalar out of range.
pub fn verify(key: &XOnlyPublicKey, digest: &[u8; 32], signature: &Signature) -> Result<(), Bip340Error> {
    SECP256K1.verify_schnorr(signature, &Message::from_digest(*digest), key).map_err(|_| Bip340Error::Invalid)
}

/// A hash as a number modulo the curve order, big-endian and again below the order.
pub(crate) fn reduce(hash: [u8; 32]) -> [u8; 32] {
    <k256::Scalar as Reduce<U256>>::reduce_bytes(&hash.into()).to_bytes().into()
}

/// A hash as a scalar modulo the curve order.
pub(crate) fn reduce_scalar(hash: [u8; 32]) -> Scalar {
    Scalar::from_be_bytes(reduce(hash)).expect("a reduced number is below the curve order")
}
