//! The roles: pure steps and one runner.
//!
//! A role decides in a pure `step(event) -> actions` ([`runner::Role`]); its [`runner::Hands`] carry the
//! actions out. It sees the chain only through [`chain::Chain`] and Bitcoin only through
//! [`ballast_bitcoin_io::Bitcoin`], so it runs unchanged in a devnet process, alone, or in a simulation.

pub mod chain;
pub mod http;
pub mod light_client;
pub mod relayer;
pub mod runner;

pub use chain::{Chain, ChainError};
pub use http::HttpChain;
pub use relayer::Relayer;
