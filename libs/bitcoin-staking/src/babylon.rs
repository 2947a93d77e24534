//! Parameters of Babylon's networks, as data for interoperation (`docs/spec/bitcoin-formats.md` §f).
//!
//! They are what its repositories hold; changes made later by governance are not visible there.

use crate::params_set::ParamsSet;

pub mod modules;
#[cfg(test)]
mod tests;

/// Babylon's mainnet, chain id `bbn-1`.
pub fn mainnet() -> ParamsSet {
    ParamsSet::from_toml(include_str!("../params/babylon-mainnet.toml")).expect("a test reads this file")
}

/// Babylon's public testnet on signet, as of its v1 upgrade.
pub fn testnet() -> ParamsSet {
    ParamsSet::from_toml(include_str!("../params/babylon-testnet.toml")).expect("a test reads this file")
}
