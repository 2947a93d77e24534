//! `ballast stake`: lock bitcoin, but only once the covenant has signed the way out and the way down.
//!
//! Everything that must be signed before the coins move is signed first: the staker signs both slashing
//! transactions, the covenant approves, and only with a quorum in the stake file is the staking transaction signed
//! and broadcast. A stake without a quorum could never leave early.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_staking::delegation::Slashed;
use ballast_bitcoin_staking::{
    Coin, CoinPolicy, FundedStaking, Funding, Params, SlashingTx, SlashingVersion, StakingTx, Terms,
    Timelock, UnbondingTx,
};
use ballast_schnorr::{SigningKey, bip340};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::rand::{RngCore, rngs::OsRng};
use bitcoin::{Amount, FeeRate, XOnlyPublicKey};
use clap::Args;
use serde_json::json;

use crate::approve::approve;
use crate::broadcast::broadcast;
use crate::fee::fee_rate;
use crate::key;
use crate::network::BitcoinArgs;
use crate::report::Output;
use crate::stake_file::{self, JudgedStake, StakeFile};

#[cfg(test)]
mod tests;

/// Confirmations from which a coinbase output can be spent (consensus).
const COINBASE_MATURITY: u32 = 100;

/// Lock bitcoin in a stake
///
/// The first call makes the stake file: it takes coins of the staker key's taproot address, builds the staking,
/// unbonding and slashing transactions and signs them. The stake is broadcast as soon as the file has a quorum of
/// covenant approvals (`ballast approve`, or --covenant-key here); say the same command again then. Coins are not
/// set aside: of two waiting stakes that name the same coins, the one that is broadcast first gets them.
#[derive(Debug, Args)]
#[command(after_help = "Example, with a 2-of-3 covenant:
  ballast stake --staker-key staker.key --provider 8f5c…99 --covenant 1eee…04 --covenant 4a8c…51 --covenant 9d2b…7e \\
    --amount 100000 --time 200 --out stake.json
  ballast approve --stake stake.json --covenant 1eee…04 --covenant 4a8c…51 --covenant 9d2b…7e --covenant-key member.key
  ballast stake … --out stake.json        # the same again: now it has a quorum and is broadcast")]
pub(crate) struct StakeCommand {
    /// The staker's key file; its taproot address holds the coins
    #[arg(long, value_name = "FILE")]
    staker_key: PathBuf,
    /// The provider to stake with (x-only key, 64 hex digits)
    #[arg(long, value_name = "KEY")]
    provider: XOnlyPublicKey,
    /// A covenant member (x-only key); once for each member
    #[arg(long, value_name = "KEY", required = true)]
    covenant: Vec<XOnlyPublicKey>,
    /// How much to lock, in sat
    #[arg(long, value_name = "SAT", value_parser = amount)]
    amount: Amount,
    /// For how long, in Bitcoin blocks
    #[arg(long, value_name = "BLOCKS")]
    time: u32,
    /// The fee rate, in sat/vB [default: the node's estimate]
    #[arg(long, value_name = "RATE")]
    fee_rate: Option<u64>,
    /// The stake file to make or to continue
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// A covenant member's key file, where one person holds it; may be repeated
    #[arg(long, value_name = "FILE")]
    covenant_key: Vec<PathBuf>,
    #[command(flatten)]
    bitcoin: BitcoinArgs,
    #[command(flatten)]
    output: Output,
}

impl StakeCommand {
    pub(crate) fn run(self) -> Result<()> {
        let node = self.bitcoin.connect()?;
        let staker = key::read(&self.staker_key, self.bitcoin.network)?;
        let _lock = stake_file::lock(&self.out)?;
        let mut stake = match self.out.exists() {
            true => self.continued(&staker)?,
            false => self.made(&node, &staker)?,
        };
        approve(&mut stake, &self.covenant_key, &node)?;
        stake.file.write(&self.out)?;
        let (approvals, quorum) = stake.count();
        let state =
            if approvals >= quorum { broadcast(&stake, &staker, &node)? } else { "waiting for the covenant" };
        self.output.print(vec![
            ("state", json!(state)),
            ("staking_txid", json!(stake.delegation.staking().stake().outpoint().txid)),
            ("amount_sat", json!(self.amount.to_sat())),
            ("time_blocks", json!(self.time)),
            ("approvals", json!(format!("{approvals} of {quorum}"))),
            ("stake_file", json!(self.out)),
        ]);
        Ok(())
    }

    fn continued(&self, staker: &SigningKey) -> Result<JudgedStake> {
        let stake = JudgedStake::read(&self.out)?;
        let file = &stake.file;
        let same = file.network == self.bitcoin.network
            && file.staker == staker.x_only()
            && file.provider == self.provider
            && file.staking_value == self.amount
            && file.staking_time == self.time
            && file.is_under(&self.covenant);
        ensure!(same, "{} holds another stake: choose another --out", self.out.display());
        Ok(stake)
    }

