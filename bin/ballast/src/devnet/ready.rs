//! What a devnet tells when it is ready: a table for people, a file for programs.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use ballast_bitcoin_io::{Auth, RpcConfig};
use ballast_regtest::keypair;
use ballast_types::SystemContract;
use bitcoin::{NetworkKind, PrivateKey};
use serde_json::{Map, Value, json};

use super::accounts;
use crate::whole;

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
        whole::write(path, format!("{file:#}\n").as_bytes())
            .with_context(|| format!("cannot write the ready file {}", path.display()))
    }

    /// Prints the table.
    pub(super) fn print(&self) {
        println!();
        println!("JSON-RPC    {}    chain id {}", self.rpc_url, self.chain_id);
        println!("WebSocket   {}", self.ws_url);
        println!("bitcoind    {}    cookie {}", self.bitcoin_rpc_url, self.bitcoin_cookie);
        println!("\naccounts, each funded by a deposit of 10 bitcoin");
        for account in accounts::all() {
            println!("  {}  {}", account.address, account.private_key);
        }
        println!("\ncontracts");
        for (name, address) in contracts() {
            println!("  {name:<14}{}", address.as_str().unwrap_or_default());
        }
        println!("\ntry");
        println!("  export BALLAST_RPC={}", self.rpc_url);
        println!("  ballast reserves                the bitcoin behind every pBTC, output by output");
        println!("  ballast deposit-address --recipient {}", accounts::all()[0].address);
        println!(
            "  ballast devnet equivocate 1     provider 1 signs two blocks, and a tenth of its stake burns"
        );
        println!("\nCtrl-C stops it; the same command goes on.");
    }
}

fn contracts() -> Map<String, Value> {
    SystemContract::ALL
        .iter()
        .map(|contract| (contract.name().to_owned(), json!(contract.address())))
        .collect()
}
