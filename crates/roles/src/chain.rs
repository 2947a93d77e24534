//! The port: what a role asks of the Ballast chain.

use alloy_primitives::{Address, B256, Bytes};
use thiserror::Error;

/// A Ballast node, as a role sees it.
///
/// # Errors
/// Every method fails with [`ChainError`] when the node cannot be reached, refuses, or answers something that
/// is no answer.
pub trait Chain {
    /// The EVM chain id.
    ///
    /// # Errors
    /// See the trait.
    fn chain_id(&self) -> Result<u64, ChainError>;

    /// The height of the latest block.
    ///
    /// # Errors
    /// See the trait.
    fn block_number(&self) -> Result<u64, ChainError>;

    /// Calls the contract at `to` on the state after the latest block, and returns what it returns.
    ///
    /// # Errors
    /// See the trait; [`ChainError::Refused`] with the revert data when the contract says no.
    fn call(&self, to: Address, input: Bytes) -> Result<Bytes, ChainError>;

    /// Hands an encoded transaction to the mempool and returns its hash.
    ///
    /// # Errors
    /// See the trait; [`ChainError::Refused`] when the mempool does not take it.
    fn send(&self, transaction: Bytes) -> Result<B256, ChainError>;
}

/// Why the chain gave no answer.
#[derive(Debug, Error)]
pub enum ChainError {
    /// Nobody answers at the address.
    #[error("cannot reach the node at {url}: {source}; is it running?")]
    Unreachable {
        /// The address asked.
        url: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The address or the HTTP exchange is unusable.
    #[error("cannot use {url}: {reason}; the address must look like http://127.0.0.1:8545")]
    Exchange {
        /// The address asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The node understood and says no.
    #[error("the node refuses {method} with error {code}: {message}")]
    Refused {
        /// The method called.
        method: &'static str,
        /// The JSON-RPC error code.
        code: i64,
        /// The node's own words.
        message: String,
        /// Revert data; empty when there is none.
        data: Bytes,
    },
    /// The answer is not what the call asked for.
    #[error("the node answers {method} with something else: {reason}; is it a Ballast node of this version?")]
    Malformed {
        /// The method called.
        method: &'static str,
        /// What does not fit.
        reason: String,
    },
}
