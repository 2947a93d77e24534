//! What can be known of Bitcoin from its headers alone.
//!
//! A header proves work, never validity: a light client follows the chain that holds the most work
//! and trusts that nobody burns work on an invalid one. On that ground this crate answers two
//! questions.
//!
//! - **Which headers are the best chain?** [`extend()`] judges a list of headers by the rules of a network
//!   ([`HeaderRules`]) against a chain behind the [`HeaderChain`] port, and says what changes
//!   ([`Extension`]). It never writes.
//! - **Is a transaction in a block?** An [`InclusionProof`] binds a transaction to the Merkle root of a
//!   header.
//!
//! There is no clock, no storage and no connection here: the time is an argument, and the chain is a
//! port with three reads. [`MemoryChain`] is that port in memory.
//!
//! ```
//! use ballast_bitcoin_light::{HeaderRules, MemoryChain, StoredHeader};
//! use bitcoin::{Network, constants::genesis_block};
//! # let (headers, now): (Vec<bitcoin::block::Header>, u64) = (vec![], 1_700_000_000);
//!
//! let rules = HeaderRules::of(Network::Signet);
//! let base = StoredHeader::base(rules, genesis_block(Network::Signet).header, 0)?;
//! let mut chain = MemoryChain::new(base);
//! match chain.extend(rules, &headers, now) {
//!     Ok(change) => println!("{} removed, tip {}", change.removed.len(), change.new_tip().hash()),
//!     Err(refusal) => println!("refused: {refusal}"),
//! }
//! # Ok::<(), ballast_bitcoin_light::BaseError>(())
//! ```
//!
//! Formats: `docs/spec/bitcoin-formats.md` §e (headers), §a.5 (Merkle proofs).

pub mod chain;
pub mod inclusion;
pub mod judge;
pub mod memory;
pub mod merkle;
#[cfg(test)]
mod mining;
pub mod network;
pub mod work;

pub use chain::{BaseError, ExtendError, Extension, HeaderChain, StoredHeader, extend};
pub use inclusion::{CoinbaseProof, InclusionError, InclusionProof, confirmations, depth};
pub use judge::HeaderError;
pub use memory::{MemoryChain, StaleExtension};
pub use merkle::{MerkleBranch, MerkleError};
pub use network::{Difficulty, HeaderRules};
pub use work::{BitsError, retarget, target_of};
