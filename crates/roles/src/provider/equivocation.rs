//! A double sign on purpose, to see what it costs. A provider's own store refuses it; this takes a second store.

use std::path::Path;

use alloy_primitives::{B256, keccak256};
use ballast_schnorr::SigningKey;
use ballast_types::interfaces::IFinality::{self, DoubleVote};
use thiserror::Error;

use super::{
    SignStore, StoreError,
    randomness::{RandomnessError, Trees},
};
use crate::{
    chain::{Chain, ChainError},
    finality,
};

/// Blocks in which a vote of the provider is looked for.
const LOOK_BACK: u64 = 256;

/// Two votes of one provider at one height.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Equivocation {
    /// Both votes, as the finality contract takes them for evidence. The first one counts on the chain.
    pub votes: DoubleVote,
    /// The second one as a vote of its own. No chain that has the first one's block takes it.
    pub second: IFinality::voteCall,
}

/// Signs another block at a height at which the provider has voted, by a second sign store at `path`: a new file,
/// or the one of an earlier double sign.
///
/// # Errors
/// [`EquivocationError`].
pub fn equivocate(
    chain: &impl Chain,
    key: SigningKey,
    path: &Path,
) -> Result<Equivocation, EquivocationError> {
    let chain_id = chain.chain_id()?;
    let store = SignStore::open(path, key, chain_id)?;
    let provider = store.provider();
    let latest = chain.block_number()?;
    let votes = finality::votes_of(chain, latest.saturating_sub(LOOK_BACK)..=latest, provider)?;
    let first = votes
        .into_iter()
        .max_by_key(|vote| vote.height)
        .ok_or(EquivocationError::NoVote { provider, blocks: LOOK_BACK })?;
    let made_up = keccak256([b"another block than ".as_slice(), first.blockHash.as_slice()].concat());
    let signed = store.sign(first.height, made_up)?;
    let second = Trees::default().prove(chain, store.key(), chain_id, &signed)?;
    let votes = DoubleVote {
        provider,
        height: first.height,
        firstHash: first.blockHash,
        firstRandomness: first.randomness,
        firstSignature: first.signature,
        secondHash: made_up,
        secondRandomness: signed.randomness,
        secondSignature: signed.signature,
    };
    Ok(Equivocation { votes, second })
}

/// Why there is no double sign.
#[derive(Debug, Error)]
pub enum EquivocationError {
    /// Nothing to contradict.
    #[error("provider {provider} has no vote in the last {blocks} blocks: wait until it votes")]
    NoVote {
        /// The provider.
        provider: B256,
        /// Blocks looked at.
        blocks: u64,
    },
    /// The second store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The path to the commitment.
    #[error("the second vote has no proof of its randomness: {0}")]
    Randomness(String),
    /// The node gave no answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

impl From<RandomnessError> for EquivocationError {
    fn from(error: RandomnessError) -> Self {
        match error {
            RandomnessError::Chain(error) => Self::Chain(error),
            other => Self::Randomness(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
