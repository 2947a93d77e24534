//! Evidence: what takes a provider's power for ever.
//!
//! Two votes for two blocks at one height with one nonce are two equations for the secret key. The contract
//! solves them, so that whoever reads its log has the key and can slash every stake on the provider. It does not
//! matter whether the votes were canonical, or whether the nonce was promised. The secret key itself, wherever it
//! leaked, is as good. Two votes at one height with different nonces reveal nothing; they remove the provider
//! for ever, since nobody who follows the rules makes them.
//!
//! Power goes at once: from the next snapshot on. Snapshots that are written stay, but nobody votes with an
//! exposed key any more, as everybody could.

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use ballast_schnorr::{PublicRandomness, SigningKey, eots, message};
use ballast_types::interfaces::IFinality;
use bitcoin::XOnlyPublicKey;

use super::{
    FinalityError, Vote, open_provider,
    store::{CONTRACT, SECRET},
    vote::verify,
};
use crate::{
    staking::{self, SIGNATURE_GAS},
    storage::{Storage, StorageError},
};

/// Gas for solving two votes for the key: two hashes, an inversion and a point multiplication.
pub const EXTRACT_GAS: u64 = 2 * SIGNATURE_GAS;

/// Extracts the key behind two votes that share their randomness.
///
/// # Errors
/// [`FinalityError::NoEvidence`] when nothing can be extracted, [`FinalityError::Removed`] when the key is known.
pub fn double_sign(storage: &mut dyn Storage, votes: &IFinality::DoubleVote) -> Result<(), FinalityError> {
    let refused = || FinalityError::NoEvidence { provider: votes.provider };
    let key = XOnlyPublicKey::from_slice(votes.provider.as_slice())
        .map_err(|_| FinalityError::UnknownProvider { provider: votes.provider })?;
    if votes.firstRandomness != votes.secondRandomness {
        return Err(refused());
    }
    storage.charge(EXTRACT_GAS)?;
    let chain_id = storage.block().chain_id;
    let message = |hash: &B256| message::vote(chain_id, votes.height, hash);
    let signature = |bytes: B256| eots::Signature::from_bytes(bytes.0).map_err(|_| refused());
    let secret = eots::extract(
        &key,
        &PublicRandomness(votes.firstRandomness.0),
        &message(&votes.firstHash),
        &signature(votes.firstSignature)?,
        &message(&votes.secondHash),
        &signature(votes.secondSignature)?,
    );
    expose(storage, &secret.map_err(|_| refused())?)
}

/// Takes a provider's secret key.
///
/// # Errors
/// [`FinalityError::Secret`] when it is none, [`FinalityError::UnknownProvider`], or [`FinalityError::Removed`]
/// when the key is known.
pub fn reveal(storage: &mut dyn Storage, secret: B256) -> Result<(), FinalityError> {
    storage.charge(SIGNATURE_GAS)?;
    let secret = SigningKey::from_bytes(&secret.0).map_err(|_| FinalityError::Secret)?;
    expose(storage, &secret)
}

fn expose(storage: &mut dyn Storage, secret: &SigningKey) -> Result<(), FinalityError> {
    let provider: B256 = secret.x_only().serialize().into();
    if staking::provider::provider(storage, provider)?.is_none() {
        return Err(FinalityError::UnknownProvider { provider });
    }
    if !SECRET.at(&provider).load(storage)?.is_zero() {
        return Err(FinalityError::Removed { provider });
    }
    let secret: B256 = (*secret.secret_bytes()).into();
    SECRET.at(&provider).store(storage, &secret)?;
    staking::provider::remove(storage, provider)?;
    Ok(storage.emit(CONTRACT, IFinality::KeyExposed { provider, secret }.encode_log_data())?)
}

/// Removes a provider for two votes with different randomness at one height.
///
/// # Errors
/// [`FinalityError::NoEvidence`] when the votes are not that, [`FinalityError::Removed`].
pub fn two_votes(storage: &mut dyn Storage, votes: &IFinality::DoubleVote) -> Result<(), FinalityError> {
    let IFinality::DoubleVote { provider, height, .. } = *votes;
    let key = open_provider(storage, provider)?;
    let refused = || FinalityError::NoEvidence { provider };
    if votes.firstRandomness == votes.secondRandomness {
        return Err(refused());
    }
    for (hash, signed) in [
        (votes.firstHash, (votes.firstRandomness, votes.firstSignature)),
        (votes.secondHash, (votes.secondRandomness, votes.secondSignature)),
    ] {
        verify(storage, &key, height, hash, signed).map_err(|error| error.unwrap_or_else(refused))?;
    }
    staking::provider::remove(storage, provider)?;
    Ok(storage.emit(CONTRACT, IFinality::Tombstoned { provider, height }.encode_log_data())?)
}

/// Whether a vote for a block that is not of this chain is half of an evidence: it is signed by a provider whose key
/// is still secret. Once that is out anybody can sign such a vote.
///
/// # Errors
/// The port refused.
pub fn is_half(storage: &mut dyn Storage, vote: &Vote) -> Result<bool, StorageError> {
    let Ok(key) = XOnlyPublicKey::from_slice(vote.provider.as_slice()) else { return Ok(false) };
    let is_provider = staking::provider::provider(storage, vote.provider)?.is_some();
    if !is_provider || !SECRET.at(&vote.provider).load(storage)?.is_zero() {
        return Ok(false);
    }
    match verify(storage, &key, vote.height, vote.block_hash, (vote.randomness, vote.signature)) {
        Ok(()) => Ok(true),
        Err(Some(FinalityError::Storage(error))) => Err(error),
        Err(_) => Ok(false),
    }
}
