//! `ballast unbond`: start to leave before the timelock, by the path that the covenant signed beforehand.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use ballast_bitcoin_io::{Bitcoin, Submitted};
use ballast_schnorr::bip340;
use bitcoin::hashes::Hash;
use clap::Args;
use serde_json::json;

use crate::key;
use crate::network::BitcoinArgs;
use crate::report::Output;
use crate::stake::{StakeArg, fresh_aux};

/// Leave a stake early
///
/// Signs and broadcasts the unbonding transaction with the covenant's signatures from the stake file. The bitcoin
/// can be withdrawn when the unbonding time has passed after its confirmation.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  ballast unbond --stake stake.json --staker-key staker.key")]
pub(crate) struct UnbondCommand {
    #[command(flatten)]
    stake: StakeArg,
    /// The staker's key file
    #[arg(long, value_name = "FILE")]
    staker_key: PathBuf,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

impl UnbondCommand {
    pub(crate) fn run(self) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let stake = self.stake.read(&self.bitcoin)?;
        let staker = key::read(&self.staker_key, self.bitcoin.network)?;
        ensure!(staker.x_only() == stake.file.staker, "the key is not the staker's, {}", stake.file.staker);
        let unbonding = stake.delegation.unbonding();
        let signature = bip340::sign(&staker, unbonding.sighash().as_byte_array(), &fresh_aux());
        let tx = stake.approvals.unbond(&stake.delegation, &signature)?;
        let state = if node.output(&unbonding.outpoint())?.is_some() {
            "unbonding before"
        } else if node.output(&stake.delegation.staking().stake().outpoint())?.is_none() {
            bail!("the stake is not on Bitcoin: it was never broadcast, or it is spent already");
        } else {
            match node.submit(&tx)? {
                Submitted::InMempool => "broadcast",
                Submitted::Confirmed => "confirmed",
            }
        };
        self.output.print(vec![
            ("state", json!(state)),
            ("unbonding_txid", json!(tx.compute_txid())),
            ("amount_sat", json!(unbonding.output().value.to_sat())),
            ("unbonding_time_blocks", json!(stake.file.unbonding_time)),
        ]);
        Ok(())
    }
}
