//! The only crate that opens a connection to Bitcoin.
//!
//! [`Bitcoin`] is the port: what the roles ask of a Bitcoin node, named by need, blocking, and small enough to
//! fake in a test. [`RpcClient`] implements it over the JSON-RPC interface of Bitcoin Core 30 or newer; it needs
//! neither a wallet nor a transaction index.
//!
//! Two rules hold for every call:
//!
//! * **A call is repeated only when it certainly did not run**: the node refused the connection, was warming up,
//!   had its work queue full, was busy with another scan, or rejected a login cookie that has changed on disk since. Whatever may have run is
//!   reported, and the caller decides.
//! * **An answer is what was asked for, or an error**: headers, blocks and transactions are hashed again and compared
//!   with the identifier in the question. (That they belong to the best chain is the node's word.)

mod answers;
mod auth;
mod error;
mod node;
mod port;
mod rpc;
mod transport;

pub use auth::Auth;
pub use error::{BitcoinError, RpcCode};
pub use port::{Acceptance, Bitcoin, BlockHeader, MAX_FEE_RATE, Submitted, Tip, Unspent};
pub use rpc::{OLDEST_VERSION, Patience, RpcClient, RpcConfig};

#[cfg(test)]
mod tests;
