//! `ballast provider-register`: a key becomes a provider that bitcoin can be staked with.

use std::path::PathBuf;

use alloy_primitives::B256;
use anyhow::{Result, ensure};
use ballast_roles::Chain;
use ballast_roles::provider::registration;
use ballast_schnorr::SigningKey;
use ballast_types::SystemContract;
use ballast_types::interfaces::IStaking;
use clap::Args;
use serde_json::json;

use crate::chain::{Account, ChainArgs, Wallet, find};
use crate::key;
use crate::network::NetworkName;
use crate::report::Output;
use crate::stake::fresh_aux;

/// Register a provider
///
/// The key signs that the account speaks for it, and the account pays the gas. An account has one provider. The key must
/// never sign for another chain or by another program: two signatures at one height publish it.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  ballast provider-register --key provider.key --account-key account.key --commission 500")]
pub(crate) struct ProviderRegisterCommand {
    /// The provider's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The key file of the account that will own the provider
    #[arg(long, value_name = "FILE")]
    account_key: PathBuf,
    /// What the provider keeps of its stakes' income, in basis points (500 is 5 %)
    #[arg(long, value_name = "BP", value_parser = clap::value_parser!(u16).range(0..=10_000))]
    commission: u16,
    /// The network that the keys are for
    #[arg(long, default_value = "devnet")]
    network: NetworkName,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    output: Output,
}

impl ProviderRegisterCommand {
    pub(crate) fn run(self) -> Result<()> {
        let provider = key::read(&self.key, self.network)?;
        let account = key::read(&self.account_key, self.network)?;
        let chain = self.chain.connect()?;
        let wallet = Wallet::new(&chain, account);
        let state = register(&chain, &wallet, &provider, self.commission)?;
        self.output.print(vec![
            ("state", json!(state)),
            ("provider", json!(provider.x_only())),
            ("owner", json!(wallet.address())),
            ("commission_bp", json!(self.commission)),
        ]);
        Ok(())
    }
}

/// Registers a provider whose owner is the account, or finds that it is registered.
fn register(
    chain: &impl Chain,
    account: &impl Account,
    key: &SigningKey,
    commission: u16,
) -> Result<&'static str> {
    let (provider, owner) = (B256::from(key.x_only().serialize()), account.address());
    let call = IStaking::providerOfCall { provider };
    let found = find::<IStaking::UnknownProvider, _>(chain, SystemContract::Staking, &call)?;
    if let Some(found) = found {
        ensure!(found.owner == owner, "the provider is registered already, by {}", found.owner);
        ensure!(
            found.commission == commission,
            "the provider is registered already, with a commission of {} basis points: it stays so",
            found.commission
        );
        return Ok("registered before");
    }
    let call = registration(key, chain.chain_id()?, owner, commission, &fresh_aux());
    account.submit(SystemContract::Staking, call)?;
    Ok("registered")
}

#[cfg(test)]
mod tests;
