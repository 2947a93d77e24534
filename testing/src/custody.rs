//! What the stories of custody share: deposits, payouts, and books that have to balance.

use std::path::PathBuf;
use std::str::FromStr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use ballast_bitcoin_io::Bitcoin;
use bitcoin::{Address, Amount, Network, OutPoint, ScriptBuf, TxOut, Txid};
use serde_json::{Value, json};

use crate::Devnet;

/// How long custody may take for anything: a few blocks of either chain, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// 1 sat in wei.
pub const SAT: u128 = 10_000_000_000;

/// Looks until `what` is there, and says what it waited for when it never comes.
///
/// # Errors
/// When it does not come in time, or looking fails.
pub fn until<T>(what: &str, mut look: impl FnMut() -> anyhow::Result<Option<T>>) -> anyhow::Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        ensure!(Instant::now() < deadline, "waited {PATIENCE:?} for this: {what}");
        sleep(Duration::from_millis(50));
    }
}

impl Devnet {
    /// The pBTC of an account, in wei.
    ///
    /// # Errors
    /// When the node does not answer.
    pub fn balance(&self, account: &str) -> anyhow::Result<u128> {
        let balance: String = self.chain().ask("eth_getBalance", json!([account, "latest"]))?;
        Ok(u128::from_str_radix(balance.trim_start_matches("0x"), 16)?)
    }

    /// Waits until an account has exactly so many wei.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn until_balance(&self, account: &str, wei: u128) -> anyhow::Result<()> {
        until(&format!("{account} has {wei} wei"), || Ok((self.balance(account)? == wei).then_some(())))
    }

    /// The address and key of one of the devnet's accounts.
    #[must_use]
    pub fn account(&self, index: usize) -> (String, String) {
        let account = &self.ready()["accounts"][index];
        let field = |name: &str| account[name].as_str().unwrap_or_default().to_owned();
        (field("address"), field("private_key"))
    }

    /// A file with the key of one of the devnet's accounts.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn key_file(&self, index: usize) -> anyhow::Result<PathBuf> {
        let path = self.path(&format!("account-{index}.key"));
        std::fs::write(&path, self.account(index).1.trim_start_matches("0x"))?;
        Ok(path)
    }

    /// What `ballast deposit-address` says of a deposit for `recipient`; the node watches the address from then on.
    ///
    /// # Errors
    /// When the command fails.
    pub fn deposit_address(&self, recipient: &str, amount: u64) -> anyhow::Result<Value> {
        self.ballast(&format!("deposit-address --recipient {recipient} --amount {amount}"))
    }

    /// Sends one Bitcoin transaction with these payments, and mines nothing.
    ///
    /// # Errors
    /// When the miner cannot pay.
    pub fn pay(&self, payments: &[(&str, u64)]) -> anyhow::Result<Txid> {
        let outputs = payments.iter().map(|(address, sats)| {
            let script_pubkey =
                Address::from_str(address)?.require_network(Network::Regtest)?.script_pubkey();
            Ok(TxOut { value: Amount::from_sat(*sats), script_pubkey })
        });
        let outputs = outputs.collect::<anyhow::Result<Vec<_>>>()?;
        Ok(self.miner()?.pay(&outputs)?.compute_txid())
    }

    /// Mines a block at a time until `what` is there: custody's transactions confirm and deepen.
    ///
    /// # Errors
    /// As [`until`].
    pub fn mine_until<T>(
        &self,
        what: &str,
        mut look: impl FnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let miner = self.miner()?;
        until(what, || {
            let found = look()?;
            if found.is_none() {
                miner.mine(1)?;
                // what the block brings has to get into the chain before the next one is worth mining
                sleep(Duration::from_millis(500));
            }
            Ok(found)
        })
    }

    /// Waits until custody has sent a transaction, then mines until a payout is proven; before that nothing is mined, so
    /// that the chain has no reason to raise the fee.
    ///
    /// # Errors
    /// As [`until`].
    pub fn until_paid(&self, payout: u64) -> anyhow::Result<()> {
        let miner = self.miner()?;
        until("custody sends a transaction", || {
            let waiting: Vec<Txid> = miner.rpc().call("getrawmempool", json!([]))?;
            Ok((!waiting.is_empty()).then_some(()))
        })?;
        self.mine_until("the payout is proven", || {
            Ok((self.ballast(&format!("payout show {payout}"))?["state"] == "paid").then_some(()))
        })
    }

    /// The bitcoin that pays a script in the best chain, in sats.
    ///
    /// # Errors
    /// When bitcoind does not answer.
    pub fn received(&self, script: &ScriptBuf) -> anyhow::Result<u64> {
        let found = self.miner()?.rpc().unspent(std::slice::from_ref(script))?;
        Ok(found.iter().map(|coin| coin.output.value.to_sat()).sum())
    }

    /// The books by `ballast reserves --json`, once they balance to the sat: what was issued and not burnt, with the
    /// surplus, is exactly what is there; nothing is missing; and every free output is unspent on Bitcoin with its value.
    ///
    /// # Errors
    /// When they do not balance.
    pub fn balanced(&self) -> anyhow::Result<Value> {
        let books = self.ballast("reserves")?;
        let sats = |name: &str| books[name].as_u64().with_context(|| format!("the books have no {name}"));
        let (liabilities, surplus) = (sats("liabilities_sat")?, sats("surplus_sat")?);
        ensure!(liabilities == sats("issued_sat")? - sats("burnt_sat")?, "liabilities: {books}");
        ensure!(liabilities + surplus == sats("reserves_sat")? + sats("deficit_sat")?, "sums: {books}");
        ensure!(sats("deficit_sat")? == 0 && sats("unbacked_sat")? == 0, "short: {books}");
        let miner = self.miner()?;
        for output in books["outputs"].as_array().context("the books list outputs")? {
            if output["state"] != "free" {
                continue;
            }
            let outpoint = OutPoint::from_str(output["outpoint"].as_str().unwrap_or_default())?;
            let found =
                miner.rpc().output(&outpoint)?.with_context(|| format!("{outpoint} is not on Bitcoin"))?;
            ensure!(
                json!(found.output.value.to_sat()) == output["value_sat"],
                "{outpoint} has another value"
            );
        }
        Ok(books)
    }
}
