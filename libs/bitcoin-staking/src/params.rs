//! The numbers that hold for a stake: one version of a network's parameters.
//!
//! What is read is [`UncheckedParams`]; only [`Params`] that passed every rule of
//! `docs/spec/bitcoin-formats.md` §f are used. [`crate::params_set`] says which version is in force.

use bitcoin::{Amount, ScriptBuf, TxOut, XOnlyPublicKey};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::covenant::{Committee, CommitteeError};
use crate::dust;
use crate::rate::RateError;
use crate::slashing::{SlashingError, SlashingRule};
use crate::terms::{TermsError, Timelock};

#[cfg(test)]
mod tests;

/// One version as written in a file, under Babylon's field names. Nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UncheckedParams {
    /// Counts from 0.
    pub version: u32,
    /// First Bitcoin height at which it holds.
    pub btc_activation_height: u32,
    /// Number of covenant keys, stated apart from the keys where a file has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covenant_size: Option<usize>,
    /// Covenant keys in any order; empty where the network's founders supply them.
    #[serde(default)]
    pub covenant_pks: Vec<XOnlyPublicKey>,
    /// Covenant members who must sign.
    pub covenant_quorum: usize,
    /// Least stake, in sats.
    pub min_staking_value_sat: u64,
    /// Largest stake, in sats.
    pub max_staking_value_sat: u64,
    /// Shortest staking time, in blocks.
    pub min_staking_time_blocks: u32,
    /// Longest staking time, in blocks.
    pub max_staking_time_blocks: u32,
    /// Script that slashed coins go to.
    pub slashing_pk_script_hex: String,
    /// Least fee of a slashing transaction, in sats.
    pub min_slashing_tx_fee_sat: u64,
    /// Share that slashing takes, a decimal number.
    pub slashing_rate: String,
    /// Unbonding time, in blocks.
    pub unbonding_time_blocks: u32,
    /// Fee of the unbonding transaction, in sats.
    pub unbonding_fee_sat: u64,
}

/// One version of the parameters, every rule checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Params {
    version: u32,
    activation_height: u32,
    committee: Committee,
    staking_value: (Amount, Amount),
    staking_time: (Timelock, Timelock),
    unbonding_time: Timelock,
    unbonding_fee: Amount,
    slashing: SlashingRule,
}

impl TryFrom<UncheckedParams> for Params {
    type Error = ParamsError;

    fn try_from(raw: UncheckedParams) -> Result<Self, ParamsError> {
        if let Some(expected) = raw.covenant_size.filter(|size| *size != raw.covenant_pks.len()) {
            return Err(ParamsError::CovenantSize { expected, found: raw.covenant_pks.len() });
        }
        let script = ScriptBuf::from_hex(&raw.slashing_pk_script_hex)
            .map_err(|_| ParamsError::SlashingScript { found: raw.slashing_pk_script_hex.clone() })?;
        let params = Self {
            version: raw.version,
            activation_height: raw.btc_activation_height,
            committee: Committee::new(raw.covenant_pks, raw.covenant_quorum)?,
            staking_value: range(raw.min_staking_value_sat, raw.max_staking_value_sat)?,
            staking_time: times(raw.min_staking_time_blocks, raw.max_staking_time_blocks)?,
            unbonding_time: Timelock::from_blocks(raw.unbonding_time_blocks)?,
            unbonding_fee: Amount::from_sat(raw.unbonding_fee_sat),
            slashing: SlashingRule {
                rate: raw.slashing_rate.parse()?,
                script,
                min_fee: Amount::from_sat(raw.min_slashing_tx_fee_sat),
            },
        };
        params.check()?;
        Ok(params)
    }
}

fn range(min: u64, max: u64) -> Result<(Amount, Amount), ParamsError> {
    let ordered = 0 < min && min <= max && max <= Amount::MAX_MONEY.to_sat();
    let range = (Amount::from_sat(min), Amount::from_sat(max));
    ordered.then_some(range).ok_or(ParamsError::Range { field: "staking value", min, max })
}

fn times(min: u32, max: u32) -> Result<(Timelock, Timelock), ParamsError> {
    let range = (Timelock::from_blocks(min)?, Timelock::from_blocks(max)?);
    let error = ParamsError::Range { field: "staking time", min: min.into(), max: max.into() };
    (min <= max).then_some(range).ok_or(error)
}

