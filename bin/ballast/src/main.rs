//! Bitcoin staking, in one binary.
//!
//! Every command reads what it decides on from files and from Bitcoin, changes nothing when it refuses, and may be
//! said twice: a stake that is already broadcast, an approval already given, a slashing already confirmed are
//! found and reported, not made again.

mod approve;
mod broadcast;
mod devnet;
mod evidence;
mod fee;
mod key;
mod network;
mod node_chain;
mod report;
mod slash;
mod stake;
mod stake_file;
mod unbond;
mod withdraw;

#[cfg(test)]
mod tests;

use anyhow::Result;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

/// Bitcoin staking: lock bitcoin on Bitcoin, leave early or late, and burn what a double signer locked.
///
/// Amounts are in satoshis, times in Bitcoin blocks, fee rates in satoshis per virtual byte.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Devnet(devnet::DevnetCommand),
    Key(key::KeyCommand),
    Stake(stake::StakeCommand),
    Approve(approve::ApproveCommand),
    Unbond(unbond::UnbondCommand),
    Withdraw(withdraw::WithdrawCommand),
    Slash(slash::SlashCommand),
}

fn main() -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error,ballast=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Cli::parse().command {
        Command::Devnet(command) => command.run(),
        Command::Key(command) => command.run(),
        Command::Stake(command) => command.run(),
        Command::Approve(command) => command.run(),
        Command::Unbond(command) => command.run(),
        Command::Withdraw(command) => command.run(),
        Command::Slash(command) => command.run(),
    }
}
