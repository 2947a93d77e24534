//! The covenant's approvals, and the staker's signature to leave.
//!
//! A member signs the unbonding transaction plainly and both slashing transactions locked to the provider's key.
//! All three are verified here, so that a quorum on chain is a quorum on Bitcoin. A member approves once; a
//! second approval is refused, which is how its role learns that the first one arrived. Signatures are in the
//! log, a bit for each member in state. A staker who leaves signs the unbonding transaction: with that signature
//! and a quorum's in the logs anybody can complete it, so power is gone from then on.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEvent;
use ballast_bitcoin_staking::{Params, Stake, UnbondingTx};
use ballast_schnorr::{AdaptorSignature, EncryptionKey, bip340};
use ballast_types::interfaces::IStaking;
use bitcoin::{XOnlyPublicKey, hashes::Hash, secp256k1::schnorr::Signature};
use thiserror::Error;

use super::{
    SIGNATURE_GAS, follow,
    settle::{rebuild, settle},
    store::{APPROVALS, CONTRACT, Exit, RECORD, Record, Slashings},
};
use crate::{
    contract::CallError,
    storage::{Storage, StorageError},
};

/// Gas for verifying an adaptor signature: two point multiplications.
pub const ADAPTOR_GAS: u64 = 2 * SIGNATURE_GAS;

/// Gas for building a stake's scripts again.
pub const REBUILD_GAS: u64 = 20_000;

/// A covenant member's three signatures, as bytes.
#[derive(Debug, Clone, Copy)]
pub struct Approval<'a> {
    /// Of the unbonding transaction, plain.
    pub unbonding: &'a [u8],
    /// Of the slashing transaction, locked.
    pub slashing: &'a [u8],
    /// Of the unbonding output's slashing transaction, locked.
    pub unbonding_slashing: &'a [u8],
}

/// Takes a member's approval.
///
/// # Errors
/// [`ApproveError`] with the first rule that is broken.
pub fn approve(
    storage: &mut dyn Storage,
    stake: B256,
    member: B256,
    approval: Approval<'_>,
) -> Result<(), ApproveError> {
    let record = staying(storage, stake)?;
    if !follow::follow(storage)? {
        return Err(ApproveError::Stale);
    }
    storage.charge(REBUILD_GAS + SIGNATURE_GAS + 2 * ADAPTOR_GAS)?;
    let (built, params) = rebuild(storage, &stake, &record)?;
    let place = params.committee().keys().iter().position(|key| key.serialize() == member.0);
    let place = place.ok_or(ApproveError::NotMember { member })?;
    let approvals = APPROVALS.at(&stake).load(storage)?;
    if approvals.bit(place) {
        return Err(ApproveError::Again { member });
    }
    let unbonding = unbonding(&built, &params);
    let slashings = Slashings::load(storage, &stake)?;
    let key = params.committee().keys()[place];
    let lock = EncryptionKey::new(&built.terms().providers()[0]);
    verify(key, &lock, unbonding.sighash().to_byte_array(), &slashings, approval)?;
    APPROVALS.at(&stake).store(storage, &(approvals | U256::ONE << place))?;
    let event = IStaking::Approved {
        stake,
        member,
        unbonding: approval.unbonding.to_vec().into(),
        slashing: approval.slashing.to_vec().into(),
        unbondingSlashing: approval.unbonding_slashing.to_vec().into(),
    };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(settle(storage, &stake)?)
}

fn verify(
    member: XOnlyPublicKey,
    lock: &EncryptionKey,
    unbonding: [u8; 32],
    slashings: &Slashings,
    approval: Approval<'_>,
) -> Result<(), ApproveError> {
    let refused = || ApproveError::Signature { member: member.serialize().into() };
    let plain = Signature::from_slice(approval.unbonding).map_err(|_| ApproveError::Malformed)?;
    bip340::verify(&member, &unbonding, &plain).map_err(|_| refused())?;
    for (bytes, sighash) in
        [approval.slashing, approval.unbonding_slashing].into_iter().zip(slashings.sighashes)
    {
        // the old form of 66 bytes would be a second encoding of one approval
        let bytes = bytes.try_into().map_err(|_| ApproveError::Malformed)?;
        let locked = AdaptorSignature::from_bytes(bytes).map_err(|_| ApproveError::Malformed)?;
        locked.verify(&member, lock, &sighash.0).map_err(|_| refused())?;
    }
    Ok(())
}

