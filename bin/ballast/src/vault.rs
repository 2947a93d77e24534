//! `ballast vault`: pBTC becomes stkBTC, and what the vault has.

use anyhow::Result;
use ballast_types::SystemContract;
use ballast_types::interfaces::{IStkBtc, IToken};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::account::AccountArgs;
use crate::amount::{Amount, shown};
use crate::chain::{Account, ChainArgs, view};
use crate::report::Output;

/// Turn pBTC into stkBTC, or print what the vault has
///
/// Bitcoin becomes stkBTC at once if it is sent to an address of `ballast deposit-address --action stake`;
/// `ballast redeem` is the way back.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ballast vault stake --amount 0.5 --key account.key
  ballast vault show --json")]
pub(crate) struct VaultCommand {
    #[command(subcommand)]
    action: VaultAction,
}

#[derive(Debug, Subcommand)]
enum VaultAction {
    /// Turn pBTC into stkBTC
    Stake {
        /// How much, in pBTC with up to 18 decimals
        #[arg(long, value_name = "PBTC")]
        amount: Amount,
        #[command(flatten)]
        by: AccountArgs,
    },
    /// Print the rate, what the vault has, and income on its way
    Show {
        #[command(flatten)]
        chain: ChainArgs,
        #[command(flatten)]
        output: Output,
    },
}

impl VaultCommand {
    pub(crate) fn run(self) -> Result<()> {
        let stk = SystemContract::StkBtc;
        match self.action {
            VaultAction::Stake { amount: Amount(wei), by } => by.act(|chain, wallet| {
                let receiver = wallet.address();
                let balance = IToken::balanceOfCall { account: receiver };
                let before = view(chain, stk, &balance)?;
                wallet.call(stk, wei, &IStkBtc::stakeCall { receiver })?;
                let shares = view(chain, stk, &balance)?.saturating_sub(before);
                Ok(vec![("state", json!("staked")), ("shares", shown(shares))])
            }),
            VaultAction::Show { chain, output } => {
                let chain = chain.connect()?;
                let stream = view(&chain, stk, &IStkBtc::streamCall {})?;
                output.print(vec![
                    ("rate", shown(view(&chain, stk, &IStkBtc::getRateCall {})?)),
                    ("assets_pbtc", shown(view(&chain, stk, &IStkBtc::totalAssetsCall {})?)),
                    ("supply_stkbtc", shown(view(&chain, stk, &IToken::totalSupplyCall {})?)),
                    ("streaming_pbtc", shown(stream.streaming)),
                    ("streaming_until_block", json!(stream.until)),
                    ("later_pbtc", shown(stream.waiting)),
                ]);
                Ok(())
            }
        }
    }
}
