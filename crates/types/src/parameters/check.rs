//! The rules between the numbers of a parameter file.

use alloy_primitives::B256;
use bitcoin::XOnlyPublicKey;
use thiserror::Error;

use super::{
    BitcoinParameters, ChainParameters, CustodyParameters, DepositDepth, FinalityParameters, Parameters,
    PoolParameters, Quorum, SWEEP_VBYTES, StakingParameters, VaultParameters,
};

/// Why a parameter file is refused.
#[derive(Debug, Error)]
pub enum ParametersError {
    /// Not TOML with exactly the fields of [`Parameters`].
    #[error("parameter file is not valid TOML for this version: {0}")]
    Toml(#[from] toml::de::Error),
    /// A number that must be positive is zero.
    #[error("{0} must not be 0")]
    Zero(&'static str),
    /// A lower bound is above its upper bound.
    #[error("{low_name} = {low} must not exceed {high_name} = {high}")]
    Order {
        /// Field that must be lower.
        low_name: &'static str,
        /// Its value.
        low: u64,
        /// Field that must be higher.
        high_name: &'static str,
        /// Its value.
        high: u64,
    },
    /// A slashing rate outside (0, 1).
    #[error("slashing_rate_bp = {0} must lie between 1 and 9999")]
    SlashingRate(u16),
    /// Deposit depths do not cover every amount once.
    #[error(
        "deposit_depths must rise by up_to_sat and depth, each depth above 0, and end in a tier without up_to_sat"
    )]
    DepositDepths,
    /// A committee has keys for some of its members only.
    #[error(
        "{name} has {found} keys, {expected} are needed: a genesis names every member of a committee, or nobody"
    )]
    Keys {
        /// Field with the keys.
        name: &'static str,
        /// Keys needed.
        expected: usize,
        /// Keys found.
        found: usize,
    },
    /// A key that is listed twice or is no curve point.
    #[error("{name}[{index}] is no key of its own: give an x-only public key that is not in the list yet")]
    Key {
        /// Field with the key.
        name: &'static str,
        /// Position in the list.
        index: usize,
    },
    /// Unbonding ends before evidence can arrive.
    #[error(
        "unbonding_blocks = {unbonding} must exceed timestamp_depth = {depth}, or a slashed stake could leave first"
    )]
    Unbonding {
        /// Unbonding timelock, in Bitcoin blocks.
        unbonding: u16,
        /// w, in Bitcoin blocks.
        depth: u32,
    },
}

impl Parameters {
    /// Checks the rules between the numbers.
    ///
    /// # Errors
    /// [`ParametersError`] names the first rule that is broken.
    pub fn check(&self) -> Result<(), ParametersError> {
        self.chain.check()?;
        self.bitcoin.check()?;
        self.staking.check()?;
        self.finality.check()?;
        self.custody.check()?;
        self.vault.check()?;
        self.pool.check()?;
        let (unbonding, depth) = (self.staking.unbonding_blocks, self.bitcoin.timestamp_depth);
        if u32::from(unbonding) <= depth {
            return Err(ParametersError::Unbonding { unbonding, depth });
        }
        Ok(())
    }
}

impl ChainParameters {
    fn check(&self) -> Result<(), ParametersError> {
        not_zero("chain_id", self.chain_id)?;
        not_zero("gas_limit", self.gas_limit)?;
        not_zero("base_fee_floor_wei", self.base_fee_floor_wei)?;
        not_zero("block_time_ms", self.block_time_ms)?;
        not_zero("epoch_blocks", self.epoch_blocks)?;
        not_zero("min_validators", self.min_validators.into())?;
        ordered(("block_time_ms", self.block_time_ms), ("max_step_ms", self.max_step_ms))
    }
}

impl BitcoinParameters {
    fn check(&self) -> Result<(), ParametersError> {
        not_zero("confirmation_depth", self.confirmation_depth.into())?;
        let depth = ("confirmation_depth", self.confirmation_depth.into());
        ordered(depth, ("timestamp_depth", self.timestamp_depth.into()))
    }
}

impl StakingParameters {
    fn check(&self) -> Result<(), ParametersError> {
        not_zero("min_staking_blocks", self.min_staking_blocks.into())?;
        not_zero("min_slashing_fee_sat", self.min_slashing_fee_sat)?;
        not_zero("min_stake_sat", self.min_stake_sat)?;
        if !(1..10_000).contains(&self.slashing_rate_bp) {
            return Err(ParametersError::SlashingRate(self.slashing_rate_bp));
        }
        let min_time = ("min_staking_blocks", self.min_staking_blocks.into());
        ordered(min_time, ("max_staking_blocks", self.max_staking_blocks.into()))?;
        ordered(("min_stake_sat", self.min_stake_sat), ("vault_chunk_sat", self.vault_chunk_sat))?;
        self.covenant.check("covenant.quorum", "covenant.members")?;
        if self.covenant_keys.is_empty() {
            return Ok(());
        }
        let (expected, found) = (usize::from(self.covenant.members), self.covenant_keys.len());
        if expected != found {
            return Err(ParametersError::Keys { name: "covenant_keys", expected, found });
        }
        distinct("covenant_keys", &self.covenant_keys)
    }
}

