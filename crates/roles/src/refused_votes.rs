//! Votes that a node refused because another block is at their height: half of an evidence each.
//!
//! A provider that signs two blocks sends one of its votes to nodes that have the other block. They keep what they
//! refuse for a while ([`RefusedVotes`]), so that whoever looks for evidence need not be a peer of everybody.

use alloy_primitives::{B64, B256, U64};
use serde::Deserialize;
use serde_json::json;

use crate::{
    chain::{Chain, ChainError},
    http::HttpChain,
};

/// A vote that was refused; its signature is the provider's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedVote {
    /// The provider.
    pub provider: B256,
    /// The height.
    pub height: U64,
    /// The hash that it signed.
    pub block_hash: B256,
    /// The public randomness.
    pub randomness: B256,
    /// The signature scalar.
    pub signature: B256,
}

/// Some refused votes, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RefusedPage {
    /// The run of the node. Another one counts anew.
    pub run: B64,
    /// Where to go on.
    pub next: U64,
    /// The votes.
    pub votes: Vec<RefusedVote>,
}

/// A node that keeps the votes that it refuses.
pub trait RefusedVotes: Chain {
    /// The refused votes from number `from` on that it still has.
    ///
    /// # Errors
    /// [`ChainError`] of the node.
    fn refused_votes(&self, from: u64) -> Result<RefusedPage, ChainError>;
}

impl RefusedVotes for HttpChain {
    fn refused_votes(&self, from: u64) -> Result<RefusedPage, ChainError> {
        self.ask("ballast_refusedVotes", json!([U64::from(from)]))
    }
}
