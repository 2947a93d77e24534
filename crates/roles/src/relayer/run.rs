//! The whole relayer: headers, proofs, and the word that something is due.

use std::{future::Future, io, path::PathBuf, sync::Arc, time::Duration};

use ballast_bitcoin_io::{RpcClient, RpcConfig};
use serde::Deserialize;
use thiserror::Error;
use tokio::{sync::watch, task::JoinError};

use super::{
    Relayer, RelayerHands,
    advance::{Advancer, AdvancerHands, Now},
    journal::{JournalError, JournalFile},
    prover::{Prover, ProverHands},
    stakes::{StakeRelayer, StakesHands},
};
use crate::{
    config::{BitcoinConfig, LoginError},
    cursor::{Cursor, CursorError, FileCursor},
    http::HttpChain,
    runner,
};

/// The name of the journal in the data folder.
const JOURNAL: &str = "relayer.json";

/// The name of the file with the height up to which stakes are settled.
const CURSOR: &str = "stakes.cursor";

/// What a relayer needs to know.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayerConfig {
    /// The JSON-RPC of its Ballast node, e.g. `http://127.0.0.1:8545`. The node's list of watched deposits is what it
    /// proves.
    pub rpc_url: String,
    /// Its bitcoind.
    pub bitcoin: BitcoinConfig,
    /// The folder where it remembers where it was; made if there is none.
    pub data_dir: PathBuf,
    /// How far it looks back for transactions that it was not told of in time, in Bitcoin blocks. A bitcoind that prunes
    /// must keep as many.
    #[serde(default = "default_lookback")]
    pub lookback_blocks: u32,
    /// Time between two looks, in milliseconds.
    #[serde(default = "default_tick")]
    pub tick_ms: u64,
}

fn default_lookback() -> u32 {
    1_000
}

fn default_tick() -> u64 {
    1_000
}

/// Why a relayer does not run.
#[derive(Debug, Error)]
pub enum RelayerError {
    /// The configuration names no login.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The data folder cannot be made.
    #[error("cannot make {}: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The journal cannot be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The height up to which stakes are settled cannot be read.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// A defect: the relayer must not go on.
    #[error("the relayer stopped by a defect: {0}")]
    Defect(#[from] JoinError),
}

/// Runs a relayer until `stop` completes.
///
/// # Errors
/// [`RelayerError`]. Nodes that are away are no error: it waits for them.
pub async fn run(config: RelayerConfig, stop: impl Future<Output = ()>) -> Result<(), RelayerError> {
    let bitcoin = config.bitcoin.rpc()?;
    let folder = |source| RelayerError::Folder { path: config.data_dir.clone(), source };
    std::fs::create_dir_all(&config.data_dir).map_err(folder)?;
    let journal = JournalFile::new(config.data_dir.join(JOURNAL));
    let prover = Prover::new(journal.load()?, config.lookback_blocks);
    let (order, stopped) = watch::channel(());
    let cursor = FileCursor::new(config.data_dir.join(CURSOR));
    let saved = cursor.load()?.map(|height| u32::try_from(height).unwrap_or(u32::MAX));
    let stakes = StakeRelayer::new(saved, config.lookback_blocks);
    let all = run_all(&config, bitcoin, (prover, journal), (stakes, cursor), stopped);
    let stop = async move {
        stop.await;
        drop(order);
        Ok(())
    };
    tokio::try_join!(all, stop).map(|_| ())
}

async fn run_all(
    config: &RelayerConfig,
    bitcoin: RpcConfig,
    (prover, journal): (Prover, JournalFile),
    (stakes, cursor): (StakeRelayer, FileCursor),
    stopped: watch::Receiver<()>,
) -> Result<(), RelayerError> {
    let period = Duration::from_millis(config.tick_ms.max(1));
    let chain = HttpChain::new(config.rpc_url.as_str());
    let bitcoin = RpcClient::new(bitcoin);
    let headers = RelayerHands { chain: chain.clone(), bitcoin: bitcoin.clone() };
    let spends = StakesHands { chain: chain.clone(), bitcoin: bitcoin.clone(), cursor };
    let proofs = ProverHands { chain: chain.clone(), bitcoin, journal };
    let stop = || {
        let mut stopped = stopped.clone();
        async move { _ = stopped.changed().await }
    };
    let say = |now| {
        let hands = AdvancerHands { chain: chain.clone(), now };
        runner::run(Advancer::default(), Arc::new(hands), period, stop())
    };
    tokio::try_join!(
        runner::run(Relayer::default(), Arc::new(headers), period, stop()),
        runner::run(prover, Arc::new(proofs), period, stop()),
        say(Now::Custody),
        say(Now::Rewards),
        say(Now::Redemptions),
        say(Now::Pool),
        runner::run(stakes, Arc::new(spends), period, stop()),
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