impl FinalityParameters {
    fn check(&self) -> Result<(), ParametersError> {
        not_zero("window_blocks", self.window_blocks.into())?;
        not_zero("min_commit_blocks", self.min_commit_blocks.into())?;
        let missed = ("max_missed", self.max_missed.into());
        ordered(missed, ("window_blocks", self.window_blocks.into()))?;
        // a vote that may come late must find its height kept
        ordered(("grace_blocks", self.grace_blocks.into()), ("late_blocks", self.late_blocks.into()))?;
        let least = ("min_commit_blocks", self.min_commit_blocks.into());
        ordered(least, ("max_ahead_blocks", self.max_ahead_blocks.into()))
    }
}

impl CustodyParameters {
    fn check(&self) -> Result<(), ParametersError> {
        self.custodians.check("custodians.quorum", "custodians.members")?;
        not_zero("min_deposit_sat", self.min_deposit_sat)?;
        not_zero("min_payout_sat", self.min_payout_sat)?;
        not_zero("refund_blocks", self.refund_blocks.into())?;
        not_zero("min_fee_rate_sat_vb", self.min_fee_rate_sat_vb)?;
        not_zero("sweep_fee_rate_sat_vb", self.sweep_fee_rate_sat_vb)?;
        not_zero("intent_interval_blocks", self.intent_interval_blocks)?;
        not_zero("max_inputs", self.max_inputs.into())?;
        not_zero("max_payouts", self.max_payouts.into())?;
        not_zero("rung_blocks", self.rung_blocks.into())?;
        not_zero("ceremony_round_blocks", self.ceremony_round_blocks)?;
        not_zero("recovery_quorum", self.recovery_quorum.into())?;
        let lowest = ("min_fee_rate_sat_vb", self.min_fee_rate_sat_vb);
        ordered(lowest, ("max_fee_rate_sat_vb", self.max_fee_rate_sat_vb))?;
        ordered(("2 * recovery lead", 4), ("recovery_blocks", self.recovery_blocks.into()))?;
        let sweep_fee = self.sweep_fee_rate_sat_vb.saturating_mul(2 * SWEEP_VBYTES);
        ordered(("twice the sweep fee", sweep_fee), ("min_deposit_sat", self.min_deposit_sat))?;
        ordered(("min_payout_sat", self.min_payout_sat), ("deficit_cap_sat", self.deficit_cap_sat))?;
        self.check_keys()?;
        // a tier without an amount is last, as nothing is above the highest amount
        let amount = |tier: &DepositDepth| tier.up_to_sat.unwrap_or(u64::MAX);
        let rises =
            |pair: &[DepositDepth]| amount(&pair[0]) < amount(&pair[1]) && pair[0].depth < pair[1].depth;
        let covers = self.deposit_depths.last().is_some_and(|tier| tier.up_to_sat.is_none());
        let positive = self.deposit_depths.iter().all(|tier| tier.depth > 0);
        let valid = covers && positive && self.deposit_depths.windows(2).all(rises);
        if valid { Ok(()) } else { Err(ParametersError::DepositDepths) }
    }
}

impl CustodyParameters {
    fn check_keys(&self) -> Result<(), ParametersError> {
        if self.identities.is_empty() && self.recovery_keys.is_empty() {
            return Ok(());
        }
        let (expected, found) = (usize::from(self.custodians.members), self.identities.len());
        if expected != found {
            return Err(ParametersError::Keys { name: "identities", expected, found });
        }
        let (expected, found) = (usize::from(self.recovery_quorum), self.recovery_keys.len());
        if found < expected {
            return Err(ParametersError::Keys { name: "recovery_keys", expected, found });
        }
        // one key alone is no threshold key
        ordered(("2", 2), ("custodians.quorum", self.custodians.quorum.into()))?;
        distinct("identities", &self.identities)?;
        distinct("recovery_keys", &self.recovery_keys)
    }
}

impl VaultParameters {
    fn check(&self) -> Result<(), ParametersError> {
        not_zero("cap_sat", self.cap_sat)?;
        not_zero("min_redeem_sat", self.min_redeem_sat)
    }
}

impl PoolParameters {
    fn check(&self) -> Result<(), ParametersError> {
        not_zero("min_fee_bp", self.min_fee_bp.into())?;
        not_zero("window_blocks", self.window_blocks)?;
        not_zero("max_sale_sat", self.max_sale_sat)?;
        let highest = ("max_fee_bp", self.max_fee_bp.into());
        ordered(("min_fee_bp", self.min_fee_bp.into()), highest)?;
        ordered(highest, ("all, 10000", 10_000))?;
        ordered(("max_sale_sat", self.max_sale_sat), ("max_window_sat", self.max_window_sat))
    }
}

fn distinct(name: &'static str, keys: &[B256]) -> Result<(), ParametersError> {
    let bad = |index: &usize| {
        let key = &keys[*index];
        keys[..*index].contains(key) || XOnlyPublicKey::from_slice(key.as_slice()).is_err()
    };
    (0..keys.len()).find(bad).map_or(Ok(()), |index| Err(ParametersError::Key { name, index }))
}

impl Quorum {
    fn check(self, quorum: &'static str, members: &'static str) -> Result<(), ParametersError> {
        not_zero(quorum, self.quorum.into())?;
        ordered((quorum, self.quorum.into()), (members, self.members.into()))
    }
}

fn not_zero(name: &'static str, value: u64) -> Result<(), ParametersError> {
    if value == 0 { Err(ParametersError::Zero(name)) } else { Ok(()) }
}

fn ordered(
    (low_name, low): (&'static str, u64),
    (high_name, high): (&'static str, u64),
) -> Result<(), ParametersError> {
    if low > high { Err(ParametersError::Order { low_name, low, high_name, high }) } else { Ok(()) }
}
