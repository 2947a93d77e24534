//! A validator's two keys: ed25519 for the network and to propose, BLS12-381 to vote.
//!
//! Votes are BLS multi-signatures with public keys in G2 and signatures in G1, so that a certificate is one 48-byte
//! signature and a bitmap, small enough for Bitcoin. An aggregate is sound only if each key has proven that its secret
//! is known; the proof binds the EVM chain id.

use ballast_types::{Genesis, ValidatorKeys, genesis::GenesisValidator};
use commonware_codec::{Copying, DecodeExt as _, Encode as _};
use commonware_cryptography::{
    Hasher as _, Signer as _,
    bls12381::primitives::{
        group::{Private, Scalar},
        ops,
        variant::{MinSig, Variant},
    },
    ed25519::{PrivateKey, PublicKey},
    sha256::Sha256,
};
use commonware_utils::{TryCollect as _, ordered::BiMap};
use thiserror::Error;

use crate::block::identity_bytes;

/// A vote key.
pub(crate) type VoteKey = <MinSig as Variant>::Public;

const POSSESSION: &[u8] = b"ballast/validator-possession/1";

/// Why keys are refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum KeyError {
    /// Bytes that are no point of their curve.
    #[error("validator {index}: {key} is not a public key")]
    NotAPoint {
        /// Position in the committee.
        index: usize,
        /// Which of its keys.
        key: &'static str,
    },
    /// The proof of possession does not verify.
    #[error(
        "validator {index}: proof of possession does not fit the bls key and the chain id; sign it again"
    )]
    Possession {
        /// Position in the committee.
        index: usize,
    },
    /// Two validators share a key.
    #[error("two validators of a committee share a key")]
    Repeated,
}

/// The secrets of one validator.
#[derive(Clone, Debug)]
pub struct ValidatorSecrets {
    /// Network identity.
    pub(crate) identity: PrivateKey,
    /// Vote key.
    pub(crate) vote: Private,
}

impl ValidatorSecrets {
    /// Derives both keys from one 32-byte secret, under a tag each.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let identity = Sha256::hash(&[b"ballast/validator-identity/1", seed]);
        let identity =
            PrivateKey::decode(Copying(identity.as_ref())).expect("any 32 bytes are an ed25519 secret");
        let vote = Private::new(Scalar::map(b"ballast/validator-vote/1", seed));
        Self { identity, vote }
    }

    /// The public keys.
    pub fn public(&self) -> ValidatorKeys {
        let bls = ops::compute_public::<MinSig>(&self.vote).encode();
        ValidatorKeys {
            ed25519: identity_bytes(&self.identity.public_key()),
            bls: bls.as_ref().try_into().expect("a compressed G2 point has 96 bytes"),
        }
    }

    /// The entry of this validator in the genesis of chain `chain_id`.
    pub fn genesis_entry(&self, chain_id: u64) -> GenesisValidator {
        let proof =
            ops::sign_proof_of_possession::<MinSig>(&self.vote, &possession_namespace(chain_id)).encode();
        let possession = proof.as_ref().try_into().expect("a compressed G1 point has 48 bytes");
        GenesisValidator { keys: self.public(), possession }
    }
}

fn possession_namespace(chain_id: u64) -> Vec<u8> {
    [POSSESSION, &chain_id.to_be_bytes()].concat()
}

/// Parses a committee.
///
/// # Errors
/// [`KeyError`] for bytes that are no keys, or a repeated key.
pub(crate) fn parse_committee(committee: &[ValidatorKeys]) -> Result<BiMap<PublicKey, VoteKey>, KeyError> {
    let parse = |(index, keys): (usize, &ValidatorKeys)| {
        let identity = PublicKey::decode(Copying(keys.ed25519.as_slice()));
        let vote = VoteKey::decode(Copying(keys.bls.as_slice()));
        Ok((
            identity.map_err(|_| KeyError::NotAPoint { index, key: "ed25519" })?,
            vote.map_err(|_| KeyError::NotAPoint { index, key: "bls" })?,
        ))
    };
    let pairs = committee.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
    pairs.into_iter().try_collect().map_err(|_| KeyError::Repeated)
}

/// Verifies every proof of possession of a genesis, without which its committee must not be trusted.
///
/// # Errors
/// [`KeyError`] names the validator.
pub fn check_genesis(genesis: &Genesis) -> Result<(), KeyError> {
    parse_committee(&genesis.committee())?;
    let namespace = possession_namespace(genesis.parameters.chain.chain_id);
    for (index, validator) in genesis.validators.iter().enumerate() {
        let key = VoteKey::decode(Copying(validator.keys.bls.as_slice()));
        let key = key.map_err(|_| KeyError::NotAPoint { index, key: "bls" })?;
        let proof = <MinSig as Variant>::Signature::decode(Copying(validator.possession.as_slice()));
        let valid = proof
            .is_ok_and(|proof| ops::verify_proof_of_possession::<MinSig>(&key, &namespace, &proof).is_ok());
        if !valid {
            return Err(KeyError::Possession { index });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
