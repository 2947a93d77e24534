//! The storage port as a hash map, for tests of rules without an EVM.
//!
//! It neither prices nor undoes anything by itself: a test sets a gas limit where it wants a failure and
//! takes a [`Snapshot`] where it wants to go back.

use std::collections::HashMap;

use alloy_primitives::{Address, LogData, U256};

use crate::storage::{BlockEnv, Storage, StorageError};

/// Contract words, balances, logs and the current block, in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// The block in which calls run.
    pub block: BlockEnv,
    /// Whether writes are refused.
    pub is_static: bool,
    /// The operations left; every access and every unit of charged gas takes one.
    pub gas: u64,
    state: Snapshot,
}

/// The words, balances and logs of a [`Memory`] at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Snapshot {
    words: HashMap<(Address, U256), U256>,
    balances: HashMap<Address, U256>,
    logs: Vec<(Address, LogData)>,
}

impl Memory {
    /// An empty storage in `block`, without a gas limit.
    #[must_use]
    pub fn new(block: BlockEnv) -> Self {
        Self { block, is_static: false, gas: u64::MAX, state: Snapshot::default() }
    }

    /// A copy of all words, balances and logs.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.state.clone()
    }

    /// Goes back to `snapshot`.
    pub fn revert(&mut self, snapshot: Snapshot) {
        self.state = snapshot;
    }

    /// The logs so far, oldest first.
    #[must_use]
    pub fn logs(&self) -> &[(Address, LogData)] {
        &self.state.logs
    }

    /// Every word that is not zero, by contract and slot.
    #[must_use]
    pub fn words(&self) -> &HashMap<(Address, U256), U256> {
        &self.state.words
    }

    /// The sum of all balances, in wei.
    #[must_use]
    pub fn supply(&self) -> U256 {
        self.state.balances.values().fold(U256::ZERO, |sum, balance| sum.saturating_add(*balance))
    }

    fn set_balance(
        &mut self,
        account: Address,
        wei: U256,
        change: impl FnOnce(U256, U256) -> Option<U256>,
    ) -> Result<(), StorageError> {
        self.writable(account)?;
        let balance = self.balance(account)?;
        let changed = change(balance, wei).ok_or(StorageError::Funds { account, balance, wei })?;
        self.state.balances.insert(account, changed);
        Ok(())
    }

    fn writable(&self, contract: Address) -> Result<(), StorageError> {
        if self.is_static { Err(StorageError::StaticWrite { contract }) } else { Ok(()) }
    }
}

impl Storage for Memory {
    fn block(&self) -> BlockEnv {
        self.block
    }

    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, StorageError> {
        self.charge(1)?;
        Ok(self.state.words.get(&(contract, slot)).copied().unwrap_or_default())
    }

    fn store(&mut self, contract: Address, slot: U256, word: U256) -> Result<(), StorageError> {
        self.writable(contract)?;
        self.charge(1)?;
        if word.is_zero() {
            self.state.words.remove(&(contract, slot));
        } else {
            self.state.words.insert((contract, slot), word);
        }
        Ok(())
    }

    fn emit(&mut self, contract: Address, log: LogData) -> Result<(), StorageError> {
        self.writable(contract)?;
        self.charge(1)?;
        self.state.logs.push((contract, log));
        Ok(())
    }

    fn balance(&mut self, account: Address) -> Result<U256, StorageError> {
        self.charge(1)?;
        Ok(self.state.balances.get(&account).copied().unwrap_or_default())
    }

    fn mint(&mut self, account: Address, wei: U256) -> Result<(), StorageError> {
        self.set_balance(account, wei, U256::checked_add)
    }

    fn burn(&mut self, account: Address, wei: U256) -> Result<(), StorageError> {
        self.set_balance(account, wei, U256::checked_sub)
    }

    fn charge(&mut self, gas: u64) -> Result<(), StorageError> {
        self.gas = self.gas.checked_sub(gas).ok_or(StorageError::OutOfGas)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
