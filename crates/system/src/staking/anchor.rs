//! Anchoring a stake: proving that its transaction is in a block of the best chain, k deep.
//!
//! A fact is a transaction; an anchor is a block that holds it. An anchor stands while its block is on the best
//! chain, and while it stands another proof is refused. After a reorganisation the transaction can be proven in
//! its new block; if the old block comes back, so does the anchor, unless it was replaced.

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use ballast_bitcoin_light::InclusionProof;
use ballast_types::interfaces::IStaking;
use bitcoin::{BlockHash, hashes::Hash};
use thiserror::Error;

use super::{
    follow, parameters,
    settle::settle,
    status::{counts_from, expires_at},
    store::{ANCHOR, CONTRACT, DUE, Exit, RECORD, Record, standing, word},
};
use crate::{
    contract::CallError,
    light_client::{self, LightClientError},
    storage::{Storage, StorageError},
};

/// Proves that the staking transaction of `stake` is in `block`.
///
/// # Errors
/// [`AnchorError`] with the first rule that is broken.
pub fn prove(
    storage: &mut dyn Storage,
    stake: B256,
    transaction: &[u8],
    block: BlockHash,
    proof: &InclusionProof,
) -> Result<(), AnchorError> {
    let record = RECORD.at(&stake).load(storage)?.ok_or(AnchorError::UnknownStake { stake })?;
    if record.exit > Exit::Requested {
        return Err(AnchorError::Leaving { stake });
    }
    if !follow::follow(storage)? {
        return Err(AnchorError::Stale);
    }
    if standing(storage, &ANCHOR.at(&stake))?.is_some() {
        let block = BlockHash::from_byte_array(ANCHOR.at(&stake).load(storage)?.0);
        return Err(AnchorError::Stands { block });
    }
    let (_, txid) = light_client::verify_inclusion(storage, transaction, block, proof)?;
    if word(txid) != stake {
        return Err(AnchorError::WrongTransaction { expected: stake, found: word(txid) });
    }
    let height = light_client::height_of(storage, block)?;
    check_place(storage, &record, height)?;
    write(storage, stake, &record, block, height)
}

fn check_place(storage: &mut dyn Storage, record: &Record, height: u32) -> Result<(), AnchorError> {
    let tip = light_client::tip_height(storage)?;
    let (expected, found) = (light_client::confirmation_depth(storage)?, tip - height + 1);
    if found < expected {
        return Err(AnchorError::TooShallow { expected, found });
    }
    if height < record.floor {
        return Err(AnchorError::TooEarly { expected: record.floor, found: height });
    }
    let unbonding_time = parameters::version(storage, record.version)?.unbonding_time().blocks();
    let end = expires_at(height, record.staking_time.into(), unbonding_time);
    if end <= tip {
        return Err(AnchorError::TooLate { end, tip });
    }
    Ok(())
}

fn write(
    storage: &mut dyn Storage,
    stake: B256,
    record: &Record,
    block: BlockHash,
    height: u32,
) -> Result<(), AnchorError> {
    ANCHOR.at(&stake).store(storage, &word(block))?;
    let depth = light_client::confirmation_depth(storage)?;
    let unbonding_time = parameters::version(storage, record.version)?.unbonding_time().blocks();
    DUE.at(&counts_from(height, depth)).push(storage, &stake)?;
    DUE.at(&expires_at(height, record.staking_time.into(), unbonding_time)).push(storage, &stake)?;
    let event = IStaking::Anchored { stake, blockHash: word(block), height };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(settle(storage, &stake)?)
}

/// Why a stake is not anchored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnchorError {
    /// No such stake.
    #[error("no stake {stake}: register it first")]
    UnknownStake {
        /// The stake.
        stake: B256,
    },
    /// It is spent.
    #[error("the output of stake {stake} is spent: there is nothing to prove")]
    Leaving {
        /// The stake.
        stake: B256,
    },
    /// The view of Bitcoin is old.
    #[error("the best header is too old, or its work is not done: try again in the next block")]
    Stale,
    /// Proven, and still true.
    #[error("it is proven in block {block}, which is on the best chain")]
    Stands {
        /// The block.
        block: BlockHash,
    },
    /// Another transaction.
    #[error("transaction {found} is proven, not the staking transaction {expected}")]
    WrongTransaction {
        /// The staking transaction.
        expected: B256,
        /// What was proven.
        found: B256,
    },
    /// Not deep enough.
    #[error("the block has {found} confirmations, {expected} are needed: wait")]
    TooShallow {
        /// k.
        expected: u32,
        /// Confirmations.
        found: u32,
    },
    /// Older than its registration.
    #[error("the block is at height {found}, the registration is for {expected} and above")]
    TooEarly {
        /// Lowest height.
        expected: u32,
        /// Height of the block.
        found: u32,
    },
    /// Too close to its end.
    #[error("the stake expires at height {end} and the tip is at {tip}: withdraw it")]
    TooLate {
        /// Height of expiry.
        end: u32,
        /// Height of the tip.
        tip: u32,
    },
    /// The proof of inclusion.
    #[error(transparent)]
    Proof(#[from] LightClientError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<AnchorError> for CallError {
    fn from(error: AnchorError) -> Self {
        match error {
            AnchorError::UnknownStake { stake } => Self::revert(&IStaking::UnknownStake { stake }),
            AnchorError::Leaving { stake } => Self::revert(&IStaking::Leaving { stake }),
            AnchorError::Stale => Self::revert(&IStaking::BitcoinStale {}),
            AnchorError::Stands { block } => Self::revert(&IStaking::AnchorStands { blockHash: word(block) }),
            AnchorError::WrongTransaction { expected, found } => {
                Self::revert(&IStaking::WrongTransaction { expected, found })
            }
            AnchorError::TooShallow { expected, found } => {
                Self::revert(&IStaking::TooShallow { expected, found })
            }
            AnchorError::TooEarly { expected, found } => {
                Self::revert(&IStaking::TooEarly { expected, found })
            }
            AnchorError::TooLate { end, tip } => Self::revert(&IStaking::TooLate { end, tip }),
            AnchorError::Proof(error) => error.into(),
            AnchorError::Storage(error) => error.into(),
        }
    }
}
