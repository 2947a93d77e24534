//! `ballast unbond`: start to leave before the timelock, by the path that the covenant signed beforehand.
//!
//! With a chain it is told first, so that the stake counts no more when the coins move. Nothing is said anywhere before
//! it is sure that the stake can leave: a chain that was told takes nothing back.

use std::path::PathBuf;

use alloy_primitives::Bytes;
use anyhow::{Context, Result, bail};
use ballast_bitcoin_io::Bitcoin;
use ballast_roles::{Chain, staking};
use ballast_schnorr::bip340;
use ballast_types::interfaces::IStaking::{self, Exit};
use bitcoin::hashes::Hash;
use clap::Args;
use serde_json::json;

use crate::broadcast::submit;
use crate::chain::{LOOK, OptionalChainArgs, connect};
use crate::key;
use crate::network::BitcoinArgs;
use crate::report::{Output, to_stderr};
use crate::stake::approvals::{Gatherer, id};
use crate::stake::duty::hand_in;
use crate::stake::{StakeArg, fresh_aux};
use crate::stake_file::{self, JudgedStake};

#[cfg(test)]
mod tests;

/// Leave a stake early
///
/// Signs and broadcasts the unbonding transaction with the covenant's signatures from the stake file, or, with --chain,
/// from the chain's log. The bitcoin can be withdrawn when the unbonding time has passed after its confirmation.
/// Without --chain the chain learns of it when somebody proves it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  ballast unbond --stake stake.json --staker-key staker.key --chain http://127.0.0.1:8545
  ballast unbond --stake stake.json --staker-key staker.key")]
pub(crate) struct UnbondCommand {
    #[command(flatten)]
    stake: StakeArg,
    /// The staker's key file
    #[arg(long, value_name = "FILE")]
    staker_key: PathBuf,
    #[command(flatten)]
    chain: OptionalChainArgs,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

impl UnbondCommand {
    pub(crate) fn run(self) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let mut stake = self.stake.read(&self.bitcoin)?;
        let staker = key::read(&self.staker_key, self.bitcoin.network)?;
        stake.require_staker(&staker)?;
        let chain = self.chain.url().map(connect).transpose()?;
        if let Some(chain) = &chain {
            self.complete(chain, &mut stake)?;
        }
        let unbonding = stake.delegation.unbonding();
        let signature = bip340::sign(&staker, unbonding.sighash().as_byte_array(), &fresh_aux());
        let tx = stake.approvals.unbond(&stake.delegation, &signature)?;
        let before = node.output(&unbonding.outpoint())?.is_some();
        if !before && node.output(&stake.delegation.staking().stake().outpoint())?.is_none() {
            bail!("the stake is not on Bitcoin: it was never broadcast, or it is spent already");
        }
        if let Some(chain) = &chain {
            to_stderr(format_args!("telling the chain"));
            let wait = || std::thread::sleep(LOOK);
            request(chain, &stake, &signature.serialize().to_vec().into(), wait)?;
        }
        let state = if before { "unbonding before" } else { submit(&tx, &node)? };
        self.output.print(vec![
            ("state", json!(state)),
            ("unbonding_txid", json!(tx.compute_txid())),
            ("amount_sat", json!(unbonding.output().value.to_sat())),
            ("unbonding_time_blocks", json!(stake.file.unbonding_time)),
        ]);
        Ok(())
    }

    /// Takes what approvals the stake file lacks from the chain.
    fn complete(&self, chain: &impl Chain, stake: &mut JudgedStake) -> Result<()> {
        require_known(chain, stake)?;
        if stake.approvals.has_quorum(&stake.delegation) {
            return Ok(());
        }
        let _lock = stake_file::lock(self.stake.path())?;
        // another command may have written it meanwhile
        *stake = self.stake.read(&self.bitcoin)?;
        if Gatherer::new(chain, stake)?.gather(chain, stake)? {
            stake.file.write(self.stake.path())?;
        }
        Ok(())
    }
}

/// Asks the chain to let the stake go, and waits until it has. A stake that leaves already needs no asking.
fn request(chain: &impl Chain, stake: &JudgedStake, signature: &Bytes, wait: impl Fn()) -> Result<()> {
    let call = IStaking::unbondCall { stake: id(stake), signature: signature.clone() };
    while require_known(chain, stake)?.exit == Exit::None {
        // again each time: a node that was restarted has forgotten it
        if let Err(error) = hand_in(chain, &call) {
            let left_meanwhile = require_known(chain, stake)?.exit != Exit::None;
            return if left_meanwhile { Ok(()) } else { Err(error) };
        }
        wait();
    }
    Ok(())
}

fn require_known(chain: &impl Chain, stake: &JudgedStake) -> Result<staking::StakeState> {
    let state = staking::state(chain, id(stake))?;
    state.context(
        "the chain does not know this stake: register it by `ballast stake --chain …`, or leave out --chain",
    )
}
