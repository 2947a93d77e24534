//! `ballast_refusedVotes`: votes for blocks that are not of this chain, for whoever looks for double signs.

use std::sync::LazyLock;

use alloy_primitives::{B64, B256, U64};
use ballast_system::finality::Vote;
use serde::Serialize;

use crate::{context::Context, error::RpcError, methods::Methods};

/// The most votes in one answer.
const PAGE: usize = 256;

/// The run of this process. Votes are kept in memory and numbered anew by the next one, which may have more of them
/// than this one had by the time it is read.
static RUN: LazyLock<B64> = LazyLock::new(B64::random);

pub(super) fn register(methods: &mut Methods) {
    methods.read("ballast_refusedVotes", refused_votes);
}

/// A signed vote, without the path that shows its randomness to be promised: evidence needs none.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VoteView {
    provider: B256,
    height: U64,
    block_hash: B256,
    randomness: B256,
    signature: B256,
}

/// Some votes, and the number to go on with in this run.
#[derive(Serialize)]
struct VotesView {
    run: B64,
    next: U64,
    votes: Vec<VoteView>,
}

/// From vote number `first` on, the first ones if none is given.
fn refused_votes(context: &Context, (first,): (Option<U64>,)) -> Result<VotesView, RpcError> {
    let (next, votes) = context.chain.refused_votes(first.unwrap_or_default().to(), PAGE);
    let votes = votes.into_iter().map(VoteView::from).collect();
    Ok(VotesView { run: *RUN, next: U64::from(next), votes })
}

impl From<Vote> for VoteView {
    fn from(vote: Vote) -> Self {
        Self {
            provider: vote.provider,
            height: U64::from(vote.height),
            block_hash: vote.block_hash,
            randomness: vote.randomness,
            signature: vote.signature,
        }
    }
}
