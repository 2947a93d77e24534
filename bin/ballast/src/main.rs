//! Ballast, in one binary: what a user says, and every role of the network.
//!
//! Every command reads what it decides on from files and from Bitcoin, changes nothing when it refuses, and may be
//! said twice: a stake that is already broadcast, an approval already given, a slashing already confirmed are
//! found and reported, not made again.

mod account;
mod amount;
mod approve;
mod broadcast;
mod chain;
mod deposit_address;
mod devnet;
mod evidence;
mod fee;
mod key;
mod network;
mod node_chain;
mod payout;
mod pool;
mod prove_deposit;
mod provider_register;
mod provider_unjail;
mod queue;
mod redeem;
mod report;
mod reserves;
mod rewards;
mod role;
mod slash;
mod stake;
mod stake_file;
mod status;
mod unbond;
mod vault;
mod watched_deposits;
mod withdraw;

#[cfg(test)]
mod tests;

use anyhow::Result;
use ballast_roles::whole;
use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::role::Role;

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
    /// Carry headers and proofs from Bitcoin to the chain
    #[command(after_help = "Example:\n  ballast relayer --config relayer.toml")]
    Relayer(role::RoleCommand),
    /// Hold a share of custody's key, and sign what the chain says
    #[command(after_help = "Example:\n  ballast custodian --config custodian-1.toml")]
    Custodian(role::RoleCommand),
    /// Vote for blocks with one-time signatures
    #[command(after_help = "Example:\n  ballast provider --config provider-1.toml")]
    Provider(role::RoleCommand),
    /// Approve stakes as a member of the covenant
    #[command(after_help = "Example:\n  ballast covenant --config covenant-1.toml")]
    Covenant(role::RoleCommand),
    /// Bring evidence of double signs, and burn the stakes behind them
    #[command(after_help = "Example:\n  ballast slasher --config slasher.toml")]
    Slasher(role::RoleCommand),
    Key(key::KeyCommand),
    Stake(stake::StakeCommand),
    Approve(approve::ApproveCommand),
    Unbond(unbond::UnbondCommand),
    Withdraw(withdraw::WithdrawCommand),
    Slash(slash::SlashCommand),
    Status(status::StatusCommand),
    ProviderRegister(provider_register::ProviderRegisterCommand),
    ProviderUnjail(provider_unjail::ProviderUnjailCommand),
    DepositAddress(deposit_address::DepositAddressCommand),
    ProveDeposit(prove_deposit::ProveDepositCommand),
    Payout(payout::PayoutCommand),
    Vault(vault::VaultCommand),
    Redeem(redeem::RedeemCommand),
    Queue(queue::QueueCommand),
    Pool(pool::PoolCommand),
    Rewards(rewards::RewardsCommand),
    Reserves(reserves::ReservesCommand),
}

fn main() -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error,ballast=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match Cli::parse().command {
        Command::Devnet(command) => command.run(),
        Command::Relayer(command) => command.run(Role::Relayer),
        Command::Custodian(command) => command.run(Role::Custodian),
        Command::Provider(command) => command.run(Role::Provider),
        Command::Covenant(command) => command.run(Role::Covenant),
        Command::Slasher(command) => command.run(Role::Slasher),
        Command::Key(command) => command.run(),
        Command::Stake(command) => command.run(),
        Command::Approve(command) => command.run(),
        Command::Unbond(command) => command.run(),
        Command::Withdraw(command) => command.run(),
        Command::Slash(command) => command.run(),
        Command::Status(command) => command.run(),
        Command::ProviderRegister(command) => command.run(),
        Command::ProviderUnjail(command) => command.run(),
        Command::DepositAddress(command) => command.run(),
        Command::ProveDeposit(command) => command.run(),
        Command::Payout(command) => command.run(),
        Command::Vault(command) => command.run(),
        Command::Redeem(command) => command.run(),
        Command::Queue(command) => command.run(),
        Command::Pool(command) => command.run(),
        Command::Rewards(command) => command.run(),
        Command::Reserves(command) => command.run(),
    }
}
