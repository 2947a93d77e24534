//! How the slasher is set up, and its wiring.

use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};

use serde::Deserialize;
use thiserror::Error;

use super::{Slasher, SlasherHands};
use crate::{
    config::{BitcoinConfig, LoginError},
    cursor::{Cursor, CursorError, FileCursor},
    http::HttpChain,
    runner::{self, RunError},
};

/// How the slasher is set up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlasherConfig {
    /// The EVM chain id, which every vote signs.
    pub chain_id: u64,
    /// The address of a Ballast node, e.g. `http://127.0.0.1:8545`.
    pub rpc_url: String,
    /// The Bitcoin node.
    pub bitcoin: BitcoinConfig,
    /// A folder for what the slasher keeps.
    pub data_dir: PathBuf,
    /// How far below the light client's tip the first start looks for leaks, in Bitcoin blocks.
    #[serde(default = "look_back")]
    pub look_back: u32,
    /// How often it looks, in milliseconds.
    #[serde(default = "tick_ms")]
    pub tick_ms: u64,
}

fn look_back() -> u32 {
    1_000
}

fn tick_ms() -> u64 {
    1_000
}

/// Lets the slasher run until `stop` completes.
///
/// # Errors
/// [`SlasherError`] when it cannot start, or has a defect.
pub async fn run(config: SlasherConfig, stop: impl Future<Output = ()>) -> Result<(), SlasherError> {
    let cursor = FileCursor::new(config.data_dir.join("slasher.cursor"));
    let saved = cursor.load()?.map(|height| u32::try_from(height).unwrap_or(u32::MAX));
    let (chain, bitcoin) = (HttpChain::new(config.rpc_url), config.bitcoin.client()?);
    let hands = Arc::new(SlasherHands { chain, bitcoin, cursor });
    let role = Slasher::new(config.chain_id, saved, config.look_back);
    Ok(runner::run(role, hands, Duration::from_millis(config.tick_ms), stop).await?)
}

/// Why the slasher does not run.
#[derive(Debug, Error)]
pub enum SlasherError {
    /// The configuration names no login.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The height on disk.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// A defect.
    #[error(transparent)]
    Defect(#[from] RunError),
}
