//! What a custodian says in public, signed with its identity key.
//!
//! Every message of a ceremony or of a signing session is a payload under `TH("ballast/ceremony/1", chain || id
//! || round || payload)` (`docs/spec/ballast-wire.md`, "Signed messages"), where the id is that of the ceremony
//! or of the session. The message is hashed once more and signed plainly by BIP-340. Without these signatures a
//! coordinator could hand different commitments to different custodians and so make an honest one look guilty;
//! with them, what is blamed on a custodian is what it has signed.

use ballast_schnorr::{SigningKey, bip340, message};
use bitcoin::XOnlyPublicKey;
use secp256k1::schnorr::Signature;
use thiserror::Error;

use crate::roster::Member;

#[cfg(test)]
mod tests;

/// What a message is; the round byte under the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Round {
    /// Ceremony: the public polynomial and a key for encrypted shares.
    Package = 1,
    /// Ceremony: the encrypted shares.
    SealedShares = 2,
    /// Ceremony: the opened proof that a share was bad.
    Complaint = 3,
    /// Session: the commitments to nonces.
    Commitments = 4,
    /// Session: the signature shares.
    SignatureShares = 5,
}

/// A payload with everything that its signature binds it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// EVM chain id.
    pub chain_id: u64,
    /// Id of the ceremony or of the signing session.
    pub id: [u8; 32],
    /// What the payload is.
    pub round: Round,
    /// The encoded message.
    pub payload: &'a [u8],
}

impl Statement<'_> {
    /// The 32 bytes under the BIP-340 signature.
    pub fn digest(&self) -> [u8; 32] {
        bip340::digest(&message::ceremony(self.chain_id, &self.id, self.round as u8, self.payload))
    }

    /// Signs with an identity key; `aux` should be fresh randomness.
    pub fn sign(&self, identity: &SigningKey, aux: &[u8; 32]) -> Signature {
        bip340::sign(identity, &self.digest(), aux)
    }

    /// Checks that a custodian with this identity key has said it.
    ///
    /// # Errors
    /// [`Forged`] if the signature is not valid.
    pub fn verify(
        &self,
        member: Member,
        identity: &XOnlyPublicKey,
        signature: &Signature,
    ) -> Result<(), Forged> {
        bip340::verify(identity, &self.digest(), signature)
            .map_err(|_| Forged { member, round: self.round as u8 })
    }
}

/// A custodian has not signed this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "{member} did not sign this message of round {round}: check chain id, ceremony or session, and payload"
)]
pub struct Forged {
    /// Whom the message names as its author.
    pub member: Member,
    /// The round byte that was checked.
    pub round: u8,
}
