//! `ballast withdraw`: take a matured output home, with the staker's signature alone.

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use ballast_bitcoin_io::{Acceptance, Bitcoin, Unspent};
use ballast_bitcoin_staking::delegation::Slashed;
use ballast_bitcoin_staking::{Delegation, Withdrawable, WithdrawalTx};
use ballast_schnorr::bip340;
use bitcoin::address::NetworkUnchecked;
use bitcoin::hashes::Hash;
use bitcoin::{Address, OutPoint, Transaction, relative};
use clap::Args;
use serde_json::json;

use crate::fee::fee_rate;
use crate::key;
use crate::network::BitcoinArgs;
use crate::report::Output;
use crate::stake::{StakeArg, fresh_aux};

/// Withdraw a stake, an unbonded stake, or what slashing left of one
///
/// Finds which of the outputs is on Bitcoin and, once its timelock has passed, sends it home. Nobody else is needed.
/// While a withdrawal waits in the mempool, the same command with a higher --fee-rate replaces it.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  ballast withdraw --stake stake.json --staker-key staker.key --to bcrt1p…"
)]
pub(crate) struct WithdrawCommand {
    #[command(flatten)]
    stake: StakeArg,
    /// The staker's key file
    #[arg(long, value_name = "FILE")]
    staker_key: PathBuf,
    /// Where to send the bitcoin [default: the staker key's taproot address]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address<NetworkUnchecked>>,
    /// The fee rate, in sat/vB [default: the node's estimate]
    #[arg(long, value_name = "RATE")]
    fee_rate: Option<u64>,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

impl WithdrawCommand {
    pub(crate) fn run(self) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let stake = self.stake.read(&self.bitcoin)?;
        let staker = key::read(&self.staker_key, self.bitcoin.network)?;
        stake.require_staker(&staker)?;
        let network = self.bitcoin.network.bitcoin();
        let to = match self.to.clone() {
            Some(address) => address.require_network(network)?,
            None => key::p2tr(&staker, network),
        };
        let fee_rate = fee_rate(self.fee_rate, &node, network)?;
        let (what, withdrawal, state) = withdraw(&stake.delegation, &node, |from| {
            let withdrawal = WithdrawalTx::build(from, to.script_pubkey(), fee_rate)?;
            let signature = bip340::sign(&staker, withdrawal.sighash().as_byte_array(), &fresh_aux());
            let tx = withdrawal.signed(&signature)?;
            Ok((withdrawal, tx))
        })?;
        self.output.print(vec![
            ("state", json!(state)),
            ("from", json!(what)),
            ("withdrawal_txid", json!(withdrawal.transaction().compute_txid())),
            ("amount_sat", json!(withdrawal.transaction().output[0].value.to_sat())),
            ("fee_sat", json!(withdrawal.fee().to_sat())),
            ("to", json!(to.to_string())),
        ]);
        Ok(())
    }
}

/// A withdrawal, and the same with its signature.
type Signed = (WithdrawalTx, Transaction);

/// Broadcasts the withdrawal of the one output of the stake's life that is unspent now. Where none is, an earlier
/// withdrawal may be the reason: then it is reported, or replaced.
fn withdraw(
    delegation: &Delegation,
    node: &impl Bitcoin,
    sign: impl Fn(Withdrawable<'_>) -> Result<Signed>,
) -> Result<(&'static str, WithdrawalTx, &'static str)> {
    for (what, from) in outputs(delegation) {
        if let Some(unspent) = node.output(&from.spend().outpoint())? {
            require_mature(what, from, &unspent)?;
            let (withdrawal, tx) = sign(from)?;
            node.submit(&tx)?;
            return Ok((what, withdrawal, "broadcast"));
        }
    }
    for (what, from) in outputs(delegation) {
        let (withdrawal, tx) = sign(from)?;
        if let Some(state) = withdrawn_before(what, &tx, node)? {
            return Ok((what, withdrawal, state));
        }
    }
    bail!("nothing to withdraw: the stake was never broadcast, or it is withdrawn already")
}

/// The outputs of a stake's life, in their order.
fn outputs(delegation: &Delegation) -> [(&'static str, Withdrawable<'_>); 4] {
    [
        ("stake", Withdrawable::Stake(delegation.staking().stake())),
        ("unbonding output", Withdrawable::Unbonding(delegation.unbonding())),
        ("slashing change", Withdrawable::SlashingChange(delegation.slashing(Slashed::Stake))),
        ("slashing change", Withdrawable::SlashingChange(delegation.slashing(Slashed::Unbonding))),
    ]
}

/// What has become of this very withdrawal, or whether it takes the place of one that waits in the mempool with a
/// lower fee; `None` if there is no output to withdraw. Two withdrawals alike have one txid, since a signature is no
/// part of it.
fn withdrawn_before(what: &str, tx: &Transaction, node: &impl Bitcoin) -> Result<Option<&'static str>> {
    let txid = tx.compute_txid();
    if node.transaction(&txid, None)?.is_some() {
        return Ok(Some("broadcast before"));
    }
    if node.output(&OutPoint::new(txid, 0))?.is_some() {
        return Ok(Some("confirmed"));
    }
    match node.test_accept(tx)? {
        Acceptance::Accepted { .. } => {
            node.submit(tx)?;
            Ok(Some("replacement broadcast"))
        }
        Acceptance::Refused { reason } if reason == "missing-inputs" => Ok(None),
        Acceptance::Refused { reason } => bail!(
            "another withdrawal of the {what} is in the mempool and this one does not replace it: {reason}; state a \
             higher --fee-rate"
        ),
    }
}

fn require_mature(what: &str, from: Withdrawable<'_>, unspent: &Unspent) -> Result<()> {
    let Some(relative::LockTime::Blocks(age)) = from.spend().sequence().to_relative_lock_time() else {
        bail!("the {what} has no timelock in blocks");
    };
    let missing = u32::from(age.value()).saturating_sub(unspent.confirmations);
    ensure!(missing == 0, "the {what} matures in {missing} blocks: it needs {} confirmations", age.value());
    Ok(())
}
