//! The public randomness that a provider promises ahead: made from its key, so there is nothing to keep.
//!
//! A tree costs one point multiplication a height, 20 to 40 microseconds; it is made again after a restart, and
//! kept while its heights are voted for.

use std::sync::Mutex;

use alloy_primitives::B256;
use ballast_schnorr::{Commitment, CommitmentError, SigningKey, Tree, bip340, message, nonce};
use ballast_types::interfaces::IFinality;
use thiserror::Error;

use super::store::SignedVote;
use crate::{
    chain::{Chain, ChainError},
    finality::{self, Promise},
};

/// Trees kept: of the heights voted for now, of those that follow, and of a late vote's.
const KEPT: usize = 3;

/// The signature is over one digest only, ever, so it needs no randomness of its own.
const NO_AUX: [u8; 32] = [0; 32];

/// The first commitment of a provider, for the genesis: `count` heights from `start` on.
///
/// # Errors
/// [`CommitmentError`] when there is no height, or no such height.
pub fn genesis_commitment(
    key: &SigningKey,
    chain_id: u64,
    start: u64,
    count: u64,
) -> Result<Commitment, CommitmentError> {
    // before the leaves are made, as the heights may be none
    Commitment::new(start, count, [0; 32])?;
    Commitment::new(start, count, tree(key, chain_id, start, count)?.root())
}

/// The duty by which the key promises `count` heights from `start` on.
///
/// # Errors
/// As [`genesis_commitment`].
pub(super) fn promise(
    key: &SigningKey,
    chain_id: u64,
    start: u64,
    count: u64,
) -> Result<IFinality::commitRandomnessCall, CommitmentError> {
    let commitment = genesis_commitment(key, chain_id, start, count)?;
    let signature = bip340::sign(key, &commitment.digest(chain_id), &NO_AUX);
    Ok(IFinality::commitRandomnessCall {
        provider: key.x_only().serialize().into(),
        start,
        count,
        root: commitment.root().into(),
        signature: signature.serialize().to_vec().into(),
    })
}

fn tree(key: &SigningKey, chain_id: u64, start: u64, count: u64) -> Result<Tree, CommitmentError> {
    let context = message::nonce_context(chain_id);
    Tree::new(&nonce::public_randomness(key, context.as_bytes(), start..start.saturating_add(count)))
}

/// The trees behind a provider's commitments, each made when it is first needed.
#[derive(Debug, Default)]
pub(super) struct Trees(Mutex<Vec<(Promise, Tree)>>);

impl Trees {
    /// The vote as the chain takes it: with the commitment that covers its height, and the path to its root.
    pub(super) fn prove(
        &self,
        chain: &impl Chain,
        key: &SigningKey,
        chain_id: u64,
        vote: &SignedVote,
    ) -> Result<IFinality::voteCall, RandomnessError> {
        let SignedVote { height, hash, randomness, signature } = *vote;
        let provider = B256::from(key.x_only().serialize());
        let mut trees = self.0.lock().expect("nobody panics while holding it");
        if !trees.iter().any(|(promise, _)| promise.covers(height)) {
            let promise =
                covering(chain, provider, height)?.ok_or(RandomnessError::NotPromised { height })?;
            trees.push((promise, grow(key, chain_id, &promise)?));
            if trees.len() > KEPT {
                trees.remove(0);
            }
        }
        let (promise, tree) = trees
            .iter()
            .find(|(promise, _)| promise.covers(height))
            .ok_or(RandomnessError::NotPromised { height })?;
        let path = tree.proof(height - promise.start)?.aunts.into_iter().map(B256::from).collect();
        let commitment = promise.index;
        Ok(IFinality::voteCall { provider, height, blockHash: hash, randomness, signature, commitment, path })
    }
}

fn grow(key: &SigningKey, chain_id: u64, promise: &Promise) -> Result<Tree, RandomnessError> {
    let tree = tree(key, chain_id, promise.start, promise.count)?;
    if promise.root == tree.root() {
        Ok(tree)
    } else {
        Err(RandomnessError::Foreign { index: promise.index, start: promise.start })
    }
}

/// The commitment that covers `height`, the last ones first.
fn covering(chain: &impl Chain, provider: B256, height: u64) -> Result<Option<Promise>, ChainError> {
    for index in (0..finality::promise_count(chain, provider)?).rev() {
        let promise = finality::promise(chain, provider, index)?;
        if promise.start <= height {
            return Ok(promise.covers(height).then_some(promise));
        }
    }
    Ok(None)
}

/// Why a vote has no proof of its randomness.
#[derive(Debug, Error)]
pub(super) enum RandomnessError {
    /// Nothing was promised for the height.
    #[error("no commitment to randomness covers height {height}: it gets no vote")]
    NotPromised {
        /// The height.
        height: u64,
    },
    /// The promise was made in another way than ours.
    #[error(
        "commitment {index}, from height {start} on, was not made by this program with this key: its heights get no votes"
    )]
    Foreign {
        /// The commitment's number.
        index: u64,
        /// Its first height.
        start: u64,
    },
    /// The commitment has no such leaf.
    #[error(transparent)]
    Commitment(#[from] CommitmentError),
    /// The node gave no answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

#[cfg(test)]
mod tests;
