//! A staker of a story's own on a devnet: a funded key in the devnet's folder, and the commands of its one stake.

use std::fs;

use alloy_primitives::{B256, hex};
use anyhow::{Context, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_roles::chain::At;
use ballast_roles::light_client;
use ballast_types::interfaces::IStaking::Status;
use bitcoin::consensus::encode::deserialize_hex;
use bitcoin::hashes::Hash;
use bitcoin::{OutPoint, Transaction};
use serde_json::Value;

use crate::{Devnet, provider_key, until};

/// k of a devnet: from so many blocks on, its own counted, a transaction counts.
pub const DEPTH: u32 = 3;
/// How long the stakes of these stories are locked, in Bitcoin blocks.
const TIME: u32 = 200;
/// What a staker has besides what it stakes, in sats.
const SPARE: u64 = 20_000;

/// A staker, with its key in `NAME.key` and its stake in `NAME.json`.
#[derive(Debug)]
pub struct Staker<'a> {
    devnet: &'a Devnet,
    name: String,
    provider: u16,
    amount: u64,
    account: String,
    /// Its taproot address.
    pub home: String,
}

impl Devnet {
    /// Makes a key and funds it, so that it can stake `amount` sats on a provider, for the devnet's account 5.
    ///
    /// # Errors
    /// When a command fails.
    pub fn staker(&self, name: &str, provider: u16, amount: u64) -> anyhow::Result<Staker<'_>> {
        let made = self.ballast(&format!("key new --out {name}.key"))?;
        let home = made["address"].as_str().context("a key has an address")?.to_owned();
        self.act(&format!("send {home} {}", amount + SPARE))?;
        self.mine_followed(1)?;
        let account = self.key_file(5)?.display().to_string();
        Ok(Staker { devnet: self, name: name.to_owned(), provider, amount, account, home })
    }

    /// Mines, and waits until the chain has followed.
    ///
    /// # Errors
    /// As [`Devnet::until_followed`].
    pub fn mine_followed(&self, blocks: u32) -> anyhow::Result<()> {
        self.miner()?.mine(blocks)?;
        self.until_followed()
    }

    /// Waits until the chain's light client has bitcoind's tip.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn until_followed(&self) -> anyhow::Result<()> {
        let tip = self.miner()?.rpc().tip()?.hash;
        until(
            "the light client follows",
            || Ok((light_client::tip(&self.chain())?.hash == tip).then_some(())),
        )
    }
}

impl Staker<'_> {
    /// The `ballast stake` command of this staker, with further flags.
    #[must_use]
    pub fn stake_command(&self, flags: &str) -> String {
        let Self { name, provider, amount, account, .. } = self;
        let (provider, chain) = (hex::encode(provider_key(*provider)), self.chain_flag());
        format!(
            "stake --staker-key {name}.key --provider {provider} --amount {amount} --time {TIME} --fee-rate 2 \
             --out {name}.json --account-key {account} {chain} {flags}"
        )
    }

    /// Registers, waits for the covenant, broadcasts, mines, and waits with the command until the stake counts.
    ///
    /// # Errors
    /// When a command fails or the stake does not count.
    pub fn stake(&self) -> anyhow::Result<B256> {
        let sent = self.devnet.ballast(&self.stake_command(""))?;
        ensure!(sent["state"] == "broadcast" && sent["status"] == "verified", "{sent}");
        self.devnet.miner()?.mine(DEPTH)?;
        let counts = self.devnet.ballast(&self.stake_command("--wait"))?;
        ensure!(counts["status"] == "active", "{counts}");
        self.id()
    }

    /// Runs `ballast unbond`, telling the chain or not.
    ///
    /// # Errors
    /// When it fails.
    pub fn unbond(&self, told: bool) -> anyhow::Result<Value> {
        let chain = if told { self.chain_flag() } else { String::new() };
        self.devnet.ballast(&format!("unbond {} {chain}", self.files()))
    }

    /// The `ballast withdraw` command of this staker.
    #[must_use]
    pub fn withdraw_command(&self) -> String {
        format!("withdraw --fee-rate 2 {}", self.files())
    }

    /// What `ballast status` prints of its stake.
    ///
    /// # Errors
    /// When the chain does not know it.
    pub fn shown(&self) -> anyhow::Result<Value> {
        self.devnet.ballast(&format!("status {}", self.outpoint()?.txid))
    }

    /// Waits until `ballast status` prints a value in a field.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn until_shown(&self, field: &str, wanted: &str) -> anyhow::Result<Value> {
        until(&format!("`ballast status` prints {field}: {wanted}"), || {
            let shown = self.shown()?;
            Ok((shown[field] == wanted).then_some(shown))
        })
    }

    /// What the chain names its stake by.
    ///
    /// # Errors
    /// When there is no stake file.
    pub fn id(&self) -> anyhow::Result<B256> {
        Ok(self.outpoint()?.txid.to_byte_array().into())
    }

    /// The staking output.
    ///
    /// # Errors
    /// When there is no stake file.
    pub fn outpoint(&self) -> anyhow::Result<OutPoint> {
        // the unbonding transaction has one input, which is it
        Ok(self.transaction("unbonding_tx")?.input[0].previous_output)
    }

    /// A transaction of the stake file, without witness.
    ///
    /// # Errors
    /// When there is no stake file.
    pub fn transaction(&self, field: &str) -> anyhow::Result<Transaction> {
        let file = self.file()?;
        Ok(deserialize_hex(file[field].as_str().with_context(|| format!("no {field} in the stake file"))?)?)
    }

    /// The stake file.
    ///
    /// # Errors
    /// When there is none.
    pub fn file(&self) -> anyhow::Result<Value> {
        Ok(serde_json::from_slice(&fs::read(self.devnet.path(&format!("{}.json", self.name)))?)?)
    }

    /// Waits until the stake counts or does not, and its provider has exactly so many sats.
    ///
    /// # Errors
    /// When it does not come to that.
    pub fn until_power(&self, status: Status, sats: u64) -> anyhow::Result<()> {
        self.devnet.until_status(self.id()?, status, false)?;
        until(&format!("the provider has {sats} sats"), || {
            let found = self.devnet.provider(self.provider, At::Latest)?;
            Ok((found.power == sats).then_some(()))
        })
    }

    fn files(&self) -> String {
        format!("--stake {0}.json --staker-key {0}.key", self.name)
    }

    fn chain_flag(&self) -> String {
        format!("--chain {}", self.devnet.ready()["rpc_url"].as_str().unwrap_or_default())
    }
}
