//! Transactions and receipts by hash and place, and sending.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{B256, Bytes, U64};

use super::blocks::block;
use crate::{
    context::{Context, Executed},
    error::RpcError,
    methods::Methods,
    view::{self, ReceiptView, TransactionView},
};

pub(super) fn register(methods: &mut Methods) {
    methods.read("eth_getTransactionByHash", by_hash);
    methods.read("eth_getTransactionByBlockNumberAndIndex", by_number_and_index);
    methods.read("eth_getTransactionByBlockHashAndIndex", by_block_hash_and_index);
    methods.read("eth_getTransactionReceipt", receipt);
    // short, and what pays or proves must not queue behind what only looks
    methods.read("eth_sendRawTransaction", send);
}

fn by_hash(context: &Context, (hash,): (B256,)) -> Result<Option<TransactionView>, RpcError> {
    if let Some(mined) = mined(context, hash)? {
        return Ok(Some(mined));
    }
    match context.chain.pending(hash) {
        Some(pending) => Ok(Some(view::pending(&pending)?)),
        // it may have gone from the mempool into a block between the two looks
        None => mined(context, hash),
    }
}

fn mined(context: &Context, hash: B256) -> Result<Option<TransactionView>, RpcError> {
    let Some(place) = context.chain.transaction(hash)? else { return Ok(None) };
    at(context, place.block.into(), place.index)
}

fn by_number_and_index(
    context: &Context,
    (tag, index): (BlockNumberOrTag, U64),
) -> Result<Option<TransactionView>, RpcError> {
    at(context, tag.into(), index.saturating_to())
}

fn by_block_hash_and_index(
    context: &Context,
    (hash, index): (B256, U64),
) -> Result<Option<TransactionView>, RpcError> {
    at(context, hash.into(), index.saturating_to())
}

fn at(context: &Context, id: BlockId, index: usize) -> Result<Option<TransactionView>, RpcError> {
    let Some(block) = block(context, id)? else { return Ok(None) };
    Ok(view::transaction_at(&block, index)?)
}

fn receipt(context: &Context, (hash,): (B256,)) -> Result<Option<ReceiptView>, RpcError> {
    let Some(place) = context.chain.transaction(hash)? else { return Ok(None) };
    let Some(executed) = Executed::read(context.chain.as_ref(), place.block)? else { return Ok(None) };
    Ok(view::receipt_at(&executed, place.index)?)
}

fn send(context: &Context, (bytes,): (Bytes,)) -> Result<B256, RpcError> {
    Ok(context.chain.submit(&bytes)?)
}
