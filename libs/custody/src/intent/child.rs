//! The child that pulls up a staking transaction (CPFP).
//!
//! A staking transaction cannot be replaced; what lifts it into a block is a transaction that spends its change, to
//! the treasury again, and pays for both. The fee of the two together is the target rate times the virtual size of
//! the two together. The child is version 3 as its parent, as BIP-431 demands, and far below the 1,000 virtual bytes
//! that a child may have there.
//!
//! **Ladder.** A child may be replaced by a higher one: same parent, higher rate, less change. As with every fee bump
//! a step at most doubles the rate, and a replacement pays for its own relay (BIP-125).

use bitcoin::{Amount, FeeRate, Sequence, Transaction, TxOut, Txid};
use thiserror::Error;

use super::{INCREMENTAL, StakingIntent, ladder, replacement_fee, signed_vsize, version_3};
use crate::unsigned::Unsigned;

/// A transaction that spends the change of a staking intent to the treasury, for custody to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    parent: StakingIntent,
    fee_rate: FeeRate,
    rung: u32,
    fee: Amount,
    change: Amount,
    vsize: u64,
}

impl Child {
    /// The first child of a staking intent: parent and child together pay `fee_rate`.
    ///
    /// # Errors
    /// When the rate is not above the parent's or more than doubles it, both fees exceed the parent's budget, or the
    /// change would be dust.
    pub fn of(parent: &StakingIntent, fee_rate: FeeRate) -> Result<Self, ChildError> {
        Self::build(parent, fee_rate, parent.parts().fee_rate, 0, Amount::ZERO)
    }

    /// A higher child, which replaces this one.
    ///
    /// # Errors
    /// As [`Child::of`], with this child's rate as the one to raise.
    pub fn bump(&self, fee_rate: FeeRate) -> Result<Self, ChildError> {
        let rung = self.rung.checked_add(1).ok_or(ChildError::Overflow)?;
        let least_fee = replacement_fee(self.fee, self.vsize).map_err(|_| ChildError::Overflow)?;
        Self::build(&self.parent, fee_rate, self.fee_rate, rung, least_fee)
    }

    fn build(
        parent: &StakingIntent,
        fee_rate: FeeRate,
        old: FeeRate,
        rung: u32,
        least_fee: Amount,
    ) -> Result<Self, ChildError> {
        if fee_rate <= old || ladder::doubled(old).is_none_or(|most| fee_rate > most) {
            return Err(ChildError::Step { old, new: fee_rate });
        }
        let vsize = signed_vsize(transaction(parent, Amount::ZERO));
        // At least its own relay, however little the package lacks.
        let least_fee = least_fee.max(INCREMENTAL.fee_vb(vsize).ok_or(ChildError::Overflow)?);
        let package = fee_rate.fee_vb(parent.vsize() + vsize).ok_or(ChildError::Overflow)?;
        let fee = package.checked_sub(parent.fee()).unwrap_or(Amount::ZERO).max(least_fee);
        let both = parent.fee().checked_add(fee).ok_or(ChildError::Overflow)?;
        let budget = parent.parts().budget;
        if both > budget {
            return Err(ChildError::Budget { budget, fee: both });
        }
        let least = parent.parts().treasury.script_pubkey().minimal_non_dust();
        let change = parent.change().checked_sub(fee).filter(|change| *change >= least);
        let change = change.ok_or(ChildError::Dust { available: parent.change(), fee, least })?;
        Ok(Self { parent: parent.clone(), fee_rate, rung, fee, change, vsize })
    }

    /// The staking intent that it pulls up.
    pub fn parent(&self) -> &StakingIntent {
        &self.parent
    }

    /// What parent and child pay together.
    pub fn fee_rate(&self) -> FeeRate {
        self.fee_rate
    }

    /// How many children came before.
    pub fn rung(&self) -> u32 {
        self.rung
    }

    /// Its own fee, in sats.
    pub fn fee(&self) -> Amount {
        self.fee
    }

    /// What returns to the treasury, in sats.
    pub fn change(&self) -> Amount {
        self.change
    }

    /// Virtual bytes of the signed transaction.
    pub fn vsize(&self) -> u64 {
        self.vsize
    }

    /// The id of its transaction.
    pub fn txid(&self) -> Txid {
        self.transaction().compute_txid()
    }

    /// The transaction without witnesses.
    pub fn transaction(&self) -> Transaction {
        transaction(&self.parent, self.change)
    }

    /// The transaction with what signing it takes.
    pub fn unsigned(&self) -> Unsigned {
        Unsigned::of_coins(self.parent.group(), self.transaction(), &[self.parent.change_coin()])
    }
}

fn transaction(parent: &StakingIntent, change: Amount) -> Transaction {
    let script_pubkey = parent.parts().treasury.script_pubkey();
    let input = super::input(parent.change_coin().outpoint, Sequence::ENABLE_RBF_NO_LOCKTIME);
    version_3(vec![input], vec![TxOut { value: change, script_pubkey }])
}

/// Why a staking transaction cannot be pulled up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ChildError {
    /// A bump has to raise the fee rate, and may double it.
    #[error("a bump goes from {old} sat/kwu to at most twice that, found {new} sat/kwu")]
    Step {
        /// The present rate: the parent's, or that of the child before.
        old: FeeRate,
        /// The rate asked for.
        new: FeeRate,
    },
    /// The vault has not agreed to that much.
    #[error("fees of {fee} for parent and child exceed their budget of {budget}: wait for a lower fee rate")]
    Budget {
        /// The most that both fees may be.
        budget: Amount,
        /// Both fees.
        fee: Amount,
    },
    /// The change cannot pay for it.
    #[error("change of {available} cannot pay a fee of {fee} and leave {least}: wait for a lower fee rate")]
    Dust {
        /// The parent's change.
        available: Amount,
        /// The child's fee.
        fee: Amount,
        /// The least that has to be left.
        least: Amount,
    },
    /// More than can exist.
    #[error("the fee exceeds 21 million bitcoin")]
    Overflow,
}
