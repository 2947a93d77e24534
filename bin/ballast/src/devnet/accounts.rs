//! Ten accounts whose keys everybody knows, as on other development networks.

use alloy_primitives::{Address, B256, keccak256};
use ballast_regtest::keypair;

/// How many there are.
const COUNT: usize = 10;

/// An account with its key.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) address: Address,
    pub(crate) private_key: B256,
}

/// The accounts, the same on every devnet: key i is SHA-256 of `ballast devnet account i`.
pub(crate) fn all() -> Vec<Account> {
    (0..COUNT).map(|index| account(&format!("ballast devnet account {index}"))).collect()
}

fn account(name: &str) -> Account {
    let key = keypair(name);
    let public = key.public_key().serialize_uncompressed();
    let address = Address::from_word(keccak256(&public[1..]));
    Account { address, private_key: key.secret_bytes().into() }
}
