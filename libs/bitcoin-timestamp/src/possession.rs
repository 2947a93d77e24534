//! The proof that whoever registers a BLS key holds its secret (`docs/spec/bitcoin-formats.md` §d).
//!
//! The consensus key signs the BLS key, then the BLS key signs itself and that signature. Without it, somebody could
//! register a key made of others' keys and sign alone in the name of all.

use crate::bls::{BlsError, POSSESSION_SUITE, PublicKey, SecretKey, Signature};

#[cfg(test)]
mod tests;

/// What is registered beside a BLS key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Possession {
    /// The consensus key's Ed25519 signature over the 96 bytes of the BLS key.
    pub consensus_signature: [u8; 64],
    /// The BLS key's signature over both.
    pub signature: Signature,
}

impl Possession {
    /// Shows possession of `secret` to whoever knows the consensus key.
    pub fn sign(secret: &SecretKey, consensus_signature: [u8; 64]) -> Self {
        let message = message(&secret.public_key(), &consensus_signature);
        Self { consensus_signature, signature: secret.sign(&message, POSSESSION_SUITE) }
    }

    /// Verifies the BLS key's half. The consensus key's is verified by whoever knows that key.
    ///
    /// # Errors
    /// [`BlsError::Invalid`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), BlsError> {
        key.verify(&message(key, &self.consensus_signature), &self.signature, POSSESSION_SUITE)
    }
}

/// What the BLS key signs: itself, and what the consensus key signed.
pub fn message(key: &PublicKey, consensus_signature: &[u8; 64]) -> [u8; 160] {
    let mut message = [0; 160];
    message[..96].copy_from_slice(&key.to_bytes());
    message[96..].copy_from_slice(consensus_signature);
    message
}
