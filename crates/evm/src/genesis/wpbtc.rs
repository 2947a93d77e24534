//! wpBTC: WETH9, unmodified, under a name of its own.
//!
//! Name, symbol and decimals are what its constructor would have stored, at the slots in which Solidity lays them out.
//! Balances (slot 3) and allowances (slot 4) begin empty, as does the contract: every wpBTC is a deposit of one pBTC.

use alloy_primitives::{Bytes, U256, hex};
use ballast_system::{Storage, StorageError};
use ballast_types::SystemContract;

/// WETH9's runtime code.
const CODE: &str = include_str!("weth9.hex");

const NAME: U256 = short_string(b"Wrapped pBTC");
const SYMBOL: U256 = short_string(b"wpBTC");
const DECIMALS: U256 = U256::from_limbs([18, 0, 0, 0]);

/// Code of the contract.
pub(super) fn code() -> Bytes {
    let digits: String = CODE.split_whitespace().collect();
    hex::decode(digits).expect("a test decodes this file").into()
}

/// Writes what the constructor stores.
pub(super) fn initialise(storage: &mut impl Storage) -> Result<(), StorageError> {
    let words = [NAME, SYMBOL, DECIMALS];
    let mut slots = (0..).map(U256::from).zip(words);
    slots.try_for_each(|(slot, word)| storage.store(SystemContract::WpBtc.address(), slot, word))
}

/// How Solidity stores a string of less than 32 bytes: left-aligned, twice its length in the last byte.
const fn short_string(text: &[u8]) -> U256 {
    let mut word = [0; 32];
    let (head, _) = word.split_at_mut(text.len());
    head.copy_from_slice(text);
    word[31] = 2 * text.len() as u8;
    U256::from_be_bytes(word)
}

#[cfg(test)]
mod tests;
