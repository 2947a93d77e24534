//! The published and generated test vectors in `testvectors/`; each file names its source.

#![allow(clippy::unwrap_used, reason = "a malformed vector ends the test")]

mod interpreter;
mod observable_staking;
mod params;
mod possession;
mod read;
mod real_testnet_delegation;
mod repo_btcstaking;
mod signed;
mod slashing_amounts;
mod stake_expansion;
mod staking_scripts;
mod transactions;
