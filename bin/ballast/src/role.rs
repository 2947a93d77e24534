//! One role as a process of its own: `ballast relayer | custodian | provider | covenant | slasher --config x.toml`.
//!
//! The devnet runs the same roles from the same files, so what works there works here.

use std::fs;
use std::future::Future;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ballast_roles::{covenant, custodian, provider, relayer, slasher};
use clap::{Args, ValueEnum};
use serde::de::DeserializeOwned;

/// The roles that see the chain through its JSON-RPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Role {
    /// Carries headers and proofs from Bitcoin to the chain
    Relayer,
    /// Holds a share of custody's key
    Custodian,
    /// Votes for blocks
    Provider,
    /// Approves stakes
    Covenant,
    /// Brings evidence, and burns the stakes of whoever signed twice
    Slasher,
}

/// Where a role's configuration is.
#[derive(Debug, Args)]
pub(crate) struct RoleCommand {
    /// The configuration file, in TOML; a devnet writes one for each of its roles into its folder `roles`
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl RoleCommand {
    /// Runs until Ctrl-C or SIGTERM.
    pub(crate) fn run(self, role: Role) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let mut order = std::pin::pin!(order_to_stop());
            let mut failed = None;
            let stop = async { failed = order.as_mut().await.err() };
            run(role, &self.config, stop).await?;
            failed.map_or(Ok(()), Err)
        })
    }
}

/// Completes on Ctrl-C or SIGTERM.
pub(crate) async fn order_to_stop() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => Ok(interrupt?),
        _ = terminate.recv() => Ok(()),
    }
}

/// Runs a role from its configuration file until `stop` completes.
pub(crate) async fn run(role: Role, config: &Path, stop: impl Future<Output = ()>) -> Result<()> {
    match role {
        Role::Relayer => relayer::run(read(config)?, stop).await?,
        Role::Custodian => custodian::run(read(config)?, stop).await?,
        Role::Provider => provider::run(read(config)?, stop).await?,
        Role::Covenant => covenant::run(read(config)?, stop).await?,
        Role::Slasher => slasher::run(read(config)?, stop).await?,
    }
    Ok(())
}

fn read<C: DeserializeOwned>(path: &Path) -> Result<C> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not a configuration of this role", path.display()))
}
