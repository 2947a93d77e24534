//! `ballast stake`: lock bitcoin, but only once the covenant has signed the way out and the way down.
//!
//! Everything that must be signed before the coins move is signed first: the staker signs both slashing
//! transactions, the covenant approves, and only with a quorum in the stake file is the staking transaction signed
//! and broadcast. A stake without a quorum could never leave early.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use ballast_roles::HttpChain;
use ballast_types::interfaces::IStaking::Status;
use bitcoin::secp256k1::rand::{RngCore, rngs::OsRng};
use bitcoin::{Amount, XOnlyPublicKey};
use clap::Args;
use serde_json::json;

use crate::approve::approve;
use crate::broadcast::broadcast;
use crate::chain::{OptionalChainArgs, Wallet, connect};
use crate::key;
use crate::network::BitcoinArgs;
use crate::report::{Output, to_stderr};
use crate::stake_file::{self, JudgedStake};
use crate::status;

pub(crate) mod approvals;
pub(crate) mod course;
mod covenant;
pub(crate) mod duty;
pub(crate) mod on_chain;
pub(crate) mod order;
mod proof;
pub(crate) mod registration;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use course::Plan;
use on_chain::Staked;
pub(crate) use order::Order;

/// Lock bitcoin in a stake
///
/// The first call makes the stake file: it takes coins of the staker key's taproot address, builds the staking,
/// unbonding and slashing transactions and signs them. With --chain the stake is then registered, and the bitcoin moves
/// as soon as a quorum of the covenant has approved there. Without it the stake is broadcast as soon as the file has
/// a quorum of approvals (`ballast approve`, or --covenant-key here). Whatever ended the command, say it again: it goes
/// on where it was. Coins are not set aside: of two waiting stakes that name the same coins, the one that is broadcast
/// first gets them.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ballast stake --chain http://127.0.0.1:8545 --account-key account.key --staker-key staker.key --provider 8f5c…99 \\
    --amount 100000 --time 200 --out stake.json --wait

Without a chain, with a 2-of-3 covenant:
  ballast stake --staker-key staker.key --provider 8f5c…99 --covenant 1eee…04 --covenant 4a8c…51 --covenant 9d2b…7e \\
    --amount 100000 --time 200 --out stake.json
  ballast approve --stake stake.json --covenant 1eee…04 --covenant 4a8c…51 --covenant 9d2b…7e --covenant-key member.key
  ballast stake … --out stake.json        # the same again: now it has a quorum and is broadcast")]
pub(crate) struct StakeCommand {
    /// The staker's key file; its taproot address holds the coins
    #[arg(long, value_name = "FILE")]
    staker_key: PathBuf,
    /// The provider to stake with (x-only key, 64 hex digits)
    #[arg(long, value_name = "KEY")]
    provider: XOnlyPublicKey,
    /// A covenant member (x-only key); once for each member [default: with --chain, the chain's]
    #[arg(long, value_name = "KEY", required_unless_present = "chain")]
    covenant: Vec<XOnlyPublicKey>,
    /// How much to lock, in sat
    #[arg(long, value_name = "SAT", value_parser = amount)]
    amount: Amount,
    /// For how long, in Bitcoin blocks
    #[arg(long, value_name = "BLOCKS")]
    time: u32,
    /// The fee rate, in sat/vB [default: the node's estimate]
    #[arg(long, value_name = "RATE")]
    fee_rate: Option<u64>,
    /// The stake file to make or to continue
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A covenant member's key file, where one person holds it; may be repeated
    #[arg(long, value_name = "FILE", conflicts_with = "chain")]
    covenant_key: Vec<PathBuf>,
    #[command(flatten)]
    on_chain: OnChainArgs,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Ballast node")]
struct OnChainArgs {
    #[command(flatten)]
    chain: OptionalChainArgs,
    /// The key file of the account that pays for the registration and that the stake earns for
    #[arg(long, value_name = "FILE", requires = "chain")]
    account_key: Option<PathBuf>,
    /// Wait until the stake counts
    #[arg(long, requires = "chain")]
    wait: bool,
    /// Lock the bitcoin before the covenant has approved. If it never does, only the timelock gives it back
    #[arg(long, requires = "chain")]
    no_preregister: bool,
}

impl StakeCommand {
    pub(crate) fn run(self) -> Result<()> {
        match (self.on_chain.chain.url(), &self.on_chain.account_key) {
            (Some(chain), Some(account)) => self.run_on_chain(&connect(chain)?, account),
            (Some(_), None) => bail!("a stake on a chain is an account's: give --account-key FILE"),
            (None, _) => self.run_on_bitcoin(),
        }
    }

