//! Public randomness that a provider promises ahead.
//!
//! A root that differed between two forks would let one key sign both with two nonces and leak nothing. So a root
//! counts only when it is old: until there are checkpoints on Bitcoin, k Bitcoin blocks after it was made. The
//! roots of the genesis providers are the genesis's and count at once.
//!
//! A commitment covers at least `min_commit_blocks`, begins after the provider's last one ends, and reaches at
//! most `max_ahead_blocks` into the future. So nobody can fill the chain with fee-free commitments: each one
//! uses up heights that never come back.

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use ballast_schnorr::{Commitment, Proof, PublicRandomness, bip340};
use ballast_types::interfaces::IFinality;
use bitcoin::{XOnlyPublicKey, secp256k1::schnorr::Signature};

use super::{
    CommitmentError, FinalityError, open_provider,
    store::{COMMITMENTS, CONTRACT, IN_USE, ROOT, RULES, SPAN, Span},
};
use crate::{
    light_client,
    staking::SIGNATURE_GAS,
    storage::{Storage, StorageError},
};

/// Gas for each step of a path: two blocks of SHA256.
const STEP_GAS: u64 = 84;

/// Takes a signed commitment.
///
/// # Errors
/// [`FinalityError`] with the first rule that is broken.
pub fn commit(
    storage: &mut dyn Storage,
    provider: B256,
    (start, count, root): (u64, u64, B256),
    signature: &[u8],
) -> Result<(), FinalityError> {
    let key = open_provider(storage, provider)?;
    let index = COMMITMENTS.at(&provider).load(storage)?;
    check_heights(storage, provider, index, start, count)?;
    check_signature(storage, &key, (start, count, root), signature)?;
    let depth = light_client::confirmation_depth(storage)?;
    let usable_from = u64::from(light_client::tip_height(storage)?) + u64::from(depth);
    write(storage, provider, Span { start, count, usable_from }, root)?;
    Ok(())
}

fn check_heights(
    storage: &mut dyn Storage,
    provider: B256,
    index: u64,
    start: u64,
    count: u64,
) -> Result<(), FinalityError> {
    let rules = RULES.load(storage)?;
    let number = storage.block().number;
    let after_last = match index.checked_sub(1) {
        Some(last) => end(SPAN.at(&provider).at(&last).load(storage)?),
        None => 0,
    };
    let expected = number.max(after_last);
    if start < expected {
        return Err(CommitmentError::Start { expected, found: start }.into());
    }
    let least = u64::from(rules.min_commit_blocks).max(1);
    if count < least {
        return Err(CommitmentError::TooShort { expected: least, found: count }.into());
    }
    let furthest = number.saturating_add(rules.max_ahead_blocks.into());
    let last = start.saturating_add(count - 1);
    if last > furthest {
        return Err(CommitmentError::TooFar { expected: furthest, found: last }.into());
    }
    Ok(())
}

fn check_signature(
    storage: &mut dyn Storage,
    key: &XOnlyPublicKey,
    (start, count, root): (u64, u64, B256),
    signature: &[u8],
) -> Result<(), FinalityError> {
    storage.charge(SIGNATURE_GAS)?;
    let refused = || CommitmentError::Signature { provider: key.serialize().into() };
    let signature = Signature::from_slice(signature).map_err(|_| refused())?;
    let commitment = Commitment::new(start, count, root.0).map_err(|_| refused())?;
    let digest = commitment.digest(storage.block().chain_id);
    Ok(bip340::verify(key, &digest, &signature).map_err(|_| refused())?)
}

/// Writes a provider's next commitment.
pub(super) fn write(
    storage: &mut dyn Storage,
    provider: B256,
    span: Span,
    root: B256,
) -> Result<(), StorageError> {
    let index = COMMITMENTS.at(&provider).load(storage)?;
    SPAN.at(&provider).at(&index).store(storage, &span)?;
    ROOT.at(&provider).at(&index).store(storage, &root)?;
    COMMITMENTS.at(&provider).store(storage, &(index + 1))?;
    let event = IFinality::RandomnessCommitted {
        provider,
        index,
        start: span.start,
        count: span.count,
        root,
        usableFrom: span.usable_from as u32,
    };
    storage.emit(CONTRACT, event.encode_log_data())
}

/// Whether the provider can vote at `height`. Called with rising heights it moves on to the next commitment.
pub(super) fn covers(
    storage: &mut dyn Storage,
    provider: B256,
    height: u64,
    tip: u32,
) -> Result<bool, StorageError> {
    let index = IN_USE.at(&provider).load(storage)?;
    let mut span = SPAN.at(&provider).at(&index).load(storage)?;
    if end(span) <= height && index + 1 < COMMITMENTS.at(&provider).load(storage)? {
        IN_USE.at(&provider).store(storage, &(index + 1))?;
        span = SPAN.at(&provider).at(&(index + 1)).load(storage)?;
    }
    Ok((span.start..end(span)).contains(&height) && span.usable_from <= tip.into())
}

/// Checks that `randomness` is what the provider promised for `height` in its commitment number `index`.
pub(super) fn check_randomness(
    storage: &mut dyn Storage,
    provider: B256,
    index: u64,
    height: u64,
    (randomness, path): (PublicRandomness, &[B256]),
) -> Result<(), FinalityError> {
    if index >= COMMITMENTS.at(&provider).load(storage)? {
        return Err(CommitmentError::Unknown { index }.into());
    }
    let span = SPAN.at(&provider).at(&index).load(storage)?;
    let tip = light_client::tip_height(storage)?;
    if span.usable_from > tip.into() {
        return Err(CommitmentError::TooNew { expected: span.usable_from as u32, found: tip }.into());
    }
    storage.charge(STEP_GAS * (path.len() as u64 + 1))?;
    let root = ROOT.at(&provider).at(&index).load(storage)?;
    let refused = |_| CommitmentError::Randomness { height };
    let commitment = Commitment::new(span.start, span.count, root.0).map_err(refused)?;
    let proof = Proof {
        index: height.wrapping_sub(span.start),
        total: span.count,
        aunts: path.iter().map(|aunt| aunt.0).collect(),
    };
    Ok(commitment.verify(height, &randomness, &proof).map_err(refused)?)
}

/// The height after the last one.
fn end(span: Span) -> u64 {
    span.start.saturating_add(span.count)
}
