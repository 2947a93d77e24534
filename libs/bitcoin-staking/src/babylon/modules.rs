//! Parameters of Babylon's checkpoints, finality and epochs, as data (`docs/spec/bitcoin-formats.md` §f).
//!
//! They rule the Babylon chain, not a stake; whoever follows that chain needs them. The file is
//! `params/babylon-modules.toml`.

use serde::Deserialize;

#[cfg(test)]
mod tests;

/// What the modules of all networks were set to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modules {
    /// Blocks of the Babylon chain in an epoch, on every network.
    pub epoch_interval: u64,
    /// Checkpoints, for each network from the oldest record on.
    pub checkpoint: Vec<CheckpointParams>,
    /// Finality since the v1 upgrade.
    pub finality: Vec<FinalityParams>,
}

impl Modules {
    /// The records that are built in.
    pub fn built_in() -> Self {
        toml::from_str(include_str!("../../params/babylon-modules.toml")).expect("a test reads this file")
    }

    /// What a source says of a network's checkpoints.
    pub fn checkpoint(&self, network: &str, since: Since) -> Option<&CheckpointParams> {
        self.checkpoint.iter().find(|record| record.network == network && record.since == since)
    }

    /// A network's finality.
    pub fn finality(&self, network: &str) -> Option<&FinalityParams> {
        self.finality.iter().find(|record| record.network == network)
    }
}

/// From when on a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Since {
    /// The chain's genesis file.
    Genesis,
    /// The upgrade to v1.
    V1Upgrade,
}

/// How checkpoints are found on Bitcoin, and when they count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckpointParams {
    /// The chain id.
    pub network: String,
    /// From when on.
    pub since: Since,
    /// k, in Bitcoin blocks; `None` where the record leaves it as it was.
    pub confirmation_depth: Option<u32>,
    /// w, in Bitcoin blocks; `None` where the record leaves it as it was.
    pub timestamp_depth: Option<u32>,
    /// First bytes of a checkpoint's `OP_RETURN`, in hex.
    pub tag: String,
}

/// Who votes, and what follows when it does not.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinalityParams {
    /// The chain id.
    pub network: String,
    /// Most providers that vote at one height.
    pub max_active_providers: u32,
    /// Blocks over which missed votes are counted.
    pub signed_blocks_window: u64,
    /// Blocks after which a vote that is not there is missed.
    pub signature_timeout: u64,
    /// Share of the window that must be voted for, a decimal number.
    pub min_signed_per_window: String,
    /// Least number of heights in a commitment to public randomness.
    pub min_public_randomness: u64,
    /// How long a provider stays jailed, in seconds.
    pub jail_seconds: u64,
    /// First height that is voted for.
    pub activation_height: u64,
}
