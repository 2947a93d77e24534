//! A stake as a whole: everything a staker hands over, judged at once.
//!
//! The staker declares who and how long, and signs both slashing transactions. The judge rebuilds
//! every script from that declaration and the parameters, and compares (`docs/spec/bitcoin-formats.md`
//! §a.5, points 1 to 6 and 9). Whether the stake is on Bitcoin, whether it was registered before and
//! whether the staker possesses its other keys is for the caller to ask.

use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, Transaction, XOnlyPublicKey};
use thiserror::Error;

use crate::covenant::{Committee, Covenant};
use crate::params::Params;
use crate::slashing::{Slashable, SlashingError, SlashingTx};
use crate::spend;
use crate::staking::{Stake, StakingError, StakingTx};
use crate::terms::{Terms, TermsError, Timelock};
use crate::unbonding::{UnbondingError, UnbondingTx};

pub mod approval;
pub mod template;
#[cfg(test)]
mod tests;

pub use approval::{Approval, ApprovalError, Approvals, covenant_sign};
pub use template::{
    TemplateDelegation, TemplateDelegationError, TemplateFacts, TemplateLocks, judge_template,
};

/// What a staker declares and hands over; nothing is checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The staker's key.
    pub staker: XOnlyPublicKey,
    /// The providers' keys; a delegation has exactly one.
    pub providers: Vec<XOnlyPublicKey>,
    /// Staking time in blocks.
    pub staking_time: u32,
    /// Unbonding time in blocks.
    pub unbonding_time: u32,
    /// Value of the staking output in sats.
    pub staking_value: Amount,
    /// Value of the unbonding output in sats.
    pub unbonding_value: Amount,
    /// The transaction with the staking output; it need not be signed.
    pub staking_tx: Transaction,
    /// Spends the staking output early.
    pub unbonding_tx: Transaction,
    /// Slashes the staking output.
    pub slashing_tx: Transaction,
    /// Slashes the unbonding output.
    pub unbonding_slashing_tx: Transaction,
    /// The staker's signature of `slashing_tx`.
    pub slashing_signature: Signature,
    /// The staker's signature of `unbonding_slashing_tx`.
    pub unbonding_slashing_signature: Signature,
}

/// A judged delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    params_version: u32,
    provider: XOnlyPublicKey,
    staking: StakingTx,
    unbonding: UnbondingTx,
    slashing: SlashingTx,
    unbonding_slashing: SlashingTx,
    slashing_signature: Signature,
    unbonding_slashing_signature: Signature,
}

/// Judges a delegation under the parameters in force for it.
///
/// # Errors
/// One variant per cause; the transactions' own causes are inside.
pub fn judge(facts: &Facts, params: &Params) -> Result<Delegation, DelegationError> {
    let [provider] = facts.providers[..] else {
        return Err(DelegationError::ProviderCount { found: facts.providers.len() });
    };
    let terms = judge_terms(facts, provider, params)?;
    let staking = StakingTx::parse(facts.staking_tx.clone(), terms, facts.staking_value)?;
    judge_value(facts.staking_value, params)?;
    let stake = staking.stake();
    let slashing = judge_slashing(Slashed::Stake, &facts.slashing_tx, stake.into(), params)?;
    judge_signature(Slashed::Stake, &slashing, &facts.slashing_signature)?;
    let unbonding = judge_unbonding(facts, stake, params)?;
    let unbonding_slashing =
        judge_slashing(Slashed::Unbonding, &facts.unbonding_slashing_tx, (&unbonding).into(), params)?;
    judge_signature(Slashed::Unbonding, &unbonding_slashing, &facts.unbonding_slashing_signature)?;
    Ok(Delegation {
        params_version: params.version(),
        provider,
        staking,
        unbonding,
        slashing,
        unbonding_slashing,
        slashing_signature: facts.slashing_signature,
        unbonding_slashing_signature: facts.unbonding_slashing_signature,
    })
}

fn judge_terms(facts: &Facts, provider: XOnlyPublicKey, params: &Params) -> Result<Terms, DelegationError> {
    let unbonding_time = params.unbonding_time();
    if facts.unbonding_time != unbonding_time.blocks() {
        let (expected, found) = (unbonding_time.blocks(), facts.unbonding_time);
        return Err(DelegationError::UnbondingTime { expected, found });
    }
    terms(facts.staker, provider, facts.staking_time, params)
}

/// The terms of a stake under the parameters, for who stakes with whom and for how many blocks.
///
/// # Errors
/// When the staking time is outside the parameters' range, or a key plays two parts.
pub fn terms(
    staker: XOnlyPublicKey,
    provider: XOnlyPublicKey,
    staking_time: u32,
    params: &Params,
) -> Result<Terms, DelegationError> {
    terms_with(staker, provider, staking_time, params.committee().clone().into(), params)
}

fn terms_with(
    staker: XOnlyPublicKey,
    provider: XOnlyPublicKey,
    staking_time: u32,
    covenant: Covenant,
    params: &Params,
) -> Result<Terms, DelegationError> {
    let (min, max) = (params.min_staking_time(), params.max_staking_time());
    let time = Timelock::from_blocks(staking_time)?;
    if time < min || time > max {
        let (min, max, found) = (min.blocks(), max.blocks(), staking_time);
        return Err(DelegationError::StakingTime { min, max, found });
    }
    Ok(Terms::new(staker, [provider], covenant, time, params.unbonding_time())?)
}

