//! Ballast's own networks as parameter files (`docs/spec/ballast-wire.md`, Networks).
//!
//! Covenant keys belong to a network's founders and come from its genesis; the files state how many
//! there are. Slashed coins go to a pay-to-anchor output, so that anybody can raise the fee of a
//! slashing transaction and what is slashed ends with the miners.

use bitcoin::XOnlyPublicKey;

use crate::params_set::{ParamsSet, ParamsSetError};

#[cfg(test)]
mod tests;

/// Parameters of the mainnet, on Bitcoin's mainnet.
///
/// # Errors
/// When `covenant` is not nine distinct keys.
pub fn mainnet(covenant: &[XOnlyPublicKey]) -> Result<ParamsSet, ParamsSetError> {
    ParamsSet::from_toml_with_covenant(include_str!("../params/mainnet.toml"), covenant)
}

/// Parameters of the testnet, on signet.
///
/// # Errors
/// When `covenant` is not three distinct keys.
pub fn testnet(covenant: &[XOnlyPublicKey]) -> Result<ParamsSet, ParamsSetError> {
    ParamsSet::from_toml_with_covenant(include_str!("../params/testnet.toml"), covenant)
}

/// Parameters of a devnet, on regtest.
///
/// # Errors
/// When `covenant` is not three distinct keys.
pub fn devnet(covenant: &[XOnlyPublicKey]) -> Result<ParamsSet, ParamsSetError> {
    ParamsSet::from_toml_with_covenant(include_str!("../params/devnet.toml"), covenant)
}
