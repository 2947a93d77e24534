//! `ballast pool`: supply the pool that buys stkBTC at once, and leave it.

use alloy_primitives::{Address, U256};
use anyhow::Result;
use ballast_roles::Chain;
use ballast_types::SystemContract;
use ballast_types::interfaces::{IPool, IToken};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::account::AccountArgs;
use crate::amount::{Amount, Part, shown};
use crate::chain::{Account, ChainArgs, view};
use crate::report::Output;

/// Supply the pool that buys stkBTC at once
///
/// Suppliers earn its fees and own what it has: pBTC, stkBTC that it bought, tickets in the queue. They leave with the pBTC
/// at hand, as wpBTC.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ballast pool supply --amount 0.5 --key account.key
  ballast pool withdraw --shares all --key account.key
  ballast pool show --account 0x1111111111111111111111111111111111111111")]
pub(crate) struct PoolCommand {
    #[command(subcommand)]
    action: PoolAction,
}

#[derive(Debug, Subcommand)]
enum PoolAction {
    /// Give pBTC for shares of the pool
    Supply {
        /// How much, in pBTC with up to 18 decimals
        #[arg(long, value_name = "PBTC")]
        amount: Amount,
        #[command(flatten)]
        by: AccountArgs,
    },
    /// Give shares back for wpBTC
    Withdraw {
        /// How many, or `all` that can leave now
        #[arg(long, value_name = "SHARES")]
        shares: Part,
        #[command(flatten)]
        by: AccountArgs,
    },
    /// Print what the pool has
    Show {
        /// Whose part to print, too
        #[arg(long, value_name = "ADDRESS")]
        account: Option<Address>,
        #[command(flatten)]
        chain: ChainArgs,
        #[command(flatten)]
        output: Output,
    },
}

impl PoolCommand {
    pub(crate) fn run(self) -> Result<()> {
        match self.action {
            PoolAction::Supply { amount: Amount(wei), by } => by.act(|chain, wallet| {
                let receiver = wallet.address();
                wallet.call(SystemContract::Pool, wei, &IPool::supplyCall { receiver })?;
                lines(chain, Some(receiver))
            }),
            PoolAction::Withdraw { shares, by } => by.act(|chain, wallet| {
                let owner = wallet.address();
                let most = view(chain, SystemContract::Pool, &IPool::maxRedeemCall { owner })?;
                let shares = shares.of(most, "shares that can leave now")?;
                let call = IPool::redeemCall { shares, receiver: owner, owner };
                wallet.call(SystemContract::Pool, U256::ZERO, &call)?;
                lines(chain, Some(owner))
            }),
            PoolAction::Show { account, chain, output } => {
                output.print(lines(&chain.connect()?, account)?);
                Ok(())
            }
        }
    }
}

fn lines(chain: &impl Chain, account: Option<Address>) -> Result<Vec<(&'static str, Value)>> {
    let pool = SystemContract::Pool;
    let position = view(chain, pool, &IPool::positionCall {})?;
    let mut lines = vec![
        ("assets_pbtc", shown(view(chain, pool, &IPool::totalAssetsCall {})?)),
        ("cash_pbtc", shown(position.cash)),
        ("held_stkbtc", shown(position.shares)),
        ("in_queue_pbtc", shown(position.waiting)),
        ("window_left_pbtc", shown(position.windowLeft)),
    ];
    if let Some(account) = account {
        let shares = view(chain, pool, &IToken::balanceOfCall { account })?;
        lines.push(("account", json!(account)));
        lines.push(("shares", shown(shares)));
        lines.push(("worth_pbtc", shown(view(chain, pool, &IPool::convertToAssetsCall { shares })?)));
    }
    Ok(lines)
}
