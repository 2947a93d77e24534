//! `ballast slash`: burn the slashing rate of a stake whose provider's key is out.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_staking::delegation::Slashed;
use ballast_schnorr::SigningKey;
use bitcoin::Transaction;
use clap::Args;
use serde_json::json;

use crate::broadcast::submit;
use crate::evidence::Evidence;
use crate::key;
use crate::network::BitcoinArgs;
use crate::report::Output;
use crate::stake::{StakeArg, fresh_aux};
use crate::stake_file::JudgedStake;

/// Slash a stake
///
/// Extracts the provider's key from two signatures at one height (or takes it from a key file), opens the covenant's
/// locked signatures with it, and broadcasts the slashing transaction of the output that is unspent: the stake, or
/// its unbonding output. Anybody who has the stake file and the evidence can do this.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ballast slash --stake stake.json --evidence evidence.json

An evidence file:
  {\"provider\": \"<x-only key>\", \"public_randomness\": \"<32 bytes>\",
   \"signatures\": [{\"message\": \"<hex>\", \"signature\": \"<32 bytes>\"}, {\"message\": \"<hex>\", \"signature\": \"<32 bytes>\"}]}")]
pub(crate) struct SlashCommand {
    #[command(flatten)]
    stake: StakeArg,
    /// Two signatures by the provider at one height
    #[arg(long, value_name = "FILE", required_unless_present = "provider_key")]
    evidence: Option<PathBuf>,
    /// The provider's key file, where the key itself has leaked
    #[arg(long, value_name = "FILE", conflicts_with = "evidence")]
    provider_key: Option<PathBuf>,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

impl SlashCommand {
    pub(crate) fn run(self) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let stake = self.stake.read(&self.bitcoin)?;
        let provider = self.leaked_key()?;
        let (found, expected) = (provider.x_only(), stake.file.provider);
        ensure!(found == expected, "the leaked key is of provider {found}, the stake is with {expected}");
        let (state, slashed, tx) = slash(&stake, &provider, &node)?;
        self.output.print(vec![
            ("state", json!(state)),
            ("slashed", json!(slashed.to_string())),
            ("slashing_txid", json!(tx.compute_txid())),
            ("slashed_sat", json!(tx.output[0].value.to_sat())),
            ("change_sat", json!(tx.output[1].value.to_sat())),
            ("fee_sat", json!(stake.delegation.slashing(slashed).fee().to_sat())),
        ]);
        Ok(())
    }

    fn leaked_key(&self) -> Result<SigningKey> {
        match (&self.evidence, &self.provider_key) {
            (Some(path), _) => Evidence::read(path)?.extract(),
            (None, Some(path)) => key::read(path, self.bitcoin.network),
            (None, None) => bail!("give --evidence or --provider-key"),
        }
    }
}

fn slash(
    stake: &JudgedStake,
    provider: &SigningKey,
    node: &impl Bitcoin,
) -> Result<(&'static str, Slashed, Transaction)> {
    for slashed in JudgedStake::SLASHABLE {
        let unsigned = stake.delegation.slashing(slashed);
        let before = node.output(&unsigned.change_spend().outpoint())?.is_some();
        if !before && node.output(&unsigned.spend().outpoint())?.is_none() {
            continue;
        }
        let tx = stake.approvals.slash(&stake.delegation, slashed, provider, &fresh_aux())?;
        let state = match before {
            true => "slashed before",
            false => submit(&tx, node)?,
        };
        return Ok((state, slashed, tx));
    }
    bail!("nothing to slash: neither the stake nor its unbonding output is unspent on Bitcoin")
}
