//! `ballast status`: what the chain knows of a stake.

use alloy_primitives::{B256, U256};
use anyhow::{Context, Result};
use ballast_roles::{Chain, staking};
use ballast_types::SystemContract;
use ballast_types::interfaces::IStaking::{self, Exit, Status};
use bitcoin::hashes::Hash;
use bitcoin::{BlockHash, Txid};
use clap::Args;
use serde_json::{Value, json};

use crate::chain::{ChainArgs, view};
use crate::report::Output;

#[cfg(test)]
mod tests;

/// Print what the chain knows of a stake
///
/// A stake is `pending` until a quorum of the covenant has approved it, `verified` until its transaction is proven and
/// deep enough, and `active` while it counts. It ends `unbonding`, `unbonded`, `expired` or `slashed`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  ballast status 5f0a…c3 --json")]
pub(crate) struct StatusCommand {
    /// The txid of its staking transaction
    #[arg(value_name = "STAKE_TXID")]
    stake: Txid,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    output: Output,
}

impl StatusCommand {
    pub(crate) fn run(self) -> Result<()> {
        let chain = self.chain.connect()?;
        self.output.print(fields(&chain, self.stake)?);
        Ok(())
    }
}

fn fields(chain: &impl Chain, txid: Txid) -> Result<Vec<(&'static str, Value)>> {
    let stake = B256::from(txid.to_byte_array());
    let found = staking::state(chain, stake)?.with_context(|| {
        format!("the chain knows no stake {txid}: `ballast stake --chain …` registers one")
    })?;
    let status = view(chain, SystemContract::Staking, &IStaking::statusCall { stake })?;
    let call = IStaking::covenantOfCall { version: found.version };
    let covenant = view(chain, SystemContract::Staking, &call)?;
    let call = IStaking::providerOfCall { provider: found.provider };
    let provider = view(chain, SystemContract::Staking, &call)?;
    let members = approved(found.approvals, &covenant.members);
    Ok(vec![
        ("stake", json!(txid)),
        ("status", json!(name(status))),
        ("provider", key(found.provider)),
        ("staker", key(found.staker)),
        ("value_sat", json!(found.value)),
        ("time_blocks", json!(found.stakingTime)),
        ("approvals", json!(format!("{} of {}", members.len(), covenant.quorum))),
        ("members", json!(members)),
        ("anchor", unless_zero(found.anchor, |hash| json!(BlockHash::from_byte_array(hash.0)))),
        ("spend", unless_zero(found.spend, |hash| json!(staking::txid(hash)))),
        ("exit", json!(exit(found.exit))),
        ("counts", json!(found.counts)),
        ("provider_power_sat", json!(provider.power)),
        ("provider_removed", json!(provider.removed)),
    ])
}

/// The covenant members whose bits are set.
fn approved(bits: U256, members: &[B256]) -> Vec<Value> {
    let signed = |(place, _): &(usize, &B256)| bits.bit(*place);
    members.iter().enumerate().filter(signed).map(|(_, member)| key(*member)).collect()
}

/// An x-only key as Bitcoin's tools write it.
fn key(key: B256) -> Value {
    json!(hex::encode(key))
}

fn unless_zero(word: B256, show: impl FnOnce(B256) -> Value) -> Value {
    if word.is_zero() { Value::Null } else { show(word) }
}

/// A status as commands print it.
pub(crate) fn name(status: Status) -> &'static str {
    match status {
        Status::None => "unknown to the chain",
        Status::Pending => "pending",
        Status::Verified => "verified",
        Status::Active => "active",
        Status::Unbonding => "unbonding",
        Status::Unbonded => "unbonded",
        Status::Expired => "expired",
        Status::Slashed => "slashed",
        Status::__Invalid => "of a kind that this program does not know",
    }
}

fn exit(exit: Exit) -> &'static str {
    match exit {
        Exit::None => "none",
        Exit::Requested => "requested",
        Exit::Unbonding => "unbonding",
        Exit::Slashing => "slashing",
        Exit::Other => "other",
        Exit::__Invalid => "of a kind that this program does not know",
    }
}
