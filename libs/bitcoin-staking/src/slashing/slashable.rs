//! What can be slashed: the two outputs of a stake's life that have a slashing leaf.

use crate::spend::Spend;
use crate::staking::Stake;
use crate::terms::Terms;
use crate::unbonding::UnbondingTx;

/// An output that can be slashed. A stake is slashable until its output is spent, expired or not.
#[derive(Clone, Copy, Debug)]
pub enum Slashable<'a> {
    /// The staking output.
    Stake(&'a Stake),
    /// The output of the unbonding transaction.
    Unbonding(&'a UnbondingTx),
}

impl Slashable<'_> {
    pub(super) fn terms(&self) -> &Terms {
        match self {
            Self::Stake(stake) => stake.terms(),
            Self::Unbonding(unbonding) => unbonding.terms(),
        }
    }

    pub(super) fn spend(&self) -> Spend {
        match self {
            Self::Stake(stake) => stake.slashing_spend(),
            Self::Unbonding(unbonding) => unbonding.slashing_spend(),
        }
    }
}

impl<'a> From<&'a Stake> for Slashable<'a> {
    fn from(stake: &'a Stake) -> Self {
        Self::Stake(stake)
    }
}

impl<'a> From<&'a UnbondingTx> for Slashable<'a> {
    fn from(unbonding: &'a UnbondingTx) -> Self {
        Self::Unbonding(unbonding)
    }
}
