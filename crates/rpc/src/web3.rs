//! The `web3_` namespace.

use std::env::consts::{ARCH, OS};

use alloy_primitives::{B256, Bytes, keccak256};

use crate::methods::Methods;

/// Adds every method of the namespace.
pub(crate) fn register(methods: &mut Methods) {
    methods.read("web3_clientVersion", |_, ()| {
        Ok(format!("ballast/v{}/{OS}-{ARCH}", env!("CARGO_PKG_VERSION")))
    });
    methods.read::<(Bytes,), B256>("web3_sha3", |_, (data,)| Ok(keccak256(data)));
}
