//! The announcement of a stake on Bitcoin itself, for stakes made before their chain exists.
//!
//! `6a 47` and 71 bytes: tag (4), version 0, staker key (32), provider key (32), staking time
//! (big-endian, 2) (`docs/spec/bitcoin-formats.md` §a.7).

use bitcoin::absolute::{Height, LockTime};
use bitcoin::opcodes::all::{OP_PUSHBYTES_71, OP_RETURN};
use bitcoin::script::PushBytes;
use bitcoin::{Amount, OutPoint, ScriptBuf, Transaction, TxOut, XOnlyPublicKey};
use thiserror::Error;

use crate::covenant::Committee;
use crate::staking::{FundedStaking, Funding, Stake, StakingError, StakingTx};
use crate::terms::{Terms, TermsError, Timelock};

#[cfg(test)]
mod tests;

/// The only version there is.
const VERSION: u8 = 0;
/// Bytes after the two opcodes.
const LENGTH: usize = 71;

/// What the announcement says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Which network it is for.
    pub tag: [u8; 4],
    /// The staker's key.
    pub staker: XOnlyPublicKey,
    /// The provider's key.
    pub provider: XOnlyPublicKey,
    /// The staking time.
    pub staking_time: Timelock,
}

impl Announcement {
    /// The `OP_RETURN` script.
    pub fn to_script(&self) -> ScriptBuf {
        let mut data = [0; LENGTH];
        data[..4].copy_from_slice(&self.tag);
        data[4] = VERSION;
        data[5..37].copy_from_slice(&self.staker.serialize());
        data[37..69].copy_from_slice(&self.provider.serialize());
        data[69..].copy_from_slice(&(self.staking_time.blocks() as u16).to_be_bytes());
        ScriptBuf::new_op_return::<&PushBytes>((&data).into())
    }

    /// Reads a script; `None` when it is none of these, which is no error.
    pub fn from_script(script: &[u8]) -> Option<Self> {
        let [first, push, data @ ..] = script else { return None };
        let data: &[u8; LENGTH] = data.try_into().ok()?;
        let prefix = [OP_RETURN.to_u8(), OP_PUSHBYTES_71.to_u8()];
        if [*first, *push] != prefix || data[4] != VERSION {
            return None;
        }
        let (tag, rest) = data.split_first_chunk()?;
        Some(Self {
            tag: *tag,
            staker: XOnlyPublicKey::from_slice(&rest[1..33]).ok()?,
            provider: XOnlyPublicKey::from_slice(&rest[33..65]).ok()?,
            staking_time: Timelock::from_blocks(u16::from_be_bytes([rest[65], rest[66]]).into()).ok()?,
        })
    }

    /// Builds the unsigned transaction that locks `value` sats and announces it. Its lock time is the block
    /// before `activation_height`, where the parameters begin: nothing demands that, but deployed software does so.
    ///
    /// # Errors
    /// [`AnnouncementError::Terms`] or [`AnnouncementError::Staking`].
    pub fn build_staking(
        &self,
        (committee, unbonding_time): (&Committee, Timelock),
        value: Amount,
        activation_height: Height,
        funding: &Funding<'_>,
    ) -> Result<FundedStaking, AnnouncementError> {
        let terms =
            Terms::new(self.staker, [self.provider], committee.clone(), self.staking_time, unbonding_time)?;
        let funding = Funding { op_return: Some(self.to_script()), ..funding.clone() };
        let before = activation_height.to_consensus_u32().saturating_sub(1);
        Ok(StakingTx::build(terms, value, &funding)?.with_lock_time(LockTime::from_consensus(before))?)
    }

    /// Finds the announced stake in a transaction. Its value is what the output holds.
    ///
    /// # Errors
    /// One variant per cause.
    pub fn find_stake(
        tx: &Transaction,
        tag: [u8; 4],
        committee: &Committee,
        unbonding_time: Timelock,
    ) -> Result<Stake, AnnouncementError> {
        let said =
            only(tx.output.iter().filter_map(|output| Self::from_script(output.script_pubkey.as_bytes())))
                .map_err(|found| AnnouncementError::Count { found })?;
        let terms =
            Terms::new(said.staker, [said.provider], committee.clone(), said.staking_time, unbonding_time)?;
        let script = terms.staking_output().taproot().script_pubkey();
        let is_stake = |(_, output): &(usize, &TxOut)| output.script_pubkey == script;
        let (index, output) = only(tx.output.iter().enumerate().filter(is_stake))
            .map_err(|found| AnnouncementError::Outputs { found })?;
        if said.tag != tag {
            return Err(AnnouncementError::Tag { expected: tag, found: said.tag });
        }
        Ok(Stake::new(terms, OutPoint::new(tx.compute_txid(), index as u32), output.value))
    }

    /// The output that carries it.
    pub fn to_output(&self) -> TxOut {
        TxOut { value: Amount::ZERO, script_pubkey: self.to_script() }
    }
}

/// The only item, or how many there are.
fn only<T>(mut items: impl Iterator<Item = T>) -> Result<T, usize> {
    match (items.next(), items.next()) {
        (Some(item), None) => Ok(item),
        (None, _) => Err(0),
        (Some(_), Some(_)) => Err(2 + items.count()),
    }
}

/// Why a transaction announces no stake.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnnouncementError {
    /// None or several announcements.
    #[error("{found} announcements: a transaction may carry one")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// None or several outputs with the announced script.
    #[error("{found} outputs have the announced staking script: there must be one")]
    Outputs {
        /// How many there are.
        found: usize,
    },
    /// For another network.
    #[error("tag {found:02x?} is another network's: expected {expected:02x?}")]
    Tag {
        /// Our tag.
        expected: [u8; 4],
        /// Its tag.
        found: [u8; 4],
    },
    /// Coins or value that make no stake.
    #[error(transparent)]
    Staking(#[from] StakingError),
    /// Keys that cannot stake together.
    #[error(transparent)]
    Terms(#[from] TermsError),
}
