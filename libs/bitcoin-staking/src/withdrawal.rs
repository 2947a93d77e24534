//! The withdrawal: the staker alone takes a matured output home.
//!
//! One input by a timelock leaf, whose sequence claims the timelock, and one output. Bitcoin refuses
//! it until the spent output is that many blocks old (BIP-68, BIP-112). The fee is that of
//! btc-staking-ts (`docs/spec/bitcoin-formats.md` §a.4), which takes a withdrawal to be smaller than it
//! is; [`WithdrawalTx::build_exact`] pays for the size that it has.

use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::transaction::Version;
use bitcoin::{Amount, FeeRate, Script, ScriptBuf, TapSighash, Transaction, TxOut, XOnlyPublicKey};
use thiserror::Error;

use crate::coins::{self, CoinError};
use crate::slashing::SlashingTx;
use crate::spend::Spend;
use crate::staking::Stake;
use crate::unbonding::UnbondingTx;
use crate::witness::{self, WitnessError};
use crate::{dust, shape, shape::ShapeError};

#[cfg(test)]
mod tests;

/// An output that the staker can take home once it has matured.
#[derive(Clone, Copy, Debug)]
pub enum Withdrawable<'a> {
    /// The staking output, after the staking time.
    Stake(&'a Stake),
    /// The unbonding output, after the unbonding time.
    Unbonding(&'a UnbondingTx),
    /// The slashing change, after the unbonding time.
    SlashingChange(&'a SlashingTx),
}

impl Withdrawable<'_> {
    /// What a withdrawal spends; its sequence is the timelock.
    pub fn spend(&self) -> Spend {
        match self {
            Self::Stake(stake) => stake.timelock_spend(),
            Self::Unbonding(unbonding) => unbonding.timelock_spend(),
            Self::SlashingChange(slashing) => slashing.change_spend(),
        }
    }

    fn staker(&self) -> XOnlyPublicKey {
        match self {
            Self::Stake(stake) => stake.terms().staker(),
            Self::Unbonding(unbonding) => unbonding.terms().staker(),
            Self::SlashingChange(slashing) => slashing.terms().staker(),
        }
    }
}

impl<'a> From<&'a Stake> for Withdrawable<'a> {
    fn from(stake: &'a Stake) -> Self {
        Self::Stake(stake)
    }
}

impl<'a> From<&'a UnbondingTx> for Withdrawable<'a> {
    fn from(unbonding: &'a UnbondingTx) -> Self {
        Self::Unbonding(unbonding)
    }
}

impl<'a> From<&'a SlashingTx> for Withdrawable<'a> {
    fn from(slashing: &'a SlashingTx) -> Self {
        Self::SlashingChange(slashing)
    }
}

/// A judged, unsigned or signed, withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawalTx {
    tx: Transaction,
    spend: Spend,
    staker: XOnlyPublicKey,
}

