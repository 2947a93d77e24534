//! A provider's configuration.

use std::path::PathBuf;

use serde::Deserialize;

/// What a provider is told. In a file it is TOML:
/// ```toml
/// rpc_url = "http://127.0.0.1:8545"
/// key_file = "provider.key"
/// data_dir = "provider"
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderConfig {
    /// The JSON-RPC address of a Ballast node. It is trusted to be on the chain, so run your own.
    pub rpc_url: String,
    /// The file with the provider's secret key, as `ballast key new` writes it.
    pub key_file: PathBuf,
    /// The folder of the sign store. It must outlive the machine's crashes, and must never be copied to a second
    /// running provider.
    pub data_dir: PathBuf,
    /// Heights in one commitment to randomness. The chain's limits win.
    #[serde(default = "commit_blocks")]
    pub commit_blocks: u64,
    /// How often it looks for a new block, in milliseconds. A vote is late by half of it, on average.
    #[serde(default = "tick_ms")]
    pub tick_ms: u64,
    /// For a sign store that was lost: no height up to this one is signed for the first time. Set it to a height
    /// that the chain has not reached yet, after making sure that no other signer runs.
    #[serde(default)]
    pub resume_above: Option<u64>,
}

/// Less than a second's work to make again, and some hours of votes.
const fn commit_blocks() -> u64 {
    20_000
}

const fn tick_ms() -> u64 {
    200
}

#[cfg(test)]
mod tests;
