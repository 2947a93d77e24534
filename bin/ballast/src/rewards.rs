//! `ballast rewards`: what stakes and providers have earned, and who pays for it.

use alloy_primitives::{B256, U256};
use anyhow::Result;
use ballast_types::SystemContract;
use ballast_types::interfaces::IRewards;
use bitcoin::Txid;
use bitcoin::hashes::Hash;
use clap::{Args, Subcommand};
use serde_json::json;

use crate::account::AccountArgs;
use crate::amount::{Amount, shown};
use crate::chain::{Account, ChainArgs, view};
use crate::report::Output;

/// Claim what stakes and a provider have earned, or pay into the budget
///
/// The budget is every fee of the chain and what anybody pays in. After each epoch it goes to the providers that voted, by
/// their stake, and through them to their stakes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ballast rewards show
  ballast rewards claim --stake 1f3c…77 --key account.key
  ballast rewards fund --amount 0.1 --key account.key")]
pub(crate) struct RewardsCommand {
    #[command(subcommand)]
    action: RewardsAction,
}

#[derive(Debug, Subcommand)]
enum RewardsAction {
    /// Take what the account's provider and these stakes of its have earned
    Claim {
        /// The txid of a stake that the account registered; may be given several times
        #[arg(long = "stake", value_name = "TXID")]
        stakes: Vec<Txid>,
        #[command(flatten)]
        by: AccountArgs,
    },
    /// Pay into the budget of the next epoch that is settled
    Fund {
        /// How much, in pBTC with up to 18 decimals
        #[arg(long, value_name = "PBTC")]
        amount: Amount,
        #[command(flatten)]
        by: AccountArgs,
    },
    /// Print the budget, and when it is given out
    Show {
        #[command(flatten)]
        chain: ChainArgs,
        #[command(flatten)]
        output: Output,
    },
}

impl RewardsCommand {
    pub(crate) fn run(self) -> Result<()> {
        let rewards = SystemContract::Rewards;
        match self.action {
            RewardsAction::Claim { stakes, by } => by.act(|chain, wallet| {
                let account = wallet.address();
                let stakes: Vec<B256> = stakes.iter().map(|txid| txid.to_byte_array().into()).collect();
                let call = IRewards::earnedCall { account, stakes: stakes.clone() };
                let earned = view(chain, rewards, &call)?;
                if earned.is_zero() {
                    return Ok(vec![("state", json!("nothing to claim"))]);
                }
                let call = IRewards::claimCall { stakes, receiver: account };
                wallet.call(rewards, U256::ZERO, &call)?;
                Ok(vec![("state", json!("claimed")), ("pbtc", shown(earned))])
            }),
            RewardsAction::Fund { amount: Amount(wei), by } => by.act(|_, wallet| {
                wallet.call(rewards, wei, &IRewards::fundCall {})?;
                Ok(vec![("state", json!("paid in")), ("pbtc", shown(wei))])
            }),
            RewardsAction::Show { chain, output } => {
                let chain = chain.connect()?;
                let next = view(&chain, rewards, &IRewards::nextCall {})?;
                output.print(vec![
                    ("budget_pbtc", shown(view(&chain, rewards, &IRewards::budgetCall {})?)),
                    ("next_epoch", json!(next.epoch)),
                    ("settled_from_block", json!(next.fromBlock)),
                ]);
                Ok(())
            }
        }
    }
}
