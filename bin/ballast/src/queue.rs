//! `ballast queue`: who waits for pBTC, and what stkBTC is worth.

use alloy_primitives::{Address, U256};
use anyhow::Result;
use ballast_roles::Chain;
use ballast_roles::chain::At;
use ballast_types::SystemContract;
use ballast_types::interfaces::IStkBtc;
use clap::Args;
use serde_json::{Value, json};

use crate::amount::shown;
use crate::chain::{ChainArgs, view_at};
use crate::report::Output;

/// The most tickets that are looked at for one account.
const LOOKED_AT: u64 = 1_000;

/// Print the queue of redemptions
///
/// With an account, its tickets among the first 1,000 places, and what it can claim. Amounts are in stkBTC and
/// pBTC with 18 decimals.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  ballast queue --account 0x1111111111111111111111111111111111111111 --json")]
pub(crate) struct QueueCommand {
    /// Whose tickets
    #[arg(long, value_name = "ADDRESS")]
    account: Option<Address>,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    output: Output,
}

impl QueueCommand {
    pub(crate) fn run(self) -> Result<()> {
        let chain = self.chain.connect()?;
        self.output.print(lines(&chain, self.account)?);
        Ok(())
    }
}

fn lines(chain: &impl Chain, account: Option<Address>) -> Result<Vec<(&'static str, Value)>> {
    // one block for all
    let at = At::Block(chain.block_number()?);
    let stk = SystemContract::StkBtc;
    let queue = view_at(chain, at, stk, &IStkBtc::queueCall {})?;
    let mut lines = vec![
        ("rate", shown(view_at(chain, at, stk, &IStkBtc::getRateCall {})?)),
        ("assets_pbtc", shown(view_at(chain, at, stk, &IStkBtc::totalAssetsCall {})?)),
        ("first_ticket", json!(queue.first.to_string())),
        ("last_ticket", json!(queue.last.to_string())),
        ("waiting_stkbtc", shown(queue.shares)),
    ];
    let Some(controller) = account else { return Ok(lines) };
    let claimable = view_at(chain, at, stk, &IStkBtc::maxWithdrawCall { controller })?;
    lines.push(("claimable_pbtc", shown(claimable)));
    let mut tickets = Vec::new();
    let last = queue.last.min(queue.first.saturating_add(U256::from(LOOKED_AT - 1)));
    let mut number = queue.first;
    while number <= last {
        let ticket = view_at(chain, at, stk, &IStkBtc::ticketCall { requestId: number })?;
        if ticket.controller == controller && !ticket.shares.is_zero() {
            tickets.push(json!({
                "ticket": number.to_string(),
                "place": (number - queue.first).to_string(),
                "shares": shown(ticket.shares),
                "most_pbtc": shown(ticket.assets),
            }));
        }
        number += U256::ONE;
    }
    lines.push(("looked_at_until", json!(last.to_string())));
    lines.push(("tickets", Value::Array(tickets)));
    Ok(lines)
}

#[cfg(test)]
mod tests;
