//! What a staker asks for, and the stake file that comes of it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_bitcoin_staking::{
    Coin, CoinPolicy, FundedStaking, Funding, Params, Slashed, SlashingTx, SlashingVersion, StakingTx, Terms,
    Timelock, UnbondingTx,
};
use ballast_schnorr::{SigningKey, bip340};
use bitcoin::hashes::Hash;
use bitcoin::{Amount, FeeRate, XOnlyPublicKey};

use super::fresh_aux;
use crate::fee::fee_rate;
use crate::key;
use crate::network::NetworkName;
use crate::stake_file::{self, JudgedStake, StakeFile};

/// Confirmations from which a coinbase output can be spent (consensus).
const COINBASE_MATURITY: u32 = 100;

/// What a staker asks for.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) network: NetworkName,
    /// The members of the covenant, in any order.
    pub(crate) covenant: Vec<XOnlyPublicKey>,
    pub(crate) provider: XOnlyPublicKey,
    /// What is locked, in sats.
    pub(crate) amount: Amount,
    /// For how long, in Bitcoin blocks.
    pub(crate) time: u32,
    /// In sat/vB; the node's estimate without one.
    pub(crate) fee_rate: Option<u64>,
}

impl Order {
    /// The stake file at `path`: the one that an earlier call left there, or a new one, not written yet.
    pub(crate) fn open(&self, path: &Path, staker: &SigningKey, node: &impl Bitcoin) -> Result<JudgedStake> {
        match path.exists() {
            true => self.continued(path, staker),
            false => self.made(staker, node),
        }
    }

    fn continued(&self, path: &Path, staker: &SigningKey) -> Result<JudgedStake> {
        let stake = JudgedStake::read(path)?;
        let file = &stake.file;
        let same = file.network == self.network
            && file.staker == staker.x_only()
            && file.provider == self.provider
            && file.staking_value == self.amount
            && file.staking_time == self.time
            && file.is_under(&self.covenant);
        ensure!(same, "{} holds another stake: choose another --out", path.display());
        Ok(stake)
    }

    fn made(&self, staker: &SigningKey, node: &impl Bitcoin) -> Result<JudgedStake> {
        let params = stake_file::params(self.network, &self.covenant)?;
        let params = params.at(node.tip()?.height)?;
        let committee = params.committee().clone();
        let time = Timelock::from_blocks(self.time)?;
        let terms = Terms::new(staker.x_only(), [self.provider], committee, time, params.unbonding_time())?;
        let fee_rate = fee_rate(self.fee_rate, node, self.network.bitcoin())?;
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
        let address = key::p2tr(staker, self.network.bitcoin());
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
            network: self.network,
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
