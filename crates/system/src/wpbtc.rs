//! wpBTC by the words of its own storage: the canonical WETH9 at contract 10, without running its code.
//!
//! A vault holds pBTC, yet its standard wants an asset that is a token. So what comes in as wpBTC is unwrapped, and what
//! goes out is wrapped, as if the vault had called WETH9 itself: the same words, logs and pBTC move. WETH9 keeps
//! `balanceOf` in slot 3 and `allowance` in slot 4; its `totalSupply` is its pBTC.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolEvent, sol};
use ballast_types::SystemContract;

use crate::{
    layout::{Mapping, Slot},
    storage::{Storage, StorageError},
    token::TokenError,
};

pub(crate) const CONTRACT: Address = SystemContract::WpBtc.address();
const BALANCES: Mapping<Address, Slot<U256>> = Mapping::new(CONTRACT, 3);
const ALLOWANCES: Mapping<Address, Mapping<Address, Slot<U256>>> = Mapping::new(CONTRACT, 4);

sol! {
    /// The logs of WETH9.
    #[derive(Debug, PartialEq, Eq)]
    interface IWeth9 {
        event Transfer(address indexed src, address indexed dst, uint256 wad);
        event Deposit(address indexed dst, uint256 wad);
        event Withdrawal(address indexed src, uint256 wad);
    }
}

/// Unwraps `wei` of an owner's wpBTC into pBTC of `spender`, who needs an allowance: WETH9's `transferFrom`, then its
/// `withdraw`, as if `spender` had called them.
///
/// # Errors
/// [`TokenError::Balance`], [`TokenError::Allowance`].
pub(crate) fn take(
    storage: &mut dyn Storage,
    spender: Address,
    owner: Address,
    wei: U256,
) -> Result<(), TokenError> {
    let slot = BALANCES.at(&owner);
    let balance = slot.load(storage)?;
    let left = balance.checked_sub(wei);
    let left = left.ok_or(TokenError::Balance { sender: owner, balance, needed: wei })?;
    if owner != spender {
        spend(storage, owner, spender, wei)?;
    }
    slot.store(storage, &left)?;
    emit(storage, &IWeth9::Transfer { src: owner, dst: spender, wad: wei })?;
    emit(storage, &IWeth9::Withdrawal { src: spender, wad: wei })?;
    Ok(storage.transfer(CONTRACT, spender, wei)?)
}

/// Wraps `wei` of an account's pBTC into wpBTC of `to`: WETH9's `deposit`, then its `transfer`, as if `from` had called
/// them.
///
/// # Errors
/// The port refused, also where `from` has less.
pub(crate) fn give(
    storage: &mut dyn Storage,
    from: Address,
    to: Address,
    wei: U256,
) -> Result<(), StorageError> {
    storage.transfer(from, CONTRACT, wei)?;
    let slot = BALANCES.at(&to);
    let balance = slot.load(storage)?;
    let more = balance.checked_add(wei).ok_or(StorageError::Funds { account: to, balance, wei })?;
    slot.store(storage, &more)?;
    emit(storage, &IWeth9::Deposit { dst: from, wad: wei })?;
    emit(storage, &IWeth9::Transfer { src: from, dst: to, wad: wei })
}

fn spend(storage: &mut dyn Storage, owner: Address, spender: Address, wei: U256) -> Result<(), TokenError> {
    let slot = ALLOWANCES.at(&owner).at(&spender);
    let allowance = slot.load(storage)?;
    if allowance == U256::MAX {
        return Ok(());
    }
    let left = allowance.checked_sub(wei);
    let left = left.ok_or(TokenError::Allowance { spender, allowance, needed: wei })?;
    Ok(slot.store(storage, &left)?)
}

fn emit(storage: &mut dyn Storage, event: &impl SolEvent) -> Result<(), StorageError> {
    storage.emit(CONTRACT, event.encode_log_data())
}

#[cfg(test)]
mod tests;
