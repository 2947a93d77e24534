//! Bitcoin stakes: which there are, on whom, and how much of that counts.
//!
//! A stake is registered with everything that its slashing needs ([`register`]), approved by a quorum of the
//! covenant ([`approve`]), anchored in Bitcoin's chain ([`anchor`]) and at last spent ([`spend`]). What it is at
//! any time follows from these facts and from the headers ([`status`](mod@status)); only the sum of what counts on each
//! [`provider`] is kept, and it follows the headers too ([`follow`]).
//!
//! Whatever proves itself is a duty. Registering a provider, or a stake whose bitcoin is not yet on Bitcoin,
//! costs its sender nothing to make up, and is an ordinary transaction.
//!
//! Formats: `docs/spec/bitcoin-formats.md` §a, `docs/spec/ballast-wire.md`.

use ballast_bitcoin_staking::Params;
use ballast_types::genesis::GenesisProvider;

use crate::storage::{Storage, StorageError};

pub mod anchor;
pub mod approve;
pub(crate) mod dispatch;
pub mod follow;
pub mod parameters;
pub mod provider;
pub mod rank;
pub mod register;
mod settle;
pub mod spend;
pub mod status;
mod store;

pub use settle::status;
pub use status::{Facts, Status};
pub use store::{Exit, Record};

/// Gas for verifying one BIP-340 signature, priced like the ecrecover precompile.
pub const SIGNATURE_GAS: u64 = 3_000;

/// Writes the versions of the parameters, none if the chain has no covenant, and the first providers. Runs once, in block 1, after the light client's.
///
/// # Errors
/// A provider's key is no key or occurs twice, or the port refused.
pub fn initialise(
    storage: &mut dyn Storage,
    versions: &[Params],
    providers: &[GenesisProvider],
) -> Result<(), provider::ProviderError> {
    parameters::write(storage, versions)?;
    follow::start(storage)?;
    providers.iter().try_for_each(|genesis| provider::found_genesis(storage, genesis))
}

/// What the chain does before the first transaction of every block: follows Bitcoin's headers, bounded.
///
/// # Errors
/// The port refused.
pub fn begin_block(storage: &mut dyn Storage) -> Result<(), StorageError> {
    follow::follow(storage).map(|_| ())
}

#[cfg(test)]
pub(crate) mod tests;
