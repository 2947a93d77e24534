//! The `net_` namespace.

use alloy_primitives::U64;

use crate::methods::Methods;

/// Adds every method of the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.read("net_version", |context, ()| Ok(context.chain.parameters().chain_id.to_string()));
    methods.read("net_listening", |_, ()| Ok(true));
    methods.read("net_peerCount", |context, ()| Ok(U64::from(context.chain.peers())));
}
