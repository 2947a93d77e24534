//! The node: consensus, block building, mempool, stores
//!
//! [`run`] starts a validator, or a follower, on threads of its own; [`Chain`] is what it knows and where transactions
//! go in. The only importer of the consensus engine and of p2p: no type of theirs is in a public signature.
//!
//! - `block`, `application`, `state`: what the engine needs to know of our chain
//! - `engine`, `epochs`, `committees`, `pacing`, `network`, `gossip`, `evidence`: wiring
//! - [`index`], [`mempool`], `refused_votes`, `chain`: stores, and the view that RPC reads

mod account;
mod application;
mod block;
mod chain;
mod committees;
mod engine;
mod epochs;
mod evidence;
mod gossip;
pub mod index;
mod keys;
pub mod mempool;
mod network;
mod node;
mod pacing;
mod refused_votes;
mod state;

#[cfg(test)]
extern crate self as ballast_node;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod simulation;

pub use chain::{Chain, ChainEvent, SubmitError};
pub use keys::{KeyError, ValidatorSecrets, check_genesis};
pub use network::{Peer, PeerError};
pub use node::{Config, Node, NodeError, run};
