//! The miner: whoever can reach a regtest bitcoind can mine on it, and the miner's key pays from what was mined.

use std::path::Path;

use anyhow::Context;
use ballast_bitcoin_io::{BitcoinError, Patience, RpcClient, RpcConfig};
use bitcoin::{Network, Transaction};

use crate::regtest::running;

/// Mines blocks and pays from their coins. Needs a running bitcoind and nothing else.
#[derive(Debug)]
pub struct Miner {
    rpc: RpcClient,
}

impl Miner {
    /// The miner at a regtest bitcoind.
    #[must_use]
    pub fn new(config: RpcConfig) -> Self {
        Self { rpc: RpcClient::new(config) }
    }

    /// The miner of the bitcoind that runs on the chain in `folder`, started by [`crate::Regtest::open`].
    ///
    /// # Errors
    ///
    /// If none runs there.
    pub fn of(folder: &Path) -> anyhow::Result<Self> {
        let config =
            running(folder).with_context(|| format!("no bitcoind was started on {}", folder.display()))?;
        RpcClient::connect(RpcConfig { patience: Patience::NONE, ..config.clone() }, Network::Regtest)
            .with_context(|| format!("the bitcoind on {} does not answer", folder.display()))?;
        Ok(Self::new(config))
    }

    /// The client of the node.
    #[must_use]
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// Why bitcoind refuses `tx`, in its own words.
    ///
    /// # Errors
    ///
    /// If it takes it.
    pub fn refusal(&self, tx: &Transaction) -> anyhow::Result<String> {
        use ballast_bitcoin_io::Bitcoin;
        match self.rpc.submit(tx) {
            Err(BitcoinError::Refused { reason, .. }) => Ok(reason),
            Err(other) => Err(other.into()),
            Ok(_) => anyhow::bail!("bitcoind took transaction {}", tx.compute_txid()),
        }
    }
}