impl Params {
    /// Counts from 0.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// First Bitcoin height at which this version holds.
    pub fn activation_height(&self) -> u32 {
        self.activation_height
    }

    /// The covenant's committee.
    pub fn committee(&self) -> &Committee {
        &self.committee
    }

    /// Least stake in sats.
    pub fn min_staking_value(&self) -> Amount {
        self.staking_value.0
    }

    /// Largest stake in sats.
    pub fn max_staking_value(&self) -> Amount {
        self.staking_value.1
    }

    /// Shortest staking time.
    pub fn min_staking_time(&self) -> Timelock {
        self.staking_time.0
    }

    /// Longest staking time.
    pub fn max_staking_time(&self) -> Timelock {
        self.staking_time.1
    }

    /// The unbonding time.
    pub fn unbonding_time(&self) -> Timelock {
        self.unbonding_time
    }

    /// The fee of every unbonding transaction, in sats.
    pub fn unbonding_fee(&self) -> Amount {
        self.unbonding_fee
    }

    /// Rate, destination and least fee of slashing.
    pub fn slashing(&self) -> &SlashingRule {
        &self.slashing
    }

    fn check(&self) -> Result<(), ParamsError> {
        if !self.committee.is_majority() {
            let (quorum, members) = (self.committee.quorum(), self.committee.keys().len());
            return Err(ParamsError::Minority { quorum, members });
        }
        let (fee, min) = (self.unbonding_fee, self.min_staking_value());
        let rest = min
            .checked_sub(fee)
            .filter(|rest| fee > Amount::ZERO && *rest > Amount::ZERO)
            .ok_or(ParamsError::UnbondingFee { found: fee, min_stake: min })?;
        if self.slashing.min_fee == Amount::ZERO {
            return Err(ParamsError::NoSlashingFee);
        }
        let (value, change) = self.slashing.split(rest).map_err(ParamsError::Unslashable)?;
        let script_pubkey = self.slashing.script.clone();
        let threshold = dust::threshold(&script_pubkey);
        if dust::is_dust(&TxOut { value, script_pubkey }) {
            return Err(ParamsError::Unslashable(SlashingError::Dust { index: 0, value, threshold }));
        }
        if change < dust::TAPROOT {
            let (value, threshold) = (change, dust::TAPROOT);
            return Err(ParamsError::Unslashable(SlashingError::Dust { index: 1, value, threshold }));
        }
        Ok(())
    }
}

/// Why one version of the parameters is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParamsError {
    /// Keys and quorum make no committee.
    #[error(transparent)]
    Committee(#[from] CommitteeError),
    /// The number of covenant keys is not what the file says.
    #[error("{found} covenant keys: the parameters ask for {expected}")]
    CovenantSize {
        /// Number that the file states.
        expected: usize,
        /// Number of keys.
        found: usize,
    },
    /// Two quorums could have nobody in common.
    #[error("quorum {quorum} of {members}: it must be more than half")]
    Minority {
        /// Members who must sign.
        quorum: usize,
        /// Members there are.
        members: usize,
    },
    /// A slashing transaction that pays nothing would not relay.
    #[error("minimum slashing fee 0: choose at least 1 sat")]
    NoSlashingFee,
    /// Minimum above maximum, or either beyond what can exist.
    #[error("{field} from {min} to {max}: choose 0 < minimum <= maximum")]
    Range {
        /// Which numbers.
        field: &'static str,
        /// Minimum, in sats or blocks.
        min: u64,
        /// Maximum, in sats or blocks.
        max: u64,
    },
    /// The slashing rate.
    #[error(transparent)]
    Rate(#[from] RateError),
    /// The slashing script.
    #[error("slashing script '{found}' is not hexadecimal")]
    SlashingScript {
        /// The text.
        found: String,
    },
    /// A time in blocks.
    #[error(transparent)]
    Time(#[from] TermsError),
    /// The fee leaves nothing of the least stake.
    #[error("unbonding fee {found}: it must be above 0 and below the least stake of {min_stake}")]
    UnbondingFee {
        /// The fee.
        found: Amount,
        /// The least stake.
        min_stake: Amount,
    },
    /// The least stake could not be slashed once unbonded.
    #[error("the least stake could not be slashed: {0}")]
    Unslashable(SlashingError),
}
