//! What custody signs before a staking transaction may exist.
//!
//! Six signatures by the group key, each for a leaf that names it as the staker, in one signing session and in this
//! order ([`ORDER`]):
//!
//! | | transaction | spends | complete with |
//! |---|---|---|---|
//! | 0 | slashing | staking output | covenant and provider |
//! | 1 | slashing | unbonding output | covenant and provider |
//! | 2 | withdrawal | staking output, after the staking time | nothing more |
//! | 3 | withdrawal | unbonding output, after the unbonding time | nothing more |
//! | 4 | withdrawal | change of slashing 0, after the unbonding time | nothing more |
//! | 5 | withdrawal | change of slashing 1, after the unbonding time | nothing more |
//!
//! All six are published. The slashings, so that the vault's stake is worth what any stake is: nobody has to ask
//! custody once a provider's key has leaked. The withdrawals, so that lost custody cannot bury stakes: anybody can
//! send them once they have matured, and they pay a treasury output, which has a recovery leaf.
//!
//! **The unbonding transaction is not among them.** The covenant's signatures of it are on the chain before the
//! stake exists; with the staker's beside them, anybody could unbond every stake of the vault at any moment, at the
//! vault's cost, and take the weight off the chain that it secures. So it is signed alone
//! ([`Presigned::unbonding_digest`]), once the chain has decided to unbond. A custody that is lost can no longer
//! unbond; its stakes come home by withdrawal 2.
//!
//! **Fee of a withdrawal.** The rate is fixed here, long before anybody knows the market: it is an argument, and the
//! fee is exactly that rate times the size. Where it turns out too low, custody spends the withdrawal's output, a
//! treasury output, by a child that pays for both. Without custody there is no child, since the recovery leaf opens
//! only for confirmed outputs: then a withdrawal waits for its rate, so the rate is better high than low.

use ballast_bitcoin_staking::{
    DelegationError, Facts, Params, Slashed, SlashingTx, SlashingVersion, Stake, Terms, UnbondingTx,
    Withdrawable, WithdrawalTx, delegation,
};
use bitcoin::hashes::Hash;
use bitcoin::{FeeRate, TapSighash, XOnlyPublicKey};
use secp256k1::schnorr::Signature;

use crate::intent::StakingIntent;
use crate::signing::{Digest, Under};

mod error;
mod order;
mod presigned;

#[cfg(test)]
mod tests;

pub use error::PresignError;
pub use order::{ORDER, Presignature, Withdrawn};
pub use presigned::{LEN, Presigned};

/// The six transactions of a stake, unsigned.
///
/// They are functions of the staking intent, the staking parameters and one fee rate, so everybody derives the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presigning {
    intent: StakingIntent,
    params: Params,
    withdrawal_rate: FeeRate,
    unbonding: UnbondingTx,
    slashings: [SlashingTx; 2],
    withdrawals: [WithdrawalTx; 4],
}

