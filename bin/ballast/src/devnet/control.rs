//! What acts on a running devnet.

use anyhow::Result;
use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Miner;
use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, Amount, Network, TxOut};
use clap::{Args, Subcommand};
use serde_json::json;

use super::FolderArg;
use crate::report::Output;

#[derive(Debug, Subcommand)]
pub(super) enum Action {
    /// Mine Bitcoin blocks
    #[command(after_help = "Example:\n  ballast devnet mine 6")]
    Mine {
        /// How many
        blocks: u32,
        #[command(flatten)]
        on: On,
    },
    /// Replace the last Bitcoin blocks by others, and one more
    #[command(after_help = "Example:\n  ballast devnet reorg 2")]
    Reorg {
        /// How many to replace
        depth: u32,
        #[command(flatten)]
        on: On,
    },
    /// Send bitcoin to an address
    #[command(after_help = "Example:\n  ballast devnet send bcrt1p… 100000")]
    Send {
        /// Any regtest address
        address: Address<NetworkUnchecked>,
        /// How much, in sat
        sats: u64,
        #[command(flatten)]
        on: On,
    },
}

#[derive(Debug, Args)]
pub(super) struct On {
    #[command(flatten)]
    folder: FolderArg,
    #[command(flatten)]
    output: Output,
}

impl Action {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Mine { blocks, on } => {
                let miner = on.miner()?;
                miner.mine(blocks)?;
                on.print_tip(&miner)
            }
            Self::Reorg { depth, on } => {
                let miner = on.miner()?;
                miner.reorg(depth)?;
                on.print_tip(&miner)
            }
            Self::Send { address, sats, on } => {
                let script_pubkey = address.require_network(Network::Regtest)?.script_pubkey();
                let tx = on.miner()?.pay(&[TxOut { value: Amount::from_sat(sats), script_pubkey }])?;
                on.output.print(vec![("txid", json!(tx.compute_txid())), ("amount_sat", json!(sats))]);
                Ok(())
            }
        }
    }
}

impl On {
    fn miner(&self) -> Result<Miner> {
        Miner::of(&self.folder.bitcoin()?)
    }

    fn print_tip(&self, miner: &Miner) -> Result<()> {
        let tip = miner.rpc().tip()?;
        self.output.print(vec![("height", json!(tip.height)), ("hash", json!(tip.hash))]);
        Ok(())
    }
}
