//! The state: what execution reads of it and what it changes.
//!
//! Execution is synchronous and reads through [`State`]. A store that answers asynchronously implements
//! [`StateReader`] and is driven by [`crate::on_reader`]. Changes come back as a plain, ordered value with the
//! words before and after, so that a store can apply them and an undo log can take them back.

use std::{collections::BTreeMap, future::Future};

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use thiserror::Error;

/// An account without its storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Next nonce.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
    /// keccak256 of the code; that of no bytes for an account without code.
    pub code_hash: B256,
}

impl Default for Account {
    fn default() -> Self {
        Self { nonce: 0, balance: U256::ZERO, code_hash: KECCAK256_EMPTY }
    }
}

/// The state could not be read. Never a verdict on a block: the node must stop, not vote.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("state store: {0}")]
pub struct StateError(pub String);

/// A state that answers at once.
pub trait State {
    /// The account at `address`, `None` when there is none.
    ///
    /// # Errors
    /// The store failed.
    fn account(&self, address: Address) -> Result<Option<Account>, StateError>;

    /// The word in `slot` of `address`, zero when never written.
    ///
    /// # Errors
    /// The store failed.
    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError>;

    /// The code with this hash; it is asked only for hashes of accounts that exist.
    ///
    /// # Errors
    /// The store failed or lacks the code.
    fn code(&self, code_hash: B256) -> Result<Bytes, StateError>;
}

/// A state that answers later.
pub trait StateReader: Sync {
    /// As [`State::account`].
    fn account(&self, address: Address) -> impl Future<Output = Result<Option<Account>, StateError>> + Send;

    /// As [`State::storage`].
    fn storage(&self, address: Address, slot: U256) -> impl Future<Output = Result<U256, StateError>> + Send;

    /// As [`State::code`].
    fn code(&self, code_hash: B256) -> impl Future<Output = Result<Bytes, StateError>> + Send;
}

/// A value before and after a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change<T> {
    /// Value before the block.
    pub before: T,
    /// Value after the block; never equal to `before`.
    pub after: T,
}

/// Everything that a block changes, in key order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateChanges {
    /// Accounts; `None` where there is none.
    pub accounts: BTreeMap<Address, Change<Option<Account>>>,
    /// Words by account and slot.
    pub storage: BTreeMap<(Address, U256), Change<U256>>,
    /// Code that the block introduced, by hash. It may be known already, and is never removed.
    pub code: BTreeMap<B256, Bytes>,
}