impl WithdrawalTx {
    /// Builds the unsigned transaction that pays everything but the fee to `to`.
    ///
    /// # Errors
    /// [`WithdrawalError::Unaffordable`] when the fee eats the output, [`WithdrawalError::Dust`],
    /// [`WithdrawalError::FeeRate`].
    pub fn build<'a>(
        from: impl Into<Withdrawable<'a>>,
        to: ScriptBuf,
        fee_rate: FeeRate,
    ) -> Result<Self, WithdrawalError> {
        Self::paying(from.into(), to, coins::withdrawal_fee(fee_rate)?)
    }

    /// Builds the unsigned transaction whose fee is the rate times the virtual size of the signed one. For one that is
    /// signed long before it is sent, and so cannot be rebuilt when it turns out to pay too little.
    ///
    /// # Errors
    /// As [`WithdrawalTx::build`].
    pub fn build_exact<'a>(
        from: impl Into<Withdrawable<'a>>,
        to: ScriptBuf,
        fee_rate: FeeRate,
    ) -> Result<Self, WithdrawalError> {
        let from = from.into();
        let output = TxOut { value: Amount::ZERO, script_pubkey: to.clone() };
        let vsize = vsize(&shape::build(Version::TWO, &from.spend(), vec![output]), &from.spend());
        let fee = fee_rate.fee_vb(vsize).ok_or(CoinError::TooMuch)?;
        Self::paying(from, to, fee)
    }

    fn paying(from: Withdrawable<'_>, to: ScriptBuf, fee: Amount) -> Result<Self, WithdrawalError> {
        let spend = from.spend();
        let value = spend.output().value;
        let rest = value.checked_sub(fee).ok_or(WithdrawalError::Unaffordable { value, fee })?;
        let outputs = vec![TxOut { value: rest, script_pubkey: to }];
        refuse_dust(&outputs[0])?;
        let tx = shape::build(Version::TWO, &spend, outputs);
        Ok(Self { tx, spend, staker: from.staker() })
    }

    /// Judges a transaction made by anybody that should pay `to`.
    ///
    /// # Errors
    /// One variant per cause.
    pub fn judge<'a>(
        tx: Transaction,
        from: impl Into<Withdrawable<'a>>,
        to: &Script,
    ) -> Result<Self, WithdrawalError> {
        let from = from.into();
        let spend = from.spend();
        let fee = shape::judge(&tx, &spend, &[Version::TWO], 1)?;
        if tx.output[0].script_pubkey.as_script() != to {
            let found = tx.output[0].script_pubkey.clone();
            return Err(WithdrawalError::Script { expected: to.to_owned(), found });
        }
        if fee == Amount::ZERO {
            return Err(WithdrawalError::NoFee);
        }
        refuse_dust(&tx.output[0])?;
        Ok(Self { tx, spend, staker: from.staker() })
    }

    /// The transaction.
    pub fn transaction(&self) -> &Transaction {
        &self.tx
    }

    /// What it spends.
    pub fn spend(&self) -> &Spend {
        &self.spend
    }

    /// The fee in sats.
    pub fn fee(&self) -> Amount {
        self.spend.output().value - self.tx.output[0].value
    }

    /// Virtual bytes of the signed transaction.
    pub fn vsize(&self) -> u64 {
        vsize(&self.tx, &self.spend)
    }

    /// What the staker signs.
    pub fn sighash(&self) -> TapSighash {
        self.spend.sighash(&self.tx)
    }

    /// The complete transaction.
    ///
    /// # Errors
    /// [`WitnessError::Signature`] when the signature does not verify.
    pub fn signed(&self, staker: &Signature) -> Result<Transaction, WitnessError> {
        witness::check(&self.staker, self.sighash().as_byte_array(), staker)?;
        let mut tx = self.tx.clone();
        tx.input[0].witness = witness::timelock(self.spend.leaf(), staker);
        Ok(tx)
    }
}

fn vsize(tx: &Transaction, spend: &Spend) -> u64 {
    let staker = Signature::from_slice(&[0; 64]).expect("64 bytes");
    let mut signed = tx.clone();
    signed.input[0].witness = witness::timelock(spend.leaf(), &staker);
    signed.weight().to_vbytes_ceil()
}

fn refuse_dust(output: &TxOut) -> Result<(), WithdrawalError> {
    if dust::is_dust(output) {
        let threshold = dust::threshold(&output.script_pubkey);
        return Err(WithdrawalError::Dust { value: output.value, threshold });
    }
    Ok(())
}

/// Why a transaction is no withdrawal of an output.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WithdrawalError {
    /// Too little is left to relay.
    #[error("withdrawal of {value} is dust: it needs at least {threshold}, so lower the fee rate")]
    Dust {
        /// Value of the output.
        value: Amount,
        /// Least value that relays.
        threshold: Amount,
    },
    /// The fee rate is beyond what bitcoin can carry.
    #[error(transparent)]
    FeeRate(#[from] CoinError),
    /// It pays no fee.
    #[error("the withdrawal pays no fee: nodes would not relay it")]
    NoFee,
    /// It pays somebody else.
    #[error("the withdrawal pays {found}, not {expected}")]
    Script {
        /// Script it should pay.
        expected: ScriptBuf,
        /// Script it pays.
        found: ScriptBuf,
    },
    /// It lacks the common form.
    #[error("withdrawal: {0}")]
    Shape(#[from] ShapeError),
    /// The fee exceeds the output.
    #[error("output of {value} cannot pay the fee of {fee}: lower the fee rate")]
    Unaffordable {
        /// Value of the output.
        value: Amount,
        /// The fee.
        fee: Amount,
    },
}
