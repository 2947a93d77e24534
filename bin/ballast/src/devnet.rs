//! `ballast devnet`: the whole system on this machine, in one process and one bitcoind.
//!
//! Everything is real: Bitcoin Core on regtest, consensus, the EVM, custodians, covenant, providers, relayer and slasher.
//! Everything lies in one folder, so a devnet that was stopped or killed goes on where it was. What acts on a running
//! devnet (`mine`, `reorg`, `send`, `equivocate`) talks to its bitcoind or node with keys that are no secret.

mod accounts;
mod control;
mod duration;
mod funding;
mod genesis;
mod members;
mod ready;
mod roles;
mod run;
mod stakes;

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::role::Role;

/// Run a private network, or act on a running one
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:
  ballast devnet                      # Ctrl-C stops it, the same command goes on
  ballast devnet --reset --block-time 200ms --validators 4
  ballast devnet mine 3
  ballast devnet reorg 2
  ballast devnet send bcrt1p… 100000
  ballast devnet equivocate 1",
    args_conflicts_with_subcommands = true
)]
pub(crate) struct DevnetCommand {
    #[command(subcommand)]
    action: Option<control::Action>,
    #[command(flatten)]
    start: StartArgs,
}

#[derive(Debug, Args)]
struct StartArgs {
    #[command(flatten)]
    folder: FolderArg,
    /// Port of the JSON-RPC, HTTP and WebSocket alike, on 127.0.0.1; 0 is any free one
    #[arg(long, value_name = "PORT", default_value_t = ballast_rpc::DEFAULT_ADDRESS.port())]
    rpc_port: u16,
    /// Time between two blocks; fixed when the devnet is made
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration::parse)]
    block_time: Duration,
    /// Time between two Bitcoin blocks; 0 mines none by itself
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration::parse)]
    bitcoin_block_time: Duration,
    /// Number of validators; fixed when the devnet is made
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    validators: u32,
    /// Number of providers, each with a stake; without any, blocks are final as ordered. Fixed when the devnet is made
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(0..=10))]
    providers: u16,
    /// Do not run the members of this role here: run each by its own `ballast ROLE --config FILE`; may be repeated
    #[arg(long, value_name = "ROLE")]
    apart: Vec<Role>,
    /// Begin anew: remove the folder's devnet first
    #[arg(long)]
    reset: bool,
    /// Write what a program needs to know to this file, once everything runs
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
}

/// Where a devnet lies.
#[derive(Debug, Args)]
pub(crate) struct FolderArg {
    /// The devnet's folder [default: ballast/devnet in the user's data folder]
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
}

impl FolderArg {
    pub(crate) fn path(&self) -> Result<PathBuf> {
        if let Some(path) = &self.data_dir {
            return Ok(path.clone());
        }
        let named = env::var_os("XDG_DATA_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
        let home = || env::home_dir().map(|home| home.join(".local/share"));
        let data = named.or_else(home).context("no home folder: give --data-dir")?;
        Ok(data.join("ballast/devnet"))
    }

    /// The folder of its bitcoind.
    pub(crate) fn bitcoin(&self) -> Result<PathBuf> {
        Ok(self.path()?.join("bitcoin"))
    }
}

impl DevnetCommand {
    pub(crate) fn run(self) -> Result<()> {
        match self.action {
            Some(action) => action.run(),
            None => run::run(&self.start),
        }
    }
}
