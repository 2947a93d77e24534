//! A private Bitcoin: a real bitcoind on regtest, with a miner that pays.
//!
//! bitcoind has no wallet; the miner is a key of this crate, mines at will and signs its own payments. Stories run on a
//! chain in a temporary folder ([`Regtest::start`]), a devnet on one that stays ([`Regtest::open`]).
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use ballast_regtest::{Regtest, keypair};
//! use bitcoin::{Amount, ScriptBuf, secp256k1::Secp256k1};
//!
//! let node = Regtest::funded()?;
//! let staker = keypair("staker").x_only_public_key().0;
//! let coin = node.fund(&ScriptBuf::new_p2tr(&Secp256k1::new(), staker, None), Amount::from_sat(100_000))?;
//! assert_eq!(coin.confirmations, 1);
//! # Ok(())
//! # }
//! ```

pub mod bitcoind;
mod chain;
mod coins;
mod miner;
mod regtest;

pub use coins::keypair;
pub use miner::Miner;
pub use regtest::Regtest;
