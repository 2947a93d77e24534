//! The slashing transaction: part of a stake is taken, the rest returns to the staker, later.
//!
//! One input (the staking or the unbonding output, by its slashing leaf) and two outputs: the
//! penalty to the script of the parameters, worth at least the slashed amount, and the slashing
//! change. The fee is at least the parameters' minimum. Versions 1 and 2 are both in use
//! (`docs/spec/bitcoin-formats.md` §a.4). Under a template the script fixes it instead, with version 3 and
//! an anchor ([`crate::covenant::template`]).

use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, TapSighash, Transaction, TxOut, XOnlyPublicKey};
use thiserror::Error;

use crate::covenant::TemplateError;
use crate::rate::SlashingRate;
use crate::spend::Spend;
use crate::terms::Terms;
use crate::tree::SlashingChange;
use crate::witness::{self, CovenantSignatures, WitnessError};
use crate::{dust, shape, shape::ShapeError};

mod slashable;
#[cfg(test)]
mod tests;

pub use slashable::Slashable;

/// What the parameters say about slashing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashingRule {
    /// The share that is taken.
    pub rate: SlashingRate,
    /// Where it goes.
    pub script: ScriptBuf,
    /// The least fee in sats; what is built here pays exactly this.
    pub min_fee: Amount,
}

impl SlashingRule {
    /// The two outputs' values in sats for a slashed output worth `value`: penalty and change.
    ///
    /// # Errors
    /// [`SlashingError::Unaffordable`] when nothing would be left for the change.
    pub fn split(&self, value: Amount) -> Result<(Amount, Amount), SlashingError> {
        let penalty = self.rate.slashed(value);
        value
            .checked_sub(penalty)
            .and_then(|rest| rest.checked_sub(self.min_fee))
            .filter(|change| *change > Amount::ZERO)
            .map(|change| (penalty, change))
            .ok_or(SlashingError::Unaffordable { value, penalty, fee: self.min_fee })
    }
}

/// The transaction version to build with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlashingVersion {
    /// Version 1, as Babylon's Go software builds.
    One,
    /// Version 2, as btc-staking-ts builds.
    #[default]
    Two,
}

impl From<SlashingVersion> for Version {
    fn from(version: SlashingVersion) -> Self {
        match version {
            SlashingVersion::One => Self::ONE,
            SlashingVersion::Two => Self::TWO,
        }
    }
}

/// A judged, unsigned or signed, slashing transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashingTx {
    tx: Transaction,
    terms: Terms,
    spend: Spend,
    change: SlashingChange,
}

impl SlashingTx {
    /// Builds the unsigned transaction with the rule's least fee.
    ///
    /// # Errors
    /// [`SlashingError::Unaffordable`] or [`SlashingError::Dust`] when the output is too small to slash.
    pub fn build<'a>(
        slashed: impl Into<Slashable<'a>>,
        rule: &SlashingRule,
        version: SlashingVersion,
    ) -> Result<Self, SlashingError> {
        let slashed = slashed.into();
        refuse_template(slashed.terms())?;
        let (spend, terms) = (slashed.spend(), slashed.terms().clone());
        let change = terms.slashing_change();
        let (penalty, rest) = rule.split(spend.output().value)?;
        let outputs = vec![
            TxOut { value: penalty, script_pubkey: rule.script.clone() },
            TxOut { value: rest, script_pubkey: change.taproot().script_pubkey() },
        ];
        refuse_dust(&outputs)?;
        let tx = shape::build(version.into(), &spend, outputs);
        Ok(Self { tx, terms, spend, change })
    }

    /// The unsigned transaction that a template fixes: penalty, change, then the anchor.
    ///
    /// # Errors
    /// [`TemplateError::Committee`] when the covenant is none, [`TemplateError::Underfunded`],
    /// [`TemplateError::Overfunded`].
    pub fn fixed<'a>(slashed: impl Into<Slashable<'a>>) -> Result<Self, TemplateError> {
        let slashed = slashed.into();
        let (spend, terms) = (slashed.spend(), slashed.terms().clone());
        let template = terms.covenant().template().ok_or(TemplateError::Committee)?;
        let value = spend.output().value;
        if let Slashable::Stake(_) = slashed {
            template.judge_value(value)?;
        }
        let (tx, change) = (template.slashing_tx(&terms, spend.outpoint(), value), terms.slashing_change());
        Ok(Self { tx, terms, spend, change })
    }

    /// Judges a transaction made by anybody. It may take more than the rate says and pay a higher fee.
    ///
    /// # Errors
    /// One variant per cause.
    pub fn judge<'a>(
        tx: Transaction,
        slashed: impl Into<Slashable<'a>>,
        rule: &SlashingRule,
    ) -> Result<Self, SlashingError> {
        let slashed = slashed.into();
        refuse_template(slashed.terms())?;
        let (spend, terms) = (slashed.spend(), slashed.terms().clone());
        let change = terms.slashing_change();
        let fee = shape::judge(&tx, &spend, &[Version::ONE, Version::TWO], 2)?;
        judge_penalty(&tx.output[0], rule, spend.output().value)?;
        let expected = change.taproot().script_pubkey();
        if tx.output[1].script_pubkey != expected {
            let found = tx.output[1].script_pubkey.clone();
            return Err(SlashingError::ChangeScript { expected, found });
        }
        if fee == Amount::ZERO || fee < rule.min_fee {
            return Err(SlashingError::Fee { minimum: rule.min_fee, found: fee });
        }
        refuse_dust(&tx.output)?;
        Ok(Self { tx, terms, spend, change })
    }

    /// The transaction.
    pub fn transaction(&self) -> &Transaction {
        &self.tx
    }

    /// What it spends.
    pub fn spend(&self) -> &Spend {
        &self.spend
    }

    /// The terms of the stake.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The fee in sats.
    pub fn fee(&self) -> Amount {
        self.tx.output.iter().fold(self.spend.output().value, |fee, output| fee - output.value)
    }

    /// What staker, provider and covenant sign.
    pub fn sighash(&self) -> TapSighash {
        self.spend.sighash(&self.tx)
    }

    /// The change output's tree.
    pub fn change(&self) -> &SlashingChange {
        &self.change
    }

    /// Spending the change by the staker alone, after the unbonding time.
    pub fn change_spend(&self) -> Spend {
        let outpoint = OutPoint::new(self.tx.compute_txid(), 1);
        let sequence = self.terms.unbonding_time().to_sequence();
        Spend::new(outpoint, self.tx.output[1].clone(), self.change.timelock(), sequence)
    }

    /// The complete transaction. The covenant's signatures are decrypted ones.
    ///
    /// # Errors
    /// When a signature does not verify, the provider is not of the terms, or the covenant's
    /// signatures are not exactly a quorum.
    pub fn signed(
        &self,
        staker: &Signature,
        provider: (XOnlyPublicKey, &Signature),
        covenant: &CovenantSignatures,
    ) -> Result<Transaction, WitnessError> {
        let sighash = self.sighash();
        witness::check(&self.terms.staker(), sighash.as_byte_array(), staker)?;
        witness::check(&provider.0, sighash.as_byte_array(), provider.1)?;
        witness::check_all(covenant, sighash.as_byte_array())?;
        let mut tx = self.tx.clone();
        tx.input[0].witness = witness::slashing(&self.terms, self.spend.leaf(), staker, provider, covenant)?;
        Ok(tx)
    }
}

