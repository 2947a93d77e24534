//! The storage port: all that a rule may read, write or know of the chain.
//!
//! A rule gets the port as `&mut dyn Storage`, explicitly. Its words live in the slots of its own contract,
//! so whatever undoes a transaction undoes the rule. The chain's implementation is the EVM journal, which
//! charges gas for every access; [`Memory`](crate::memory::Memory) is a hash map for tests.
//!
//! The port also moves pBTC, in wei. [`Storage::mint`] and [`Storage::burn`] are the only ways in which the sum of
//! all balances changes. A contract of a user cannot reach the port, so only the rules in this crate can call them.

use alloy_primitives::{Address, LogData, U256};
use thiserror::Error;

/// The block in which a call runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BlockEnv {
    /// The height of the block.
    pub number: u64,
    /// The time of the block, in seconds since the Unix epoch.
    pub timestamp: u64,
    /// The EVM chain id.
    pub chain_id: u64,
}

/// Access to the words and logs of system contracts during one call.
pub trait Storage {
    /// The block in which the call runs.
    fn block(&self) -> BlockEnv;

    /// The word in `slot` of `contract`, zero when never written.
    ///
    /// # Errors
    /// Out of gas, or the database failed.
    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, StorageError>;

    /// Writes `word` to `slot` of `contract`; zero deletes.
    ///
    /// # Errors
    /// Out of gas, a static call, or the database failed.
    fn store(&mut self, contract: Address, slot: U256, word: U256) -> Result<(), StorageError>;

    /// Appends a log of `contract`.
    ///
    /// # Errors
    /// Out of gas, or a static call.
    fn emit(&mut self, contract: Address, log: LogData) -> Result<(), StorageError>;

    /// The pBTC of an account, in wei.
    ///
    /// # Errors
    /// Out of gas, or the database failed.
    fn balance(&mut self, account: Address) -> Result<U256, StorageError>;

    /// Creates `wei` of pBTC for an account, without calling it.
    ///
    /// # Errors
    /// Out of gas, a static call, a balance above 2^256 - 1, or the database failed.
    fn mint(&mut self, account: Address, wei: U256) -> Result<(), StorageError>;

    /// Destroys `wei` of an account's pBTC.
    ///
    /// # Errors
    /// [`StorageError::Funds`] if it has less, out of gas, a static call, or the database failed.
    fn burn(&mut self, account: Address, wei: U256) -> Result<(), StorageError>;

    /// Moves `wei` of pBTC from one account to another, without calling it.
    ///
    /// # Errors
    /// As [`Storage::burn`] and [`Storage::mint`].
    fn transfer(&mut self, from: Address, to: Address, wei: U256) -> Result<(), StorageError> {
        self.burn(from, wei)?;
        self.mint(to, wei)
    }

    /// Pays `gas` for work other than storage: hashing, signature checks, decoding.
    ///
    /// # Errors
    /// Out of gas.
    fn charge(&mut self, gas: u64) -> Result<(), StorageError>;
}

/// Why the port refused. None of these is a verdict on the input; each ends the call without revert data.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StorageError {
    /// The call's gas is used up.
    #[error("out of gas")]
    OutOfGas,
    /// A write under STATICCALL.
    #[error("write to {contract} in a static call")]
    StaticWrite {
        /// The contract whose storage or log was to be written.
        contract: Address,
    },
    /// An account has less than what is to leave it, or would have more than a balance can hold.
    #[error("the balance of {account} is {balance} wei: it cannot change by {wei}")]
    Funds {
        /// The account.
        account: Address,
        /// Its balance, in wei.
        balance: U256,
        /// What was to be added or taken, in wei.
        wei: U256,
    },
    /// A word that no writer of this slot can have written; the database is damaged.
    #[error("slot {slot} of {contract} holds {word}, which its type cannot hold: restore the database")]
    Corrupt {
        /// The contract.
        contract: Address,
        /// The slot.
        slot: U256,
        /// What was found.
        word: U256,
    },
    /// The state below could not be read.
    #[error("database: {0}")]
    Database(String),
}
