//! Which network, and the Bitcoin node to reach it by.

use std::env;
use std::fmt;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use ballast_bitcoin_io::{Auth, Patience, RpcClient, RpcConfig};
use bitcoin::Network;
use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// A Ballast network and the Bitcoin network under it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NetworkName {
    /// On Bitcoin mainnet
    Mainnet,
    /// On signet
    Testnet,
    /// On regtest
    Devnet,
}

impl NetworkName {
    pub(crate) fn bitcoin(self) -> Network {
        match self {
            Self::Mainnet => Network::Bitcoin,
            Self::Testnet => Network::Signet,
            Self::Devnet => Network::Regtest,
        }
    }

    /// Bitcoin Core's default RPC port, and the folder of this network inside its data folder.
    fn core_defaults(self) -> (u16, &'static str) {
        match self {
            Self::Mainnet => (8332, ""),
            Self::Testnet => (38332, "signet"),
            Self::Devnet => (18443, "regtest"),
        }
    }
}

impl fmt::Display for NetworkName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mainnet => "mainnet",
            Self::Testnet => "testnet",
            Self::Devnet => "devnet",
        })
    }
}

/// The Bitcoin node. Bitcoin Core 30 or later; its wallet and transaction index are not used.
#[derive(Args)]
#[command(next_help_heading = "Bitcoin node")]
pub(crate) struct BitcoinArgs {
    /// The network
    #[arg(long, default_value = "devnet")]
    pub(crate) network: NetworkName,
    /// The RPC address [default: Bitcoin Core's port of the network on 127.0.0.1]
    #[arg(long, value_name = "URL", env = "BALLAST_BITCOIN_RPC", hide_env_values = true)]
    bitcoin_rpc: Option<String>,
    /// The cookie file [env: BALLAST_BITCOIN_COOKIE] [default: in ~/.bitcoin]
    #[arg(long, value_name = "FILE", conflicts_with = "bitcoin_user")]
    bitcoin_cookie: Option<PathBuf>,
    /// The RPC user, where there is no cookie
    #[arg(long, value_name = "NAME", requires = "bitcoin_password_file")]
    bitcoin_user: Option<String>,
    /// A file with that user's password
    #[arg(long, value_name = "FILE", requires = "bitcoin_user")]
    bitcoin_password_file: Option<PathBuf>,
}

impl BitcoinArgs {
    /// A client of a node that answers, is new enough and runs on the right network. One that is not there is
    /// reported at once; one that is busy later is waited for.
    pub(crate) fn connect(&self) -> Result<RpcClient> {
        let (port, folder) = self.network.core_defaults();
        let url = self.bitcoin_rpc.clone().unwrap_or_else(|| format!("http://127.0.0.1:{port}"));
        let auth = match (&self.bitcoin_user, &self.bitcoin_password_file) {
            (Some(name), Some(file)) => {
                let password = fs::read_to_string(file)
                    .with_context(|| format!("cannot read the password file {}", file.display()))?;
                Auth::User { name: name.clone(), password: password.trim_end().to_owned() }
            }
            _ => Auth::Cookie(self.bitcoin_cookie.clone().unwrap_or_else(|| default_cookie(folder))),
        };
        let config = RpcConfig::new(url, auth);
        let at_once = RpcConfig { patience: Patience::NONE, ..config.clone() };
        RpcClient::connect(at_once, self.network.bitcoin())?;
        Ok(RpcClient::new(config))
    }
}

impl fmt::Debug for BitcoinArgs {
    /// Without the address: somebody may have put a password into it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BitcoinArgs").field("network", &self.network).finish_non_exhaustive()
    }
}

/// The cookie file where no flag names a login. The environment comes last, so that it contradicts no flag.
fn default_cookie(folder: &str) -> PathBuf {
    if let Some(path) = env::var_os("BALLAST_BITCOIN_COOKIE").filter(|path| !path.is_empty()) {
        return path.into();
    }
    let home = env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    home.join(".bitcoin").join(folder).join(".cookie")
}
