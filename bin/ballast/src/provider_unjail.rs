//! `ballast provider-unjail`: a provider that has missed too many votes comes back, once its term is over.

use std::path::PathBuf;

use alloy_primitives::{B256, U64};
use anyhow::{Context, Result, ensure};
use ballast_roles::Chain;
use ballast_roles::provider::unjailing;
use ballast_types::SystemContract;
use ballast_types::interfaces::{IFinality, IStaking};
use bitcoin::XOnlyPublicKey;
use clap::Args;
use serde::Deserialize;
use serde_json::json;

use crate::chain::{Account, ChainArgs, Wallet, find, view};
use crate::key;
use crate::network::NetworkName;
use crate::report::Output;

/// Let a provider out of jail
///
/// Who misses too many votes is jailed for a term. When the term is over, the account that owns the provider asks for its
/// release and pays the gas; the provider's own key is not needed. First repair what kept it from voting, or it goes back.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  ballast provider-unjail --provider 8f5c…99 --account-key account.key")]
pub(crate) struct ProviderUnjailCommand {
    /// The provider (x-only key, 64 hex digits)
    #[arg(long, value_name = "KEY")]
    provider: XOnlyPublicKey,
    /// The key file of the account that owns the provider
    #[arg(long, value_name = "FILE")]
    account_key: PathBuf,
    /// The network that the key is for
    #[arg(long, default_value = "devnet")]
    network: NetworkName,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    output: Output,
}

/// A block, as far as it matters here.
#[derive(Deserialize)]
struct Head {
    timestamp: U64,
}

impl ProviderUnjailCommand {
    pub(crate) fn run(self) -> Result<()> {
        let account = key::read(&self.account_key, self.network)?;
        let chain = self.chain.connect()?;
        let wallet = Wallet::new(&chain, account);
        let head: Head = chain.ask("eth_getBlockByNumber", json!(["latest", false]))?;
        let state = unjail(&chain, &wallet, self.provider, head.timestamp.to())?;
        self.output.print(vec![
            ("state", json!(state)),
            ("provider", json!(self.provider)),
            ("owner", json!(wallet.address())),
        ]);
        Ok(())
    }
}

/// Ends a provider's term at a block time of `now` seconds, or finds that it is free.
fn unjail(chain: &impl Chain, account: &impl Account, key: XOnlyPublicKey, now: u64) -> Result<&'static str> {
    let provider = B256::from(key.serialize());
    let call = IStaking::providerOfCall { provider };
    let found = find::<IStaking::UnknownProvider, _>(chain, SystemContract::Staking, &call)?
        .with_context(|| format!("there is no provider {key}: `ballast provider-register` makes one"))?;
    ensure!(!found.removed, "the provider was removed for ever: its key has signed twice or is public");
    let (owner, address) = (found.owner, account.address());
    ensure!(owner == address, "the provider is {owner}'s, not {address}'s: give its owner's --account-key");
    let until = jailed_until(chain, provider)?;
    if until == 0 {
        return Ok("not in jail");
    }
    ensure!(
        now >= until,
        "the provider is in jail until a block is made at {until} (seconds since 1970), {} seconds after the latest \
         one: say it again then",
        until - now
    );
    match account.submit(SystemContract::Finality, unjailing(provider)) {
        // an earlier call's transaction was mined meanwhile
        Err(_) if jailed_until(chain, provider)? == 0 => Ok("not in jail"),
        done => done.map(|()| "released"),
    }
}

/// When the term ends, in seconds of block time; 0 when the provider is free.
fn jailed_until(chain: &impl Chain, provider: B256) -> Result<u64> {
    view(chain, SystemContract::Finality, &IFinality::jailedUntilCall { provider })
}

#[cfg(test)]
mod tests;
