//! The roles: pure steps and one runner.
//!
//! A role decides in a pure `step(event) -> actions` ([`runner::Role`]); its [`runner::Hands`] carry the
//! actions out. It sees the chain only through [`chain::Chain`] and Bitcoin only through
//! [`ballast_bitcoin_io::Bitcoin`], so it runs unchanged in a devnet process, alone, or in a simulation.

pub mod back_off;
pub mod bitcoin_scan;
pub mod chain;
pub mod config;
pub mod covenant;
pub mod cursor;
pub mod custodian;
pub mod custody;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub mod finality;
pub mod http;
pub mod key_file;
pub mod light_client;
pub mod provider;
pub mod refused_votes;
pub mod relayer;
pub mod runner;
pub mod slasher;
pub mod staking;
pub mod whole;

pub use chain::{At, Chain, ChainError};
pub use covenant::Covenant;
pub use custodian::Custodian;
pub use http::HttpChain;
pub use provider::Provider;
pub use relayer::Relayer;
pub use slasher::Slasher;
