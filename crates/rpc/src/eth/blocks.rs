//! Blocks and their receipts, by number, tag and hash.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{B256, U64};
use ballast_types::Block;

use crate::{
    context::Context,
    error::RpcError,
    methods::Methods,
    view::{self, BlockView, ReceiptView},
};

pub(super) fn register(methods: &mut Methods) {
    methods.read("eth_blockNumber", |context, ()| Ok(U64::from(context.chain.latest()?)));
    methods.read("eth_getBlockByNumber", by_number);
    methods.read("eth_getBlockByHash", by_hash);
    methods.read("eth_getBlockTransactionCountByNumber", count_by_number);
    methods.read("eth_getBlockTransactionCountByHash", count_by_hash);
    methods.read("eth_getBlockReceipts", receipts);
}

fn by_number(
    context: &Context,
    (tag, full): (BlockNumberOrTag, Option<bool>),
) -> Result<Option<BlockView>, RpcError> {
    block_view(context, tag.into(), full)
}

fn by_hash(context: &Context, (hash, full): (B256, Option<bool>)) -> Result<Option<BlockView>, RpcError> {
    block_view(context, hash.into(), full)
}

fn count_by_number(context: &Context, (tag,): (BlockNumberOrTag,)) -> Result<Option<U64>, RpcError> {
    count(context, tag.into())
}

fn count_by_hash(context: &Context, (hash,): (B256,)) -> Result<Option<U64>, RpcError> {
    count(context, hash.into())
}

fn receipts(context: &Context, (id,): (BlockId,)) -> Result<Option<Vec<ReceiptView>>, RpcError> {
    let executed = context.executed(id)?;
    Ok(executed.map(|executed| view::receipts(&executed)).transpose()?)
}

fn block_view(context: &Context, id: BlockId, full: Option<bool>) -> Result<Option<BlockView>, RpcError> {
    let block = block(context, id)?;
    Ok(block.map(|block| view::block(&block, full.unwrap_or_default())).transpose()?)
}

fn count(context: &Context, id: BlockId) -> Result<Option<U64>, RpcError> {
    Ok(block(context, id)?.map(|block| U64::from(block.transactions.len())))
}

/// The block `id`, if there is one.
pub(super) fn block(context: &Context, id: BlockId) -> Result<Option<Block>, RpcError> {
    let Some(number) = context.find(id)? else { return Ok(None) };
    Ok(context.chain.block(number)?)
}
