//! Filters for clients that poll.

use std::time::Instant;

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::B256;
use alloy_rpc_types_eth as rpc;
use serde::Serialize;

use super::logs::{self, Blocks, LogQuery};
use crate::{
    chain::ChainError,
    context::Context,
    error::RpcError,
    filters::{Kind, News},
    methods::Methods,
};

pub(super) fn register(methods: &mut Methods) {
    methods.read("eth_newBlockFilter", new_block_filter);
    methods.read("eth_newFilter", new_filter);
    methods.read("eth_newPendingTransactionFilter", new_pending_transaction_filter);
    methods.read("eth_uninstallFilter", |context, (id,): (String,)| {
        Ok(context.filters.uninstall(&id, Instant::now()))
    });
    methods.execute("eth_getFilterChanges", changes);
    methods.execute("eth_getFilterLogs", filter_logs);
}

/// What a poll yields.
#[derive(Serialize)]
#[serde(untagged)]
enum Changes {
    Hashes(Vec<B256>),
    Logs(Vec<rpc::Log>),
}

fn new_block_filter(context: &Context, (): ()) -> Result<String, RpcError> {
    install(context, Kind::Blocks { next: context.chain.latest()?.saturating_add(1) })
}

fn new_filter(context: &Context, (filter,): (Option<rpc::Filter>,)) -> Result<String, RpcError> {
    let query = LogQuery::parse(filter.unwrap_or_default())?;
    if matches!(query.blocks, Blocks::Hash(_)) {
        let text = "a filter follows new blocks and takes no blockHash: use eth_getLogs";
        return Err(RpcError::InvalidParams(text.to_owned()));
    }
    install(context, Kind::Logs { next: context.chain.latest()?.saturating_add(1), query })
}

fn new_pending_transaction_filter(context: &Context, (): ()) -> Result<String, RpcError> {
    install(context, Kind::Pending(context.chain.new_pending()))
}

fn install(context: &Context, kind: Kind) -> Result<String, RpcError> {
    context.filters.install(kind, Instant::now())
}

fn changes(context: &Context, (id,): (String,)) -> Result<Changes, RpcError> {
    let (latest, news) = (context.chain.latest()?, context.filters.poll(&id, Instant::now())?);
    // what is too much for one answer comes with the next
    let last = |next: u64| latest.min(next.saturating_add(context.limits.log_blocks).saturating_sub(1));
    let (changes, last) = match news {
        News::Pending(hashes) => return Ok(Changes::Hashes(hashes)),
        News::Blocks { next } => {
            let hashes = (next..=last(next)).map(|number| hash(context, number));
            (Changes::Hashes(hashes.collect::<Result<_, _>>()?), last(next))
        }
        News::Logs { next, query } => {
            let (logs, last) = new_logs(context, next, last(next), &query)?;
            (Changes::Logs(logs), last)
        }
    };
    context.filters.advance(&id, last.saturating_add(1));
    Ok(changes)
}

/// Logs of the blocks from `next` to `last`, or to an earlier one up to which they are few enough; and that block.
fn new_logs(
    context: &Context,
    next: u64,
    mut last: u64,
    query: &LogQuery,
) -> Result<(Vec<rpc::Log>, u64), RpcError> {
    let (low, high) = match query.blocks {
        Blocks::Range { from, to } => (number(from).unwrap_or(0), number(to).unwrap_or(u64::MAX)),
        Blocks::Hash(_) => return Err(RpcError::UnknownFilter),
    };
    loop {
        match logs::find_between(context, next.max(low), last.min(high), &query.filter) {
            Err(RpcError::Chain(ChainError::TooManyLogs { .. })) => last = next + (last - next) / 2,
            result => return Ok((result?, last)),
        }
    }
}

/// A tag means nothing to a filter that follows the chain: it begins and ends with the new blocks.
fn number(tag: BlockNumberOrTag) -> Option<u64> {
    tag.as_number()
}

fn hash(context: &Context, number: u64) -> Result<B256, RpcError> {
    let header = context.chain.header(number)?;
    let header = header.ok_or_else(|| ChainError::Store(format!("block {number} is missing")))?;
    Ok(header.hash_slow())
}

fn filter_logs(context: &Context, (id,): (String,)) -> Result<Vec<rpc::Log>, RpcError> {
    logs::find(context, &context.filters.query(&id, Instant::now())?)
}
