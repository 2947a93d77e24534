//! The parties of a staking story: a funded staker, a provider, and a covenant of three.

use std::str::FromStr;

use anyhow::Context;
use ballast_regtest::Regtest;
use bitcoin::{Address, Amount, Network, OutPoint, Txid};
use serde_json::Value;

use crate::Cli;

/// What the staker locks in these stories, in sat.
const STAKED: u64 = 100_000;

/// Coins that the staker begins with, in sat.
const FUNDS: u64 = 1_000_000;

/// Key files `staker.key`, `provider.key`, `member0.key` to `member2.key` in the folder of a [`Cli`], with the staker
/// funded on the node.
#[derive(Debug)]
pub struct StakingScene<'a> {
    node: &'a Regtest,
    /// The binary in the folder of the key files.
    pub cli: Cli<'a>,
    /// The staker's taproot address.
    pub home: Address,
    /// The provider's x-only key.
    pub provider: String,
    /// The covenant's x-only keys.
    pub members: Vec<String>,
}

impl<'a> StakingScene<'a> {
    /// Makes all keys and funds the staker.
    ///
    /// # Errors
    /// When the binary or the node fails.
    pub fn new(node: &'a Regtest) -> anyhow::Result<Self> {
        let cli = Cli::new(node)?;
        let (_, home) = cli.new_key("staker.key")?;
        let (provider, _) = cli.new_key("provider.key")?;
        let member = |index| Ok(cli.new_key(&format!("member{index}.key"))?.0);
        let members = (0..3).map(member).collect::<anyhow::Result<_>>()?;
        let home = Address::from_str(&home)?.require_network(Network::Regtest)?;
        node.fund(&home.script_pubkey(), Amount::from_sat(FUNDS))?;
        Ok(Self { node, cli, home, provider, members })
    }

    /// The command that makes `stake.json`, or continues it; without approvals of its own.
    #[must_use]
    pub fn stake_command(&self) -> String {
        let (covenant, provider) = (self.covenant(), &self.provider);
        format!(
            "stake --staker-key staker.key --provider {provider}{covenant} --amount {STAKED} --time 200 --out stake.json"
        )
    }

    /// The command by which a member approves `stake.json`.
    #[must_use]
    pub fn approve_command(&self, member: usize) -> String {
        format!("approve --stake stake.json{} --covenant-key member{member}.key", self.covenant())
    }

    fn covenant(&self) -> String {
        self.members.iter().map(|key| format!(" --covenant {key}")).collect()
    }

    /// Stakes with the approvals of two members, and mines the staking transaction.
    ///
    /// # Errors
    /// When the binary or the node fails.
    pub fn stake(&self) -> anyhow::Result<OutPoint> {
        let command = self.stake_command();
        let staked =
            self.cli.line(&format!("{command} --covenant-key member0.key --covenant-key member1.key"))?;
        anyhow::ensure!(staked["state"] == "broadcast", "not broadcast: {staked}");
        self.node.mine(1)?;
        Ok(OutPoint::new(txid(&staked, "staking_txid")?, 0))
    }
}

/// A transaction id that a command printed.
///
/// # Errors
/// When the field is missing or no txid.
pub fn txid(printed: &Value, field: &str) -> anyhow::Result<Txid> {
    let text = printed[field].as_str().with_context(|| format!("no {field} in {printed}"))?;
    Ok(text.parse()?)
}
