//! What a devnet tells when it is ready: a table for people, a file for programs.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ballast_bitcoin_io::{Auth, RpcConfig};
use ballast_regtest::keypair;
use ballast_types::SystemContract;
use bitcoin::{NetworkKind, PrivateKey};
use serde_json::{Map, Value, json};

use super::accounts;

/// The facts about a running devnet.
#[derive(Debug)]
pub(super) struct Ready {
    rpc_url: String,
    ws_url: String,
    chain_id: u64,
    bitcoin_rpc_url: String,
    bitcoin_cookie: String,
}

impl Ready {
    pub(super) fn new(rpc: SocketAddr, chain_id: u64, bitcoin: &RpcConfig) -> Result<Self> {
        let Auth::Cookie(cookie) = &bitcoin.auth else { bail!("a devnet's bitcoind uses a cookie") };
        Ok(Self {
            rpc_url: format!("http://{rpc}"),
            ws_url: format!("ws://{rpc}"),
            chain_id,
            bitcoin_rpc_url: bitcoin.url.clone(),
            bitcoin_cookie: cookie.display().to_string(),
        })
    }

    /// Where the JSON-RPC is.
    pub(super) fn rpc_url(&self) -> &str {
        &self.rpc_url
    }

    /// Writes the ready file whole or not at all.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let accounts: Vec<_> = accounts::all()
            .into_iter()
            .map(|account| json!({ "address": account.address, "private_key": account.private_key }))
            .collect();
        let file = json!({
            "rpc_url": self.rpc_url,
            "ws_url": self.ws_url,
            "chain_id": self.chain_id,
            "bitcoin_rpc_url": self.bitcoin_rpc_url,
            "bitcoin_cookie": self.bitcoin_cookie,
            "bitcoin_faucet_wif": PrivateKey::new(keypair("miner").secret_key(), NetworkKind::Test).to_wif(),
            "accounts": accounts,
            "contracts": contracts(),
        });
        let partial = path.with_extension("partial");
        fs::write(&partial, format!("{file:#}\n"))
            .and_then(|()| fs::rename(&partial, path))
            .with_context(|| format!("cannot write the ready file {}", path.display()))
    }

    /// Prints the table.
    pub(super) fn print(&self) {
        println!();
        println!("JSON-RPC    {}    chain id {}", self.rpc_url, self.chain_id);
        println!("WebSocket   {}", self.ws_url);
        println!("bitcoind    {}    cookie {}", self.bitcoin_rpc_url, self.bitcoin_cookie);
        println!("\naccounts, 10 pBTC of test funds each");
        for account in accounts::all() {
            println!("  {}  {}", account.address, account.private_key);
        }
        println!("\ncontracts");
        for (name, address) in contracts() {
            println!("  {name:<14}{}", address.as_str().unwrap_or_default());
        }
        println!("\ntry");
        println!("  ballast devnet mine 3       three Bitcoin blocks; the relayer carries their headers");
        println!("  ballast devnet reorg 2      replace the last two by three others");
        println!("  curl -s {} -H 'content-type: application/json' \\", self.rpc_url);
        println!("    -d '{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_blockNumber\",\"params\":[]}}'");
        println!("\nCtrl-C stops it; the same command goes on.");
    }
}

fn contracts() -> Map<String, Value> {
    SystemContract::ALL
        .iter()
        .map(|contract| (contract.name().to_owned(), json!(contract.address())))
        .collect()
}
