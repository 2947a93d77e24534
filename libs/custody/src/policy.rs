//! A custodian's own limits.
//!
//! The chain decides what is to be signed; a custodian decides what it signs. Its policy is its own configuration
//! and no part of consensus: a stricter one costs the others a signer, not their safety.

use std::collections::BTreeSet;

use bitcoin::{Amount, FeeRate, ScriptBuf};
use thiserror::Error;

use crate::intent::{Intent, Kind};

#[cfg(test)]
mod tests;

/// What a custodian signs at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Confirmations that every input needs, as the custodian's own node sees it.
    pub depth: u32,
    /// Largest single payout, in sats.
    pub payout: Amount,
    /// Largest sum of payouts in one intent, in sats.
    pub intent: Amount,
    /// Largest sum of payouts in one epoch, in sats.
    pub epoch: Amount,
    /// Highest fee of one intent, of a stake with its child, or of a withdrawal, in sats.
    pub fee: Amount,
    /// Highest sum of fees in one epoch, in sats.
    pub epoch_fee: Amount,
    /// Highest fee rate of payouts, sweeps, stakes and withdrawals.
    pub fee_rate: FeeRate,
    /// Scripts that it never pays.
    pub refused: BTreeSet<ScriptBuf>,
}

/// What a custodian has signed in the present epoch, the intent in question and its earlier rungs not counted. Of
/// every other ladder the newest rung counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signed {
    /// Sum of payouts, in sats.
    pub payouts: Amount,
    /// Sum of fees, in sats.
    pub fees: Amount,
}

impl Policy {
    /// Checks an intent against the limits.
    ///
    /// # Errors
    /// [`PolicyRefusal`] names the limit.
    pub fn check(&self, intent: &Intent, signed: &Signed) -> Result<(), PolicyRefusal> {
        self.check_payouts(intent, signed)?;
        // A cancel has to beat the fee of a transaction many times its size, so its rate says nothing.
        if intent.kind() == Kind::Cancel {
            self.check_amount(intent.fee())?;
            return self.check_epoch(intent.fee(), signed);
        }
        self.check_fee(intent.fee(), intent.vsize(), signed)
    }

    /// Checks what a transaction, or one with its child, pays in fees.
    ///
    /// # Errors
    /// [`PolicyRefusal::Fee`], [`PolicyRefusal::FeeRate`] or [`PolicyRefusal::EpochFees`].
    pub fn check_fee(&self, fee: Amount, vsize: u64, signed: &Signed) -> Result<(), PolicyRefusal> {
        self.check_one_fee(fee, vsize)?;
        self.check_epoch(fee, signed)
    }

    /// Checks a fee alone, of a transaction that no epoch pays yet.
    ///
    /// # Errors
    /// [`PolicyRefusal::Fee`] or [`PolicyRefusal::FeeRate`].
    pub fn check_one_fee(&self, fee: Amount, vsize: u64) -> Result<(), PolicyRefusal> {
        self.check_amount(fee)?;
        if self.fee_rate.fee_vb(vsize).is_some_and(|limit| fee > limit) {
            return Err(PolicyRefusal::FeeRate { limit: self.fee_rate, fee, vsize });
        }
        Ok(())
    }

    fn check_amount(&self, fee: Amount) -> Result<(), PolicyRefusal> {
        if fee > self.fee { Err(PolicyRefusal::Fee { limit: self.fee, fee }) } else { Ok(()) }
    }

    fn check_epoch(&self, fee: Amount, signed: &Signed) -> Result<(), PolicyRefusal> {
        let fees = add(signed.fees, fee);
        if fees > self.epoch_fee {
            return Err(PolicyRefusal::EpochFees { limit: self.epoch_fee, fees });
        }
        Ok(())
    }

    fn check_payouts(&self, intent: &Intent, signed: &Signed) -> Result<(), PolicyRefusal> {
        for payout in intent.payouts() {
            if self.refused.contains(&payout.script_pubkey) {
                return Err(PolicyRefusal::Script { id: payout.id, script: payout.script_pubkey.clone() });
            }
            if payout.amount > self.payout {
                let (id, amount) = (payout.id, payout.amount);
                return Err(PolicyRefusal::Payout { id, limit: self.payout, amount });
            }
        }
        let sum = intent.payouts().iter().fold(Amount::ZERO, |sum, payout| add(sum, payout.amount));
        if sum > self.intent {
            return Err(PolicyRefusal::Intent { limit: self.intent, sum });
        }
        let epoch = add(signed.payouts, sum);
        if epoch > self.epoch {
            return Err(PolicyRefusal::Epoch { limit: self.epoch, sum: epoch });
        }
        Ok(())
    }
}

/// A sum that is never too small: what overflows is above every limit.
fn add(a: Amount, b: Amount) -> Amount {
    Amount::from_sat(a.to_sat().saturating_add(b.to_sat()))
}

/// The limit that an intent exceeds.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyRefusal {
    /// A script on the list.
    #[error("payout {id} goes to {script}, which this custodian never pays")]
    Script {
        /// The payout.
        id: u64,
        /// Its script.
        script: ScriptBuf,
    },
    /// One payout.
    #[error("payout {id} of {amount} exceeds this custodian's limit of {limit} for one payout")]
    Payout {
        /// The payout.
        id: u64,
        /// The limit.
        limit: Amount,
        /// Its amount.
        amount: Amount,
    },
    /// All payouts of the intent.
    #[error("payouts of {sum} exceed this custodian's limit of {limit} for one transaction")]
    Intent {
        /// The limit.
        limit: Amount,
        /// The sum.
        sum: Amount,
    },
    /// All payouts of the epoch.
    #[error("payouts of {sum} exceed this custodian's limit of {limit} for one epoch: wait for the next")]
    Epoch {
        /// The limit.
        limit: Amount,
        /// The sum, with this intent.
        sum: Amount,
    },
    /// The fee.
    #[error("a fee of {fee} exceeds this custodian's limit of {limit}")]
    Fee {
        /// The limit.
        limit: Amount,
        /// The fee.
        fee: Amount,
    },
    /// The fee rate.
    #[error("a fee of {fee} for {vsize} virtual bytes exceeds this custodian's limit of {limit} sat/kwu")]
    FeeRate {
        /// The limit.
        limit: FeeRate,
        /// The fee.
        fee: Amount,
        /// The size.
        vsize: u64,
    },
    /// All fees of the epoch.
    #[error("fees of {fees} exceed this custodian's limit of {limit} for one epoch: wait for the next")]
    EpochFees {
        /// The limit.
        limit: Amount,
        /// The sum, with this intent.
        fees: Amount,
    },
}

impl PolicyRefusal {
    /// The name in logs and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Script { .. } => "script_refused",
            Self::Payout { .. } => "payout_over_cap",
            Self::Intent { .. } => "intent_over_cap",
            Self::Epoch { .. } => "epoch_over_cap",
            Self::Fee { .. } => "fee_too_high",
            Self::FeeRate { .. } => "fee_rate_too_high",
            Self::EpochFees { .. } => "epoch_fees_too_high",
        }
    }
}
