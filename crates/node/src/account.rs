//! The fixed-width record of an account, the same 72 bytes in the state store and in the index.
//!
//! balance, 32 bytes big-endian ‖ code hash, 32 bytes ‖ nonce, 8 bytes big-endian.

use alloy_primitives::{B256, U256};
use ballast_evm::Account;

/// Bytes of an encoded account.
pub(crate) const ACCOUNT_SIZE: usize = 72;

/// The record of an account.
pub(crate) fn encode(account: &Account) -> [u8; ACCOUNT_SIZE] {
    let mut bytes = [0; ACCOUNT_SIZE];
    bytes[..32].copy_from_slice(&account.balance.to_be_bytes::<32>());
    bytes[32..64].copy_from_slice(account.code_hash.as_slice());
    bytes[64..].copy_from_slice(&account.nonce.to_be_bytes());
    bytes
}

/// The account of a record.
pub(crate) fn decode(bytes: &[u8; ACCOUNT_SIZE]) -> Account {
    let (balance, rest) = bytes.split_at(32);
    let (code_hash, nonce) = rest.split_at(32);
    Account {
        nonce: u64::from_be_bytes(nonce.try_into().expect("the last 8 of 72 bytes")),
        balance: U256::from_be_slice(balance),
        code_hash: B256::from_slice(code_hash),
    }
}