impl Presigning {
    /// The transactions that follow from a staking intent under the staking parameters. Withdrawals go to the
    /// intent's treasury.
    ///
    /// # Errors
    /// When the stake is not one of these parameters, or one of its outputs is too small to be slashed or withdrawn.
    pub fn of(intent: StakingIntent, params: Params, withdrawal_rate: FeeRate) -> Result<Self, PresignError> {
        let stake = intent.stake();
        check_terms(stake.terms(), &params)?;
        delegation::judge_value(stake.value(), &params)?;
        let unbonding = UnbondingTx::build(&stake, params.unbonding_fee())?;
        let slashings = slashings(&stake, &unbonding, &params)?;
        let home = intent.parts().treasury.script_pubkey();
        let withdraw = |withdrawn, from: Withdrawable<'_>| {
            WithdrawalTx::build_exact(from, home.clone(), withdrawal_rate)
                .map_err(|reason| PresignError::Withdrawal { withdrawn, reason })
        };
        let [first, second] = &slashings;
        let withdrawals = [
            withdraw(Withdrawn::Stake, (&stake).into())?,
            withdraw(Withdrawn::Unbonding, (&unbonding).into())?,
            withdraw(Withdrawn::Change(Slashed::Stake), first.into())?,
            withdraw(Withdrawn::Change(Slashed::Unbonding), second.into())?,
        ];
        Ok(Self { intent, params, withdrawal_rate, unbonding, slashings, withdrawals })
    }

    /// The staking intent.
    pub fn intent(&self) -> &StakingIntent {
        &self.intent
    }

    /// The fee rate of the withdrawals.
    pub fn withdrawal_rate(&self) -> FeeRate {
        self.withdrawal_rate
    }

    /// The group key that signs.
    pub fn group(&self) -> XOnlyPublicKey {
        self.intent.group()
    }

    /// The unbonding transaction, which is signed apart.
    pub fn unbonding(&self) -> &UnbondingTx {
        &self.unbonding
    }

    /// The slashing of an output.
    pub fn slashing(&self, slashed: Slashed) -> &SlashingTx {
        let [stake, unbonding] = &self.slashings;
        match slashed {
            Slashed::Stake => stake,
            Slashed::Unbonding => unbonding,
        }
    }

    /// The withdrawal of an output.
    pub fn withdrawal(&self, withdrawn: Withdrawn) -> &WithdrawalTx {
        let [stake, unbonding, change, unbonding_change] = &self.withdrawals;
        match withdrawn {
            Withdrawn::Stake => stake,
            Withdrawn::Unbonding => unbonding,
            Withdrawn::Change(Slashed::Stake) => change,
            Withdrawn::Change(Slashed::Unbonding) => unbonding_change,
        }
    }

    /// What one signing session signs, in [`ORDER`].
    pub fn digests(&self) -> Vec<Digest> {
        ORDER.into_iter().map(|which| digest(self.sighash(which))).collect()
    }

    fn sighash(&self, which: Presignature) -> TapSighash {
        match which {
            Presignature::Slashing(slashed) => self.slashing(slashed).sighash(),
            Presignature::Withdrawal(withdrawn) => self.withdrawal(withdrawn).sighash(),
        }
    }

    /// What a staker hands over to chain and covenant.
    fn facts(&self, [slashing_signature, unbonding_slashing_signature]: [Signature; 2]) -> Facts {
        let stake = self.intent.stake();
        Facts {
            staker: stake.terms().staker(),
            providers: stake.terms().providers().to_vec(),
            staking_time: stake.terms().staking_time().blocks(),
            unbonding_time: stake.terms().unbonding_time().blocks(),
            staking_value: stake.value(),
            unbonding_value: self.unbonding.output().value,
            staking_tx: self.intent.transaction(),
            unbonding_tx: self.unbonding.transaction().clone(),
            slashing_tx: self.slashing(Slashed::Stake).transaction().clone(),
            unbonding_slashing_tx: self.slashing(Slashed::Unbonding).transaction().clone(),
            slashing_signature,
            unbonding_slashing_signature,
        }
    }
}

fn digest(sighash: TapSighash) -> Digest {
    Digest { hash: sighash.to_byte_array(), under: Under::GroupKey }
}

fn check_terms(terms: &Terms, params: &Params) -> Result<(), PresignError> {
    let [provider] = *terms.providers() else {
        return Err(DelegationError::ProviderCount { found: terms.providers().len() }.into());
    };
    let expected = delegation::terms(terms.staker(), provider, terms.staking_time().blocks(), params)?;
    if *terms == expected { Ok(()) } else { Err(PresignError::Terms { version: params.version() }) }
}

fn slashings(
    stake: &Stake,
    unbonding: &UnbondingTx,
    params: &Params,
) -> Result<[SlashingTx; 2], PresignError> {
    let (rule, version) = (params.slashing(), SlashingVersion::default());
    let error = |slashed| move |reason| PresignError::Slashing { slashed, reason };
    Ok([
        SlashingTx::build(stake, rule, version).map_err(error(Slashed::Stake))?,
        SlashingTx::build(unbonding, rule, version).map_err(error(Slashed::Unbonding))?,
    ])
}
