//! Balances, nonces, code and storage, now and for the blocks whose state the node keeps.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, Bytes, U64, U256};
use ballast_evm::Account;

use crate::{context::Context, error::RpcError, methods::Methods};

pub(super) fn register(methods: &mut Methods) {
    methods.read("eth_getBalance", balance);
    methods.read("eth_getTransactionCount", transaction_count);
    methods.read("eth_getCode", code);
    methods.read("eth_getStorageAt", storage_at);
}

fn balance(context: &Context, (address, block): (Address, Option<BlockId>)) -> Result<U256, RpcError> {
    Ok(account(context, address, block)?.balance)
}

fn transaction_count(
    context: &Context,
    (address, block): (Address, Option<BlockId>),
) -> Result<U64, RpcError> {
    Ok(U64::from(match block {
        Some(BlockId::Number(BlockNumberOrTag::Pending)) => context.chain.pending_nonce(address)?,
        _ => account(context, address, block)?.nonce,
    }))
}

fn code(context: &Context, (address, block): (Address, Option<BlockId>)) -> Result<Bytes, RpcError> {
    let state = context.state(block)?;
    let account = state.account(address)?.unwrap_or_default();
    Ok(state.code(account.code_hash)?)
}

fn storage_at(
    context: &Context,
    (address, slot, block): (Address, U256, Option<BlockId>),
) -> Result<B256, RpcError> {
    Ok(context.state(block)?.storage(address, slot)?.into())
}

fn account(context: &Context, address: Address, block: Option<BlockId>) -> Result<Account, RpcError> {
    Ok(context.state(block)?.account(address)?.unwrap_or_default())
}
