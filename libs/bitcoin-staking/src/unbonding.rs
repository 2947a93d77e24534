//! The unbonding transaction: the staker leaves early with the covenant's consent.
//!
//! Version 2, one input (the stake), one output: the unbonding output, worth exactly the stake less
//! the fee of the parameters. The fee is fixed because the covenant signs long before anybody knows
//! the fee market (`docs/spec/bitcoin-formats.md` §a.4). Under a template the script fixes it instead, with
//! version 3 and an anchor ([`crate::covenant::template`]).

use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::transaction::Version;
use bitcoin::{Amount, OutPoint, ScriptBuf, Sequence, TapSighash, Transaction, TxOut};
use thiserror::Error;

use crate::covenant::TemplateError;
use crate::spend::Spend;
use crate::staking::Stake;
use crate::terms::Terms;
use crate::tree::{Leaf, UnbondingOutput};
use crate::witness::{self, CovenantSignatures, WitnessError};
use crate::{dust, shape, shape::ShapeError};

#[cfg(test)]
mod tests;

/// A judged, unsigned or signed, unbonding transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnbondingTx {
    tx: Transaction,
    terms: Terms,
    spend: Spend,
    output: UnbondingOutput,
}

impl UnbondingTx {
    /// Builds the unsigned transaction that pays `fee` sats.
    ///
    /// # Errors
    /// [`UnbondingError::Unaffordable`] when the stake does not exceed the fee, [`UnbondingError::Dust`],
    /// [`UnbondingError::Fixed`].
    pub fn build(stake: &Stake, fee: Amount) -> Result<Self, UnbondingError> {
        refuse_template(stake.terms())?;
        let output = stake.terms().unbonding_output();
        let value = unbonded(stake, fee)?;
        let outputs = vec![TxOut { value, script_pubkey: output.taproot().script_pubkey() }];
        let spend = stake.unbonding_spend();
        let tx = shape::build(Version::TWO, &spend, outputs);
        refuse_dust(&tx.output[0])?;
        Ok(Self { tx, terms: stake.terms().clone(), spend, output })
    }

    /// The unsigned transaction that a template fixes: the unbonding output, then the anchor.
    ///
    /// # Errors
    /// [`TemplateError::Committee`] when the covenant is none, [`TemplateError::Underfunded`],
    /// [`TemplateError::Overfunded`].
    pub fn fixed(stake: &Stake) -> Result<Self, TemplateError> {
        let terms = stake.terms().clone();
        let template = terms.covenant().template().ok_or(TemplateError::Committee)?;
        template.judge_value(stake.value())?;
        let (spend, output) = (stake.unbonding_spend(), terms.unbonding_output());
        let tx = template.unbonding_tx(&terms, spend.outpoint());
        Ok(Self { tx, terms, spend, output })
    }

    /// Judges a transaction made by anybody against the stake and the fee in sats of its parameters.
    ///
    /// # Errors
    /// One variant per cause.
    pub fn judge(tx: Transaction, stake: &Stake, fee: Amount) -> Result<Self, UnbondingError> {
        refuse_template(stake.terms())?;
        let spend = stake.unbonding_spend();
        let paid = shape::judge(&tx, &spend, &[Version::TWO], 1)?;
        let output = stake.terms().unbonding_output();
        let expected = output.taproot().script_pubkey();
        if tx.output[0].script_pubkey != expected {
            let found = tx.output[0].script_pubkey.clone();
            return Err(UnbondingError::Script { expected, found });
        }
        if paid != fee {
            return Err(UnbondingError::Fee { expected: fee, found: paid });
        }
        refuse_dust(&tx.output[0])?;
        Ok(Self { tx, terms: stake.terms().clone(), spend, output })
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

    /// What staker and covenant sign.
    pub fn sighash(&self) -> TapSighash {
        self.spend.sighash(&self.tx)
    }

    /// The unbonding output's place.
    pub fn outpoint(&self) -> OutPoint {
        OutPoint::new(self.tx.compute_txid(), 0)
    }

    /// The unbonding output.
    pub fn output(&self) -> &TxOut {
        &self.tx.output[0]
    }

    /// The unbonding output's tree.
    pub fn tree(&self) -> &UnbondingOutput {
        &self.output
    }

    /// Spending by the staker alone, after the unbonding time.
    pub fn timelock_spend(&self) -> Spend {
        self.spend_by(self.output.timelock(), self.terms.unbonding_time().to_sequence())
    }

    /// Spending by the staker, a provider and the covenant.
    pub fn slashing_spend(&self) -> Spend {
        self.spend_by(self.output.slashing(), Sequence::MAX)
    }

    /// The complete transaction.
    ///
    /// # Errors
    /// When a signature does not verify, or the covenant's are not exactly a quorum.
    pub fn signed(
        &self,
        staker: &Signature,
        covenant: &CovenantSignatures,
    ) -> Result<Transaction, WitnessError> {
        witness::check(&self.terms.staker(), self.sighash().as_byte_array(), staker)?;
        witness::check_all(covenant, self.sighash().as_byte_array())?;
        let mut tx = self.tx.clone();
        tx.input[0].witness = witness::unbonding(&self.terms, self.spend.leaf(), staker, covenant)?;
        Ok(tx)
    }

    fn spend_by(&self, leaf: &Leaf, sequence: Sequence) -> Spend {
        Spend::new(self.outpoint(), self.output().clone(), leaf, sequence)
    }
}

fn refuse_template(terms: &Terms) -> Result<(), UnbondingError> {
    terms.covenant().template().map_or(Ok(()), |_| Err(UnbondingError::Fixed))
}

fn unbonded(stake: &Stake, fee: Amount) -> Result<Amount, UnbondingError> {
    stake
        .value()
        .checked_sub(fee)
        .filter(|rest| *rest > Amount::ZERO)
        .ok_or(UnbondingError::Unaffordable { value: stake.value(), fee })
}

pub(crate) fn refuse_dust(output: &TxOut) -> Result<(), UnbondingError> {
    if dust::is_dust(output) {
        let threshold = dust::threshold(&output.script_pubkey);
        return Err(UnbondingError::Dust { value: output.value, threshold });
    }
    Ok(())
}

/// Why a transaction is not the unbonding transaction of a stake.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UnbondingError {
    /// Too little is left to relay.
    #[error("unbonding output of {value} is dust: it needs at least {threshold}")]
    Dust {
        /// Value of the output.
        value: Amount,
        /// Least value that relays.
        threshold: Amount,
    },
    /// The fee differs from the parameters'.
    #[error("unbonding fee {found}: the parameters fix it at {expected}")]
    Fee {
        /// Fee of the parameters.
        expected: Amount,
        /// Fee it pays.
        found: Amount,
    },
    /// The covenant is a template.
    #[error("the stake's script fixes its unbonding transaction: take that one")]
    Fixed,
    /// It pays something else than the unbonding output.
    #[error("unbonding output script {found}: the terms give {expected}")]
    Script {
        /// Script that the terms give.
        expected: ScriptBuf,
        /// Script it pays.
        found: ScriptBuf,
    },
    /// It lacks the common form.
    #[error("unbonding transaction: {0}")]
    Shape(#[from] ShapeError),
    /// The stake cannot pay for it.
    #[error("stake of {value} cannot pay the unbonding fee of {fee}")]
    Unaffordable {
        /// Value of the stake.
        value: Amount,
        /// The fee.
        fee: Amount,
    },
}
