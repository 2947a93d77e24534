//! What acts on a running devnet.

use std::fs;

use anyhow::{Context, Result, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Miner;
use ballast_roles::chain::send_duty;
use ballast_roles::{HttpChain, provider};
use ballast_types::SystemContract;
use bitcoin::address::NetworkUnchecked;
use bitcoin::{Address, Amount, Network, TxOut};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::FolderArg;
use super::members::{self, Group};
use super::run::READY;
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
    /// Let a provider sign two blocks at one height, by a second sign store
    ///
    /// The second vote goes to the node, which refuses it. The slasher makes evidence of it: the provider's key becomes
    /// public, its power is gone, and a tenth of each stake on it burns on Bitcoin.
    #[command(after_help = "Example:\n  ballast devnet equivocate 1")]
    Equivocate {
        /// The provider's number, from 1
        provider: u16,
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
            Self::Equivocate { provider, on } => equivocate(provider, &on),
            Self::Send { address, sats, on } => {
                let script_pubkey = address.require_network(Network::Regtest)?.script_pubkey();
                let tx = on.miner()?.pay(&[TxOut { value: Amount::from_sat(sats), script_pubkey }])?;
                on.output.print(vec![("txid", json!(tx.compute_txid())), ("amount_sat", json!(sats))]);
                Ok(())
            }
        }
    }
}

fn equivocate(provider: u16, on: &On) -> Result<()> {
    let folder = on.folder.path()?;
    let chain = HttpChain::new(on.rpc_url()?);
    let key = members::key(Group::Provider, provider);
    let store = folder.join("roles").join(format!("equivocation-{provider}.redb"));
    let made = provider::equivocate(&chain, key, &store)?;
    let sent = send_duty(&chain, SystemContract::Finality, &made.second);
    ensure!(sent.is_err(), "the node took a vote for a block that it does not have");
    on.output.print(vec![
        ("provider", json!(made.votes.provider)),
        ("height", json!(made.votes.height)),
        ("first_hash", json!(made.votes.firstHash)),
        ("second_hash", json!(made.votes.secondHash)),
    ]);
    Ok(())
}

impl On {
    /// Where the running devnet's JSON-RPC is.
    fn rpc_url(&self) -> Result<String> {
        let path = self.folder.path()?.join(READY);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("no devnet runs there: {} cannot be read", path.display()))?;
        let ready: Value = serde_json::from_str(&text)?;
        Ok(ready["rpc_url"].as_str().context("the ready file names no rpc_url")?.to_owned())
    }

    fn miner(&self) -> Result<Miner> {
        Miner::of(&self.folder.bitcoin()?)
    }

    fn print_tip(&self, miner: &Miner) -> Result<()> {
        let tip = miner.rpc().tip()?;
        self.output.print(vec![("height", json!(tip.height)), ("hash", json!(tip.hash))]);
        Ok(())
    }
}
