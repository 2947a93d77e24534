//! Extractable one-time signatures: BIP-340 with a nonce that was committed to beforehand.
//!
//! The message is hashed with SHA-256 first. `r` is known from the commitment, so the signature is `s` alone;
//! `(r, s)` is an ordinary BIP-340 signature of the message's digest. Two signatures with one `r` over two
//! messages give two linear equations in the nonce and the key, hence the key
//! (`docs/spec/bitcoin-formats.md` §b.1).
//!
//! A vote is therefore also a valid plain signature of its digest. Every other message that the same key signs
//! must be domain-separated from votes; [`message`](crate::message) does that.

use std::fmt;

use k256::{
    FieldBytes,
    elliptic_curve::{PrimeField, ops::Invert},
};
use secp256k1::{Parity, PublicKey, Scalar, SecretKey, XOnlyPublicKey, constants::CURVE_ORDER, schnorr};
use thiserror::Error;

use crate::{
    Nonce, PublicRandomness, SigningKey,
    bip340::{self, challenge, digest},
};

#[cfg(test)]
mod tests;

/// Why signing, verifying or extracting failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EotsError {
    /// The encoded `s` is not below the curve order.
    #[error("the signature scalar is not below the curve order: it is not canonical")]
    NonCanonical,
    /// The challenge hash is not below the curve order, which the format forbids to reduce.
    #[error("the challenge hash is not below the curve order: sign another message")]
    ChallengeOverflow,
    /// The signature scalar would be zero.
    #[error("the signature scalar is zero: sign another message")]
    ZeroScalar,
    /// The signature does not belong to this key, randomness and message.
    #[error("the signature does not verify: check the key, the public randomness and the message")]
    Invalid,
    /// Both signatures are the same, so they give one equation for two unknowns.
    #[error("both signatures are equal: nothing can be extracted from one signature")]
    SameSignature,
    /// Both messages are the same, so they give one equation for two unknowns.
    #[error("both messages have one challenge: signing one message twice is no double sign")]
    SameChallenge,
    /// The extracted scalar is not the key's: a signature is invalid or the nonces differ.
    #[error("the signatures reveal no key of {expected}: verify both against one public randomness first")]
    KeyMismatch {
        /// The key that the caller expected to extract.
        expected: PublicKey,
    },
}

/// The scalar `s` of an extractable one-time signature, below the curve order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signature([u8; 32]);

impl Signature {
    /// Reads 32 big-endian bytes.
    ///
    /// # Errors
    /// [`EotsError::NonCanonical`] if the number is not below the curve order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, EotsError> {
        // Both are public, so the early exit of a plain comparison gives nothing away.
        if bytes < CURVE_ORDER { Ok(Self(bytes)) } else { Err(EotsError::NonCanonical) }
    }

    /// The 32 big-endian bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0
    }

    /// The BIP-340 signature `(r, s)` of the message's SHA-256 digest, 64 bytes.
    pub fn with_randomness(&self, randomness: &PublicRandomness) -> schnorr::Signature {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(randomness.as_bytes());
        bytes[32..].copy_from_slice(&self.0);
        schnorr::Signature::from_slice(&bytes).expect("64 bytes")
    }

    fn scalar(&self) -> k256::Scalar {
        scalar(self.0).expect("a signature is below the curve order")
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({self})")
    }
}

/// Signs a message of any length, using the nonce up: `s = k + e*d`.
///
/// # Errors
/// [`EotsError::ChallengeOverflow`] or [`EotsError::ZeroScalar`], each with a chance of about 2^-128 or less.
pub fn sign(key: &SigningKey, nonce: Nonce, message: &[u8]) -> Result<Signature, EotsError> {
    let e = challenge(nonce.public().as_bytes(), &key.x_only(), &digest(message));
    let e = Scalar::from_be_bytes(e).map_err(|_| EotsError::ChallengeOverflow)?;
    let s = key.even().mul_tweak(&e).and_then(|ed| ed.add_tweak(&Scalar::from(*nonce.even())));
    s.map(|s| Signature(s.secret_bytes())).map_err(|_| EotsError::ZeroScalar)
}

/// Checks a signature: one BIP-340 verification.
///
/// # Errors
/// [`EotsError::Invalid`] if `(r, s)` is not a BIP-340 signature of the message's digest.
pub fn verify(
    key: &XOnlyPublicKey,
    randomness: &PublicRandomness,
    message: &[u8],
    signature: &Signature,
) -> Result<(), EotsError> {
    bip340::verify(key, &digest(message), &signature.with_randomness(randomness))
        .map_err(|_| EotsError::Invalid)
}

/// The secret key behind two signatures that share one nonce, given the x-only key as chains know it.
///
/// The result has an even y, so it may be the negation of what the signer stored. The signatures need not be
/// verified before: the result is checked against the key.
///
/// # Errors
/// [`EotsError::SameSignature`], [`EotsError::SameChallenge`], [`EotsError::ChallengeOverflow`], or
/// [`EotsError::KeyMismatch`] if a signature is invalid or the nonces differ.
pub fn extract(
    key: &XOnlyPublicKey,
    randomness: &PublicRandomness,
    message_1: &[u8],
    signature_1: &Signature,
    message_2: &[u8],
    signature_2: &Signature,
) -> Result<SigningKey, EotsError> {
    let key = key.public_key(Parity::Even);
    extract_with_parity(&key, randomness, message_1, signature_1, message_2, signature_2)
}

/// Like [`extract`], for a public key of known parity: the result is the very scalar that the signer stored.
///
/// # Errors
/// As [`extract`].
pub fn extract_with_parity(
    key: &PublicKey,
    randomness: &PublicRandomness,
    message_1: &[u8],
    signature_1: &Signature,
    message_2: &[u8],
    signature_2: &Signature,
) -> Result<SigningKey, EotsError> {
    if signature_1 == signature_2 {
        return Err(EotsError::SameSignature);
    }
    let (x_only, parity) = key.x_only_public_key();
    let e = |message| {
        scalar(challenge(randomness.as_bytes(), &x_only, &digest(message)))
            .ok_or(EotsError::ChallengeOverflow)
    };
    // Everything here is public already, the result included: variable time is no leak.
    let run = Option::<k256::Scalar>::from((e(message_1)? - e(message_2)?).invert_vartime())
        .ok_or(EotsError::SameChallenge)?;
    let even = (signature_1.scalar() - signature_2.scalar()) * run;
    let even = SecretKey::from_slice(&even.to_bytes()).expect("a quotient of non-zero scalars is one");
    let secret = if parity == Parity::Odd { even.negate() } else { even };
    let extracted = SigningKey::new(secret);
    if extracted.public_key() == *key {
        Ok(extracted)
    } else {
        Err(EotsError::KeyMismatch { expected: *key })
    }
}

fn scalar(bytes: [u8; 32]) -> Option<k256::Scalar> {
    k256::Scalar::from_repr(FieldBytes::from(bytes)).into()
}
