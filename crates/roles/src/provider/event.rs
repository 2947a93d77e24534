//! What the provider hears and says.

use alloy_primitives::B256;
use thiserror::Error;

use super::store::{SignedVote, StoreError};
use crate::finality::{Affairs, Progress, Seat};

/// What happens to the provider.
#[derive(Debug)]
pub enum Event {
    /// Time to look.
    Tick,
    /// The height of the latest block.
    Head(u64),
    /// What the chain knows of the provider.
    Affairs(Affairs),
    /// How far votes have come, and the highest height that the sign store lets pass no more.
    Progress {
        /// On the chain.
        chain: Progress,
        /// In the sign store; 0 if it never signed.
        own: u64,
    },
    /// The heights asked for, as they stand.
    Surveyed {
        /// The last recorded vote beside the chain's block there.
        last: Option<Last>,
        /// The heights, rising.
        ballots: Vec<Ballot>,
    },
    /// The store recorded and signed.
    Signed(Vec<SignedVote>),
    /// The mempool heard the votes; those that it refused, with the reasons.
    Sent(Vec<(u64, Refusal)>),
    /// The mempool took the commitment.
    Committed,
    /// The mempool refused the commitment.
    CommitmentRefused(String),
    /// The store refused, or failed.
    Store(StoreError),
    /// A node gave no answer.
    Failed(String),
}

/// The last recorded vote and what became of its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// The height.
    pub height: u64,
    /// The hash on record.
    pub signed: B256,
    /// The chain's; `None` when the node is not that far.
    pub found: Option<B256>,
}

/// A height and the provider's vote there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ballot {
    /// The height.
    pub height: u64,
    /// The hash of its block; `None` if there is none yet.
    pub hash: Option<B256>,
    /// The hash on record.
    pub recorded: Option<B256>,
    /// Whether the chain wants the vote, or has it.
    pub seat: Seat,
}

/// Why a vote was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It became final meanwhile, or counts already: look again.
    Outrun,
    /// The chain's own error, or the node's.
    Rule(String),
}

/// What the provider wants.
#[derive(Debug)]
pub enum Action {
    /// Read the height of the latest block.
    ReadHead,
    /// Read what the chain knows of the provider.
    ReadAffairs,
    /// Read how far votes have come.
    ReadProgress,
    /// Read these heights.
    Survey(Vec<u64>),
    /// Record and sign blocks, by rising height.
    Sign(Vec<(u64, B256)>),
    /// Hand in votes; late ones at or below `finalized`.
    Send {
        /// The votes.
        votes: Vec<SignedVote>,
        /// The last final height.
        finalized: u64,
    },
    /// Promise randomness.
    Commit {
        /// For the heights from here on.
        start: u64,
        /// How many.
        count: u64,
    },
    /// Tell the operator.
    Warn(Warning),
    /// End; nothing helps but the operator.
    Halt(Halt),
}

/// What an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Warning {
    /// The chain does not know the key.
    #[error("the chain has no provider {provider}: `ballast provider-register` makes it one")]
    NotRegistered {
        /// The key.
        provider: B256,
    },
    /// In jail.
    #[error("in jail until {until} (seconds since 1970): then `ballast provider-unjail` lets it out")]
    Jailed {
        /// When the term ends, in seconds.
        until: u64,
    },
    /// A vote was refused by a rule.
    #[error("vote at height {height} refused: {reason}")]
    VoteRefused {
        /// The height.
        height: u64,
        /// The reason given.
        reason: String,
    },
    /// A commitment was refused.
    #[error("commitment to randomness from height {start} on refused: {reason}")]
    CommitmentRefused {
        /// Its first height.
        start: u64,
        /// The reason given.
        reason: String,
    },
    /// A node gave no answer.
    #[error("next try in {pause} ticks: {reason}")]
    Failed {
        /// What went wrong.
        reason: String,
        /// Ticks until the next try.
        pause: u32,
    },
}

/// Why a provider ended.
#[derive(Debug, Error)]
pub enum Halt {
    /// Removed for ever.
    #[error(
        "provider {provider} was removed for ever: it voted twice at a height, or its key leaked; stakes on it can be slashed"
    )]
    Removed {
        /// The key.
        provider: B256,
    },
    /// The chain has votes that the store does not know.
    #[error(
        "the chain counts a vote of this key at height {chain}, the sign store knows none above {own}: it is an old copy, or another signer runs. \
         Stop the other signer and use its store; only if that is lost for ever, give up its heights (resume_above) and wait until the chain is past them"
    )]
    StoreBehind {
        /// The highest height in the store.
        own: u64,
        /// The highest vote that counts.
        chain: u64,
    },
    /// The chain is not the one that was signed.
    #[error(
        "block {height} is {found} on this chain, {signed} is signed: a vote on top of it would contradict the signed one; check the node"
    )]
    Diverged {
        /// The height.
        height: u64,
        /// The hash on record.
        signed: B256,
        /// The chain's.
        found: B256,
    },
    /// The sign store.
    #[error(transparent)]
    Store(#[from] StoreError),
}
