//! A custodian's configuration, as a file has it.

use core::net::SocketAddr;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use ballast_custody::Policy;
use bitcoin::{Amount, FeeRate, ScriptBuf};
use serde::Deserialize;

use crate::config::BitcoinConfig;

/// How one custodian runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodianConfig {
    /// Its number: its place in the genesis, from 1.
    pub member: u16,
    /// The file with its identity key, as `ballast key new` writes it.
    pub key_file: PathBuf,
    /// The folder for its share of the key and its records; it must not be another custodian's, or be restored from an
    /// old copy while limits count.
    pub data_dir: PathBuf,
    /// The JSON-RPC address of its own Ballast node.
    pub rpc_url: String,
    /// Its own bitcoind.
    pub bitcoin: BitcoinConfig,
    /// Where it listens for the other custodians.
    pub listen: SocketAddr,
    /// Where the others listen, by number, like `http://10.0.0.2:9701`.
    pub peers: BTreeMap<u16, String>,
    /// Milliseconds between two looks.
    #[serde(default = "tick_ms")]
    pub tick_ms: u64,
    /// What it signs at most.
    #[serde(default)]
    pub policy: PolicyConfig,
}

/// What a custodian signs at most. These are its own limits, whatever the chain says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicyConfig {
    /// Confirmations that an input needs at its own bitcoind, its own block counted.
    pub depth: u32,
    /// Largest single payout, in sats.
    pub payout_sat: u64,
    /// Largest sum of payouts in one transaction, in sats.
    pub intent_sat: u64,
    /// Blocks of the Ballast chain of one epoch of this policy.
    pub epoch_blocks: u64,
    /// Largest sum of payouts in one epoch, in sats.
    pub epoch_sat: u64,
    /// Highest fee of one transaction, in sats.
    pub fee_sat: u64,
    /// Highest sum of fees in one epoch, in sats.
    pub epoch_fee_sat: u64,
    /// Highest fee rate, in sats per virtual byte.
    pub fee_rate_sat_vb: u64,
    /// Scripts that it never pays, in hex.
    pub refused_scripts: BTreeSet<ScriptBuf>,
}

impl Default for PolicyConfig {
    /// 10 BTC a day in payouts of at most 1 BTC, and 0.1 BTC of fees.
    fn default() -> Self {
        Self {
            depth: 3,
            payout_sat: 100_000_000,
            intent_sat: 500_000_000,
            epoch_blocks: 86_400,
            epoch_sat: 1_000_000_000,
            fee_sat: 1_000_000,
            epoch_fee_sat: 10_000_000,
            fee_rate_sat_vb: 500,
            refused_scripts: BTreeSet::new(),
        }
    }
}

impl CustodianConfig {
    /// The time between two looks.
    pub fn period(&self) -> Duration {
        Duration::from_millis(self.tick_ms.max(1))
    }
}

impl PolicyConfig {
    /// The limits as the custody library takes them.
    pub fn policy(&self) -> Policy {
        Policy {
            depth: self.depth,
            payout: Amount::from_sat(self.payout_sat),
            intent: Amount::from_sat(self.intent_sat),
            epoch: Amount::from_sat(self.epoch_sat),
            fee: Amount::from_sat(self.fee_sat),
            epoch_fee: Amount::from_sat(self.epoch_fee_sat),
            fee_rate: FeeRate::from_sat_per_vb(self.fee_rate_sat_vb).unwrap_or(FeeRate::MAX),
            refused: self.refused_scripts.clone(),
        }
    }
}

fn tick_ms() -> u64 {
    1_000
}
