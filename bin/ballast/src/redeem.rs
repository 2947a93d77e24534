//! `ballast redeem`: stkBTC becomes pBTC, later through the queue or at once through the pool.

use alloy_primitives::utils::format_ether;
use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use anyhow::{Result, ensure};
use ballast_roles::Chain;
use ballast_types::SystemContract;
use ballast_types::interfaces::{IPool, IStkBtc, IToken};
use clap::{ArgGroup, Args};
use serde_json::{Value, json};

use crate::account::AccountArgs;
use crate::amount::{Amount, Part, shown};
use crate::chain::{Account, view};

/// Turn stkBTC into pBTC
///
/// Through the queue you wait until the bitcoin is unstaked and get what it is worth then, at most what it is worth now;
/// what is finished is paid by --claim, as wpBTC. Through the pool you are paid at once, less its fee.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["shares", "claim", "cancel"]))]
#[command(after_help = "Examples:
  ballast redeem --shares 0.5 --key account.key          # into the queue
  ballast queue --account 0x1111111111111111111111111111111111111111
  ballast redeem --claim --key account.key
  ballast redeem --shares all --now --key account.key    # through the pool")]
pub(crate) struct RedeemCommand {
    /// How much, in stkBTC with up to 18 decimals, or `all`
    #[arg(long, value_name = "STKBTC")]
    shares: Option<Part>,
    /// Sell to the pool instead of waiting
    #[arg(long, requires = "shares")]
    now: bool,
    /// The least that the pool may pay, in pBTC; what it quotes now if not given
    #[arg(long, value_name = "PBTC", requires = "now")]
    least: Option<Amount>,
    /// Take what the queue has finished
    #[arg(long)]
    claim: bool,
    /// Give a ticket up and take its shares back
    #[arg(long, value_name = "TICKET")]
    cancel: Option<U256>,
    #[command(flatten)]
    by: AccountArgs,
}

impl RedeemCommand {
    pub(crate) fn run(self) -> Result<()> {
        let Self { shares, now, least, cancel: ticket, by, .. } = self;
        by.act(|chain, wallet| match (shares, ticket) {
            (Some(shares), _) if now => sell(chain, wallet, shares, least),
            (Some(shares), _) => request(chain, wallet, shares),
            (None, Some(ticket)) => cancel(chain, wallet, ticket),
            (None, None) => claim(chain, wallet),
        })
    }
}

type Lines = Vec<(&'static str, Value)>;

fn request(chain: &impl Chain, account: &impl Account, shares: Part) -> Result<Lines> {
    let (owner, shares) = held(chain, account, shares)?;
    let worth = view(chain, SystemContract::StkBtc, &IStkBtc::quoteRedeemCall { shares })?;
    let before = view(chain, SystemContract::StkBtc, &IStkBtc::queueCall {})?.last;
    submit(
        account,
        SystemContract::StkBtc,
        &IStkBtc::requestRedeemCall { shares, controller: owner, owner },
    )?;
    Ok(vec![
        ("state", json!("in the queue")),
        ("ticket", json!(newest(chain, owner, before)?.map(|number| number.to_string()))),
        ("shares", shown(shares)),
        ("most_pbtc", shown(worth)),
    ])
}

/// The account's last ticket after `before`.
fn newest(chain: &impl Chain, owner: Address, before: U256) -> Result<Option<U256>> {
    let mut number = view(chain, SystemContract::StkBtc, &IStkBtc::queueCall {})?.last;
    while number > before {
        let call = IStkBtc::ticketCall { requestId: number };
        if view(chain, SystemContract::StkBtc, &call)?.controller == owner {
            return Ok(Some(number));
        }
        number -= U256::ONE;
    }
    Ok(None)
}

fn sell(chain: &impl Chain, account: &impl Account, shares: Part, least: Option<Amount>) -> Result<Lines> {
    let (receiver, shares) = held(chain, account, shares)?;
    let quote = view(chain, SystemContract::Pool, &IPool::quoteCall { shares })?;
    let least = least.map_or(quote.assets, |Amount(wei)| wei);
    ensure!(
        least <= quote.assets,
        "the pool pays {} pBTC now, --least asks for {}: ask for less, or wait in the queue",
        format_ether(quote.assets),
        format_ether(least)
    );
    let spender = SystemContract::Pool.address();
    let call = IToken::allowanceCall { owner: receiver, spender };
    if view(chain, SystemContract::StkBtc, &call)? < shares {
        submit(account, SystemContract::StkBtc, &IToken::approveCall { spender, value: shares })?;
    }
    submit(account, SystemContract::Pool, &IPool::sellCall { shares, leastAssets: least, receiver })?;
    Ok(vec![
        ("state", json!("sold")),
        ("shares", shown(shares)),
        ("least_pbtc", shown(least)),
        ("quoted_fee_pbtc", shown(quote.fee)),
    ])
}

fn cancel(chain: &impl Chain, account: &impl Account, ticket: U256) -> Result<Lines> {
    let receiver = account.address();
    let waited = view(chain, SystemContract::StkBtc, &IStkBtc::ticketCall { requestId: ticket })?;
    ensure!(
        !waited.shares.is_zero(),
        "ticket {ticket} does not wait: it is finished, was cancelled, or never was; \
         `ballast queue --account {receiver}` lists yours"
    );
    let before = balance(chain, receiver)?;
    submit(account, SystemContract::StkBtc, &IStkBtc::cancelRedeemCall { requestId: ticket, receiver })?;
    let returned = balance(chain, receiver)?.saturating_sub(before);
    Ok(vec![("state", json!("cancelled")), ("shares", shown(returned))])
}

fn claim(chain: &impl Chain, account: &impl Account) -> Result<Lines> {
    let owner = account.address();
    let shares = view(chain, SystemContract::StkBtc, &IStkBtc::maxRedeemCall { controller: owner })?;
    let assets = view(chain, SystemContract::StkBtc, &IStkBtc::maxWithdrawCall { controller: owner })?;
    if shares.is_zero() {
        return Ok(vec![("state", json!("nothing to claim"))]);
    }
    let call = IStkBtc::redeemCall { shares, receiver: owner, controller: owner };
    submit(account, SystemContract::StkBtc, &call)?;
    Ok(vec![("state", json!("claimed")), ("wpbtc", shown(assets))])
}

/// The account, and how many of its shares are meant.
fn held(chain: &impl Chain, account: &impl Account, shares: Part) -> Result<(Address, U256)> {
    let owner = account.address();
    let held = balance(chain, owner)?;
    let shares = shares.of(held, "stkBTC")?;
    Ok((owner, shares))
}

fn balance(chain: &impl Chain, account: Address) -> Result<U256> {
    view(chain, SystemContract::StkBtc, &IToken::balanceOfCall { account })
}

fn submit<C: SolCall>(account: &impl Account, contract: SystemContract, call: &C) -> Result<()> {
    account.submit(contract, call.abi_encode().into())
}

#[cfg(test)]
pub(crate) mod tests;
