//! BLS12-381 with signatures in G1 and public keys in G2 (`docs/spec/bitcoin-formats.md` §d).
//!
//! Signatures over one message add up to one, and so do the keys under them. That is safe only among keys whose
//! owners have shown that they hold the secret ([`crate::possession`]): else one could be made to cancel another.
//! Every key and signature that comes in is in the right subgroup and not the point at infinity.

use std::fmt;

use blst::BLST_ERROR;
use blst::min_sig::{self, AggregatePublicKey, AggregateSignature};
use thiserror::Error;

#[cfg(test)]
mod tests;

/// The suite under which checkpoints are signed.
pub const VOTE_SUITE: &str = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
/// The suite under which possession of a key is shown, so that no vote can pass for a proof.
pub const POSSESSION_SUITE: &str = "BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";

/// A validator's secret; wiped when dropped.
pub struct SecretKey(min_sig::SecretKey);

impl SecretKey {
    /// The secret that the bytes are, big-endian.
    ///
    /// # Errors
    /// [`BlsError::SecretKey`] for 0 and from the group's order on.
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, BlsError> {
        min_sig::SecretKey::from_bytes(bytes).map(Self).map_err(|_| BlsError::SecretKey)
    }

    /// The secret that follows from 32 or more bytes nobody can guess (KeyGen of draft-irtf-cfrg-bls-signature).
    ///
    /// # Errors
    /// [`BlsError::Seed`] for fewer bytes.
    pub fn derive(seed: &[u8]) -> Result<Self, BlsError> {
        let found = seed.len();
        min_sig::SecretKey::key_gen(seed, &[]).map(Self).map_err(|_| BlsError::Seed { found })
    }

    /// The public key.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.sk_to_pk())
    }

    /// Signs a checkpoint's vote ([`crate::quorum::vote`]).
    pub fn sign_vote(&self, vote: &[u8; 40]) -> Signature {
        self.sign(vote, VOTE_SUITE)
    }

    pub(crate) fn sign(&self, message: &[u8], suite: &str) -> Signature {
        Signature(self.0.sign(message, suite.as_bytes(), &[]))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

/// A validator's key, or the sum of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicKey(min_sig::PublicKey);

impl PublicKey {
    /// The key that 96 compressed bytes are.
    ///
    /// # Errors
    /// [`BlsError::PublicKey`] when they are no point of the subgroup, or infinity.
    pub fn from_bytes(bytes: &[u8; 96]) -> Result<Self, BlsError> {
        min_sig::PublicKey::key_validate(bytes).map(Self).map_err(|_| BlsError::PublicKey)
    }

    /// The key, compressed.
    pub fn to_bytes(&self) -> [u8; 96] {
        self.0.to_bytes()
    }

    /// The key under an aggregate signature of all these keys.
    ///
    /// # Errors
    /// [`BlsError::Empty`] for none, [`BlsError::PublicKey`] when they cancel each other.
    pub fn aggregate(keys: &[Self]) -> Result<Self, BlsError> {
        let keys: Vec<_> = keys.iter().map(|key| &key.0).collect();
        let sum = AggregatePublicKey::aggregate(&keys, false).map_err(|_| BlsError::Empty)?.to_public_key();
        sum.validate().map_err(|_| BlsError::PublicKey)?;
        Ok(Self(sum))
    }

    /// Verifies the signature of a checkpoint's vote.
    ///
    /// # Errors
    /// [`BlsError::Invalid`].
    pub fn verify_vote(&self, vote: &[u8; 40], signature: &Signature) -> Result<(), BlsError> {
        self.verify(vote, signature, VOTE_SUITE)
    }

    pub(crate) fn verify(&self, message: &[u8], signature: &Signature, suite: &str) -> Result<(), BlsError> {
        match signature.0.verify(true, message, suite.as_bytes(), &[], &self.0, true) {
            BLST_ERROR::BLST_SUCCESS => Ok(()),
            _ => Err(BlsError::Invalid),
        }
    }
}

/// A signature, or the sum of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature(min_sig::Signature);

impl Signature {
    /// The signature that 48 compressed bytes are.
    ///
    /// # Errors
    /// [`BlsError::Signature`] when they are no point of the subgroup, or infinity.
    pub fn from_bytes(bytes: &[u8; 48]) -> Result<Self, BlsError> {
        min_sig::Signature::sig_validate(bytes, true).map(Self).map_err(|_| BlsError::Signature)
    }

    /// The signature, compressed.
    pub fn to_bytes(&self) -> [u8; 48] {
        self.0.to_bytes()
    }

    /// The sum of signatures over one message.
    ///
    /// # Errors
    /// [`BlsError::Empty`] for none, [`BlsError::Signature`] when they cancel each other.
    pub fn aggregate(signatures: &[Self]) -> Result<Self, BlsError> {
        let signatures: Vec<_> = signatures.iter().map(|signature| &signature.0).collect();
        let sum = AggregateSignature::aggregate(&signatures, false).map_err(|_| BlsError::Empty)?;
        let sum = sum.to_signature();
        sum.validate(true).map_err(|_| BlsError::Signature)?;
        Ok(Self(sum))
    }
}

/// Why a key or a signature is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BlsError {
    /// Nothing to add up.
    #[error("nothing to aggregate: give at least one")]
    Empty,
    /// The signature is not the key's over this message.
    #[error("the signature does not verify: check key, message and suite")]
    Invalid,
    /// Not a public key.
    #[error("the public key is no point of the subgroup, or infinity")]
    PublicKey,
    /// Not a secret key.
    #[error("the secret key is 0 or not below the group's order")]
    SecretKey,
    /// Too little to derive a secret from.
    #[error("a seed of {found} bytes: give at least 32")]
    Seed {
        /// Bytes given.
        found: usize,
    },
    /// Not a signature.
    #[error("the signature is no point of the subgroup, or infinity")]
    Signature,
}