/// Judges the value of a stake under the parameters.
///
/// # Errors
/// [`DelegationError::StakingValue`] outside their range.
pub fn judge_value(found: Amount, params: &Params) -> Result<(), DelegationError> {
    let (min, max) = (params.min_staking_value(), params.max_staking_value());
    if found < min || found > max {
        return Err(DelegationError::StakingValue { min, max, found });
    }
    Ok(())
}

fn judge_unbonding(facts: &Facts, stake: &Stake, params: &Params) -> Result<UnbondingTx, DelegationError> {
    let unbonding = UnbondingTx::judge(facts.unbonding_tx.clone(), stake, params.unbonding_fee())?;
    let found = unbonding.output().value;
    if found != facts.unbonding_value {
        return Err(DelegationError::UnbondingValue { expected: facts.unbonding_value, found });
    }
    Ok(unbonding)
}

fn judge_slashing(
    slashed: Slashed,
    tx: &Transaction,
    output: Slashable<'_>,
    params: &Params,
) -> Result<SlashingTx, DelegationError> {
    SlashingTx::judge(tx.clone(), output, params.slashing())
        .map_err(|reason| DelegationError::Slashing { slashed, reason })
}

fn judge_signature(slashed: Slashed, tx: &SlashingTx, signature: &Signature) -> Result<(), DelegationError> {
    if !spend::is_signed(&tx.terms().staker(), tx.sighash(), signature) {
        return Err(DelegationError::StakerSignature { slashed });
    }
    Ok(())
}

impl Delegation {
    /// The version of the parameters that it was judged under.
    pub fn params_version(&self) -> u32 {
        self.params_version
    }

    /// The provider's key.
    pub fn provider(&self) -> XOnlyPublicKey {
        self.provider
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        self.staking.stake().terms()
    }

    /// The covenant's committee.
    pub fn committee(&self) -> &Committee {
        self.terms().covenant().committee().expect("the parameters that it was judged under have one")
    }

    /// The staking transaction.
    pub fn staking(&self) -> &StakingTx {
        &self.staking
    }

    /// The unbonding transaction.
    pub fn unbonding(&self) -> &UnbondingTx {
        &self.unbonding
    }

    /// The transaction that slashes one of its outputs.
    pub fn slashing(&self, slashed: Slashed) -> &SlashingTx {
        match slashed {
            Slashed::Stake => &self.slashing,
            Slashed::Unbonding => &self.unbonding_slashing,
        }
    }

    /// The staker's signature of that transaction.
    pub fn staker_signature(&self, slashed: Slashed) -> &Signature {
        match slashed {
            Slashed::Stake => &self.slashing_signature,
            Slashed::Unbonding => &self.unbonding_slashing_signature,
        }
    }
}

/// Which output of a delegation is slashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slashed {
    /// The staking output.
    Stake,
    /// The unbonding output.
    Unbonding,
}

impl std::fmt::Display for Slashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Stake => "staking output",
            Self::Unbonding => "unbonding output",
        })
    }
}

/// Why a delegation is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DelegationError {
    /// None or several providers.
    #[error("{found} providers: name exactly one")]
    ProviderCount {
        /// Providers named.
        found: usize,
    },
    /// A slashing transaction.
    #[error("slashing of the {slashed}: {reason}")]
    Slashing {
        /// The output it slashes.
        slashed: Slashed,
        /// What is wrong.
        reason: SlashingError,
    },
    /// The staker's signature does not verify.
    #[error("the staker's signature for slashing the {slashed} does not verify: sign its sighash")]
    StakerSignature {
        /// The output that would be slashed.
        slashed: Slashed,
    },
    /// The staking transaction.
    #[error("staking transaction: {0}")]
    Staking(#[from] StakingError),
    /// Too short or too long.
    #[error("staking time of {found} blocks: choose from {min} to {max}")]
    StakingTime {
        /// Least, in blocks.
        min: u32,
        /// Most, in blocks.
        max: u32,
        /// Declared, in blocks.
        found: u32,
    },
    /// Too little or too much.
    #[error("stake of {found}: choose from {min} to {max}")]
    StakingValue {
        /// Least.
        min: Amount,
        /// Most.
        max: Amount,
        /// Declared.
        found: Amount,
    },
    /// Parties or times make no stake.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// The unbonding transaction.
    #[error(transparent)]
    Unbonding(#[from] UnbondingError),
    /// Not the parameters' unbonding time.
    #[error("unbonding time of {found} blocks: the parameters fix it at {expected}")]
    UnbondingTime {
        /// The parameters', in blocks.
        expected: u32,
        /// Declared, in blocks.
        found: u32,
    },
    /// The declared unbonding value is not the transaction's.
    #[error("the unbonding output holds {found}, not the declared {expected}")]
    UnbondingValue {
        /// Declared.
        expected: Amount,
        /// What the output holds.
        found: Amount,
    },
}
