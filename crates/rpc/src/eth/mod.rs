//! The `eth_` namespace.

mod accounts;
mod blocks;
mod calls;
mod fees;
mod filters;
mod logs;
mod overrides;
mod subscriptions;
mod transactions;

use alloy_primitives::{Address, U64};
use serde::Serialize;

use crate::{chain::Syncing, context::Context, error::RpcError, methods::Methods};

pub(crate) use logs::LogQuery;
pub(crate) use subscriptions::feed;

/// Adds every method of the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.read("eth_chainId", chain_id);
    methods.read("eth_syncing", syncing);
    methods.read("eth_accounts", |_, ()| Ok(Vec::<Address>::new()));
    accounts::register(methods);
    blocks::register(methods);
    calls::register(methods);
    fees::register(methods);
    filters::register(methods);
    logs::register(methods);
    subscriptions::register(methods);
    transactions::register(methods);
}

fn chain_id(context: &Context, (): ()) -> Result<U64, RpcError> {
    Ok(U64::from(context.chain.parameters().chain_id))
}

/// False, or how far the node is.
#[derive(Serialize)]
#[serde(untagged)]
enum SyncView {
    Synced(bool),
    #[serde(rename_all = "camelCase")]
    Behind {
        starting_block: U64,
        current_block: U64,
        highest_block: U64,
    },
}

fn syncing(context: &Context, (): ()) -> Result<SyncView, RpcError> {
    Ok(match context.chain.syncing() {
        None => SyncView::Synced(false),
        Some(Syncing { starting, current, highest }) => SyncView::Behind {
            starting_block: U64::from(starting),
            current_block: U64::from(current),
            highest_block: U64::from(highest),
        },
    })
}
