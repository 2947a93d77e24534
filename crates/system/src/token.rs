//! A system contract that is a token: ERC-20 with EIP-2612 and EIP-5267.
//!
//! | slot | name | type |
//! |---|---|---|
//! | 0 | supply | `uint256` |
//! | 1 | balances | `mapping(address => uint256)` |
//! | 2 | allowances | `mapping(address => mapping(address => uint256))` |
//! | 3 | nonces | `mapping(address => uint256)` |
//!
//! An allowance of 2^256 - 1 is not reduced. Nothing is sent to the zero address, nor to the token itself, where it would
//! be lost; what such a contract keeps for others it takes by [`Token::keep`].

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IToken;

use crate::{
    layout::{Mapping, Slot},
    storage::{Storage, StorageError},
};

mod dispatch;
mod error;
mod permit;

pub use error::TokenError;

/// A token and the contract in whose storage it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    contract: Address,
    name: &'static str,
    symbol: &'static str,
}

impl Token {
    pub(crate) const fn new(contract: Address, name: &'static str, symbol: &'static str) -> Self {
        Self { contract, name, symbol }
    }

    /// All that was minted and not burnt.
    pub(crate) fn supply(&self, storage: &mut dyn Storage) -> Result<U256, StorageError> {
        self.supply_slot().load(storage)
    }

    pub(crate) fn balance_of(
        &self,
        storage: &mut dyn Storage,
        account: Address,
    ) -> Result<U256, StorageError> {
        self.balances().at(&account).load(storage)
    }

    pub(crate) fn allowance(
        &self,
        storage: &mut dyn Storage,
        owner: Address,
        spender: Address,
    ) -> Result<U256, StorageError> {
        self.allowances().at(&owner).at(&spender).load(storage)
    }

    /// # Errors
    /// [`TokenError::Receiver`], or a supply above 2^256 - 1.
    pub(crate) fn mint(&self, storage: &mut dyn Storage, to: Address, value: U256) -> Result<(), TokenError> {
        self.receiver(to)?;
        let supply = self.supply(storage)?;
        let more = supply.checked_add(value);
        let more = more.ok_or(StorageError::Funds { account: to, balance: supply, wei: value })?;
        self.supply_slot().store(storage, &more)?;
        self.add(storage, to, value)?;
        self.emit_transfer(storage, Address::ZERO, to, value)
    }

    /// # Errors
    /// [`TokenError::Balance`].
    pub(crate) fn burn(
        &self,
        storage: &mut dyn Storage,
        from: Address,
        value: U256,
    ) -> Result<(), TokenError> {
        self.subtract(storage, from, value)?;
        let supply = self.supply(storage)?;
        self.supply_slot().store(storage, &supply.saturating_sub(value))?;
        self.emit_transfer(storage, from, Address::ZERO, value)
    }

    /// # Errors
    /// [`TokenError::Receiver`], [`TokenError::Balance`].
    pub(crate) fn transfer(
        &self,
        storage: &mut dyn Storage,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<(), TokenError> {
        self.receiver(to)?;
        self.shift(storage, from, to, value)
    }

    /// Takes tokens into the contract itself, which answers for them from then on.
    ///
    /// # Errors
    /// [`TokenError::Balance`].
    pub(crate) fn keep(
        &self,
        storage: &mut dyn Storage,
        from: Address,
        value: U256,
    ) -> Result<(), TokenError> {
        self.shift(storage, from, self.contract, value)
    }

    /// # Errors
    /// [`TokenError::Allowance`].
    pub(crate) fn spend_allowance(
        &self,
        storage: &mut dyn Storage,
        owner: Address,
        spender: Address,
        value: U256,
    ) -> Result<(), TokenError> {
        let slot = self.allowances().at(&owner).at(&spender);
        let allowance = slot.load(storage)?;
        if allowance == U256::MAX {
            return Ok(());
        }
        let left = allowance.checked_sub(value);
        let left = left.ok_or(TokenError::Allowance { spender, allowance, needed: value })?;
        Ok(slot.store(storage, &left)?)
    }

    /// Refuses addresses at which tokens would be lost.
    ///
    /// # Errors
    /// [`TokenError::Receiver`].
    pub(crate) fn receiver(&self, to: Address) -> Result<(), TokenError> {
        if to.is_zero() || to == self.contract { Err(TokenError::Receiver { to }) } else { Ok(()) }
    }

    fn approve(
        &self,
        storage: &mut dyn Storage,
        owner: Address,
        spender: Address,
        value: U256,
    ) -> Result<(), TokenError> {
        self.allowances().at(&owner).at(&spender).store(storage, &value)?;
        let event = IToken::Approval { owner, spender, value };
        Ok(storage.emit(self.contract, event.encode_log_data())?)
    }

    fn shift(
        &self,
        storage: &mut dyn Storage,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<(), TokenError> {
        self.subtract(storage, from, value)?;
        self.add(storage, to, value)?;
        self.emit_transfer(storage, from, to, value)
    }

    fn add(&self, storage: &mut dyn Storage, account: Address, value: U256) -> Result<(), StorageError> {
        let slot = self.balances().at(&account);
        let balance = slot.load(storage)?;
        let more = balance.checked_add(value);
        let more = more.ok_or(StorageError::Funds { account, balance, wei: value })?;
        slot.store(storage, &more)
    }

    fn subtract(&self, storage: &mut dyn Storage, account: Address, value: U256) -> Result<(), TokenError> {
        let slot = self.balances().at(&account);
        let balance = slot.load(storage)?;
        let less = balance.checked_sub(value);
        let less = less.ok_or(TokenError::Balance { sender: account, balance, needed: value })?;
        Ok(slot.store(storage, &less)?)
    }

    fn emit_transfer(
        &self,
        storage: &mut dyn Storage,
        from: Address,
        to: Address,
        value: U256,
    ) -> Result<(), TokenError> {
        let event = IToken::Transfer { from, to, value };
        Ok(storage.emit(self.contract, event.encode_log_data())?)
    }

    const fn supply_slot(&self) -> Slot<U256> {
        Slot::new(self.contract, 0)
    }

    const fn balances(&self) -> Mapping<Address, Slot<U256>> {
        Mapping::new(self.contract, 1)
    }

    const fn allowances(&self) -> Mapping<Address, Mapping<Address, Slot<U256>>> {
        Mapping::new(self.contract, 2)
    }

    const fn nonces(&self) -> Mapping<Address, Slot<U256>> {
        Mapping::new(self.contract, 3)
    }
}

#[cfg(test)]
mod tests;
