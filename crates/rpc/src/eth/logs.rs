//! `eth_getLogs`, and the query that filters and subscriptions share with it.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use alloy_rpc_types_eth as rpc;
use ballast_types::LogFilter;

use crate::{context::Context, error::RpcError, methods::Methods, view};

/// Most addresses, and most topics at one position, as in other nodes.
const MAX_ALTERNATIVES: usize = 1_000;

pub(super) fn register(methods: &mut Methods) {
    methods.execute("eth_getLogs", logs);
}

/// What a client wants to see of which blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogQuery {
    pub(crate) filter: LogFilter,
    pub(crate) blocks: Blocks,
}

/// The blocks of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blocks {
    /// From one to another, both included.
    Range { from: BlockNumberOrTag, to: BlockNumberOrTag },
    /// One block.
    Hash(B256),
}

impl LogQuery {
    /// # Errors
    /// [`RpcError::InvalidParams`] if there are too many addresses or topics.
    pub(crate) fn parse(filter: rpc::Filter) -> Result<Self, RpcError> {
        let rpc::Filter { block_option, address, topics } = filter;
        if topics.iter().map(|topic| topic.len()).chain([address.len()]).any(|len| len > MAX_ALTERNATIVES) {
            let text =
                format!("exceed max addresses or topics per search position: at most {MAX_ALTERNATIVES}");
            return Err(RpcError::InvalidParams(text));
        }
        let filter = LogFilter {
            addresses: address.into_iter().collect(),
            topics: topics.map(|topic| topic.into_iter().collect()),
        };
        let blocks = match block_option {
            rpc::FilterBlockOption::AtBlockHash(hash) => Blocks::Hash(hash),
            rpc::FilterBlockOption::Range { from_block, to_block } => {
                Blocks::Range { from: from_block.unwrap_or_default(), to: to_block.unwrap_or_default() }
            }
        };
        Ok(Self { filter, blocks })
    }
}

fn logs(context: &Context, (filter,): (rpc::Filter,)) -> Result<Vec<rpc::Log>, RpcError> {
    find(context, &LogQuery::parse(filter)?)
}

/// The logs of a query.
pub(super) fn find(context: &Context, query: &LogQuery) -> Result<Vec<rpc::Log>, RpcError> {
    match query.blocks {
        Blocks::Hash(hash) => {
            let number = context.find(BlockId::from(hash))?.ok_or(RpcError::UnknownHash)?;
            find_between(context, number, number, &query.filter)
        }
        Blocks::Range { from, to } => {
            if let (BlockNumberOrTag::Number(from), BlockNumberOrTag::Number(to)) = (from, to)
                && from > to
            {
                let text = format!("invalid block range params: fromBlock {from} is above toBlock {to}");
                return Err(RpcError::InvalidParams(text));
            }
            find_between(context, context.number(from)?, context.number(to)?, &query.filter)
        }
    }
}

/// The logs of blocks `from` to `to`, both included. One block alone is never too much: its gas bounds it.
pub(super) fn find_between(
    context: &Context,
    from: u64,
    to: u64,
    filter: &LogFilter,
) -> Result<Vec<rpc::Log>, RpcError> {
    let to = to.min(context.chain.latest()?);
    if from > to {
        return Ok(Vec::new());
    }
    let (found, limit) = ((to - from).saturating_add(1), context.limits.log_blocks);
    if found > limit {
        let text = format!(
            "exceed maximum block range: {limit}; {found} blocks asked for, narrow fromBlock and toBlock"
        );
        return Err(RpcError::LimitExceeded(text));
    }
    let limit = if from == to { usize::MAX } else { context.limits.logs };
    let entries = context.chain.logs(from..=to, filter, limit)?;
    Ok(entries.iter().map(view::log).collect())
}