    fn run_on_bitcoin(&self) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let staker = key::read(&self.staker_key, self.bitcoin.network)?;
        let _lock = stake_file::lock(&self.out)?;
        let mut stake = self.order().open(&self.out, &staker, &node)?;
        approve(&mut stake, &self.covenant_key, &node)?;
        stake.file.write(&self.out)?;
        let (approvals, quorum) = stake.count();
        let state =
            if approvals >= quorum { broadcast(&stake, &staker, &node)? } else { "waiting for the covenant" };
        self.output.print(vec![
            ("state", json!(state)),
            ("staking_txid", json!(stake.delegation.staking().stake().outpoint().txid)),
            ("amount_sat", json!(self.amount.to_sat())),
            ("time_blocks", json!(self.time)),
            ("approvals", json!(format!("{approvals} of {quorum}"))),
            ("stake_file", json!(self.out)),
        ]);
        Ok(())
    }

    fn run_on_chain(&self, chain: &HttpChain, account: &Path) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let staker = key::read(&self.staker_key, self.bitcoin.network)?;
        let wallet = Wallet::new(chain, key::read(account, self.bitcoin.network)?);
        let plan = Plan { preregister: !self.on_chain.no_preregister, wait: self.on_chain.wait };
        if !plan.preregister {
            to_stderr(format_args!(
                "warning: the bitcoin is locked before the covenant has approved. Unless a quorum does, it cannot be \
                 unbonded, counts for nothing, and comes back only after {} blocks",
                self.time
            ));
        }
        let mut told = None;
        let staked = on_chain::stake(&node, &wallet, &staker, &self.order(), plan, &self.out, |progress| {
            if told.replace(*progress) != Some(*progress) {
                to_stderr(format_args!("{progress}"));
            }
        })?;
        self.print(&staked);
        let (state, status) = (staked.state, status::name(staked.status));
        let good = !plan.wait || staked.status == Status::Active;
        ensure!(good, "the stake does not count: on Bitcoin it is {state}, to the chain it is {status}");
        Ok(())
    }

    fn print(&self, staked: &Staked) {
        let (approvals, quorum) = staked.approvals;
        self.output.print(vec![
            ("state", json!(staked.state)),
            ("status", json!(status::name(staked.status))),
            ("staking_txid", json!(staked.txid)),
            ("amount_sat", json!(self.amount.to_sat())),
            ("time_blocks", json!(self.time)),
            ("approvals", json!(format!("{approvals} of {quorum}"))),
            ("stake_file", json!(self.out)),
        ]);
    }

    fn order(&self) -> Order {
        Order {
            network: self.bitcoin.network,
            covenant: self.covenant.clone(),
            provider: self.provider,
            amount: self.amount,
            time: self.time,
            fee_rate: self.fee_rate,
        }
    }
}

/// Auxiliary randomness for one signature.
pub(crate) fn fresh_aux() -> [u8; 32] {
    let mut aux = [0; 32];
    OsRng.fill_bytes(&mut aux);
    aux
}

/// Parses an amount in whole sats; single underscores may part the digits.
fn amount(text: &str) -> Result<Amount, String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let sats = text.split('_').all(digits).then(|| text.replace('_', "").parse().ok()).flatten();
    sats.map(Amount::from_sat).ok_or_else(|| "expected a whole number of satoshis".to_owned())
}

/// The stake file that a command works on.
#[derive(Debug, Args)]
pub(crate) struct StakeArg {
    /// The stake file
    #[arg(long, value_name = "FILE")]
    stake: PathBuf,
}

impl StakeArg {
    pub(crate) fn path(&self) -> &Path {
        &self.stake
    }

    /// Reads and judges it; it must be of the network that the node is on.
    pub(crate) fn read(&self, bitcoin: &BitcoinArgs) -> Result<JudgedStake> {
        let stake = JudgedStake::read(&self.stake)?;
        let (found, expected) = (stake.file.network, bitcoin.network);
        ensure!(
            found == expected,
            "the stake is on {found}, the command on {expected}: give --network {found}"
        );
        Ok(stake)
    }
}
