//! The finality contract, read and fed through [`Chain`].

use alloy_primitives::{B256, U256};
use alloy_sol_types::{SolCall, SolError};
use ballast_types::{
    SystemContract,
    interfaces::{IFinality, IStaking},
    parameters::FinalityParameters,
};

use crate::chain::{self, At, Chain, ChainError, send_duty};

/// How far votes have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The first height whose votes count; `None` while no snapshot has had power.
    pub activation: Option<u64>,
    /// The last final height.
    pub finalized: u64,
    /// The highest height at which the provider's vote counts; 0 for none.
    pub highest_vote: u64,
}

/// A provider, as the chain knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affairs {
    /// Whether it is registered.
    pub registered: bool,
    /// Whether it was removed for ever.
    pub removed: bool,
    /// When its jail term ends, in seconds; 0 when it is free.
    pub jailed_until: u64,
    /// Its last commitment to randomness.
    pub promise: Option<Promise>,
    /// The rules.
    pub rules: FinalityParameters,
}

/// A commitment to randomness that the chain has taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Its number among the provider's.
    pub index: u64,
    /// The first height.
    pub start: u64,
    /// The number of heights.
    pub count: u64,
    /// The Merkle root over the randomness.
    pub root: B256,
    /// The Bitcoin height of the tip from which on it counts.
    pub usable_from: u32,
}

impl Promise {
    /// Whether it is for `height`.
    #[must_use]
    pub fn covers(&self, height: u64) -> bool {
        (self.start..self.end()).contains(&height)
    }

    /// The height after the last one.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.start.saturating_add(self.count)
    }
}

/// A provider's vote at one height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seat {
    /// The provider is not in the snapshot, or the height is not kept.
    None,
    /// Its vote is missing.
    Open,
    /// Its vote counts.
    Counted,
}

/// Reads how far votes have come.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn progress(chain: &impl Chain, provider: B256) -> Result<Progress, ChainError> {
    let activation = read(chain, IFinality::activationCall {})?;
    Ok(Progress {
        activation: activation.active.then_some(activation.height),
        finalized: read(chain, IFinality::finalizedCall {})?,
        highest_vote: read(chain, IFinality::highestVoteCall { provider })?,
    })
}

/// Reads what the chain knows of a provider.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn affairs(chain: &impl Chain, provider: B256) -> Result<Affairs, ChainError> {
    let known = known(chain, provider)?;
    let last = promise_count(chain, provider)?.checked_sub(1);
    Ok(Affairs {
        registered: known.is_some(),
        removed: known.is_some_and(|known| known.removed),
        jailed_until: read(chain, IFinality::jailedUntilCall { provider })?,
        promise: last.map(|index| promise(chain, provider, index)).transpose()?,
        rules: rules(chain)?,
    })
}

/// The staking contract's entry; who has none is no error.
fn known(chain: &impl Chain, provider: B256) -> Result<Option<IStaking::providerOfReturn>, ChainError> {
    let call = IStaking::providerOfCall { provider };
    match chain::read(chain, At::Latest, SystemContract::Staking, &call) {
        Ok(known) => Ok(Some(known)),
        Err(ChainError::Refused { data, .. }) if data.starts_with(&IStaking::UnknownProvider::SELECTOR) => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Reads the rules.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn rules(chain: &impl Chain) -> Result<FinalityParameters, ChainError> {
    let rules = read(chain, IFinality::parametersCall {})?;
    Ok(FinalityParameters {
        grace_blocks: rules.graceBlocks,
        window_blocks: rules.windowBlocks,
        max_missed: rules.maxMissed,
        jail_s: rules.jailSeconds,
        min_commit_blocks: rules.minCommitBlocks,
        max_ahead_blocks: rules.maxAheadBlocks,
        late_blocks: rules.lateBlocks,
    })
}

/// Reads the number of a provider's commitments.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn promise_count(chain: &impl Chain, provider: B256) -> Result<u64, ChainError> {
    read(chain, IFinality::commitmentCountCall { provider })
}

/// Reads a provider's commitment number `index`.
///
/// # Errors
/// [`ChainError`] of the node; [`ChainError::Refused`] when there is none.
pub fn promise(chain: &impl Chain, provider: B256, index: u64) -> Result<Promise, ChainError> {
    let found = read(chain, IFinality::commitmentOfCall { provider, index })?;
    let IFinality::commitmentOfReturn { start, count, root, usableFrom: usable_from } = found;
    Ok(Promise { index, start, count, root, usable_from })
}

/// Reads a provider's vote at `height`.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn seat(chain: &impl Chain, provider: B256, height: u64) -> Result<Seat, ChainError> {
    let snapshot = read(chain, IFinality::snapshotCall { height })?;
    let Some(place) = snapshot.providers.iter().position(|member| *member == provider) else {
        return Ok(Seat::None);
    };
    let voters: U256 = read(chain, IFinality::votesCall { height })?.voters;
    Ok(if voters.bit(place) { Seat::Counted } else { Seat::Open })
}

/// Hands a vote in as a duty: `late` for a height that is voted-final already.
///
/// # Errors
/// [`ChainError::Refused`] when the mempool does not take it, or whatever keeps the node from answering.
pub fn vote(chain: &impl Chain, vote: &IFinality::voteCall, late: bool) -> Result<B256, ChainError> {
    if !late {
        return send_duty(chain, SystemContract::Finality, vote);
    }
    let IFinality::voteCall { provider, height, blockHash, randomness, signature, commitment, path } =
        vote.clone();
    let late =
        IFinality::lateVoteCall { provider, height, blockHash, randomness, signature, commitment, path };
    send_duty(chain, SystemContract::Finality, &late)
}

/// Hands a commitment to randomness in as a duty.
///
/// # Errors
/// As [`vote`].
pub fn commit_randomness(
    chain: &impl Chain,
    promise: &IFinality::commitRandomnessCall,
) -> Result<B256, ChainError> {
    send_duty(chain, SystemContract::Finality, promise)
}

/// The votes of a provider that count, made in blocks of these heights, oldest first.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn votes_of(
    chain: &impl Chain,
    blocks: std::ops::RangeInclusive<u64>,
    provider: B256,
) -> Result<Vec<IFinality::Voted>, ChainError> {
    let votes = chain::events::<IFinality::Voted>(chain, blocks, SystemContract::Finality)?;
    Ok(votes.into_iter().map(|(_, vote)| vote).filter(|vote| vote.provider == provider).collect())
}

fn read<C: SolCall>(chain: &impl Chain, call: C) -> Result<C::Return, ChainError> {
    chain::read(chain, At::Latest, SystemContract::Finality, &call)
}