    fn made(&self, node: &impl Bitcoin, staker: &SigningKey) -> Result<JudgedStake> {
        let params = stake_file::params(self.bitcoin.network, &self.covenant)?;
        let params = params.at(node.tip()?.height)?;
        let committee = params.committee().clone();
        let time = Timelock::from_blocks(self.time)?;
        let terms = Terms::new(staker.x_only(), [self.provider], committee, time, params.unbonding_time())?;
        let fee_rate = fee_rate(self.fee_rate, node, self.bitcoin.network.bitcoin())?;
        let funded = self.funded(node, staker, terms, fee_rate)?;
        self.signed(&funded, staker, params)?.judge()
    }

    fn funded(
        &self,
        node: &impl Bitcoin,
        staker: &SigningKey,
        terms: Terms,
        fee_rate: FeeRate,
    ) -> Result<FundedStaking> {
        let address = key::p2tr(staker, self.bitcoin.network.bitcoin());
        let change = address.script_pubkey();
        let unspent = node.unspent(std::slice::from_ref(&change))?;
        let mut coins = Vec::new();
        for coin in unspent {
            let mature = !coin.coinbase || coin.confirmations >= COINBASE_MATURITY;
            // The search does not see the mempool, where another stake may spend the coin.
            if mature && node.output(&coin.outpoint)?.is_some() {
                coins.push(Coin { outpoint: coin.outpoint, output: coin.output });
            }
        }
        let funding =
            Funding { coins: &coins, policy: CoinPolicy::BtcStakingTs, fee_rate, change, op_return: None };
        StakingTx::build(terms, self.amount, &funding)
            .with_context(|| format!("the coins of {address} cannot fund this stake"))
    }

    fn signed(&self, funded: &FundedStaking, staker: &SigningKey, params: &Params) -> Result<StakeFile> {
        let stake = funded.staking().stake();
        let unbonding = UnbondingTx::build(stake, params.unbonding_fee())?;
        let slash = |slashed| match slashed {
            Slashed::Stake => SlashingTx::build(stake, params.slashing(), SlashingVersion::Two),
            Slashed::Unbonding => SlashingTx::build(&unbonding, params.slashing(), SlashingVersion::Two),
        };
        let [slashing, unbonding_slashing] = JudgedStake::SLASHABLE.map(slash);
        let (slashing, unbonding_slashing) = (slashing?, unbonding_slashing?);
        let sign = |tx: &SlashingTx| bip340::sign(staker, tx.sighash().as_byte_array(), &fresh_aux());
        Ok(StakeFile {
            network: self.bitcoin.network,
            params_version: params.version(),
            covenant: self.covenant.clone(),
            staker: staker.x_only(),
            provider: self.provider,
            staking_time: self.time,
            unbonding_time: params.unbonding_time().blocks(),
            staking_value: self.amount,
            unbonding_value: unbonding.output().value,
            staking_tx: funded.staking().transaction().clone(),
            slashing_signature: sign(&slashing),
            unbonding_slashing_signature: sign(&unbonding_slashing),
            unbonding_tx: unbonding.transaction().clone(),
            slashing_tx: slashing.transaction().clone(),
            unbonding_slashing_tx: unbonding_slashing.transaction().clone(),
            approvals: Default::default(),
        })
    }
}

/// Auxiliary randomness for one signature.
pub(crate) fn fresh_aux() -> [u8; 32] {
    let mut aux = [0; 32];
    OsRng.fill_bytes(&mut aux);
    aux
}

/// Parses an amount in whole sats; single underscores may part the digits.
fn amount(text: &str) -> Result<Amount, String> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let sats = text.split('_').all(digits).then(|| text.replace('_', "").parse().ok()).flatten();
    sats.map(Amount::from_sat).ok_or_else(|| "expected a whole number of satoshis".to_owned())
}

/// The stake file that a command works on.
#[derive(Debug, Args)]
pub(crate) struct StakeArg {
    /// The stake file
    #[arg(long, value_name = "FILE")]
    stake: PathBuf,
}

impl StakeArg {
    pub(crate) fn path(&self) -> &Path {
        &self.stake
    }

    /// Reads and judges it; it must be of the network that the node is on.
    pub(crate) fn read(&self, bitcoin: &BitcoinArgs) -> Result<JudgedStake> {
        let stake = JudgedStake::read(&self.stake)?;
        let (found, expected) = (stake.file.network, bitcoin.network);
        ensure!(
            found == expected,
            "the stake is on {found}, the command on {expected}: give --network {found}"
        );
        Ok(stake)
    }
}
