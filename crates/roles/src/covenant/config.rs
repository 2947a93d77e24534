//! How a covenant member is set up, and its wiring.

use std::{future::Future, path::PathBuf, sync::Arc, time::Duration};

use ballast_bitcoin_staking::{ParamsSet, ParamsSetError, networks};
use ballast_types::Network;
use bitcoin::XOnlyPublicKey;
use serde::Deserialize;
use thiserror::Error;

use super::{Covenant, CovenantHands};
use crate::{
    cursor::{Cursor, CursorError, FileCursor},
    http::HttpChain,
    key_file::{self, KeyFileError},
    runner::{self, RunError},
};

/// How a covenant member is set up.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CovenantConfig {
    /// The Ballast network, e.g. `devnet`: whose parameters hold.
    pub network: Network,
    /// The keys of the covenant's members, in any order. They are said here, not read from the chain.
    pub covenant: Vec<XOnlyPublicKey>,
    /// The address of a Ballast node, e.g. `http://127.0.0.1:8545`.
    pub rpc_url: String,
    /// The file with the member's secret key, as `ballast key new` writes it.
    pub key_file: PathBuf,
    /// A folder for what the member keeps.
    pub data_dir: PathBuf,
    /// How often it looks, in milliseconds.
    #[serde(default = "tick_ms")]
    pub tick_ms: u64,
}

fn tick_ms() -> u64 {
    1_000
}

impl CovenantConfig {
    /// The parameters that the member judges by.
    ///
    /// # Errors
    /// [`ParamsSetError`] when the covenant's keys are not as many as the network has, or not distinct.
    pub fn params(&self) -> Result<ParamsSet, ParamsSetError> {
        match self.network {
            Network::Mainnet => networks::mainnet(&self.covenant),
            Network::Testnet => networks::testnet(&self.covenant),
            Network::Devnet => networks::devnet(&self.covenant),
        }
    }
}

/// Lets a member run until `stop` completes.
///
/// # Errors
/// [`CovenantError`] when it cannot start, or has a defect.
pub async fn run(config: CovenantConfig, stop: impl Future<Output = ()>) -> Result<(), CovenantError> {
    let member = key_file::read(&config.key_file)?;
    let params = config.params()?;
    if !params.versions().iter().any(|params| params.committee().contains(&member.x_only())) {
        return Err(CovenantError::NotMember { key: member.x_only() });
    }
    let cursor = FileCursor::new(config.data_dir.join(format!("covenant-{}.cursor", member.x_only())));
    let start = cursor.load()?.unwrap_or(0);
    let hands = CovenantHands { chain: HttpChain::new(config.rpc_url), cursor };
    let role = Covenant::new(member, params, start);
    Ok(runner::run(role, Arc::new(hands), Duration::from_millis(config.tick_ms), stop).await?)
}

/// Why a member does not run.
#[derive(Debug, Error)]
pub enum CovenantError {
    /// The covenant's keys.
    #[error(transparent)]
    Params(#[from] ParamsSetError),
    /// The key is somebody else's.
    #[error("key {key} is not of the covenant in the configuration: name its members, or use a member's key")]
    NotMember {
        /// The key.
        key: XOnlyPublicKey,
    },
    /// The member's key.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// The cursor.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// A defect.
    #[error(transparent)]
    Defect(#[from] RunError),
}
