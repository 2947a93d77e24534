//! The JSON-RPC server: Ethereum's `eth_`, `net_` and `web3_`, and our `ballast_`, over HTTP and WebSocket on one port.
//!
//! It knows a node only through the port [`Chain`], which the binary implements. Each namespace is a module; each
//! method is a plain function from the shared context and its parameters to a result.
//!
//! Where this chain differs from Ethereum: every block shown is final in the consensus engine, so there are no uncles
//! and no reorgs, a log is never `removed`, and `pending` is the latest block; duties show up as transactions of type
//! `0x42`.

mod arguments;
mod ballast;
mod chain;
mod context;
mod error;
mod eth;
mod filters;
mod lane;
mod methods;
mod net;
mod server;
mod transport;
mod view;
mod web3;

pub use chain::{Chain, ChainError, DepositAddress, Refusal, Syncing, WatchedDeposit};
pub use server::{DEFAULT_ADDRESS, Limits, Server, ServerError};
