//! A state in memory, for tests and tools.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};

use crate::state::{Account, State, StateChanges, StateError, StateReader};

/// Accounts, words and code in maps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryState {
    /// Accounts by address.
    pub accounts: BTreeMap<Address, Account>,
    /// Words that are not zero.
    pub storage: BTreeMap<(Address, U256), U256>,
    /// Code by hash.
    pub code: BTreeMap<B256, Bytes>,
}

impl MemoryState {
    /// Applies the changes of a block.
    pub fn apply(&mut self, changes: &StateChanges) {
        self.code.extend(changes.code.clone());
        for (address, change) in &changes.accounts {
            self.set_account(*address, change.after);
        }
        for (key, change) in &changes.storage {
            self.set_word(*key, change.after);
        }
    }

    /// Takes the changes of the last block back; code stays.
    pub fn undo(&mut self, changes: &StateChanges) {
        for (address, change) in &changes.accounts {
            self.set_account(*address, change.before);
        }
        for (key, change) in &changes.storage {
            self.set_word(*key, change.before);
        }
    }

    /// Balance of `address` in wei, zero for no account.
    pub fn balance(&self, address: Address) -> U256 {
        self.accounts.get(&address).map(|account| account.balance).unwrap_or_default()
    }

    /// Sum of all balances in wei.
    pub fn total_balance(&self) -> U256 {
        self.accounts.values().fold(U256::ZERO, |sum, account| sum + account.balance)
    }

    fn set_account(&mut self, address: Address, account: Option<Account>) {
        match account {
            Some(account) => self.accounts.insert(address, account),
            None => self.accounts.remove(&address),
        };
    }

    fn set_word(&mut self, key: (Address, U256), word: U256) {
        if word.is_zero() {
            self.storage.remove(&key);
        } else {
            self.storage.insert(key, word);
        }
    }
}

impl State for MemoryState {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        Ok(self.accounts.get(&address).copied())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        Ok(self.storage.get(&(address, slot)).copied().unwrap_or_default())
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        if code_hash == KECCAK256_EMPTY {
            return Ok(Bytes::new());
        }
        self.code.get(&code_hash).cloned().ok_or_else(|| StateError(format!("code {code_hash} is missing")))
    }
}

impl StateReader for MemoryState {
    async fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        State::account(self, address)
    }

    async fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        State::storage(self, address, slot)
    }

    async fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        State::code(self, code_hash)
    }
}
