//! The account that a command acts for, and where.

use std::path::PathBuf;

use anyhow::Result;
use ballast_roles::HttpChain;
use clap::Args;

use crate::chain::{ChainArgs, Wallet};
use crate::key;
use crate::network::NetworkName;
use crate::report::Output;

/// Whose transaction it is, where it goes, and how to print.
#[derive(Debug, Args)]
pub(crate) struct AccountArgs {
    /// The account's key file
    #[arg(long, value_name = "FILE")]
    key: PathBuf,
    /// The network that the key is for
    #[arg(long, default_value = "devnet")]
    network: NetworkName,
    #[command(flatten)]
    chain: ChainArgs,
    #[command(flatten)]
    output: Output,
}

impl AccountArgs {
    /// Lets the account act, and prints what comes of it.
    pub(crate) fn act(
        self,
        action: impl FnOnce(&HttpChain, &Wallet<'_>) -> Result<Vec<(&'static str, serde_json::Value)>>,
    ) -> Result<()> {
        let account = key::read(&self.key, self.network)?;
        let chain = self.chain.connect()?;
        let lines = action(&chain, &Wallet::new(&chain, account))?;
        self.output.print(lines);
        Ok(())
    }
}
