//! `ballast payout`: pBTC becomes bitcoin at any address.

use std::path::PathBuf;

use alloy_primitives::{Address as Account, U256};
use alloy_sol_types::SolEvent;
use anyhow::{Context, Result, bail};
use ballast_roles::HttpChain;
use ballast_types::{SystemContract, interfaces::ICustody};
use bitcoin::Address;
use bitcoin::address::NetworkUnchecked;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::chain::{ChainArgs, LOOK, Mined, Wallet, view};
use crate::key;
use crate::network::NetworkName;
use crate::report::Output;

/// 1 sat in wei.
const SAT: u64 = 10_000_000_000;

/// Turn pBTC into bitcoin
///
/// The amount and the most that you would pay of the Bitcoin fee go into escrow. Custody pays in batches; what the fee
/// was below your ceiling comes back when the payment is proven.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ballast payout request --to bcrt1q… --amount 50000 --max-fee 2000 --key account.key --wait
  ballast payout show 1
  ballast payout cancel 1 --key account.key")]
pub(crate) struct PayoutCommand {
    #[command(subcommand)]
    action: PayoutAction,
}

#[derive(Debug, Subcommand)]
enum PayoutAction {
    /// Ask for a payout
    Request {
        /// Any standard Bitcoin address of the network
        #[arg(long, value_name = "ADDRESS")]
        to: Address<NetworkUnchecked>,
        /// How much arrives, in sat
        #[arg(long, value_name = "SAT")]
        amount: u64,
        /// The most that you pay of the Bitcoin fee, in sat
        #[arg(long, value_name = "SAT")]
        max_fee: u64,
        /// The account's key file
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        /// Wait until the payment is proven
        #[arg(long)]
        wait: bool,
        #[command(flatten)]
        on: On,
    },
    /// Print where a payout stands
    Show {
        /// Its number
        payout: u64,
        #[command(flatten)]
        on: On,
    },
    /// Take the escrow back, while no transaction pays it
    Cancel {
        /// Its number
        payout: u64,
        /// The account's key file
        #[arg(long, value_name = "FILE")]
        key: PathBuf,
        #[command(flatten)]
        on: On,
    },
}

#[derive(Debug, Args)]
struct On {
    /// The network
    #[arg(long, default_value = "devnet")]
    network: NetworkName,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    output: Output,
}

impl PayoutCommand {
    pub(crate) fn run(self) -> Result<()> {
        match self.action {
            PayoutAction::Request { to, amount, max_fee, key, wait, on } => {
                let chain = on.chain.connect()?;
                let to = to.require_network(on.network.bitcoin())?;
                let wallet = Wallet::new(&chain, key::read(&key, on.network)?);
                let number = request(&wallet, &to, amount, max_fee)?;
                if wait {
                    wait_paid(&chain, number)?;
                }
                on.print(&chain, number)
            }
            PayoutAction::Show { payout, on } => on.print(&on.chain.connect()?, payout),
            PayoutAction::Cancel { payout, key, on } => {
                let chain = on.chain.connect()?;
                let wallet = Wallet::new(&chain, key::read(&key, on.network)?);
                wallet.call(SystemContract::Custody, U256::ZERO, &ICustody::cancelPayoutCall { payout })?;
                on.print(&chain, payout)
            }
        }
    }
}

/// Asks for a payout and returns its number.
fn request(wallet: &Wallet<'_>, to: &Address, amount: u64, max_fee: u64) -> Result<u64> {
    let escrow = amount.checked_add(max_fee).context("amount and fee are more than there can be")?;
    let call = ICustody::requestPayoutCall {
        scriptPubKey: to.script_pubkey().to_bytes().into(),
        amount,
        maxFee: max_fee,
    };
    let mined = wallet.call(SystemContract::Custody, U256::from(escrow) * U256::from(SAT), &call)?;
    requested(&mined).context("the transaction asked for no payout: is this a Ballast node of this version?")
}

fn requested(mined: &Mined) -> Option<u64> {
    let event = |log: &crate::chain::MinedLog| {
        let topics = log.topics.iter().copied();
        ICustody::PayoutRequested::decode_raw_log_validate(topics, &log.data).ok().map(|event| event.payout)
    };
    let custody = SystemContract::Custody.address();
    mined.logs.iter().filter(|log| log.address == custody).find_map(event)
}

fn wait_paid(chain: &HttpChain, number: u64) -> Result<()> {
    loop {
        match show(chain, number)?.state {
            3 => return Ok(()),
            4 => bail!("payout {number} was cancelled"),
            _ => std::thread::sleep(LOOK),
        }
    }
}

fn show(chain: &HttpChain, number: u64) -> Result<ICustody::payoutReturn> {
    let shown = view(chain, SystemContract::Custody, &ICustody::payoutCall { number })?;
    anyhow::ensure!(shown.owner != Account::ZERO, "there is no payout {number}");
    Ok(shown)
}

impl On {
    fn print(&self, chain: &HttpChain, number: u64) -> Result<()> {
        let payout = show(chain, number)?;
        let script = bitcoin::Script::from_bytes(&payout.scriptPubKey);
        let to = Address::from_script(script, self.network.bitcoin())?;
        let state = match payout.state {
            1 => "waiting",
            2 => "being paid",
            3 => "paid",
            4 => "cancelled",
            _ => "unknown",
        };
        let intent = if payout.intent == 0 { Value::Null } else { json!(payout.intent) };
        self.output.print(vec![
            ("payout", json!(number)),
            ("state", json!(state)),
            ("to", json!(to.to_string())),
            ("amount_sat", json!(payout.amount)),
            ("max_fee_sat", json!(payout.maxFee)),
            ("owner", json!(payout.owner)),
            ("intent", intent),
        ]);
        Ok(())
    }
}
