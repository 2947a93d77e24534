//! Blocks at will: mined, chosen, and thrown away.

use anyhow::ensure;
use ballast_bitcoin_io::Bitcoin;
use bitcoin::consensus::encode::serialize_hex;
use bitcoin::{Address, BlockHash, Network, Transaction};
use serde::Deserialize;
use serde_json::json;

use crate::Miner;
use crate::coins::miner_script;

#[derive(Deserialize)]
struct Generated {
    hash: BlockHash,
}

impl Miner {
    /// Mines `count` blocks with whatever the mempool holds.
    ///
    /// # Errors
    ///
    /// If bitcoind refuses.
    pub fn mine(&self, count: u32) -> anyhow::Result<Vec<BlockHash>> {
        let address = Address::from_script(&miner_script(), Network::Regtest)?;
        Ok(self.rpc().call("generatetoaddress", json!([count, address.to_string()]))?)
    }

    /// Mines one block with exactly these transactions, which need not be standard.
    ///
    /// # Errors
    ///
    /// If they break a rule of consensus.
    pub fn mine_with(&self, txs: &[Transaction]) -> anyhow::Result<BlockHash> {
        let output = format!("raw({:x})", miner_script());
        self.generate(&output, txs)
    }

    /// Replaces the last `depth` blocks by `depth + 1` empty ones. Their transactions go back to the mempool.
    /// Returns the new blocks.
    ///
    /// # Errors
    ///
    /// If the chain is not that long.
    pub fn reorg(&self, depth: u32) -> anyhow::Result<Vec<BlockHash>> {
        let tip = self.rpc().tip()?;
        ensure!(depth <= tip.height, "a reorganisation of {depth} blocks, but the tip is at {}", tip.height);
        if depth > 0 {
            let first = self.rpc().block_hash(tip.height + 1 - depth)?;
            let _: () = self.rpc().call("invalidateblock", json!([first]))?;
        }
        // Each branch pays to a script with the name of the tip it replaces: two empty blocks of the same second at
        // one height would be the same block, and that one is invalid now.
        let output = format!("raw(6a20{:x})", tip.hash);
        (0..=depth).map(|_| self.generate(&output, &[])).collect()
    }

    fn generate(&self, output: &str, txs: &[Transaction]) -> anyhow::Result<BlockHash> {
        let txs: Vec<_> = txs.iter().map(serialize_hex).collect();
        let block: Generated = self.rpc().call("generateblock", json!([output, txs]))?;
        Ok(block.hash)
    }
}