/// Takes the staker's signature of the unbonding transaction.
///
/// # Errors
/// [`ApproveError`] with the first rule that is broken.
pub fn unbond(storage: &mut dyn Storage, stake: B256, signature: &[u8]) -> Result<(), ApproveError> {
    let record = staying(storage, stake)?;
    let parsed = Signature::from_slice(signature).map_err(|_| ApproveError::Malformed)?;
    storage.charge(REBUILD_GAS + SIGNATURE_GAS)?;
    let (built, params) = rebuild(storage, &stake, &record)?;
    let unbonding = unbonding(&built, &params);
    let staker = built.terms().staker();
    bip340::verify(&staker, unbonding.sighash().as_byte_array(), &parsed)
        .map_err(|_| ApproveError::Staker { staker: staker.serialize().into() })?;
    RECORD.at(&stake).store(storage, &Some(Record { exit: Exit::Requested, ..record }))?;
    let event = IStaking::UnbondRequested { stake, signature: signature.to_vec().into() };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(settle(storage, &stake)?)
}

/// The one unbonding transaction that a stake has.
pub(super) fn unbonding(stake: &Stake, params: &Params) -> UnbondingTx {
    UnbondingTx::build(stake, params.unbonding_fee()).expect("judged at registration")
}

fn staying(storage: &mut dyn Storage, stake: B256) -> Result<Record, ApproveError> {
    let record = RECORD.at(&stake).load(storage)?.ok_or(ApproveError::UnknownStake { stake })?;
    if record.exit == Exit::None { Ok(record) } else { Err(ApproveError::Leaving { stake }) }
}

/// Why a signature is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ApproveError {
    /// No such stake.
    #[error("no stake {stake}: register it first")]
    UnknownStake {
        /// The stake.
        stake: B256,
    },
    /// It leaves already.
    #[error("stake {stake} is leaving: no signature is needed")]
    Leaving {
        /// The stake.
        stake: B256,
    },
    /// The view of Bitcoin is old.
    #[error("the best header is too old, or its work is not done: try again in the next block")]
    Stale,
    /// Not of this covenant.
    #[error("{member} is not of the covenant of this stake's parameters")]
    NotMember {
        /// The key.
        member: B256,
    },
    /// Approved before.
    #[error("{member} has approved already")]
    Again {
        /// The key.
        member: B256,
    },
    /// Not a signature.
    #[error("a plain signature has 64 bytes and a locked one 65: send them in that encoding")]
    Malformed,
    /// A member's signature is wrong.
    #[error("a signature by {member} does not verify: sign this stake's three sighashes")]
    Signature {
        /// The key.
        member: B256,
    },
    /// The staker's signature is wrong.
    #[error("the signature by {staker} does not verify: sign the unbonding transaction")]
    Staker {
        /// The key.
        staker: B256,
    },
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ApproveError> for CallError {
    fn from(error: ApproveError) -> Self {
        match error {
            ApproveError::UnknownStake { stake } => Self::revert(&IStaking::UnknownStake { stake }),
            ApproveError::Leaving { stake } => Self::revert(&IStaking::Leaving { stake }),
            ApproveError::Stale => Self::revert(&IStaking::BitcoinStale {}),
            ApproveError::NotMember { member } => Self::revert(&IStaking::NotMember { member }),
            ApproveError::Again { member } => Self::revert(&IStaking::AlreadyApproved { member }),
            ApproveError::Malformed => Self::revert(&IStaking::MalformedSignature {}),
            ApproveError::Signature { member } => Self::revert(&IStaking::BadApproval { member }),
            ApproveError::Staker { staker } => Self::revert(&IStaking::BadStakerSignature { staker }),
            ApproveError::Storage(error) => error.into(),
        }
    }
}