fn judge_penalty(output: &TxOut, rule: &SlashingRule, value: Amount) -> Result<(), SlashingError> {
    if output.script_pubkey != rule.script {
        return Err(SlashingError::PenaltyScript {
            expected: rule.script.clone(),
            found: output.script_pubkey.clone(),
        });
    }
    let minimum = rule.rate.slashed(value);
    if output.value < minimum {
        return Err(SlashingError::Penalty { minimum, found: output.value });
    }
    Ok(())
}

fn refuse_template(terms: &Terms) -> Result<(), SlashingError> {
    terms.covenant().template().map_or(Ok(()), |_| Err(SlashingError::Fixed))
}

pub(crate) fn refuse_dust(outputs: &[TxOut]) -> Result<(), SlashingError> {
    match outputs.iter().enumerate().find(|(_, output)| dust::is_dust(output)) {
        Some((index, output)) => Err(SlashingError::Dust {
            index,
            value: output.value,
            threshold: dust::threshold(&output.script_pubkey),
        }),
        None => Ok(()),
    }
}

/// Why a transaction is not a slashing transaction of an output.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SlashingError {
    /// The second output is not the slashing change.
    #[error("slashing change script {found}: the terms give {expected}")]
    ChangeScript {
        /// Script that the terms give.
        expected: ScriptBuf,
        /// Script it pays.
        found: ScriptBuf,
    },
    /// An output is too small to relay.
    #[error("slashing output {index} of {value} is dust: it needs at least {threshold}")]
    Dust {
        /// Index of the output.
        index: usize,
        /// Its value.
        value: Amount,
        /// Least value that relays.
        threshold: Amount,
    },
    /// The fee is too low.
    #[error("slashing fee {found}: the parameters ask for more than 0 and at least {minimum}")]
    Fee {
        /// Least fee of the parameters.
        minimum: Amount,
        /// Fee it pays.
        found: Amount,
    },
    /// The covenant is a template.
    #[error("the stake's script fixes its slashing transaction: take that one")]
    Fixed,
    /// It takes less than the rate says.
    #[error("slashed amount {found}: the slashing rate takes at least {minimum}")]
    Penalty {
        /// Amount that the rate takes.
        minimum: Amount,
        /// Amount it takes.
        found: Amount,
    },
    /// The first output pays somebody else.
    #[error("slashed coins go to {found}: the parameters send them to {expected}")]
    PenaltyScript {
        /// Script of the parameters.
        expected: ScriptBuf,
        /// Script it pays.
        found: ScriptBuf,
    },
    /// It lacks the common form.
    #[error("slashing transaction: {0}")]
    Shape(#[from] ShapeError),
    /// Nothing would be left.
    #[error("output of {value} cannot pay {penalty} of slashing and {fee} of fee")]
    Unaffordable {
        /// Value of the slashed output.
        value: Amount,
        /// What slashing takes.
        penalty: Amount,
        /// Least fee of the parameters.
        fee: Amount,
    },
}
