//! Verdicts on a stake: what a custodian checks before each of the things that it signs for one.
//!
//! 1. [`judge_presigning`]: slashings and withdrawals, before anybody else signs.
//! 2. [`judge`]: the staking transaction. Only with the published signatures of the first step and the covenant's,
//!    every one of which the custodian verifies itself: a stake without them could never be slashed, or never left.
//! 3. [`judge_child`]: a child that pulls it up.
//! 4. [`judge_unbonding`]: the unbonding transaction, once the chain has decided to unbond.
//!
//! As with every intent the custodian derives what is to be signed itself, and what it is asked to sign must be the
//! same to the byte.

use std::collections::{BTreeMap, BTreeSet};

use ballast_bitcoin_staking::{Approval, ApprovalError, Approvals};
use bitcoin::{OutPoint, Transaction, XOnlyPublicKey};
use thiserror::Error;

use super::input::{self, InputRefusal, Inputs};
use super::{Difference, Refusal, Seen, compare};
use crate::intent::{Child, StakingIntent};
use crate::policy::{Policy, PolicyRefusal, Signed};
use crate::presign::{ORDER, Presignature, Presigned, Presigning, Withdrawn};
use crate::signing::Digest;
use crate::treasury::Treasury;
use crate::unsigned::Unsigned;

/// What a custodian knows by itself.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The group key of its share.
    pub group: XOnlyPublicKey,
    /// The treasury that change and withdrawals have to go to.
    pub treasury: &'a Treasury,
    /// The inputs, as far as its own node knows them as unspent and confirmed.
    pub seen: &'a BTreeMap<OutPoint, Seen>,
    /// What other live intents spend.
    pub reserved: &'a BTreeSet<OutPoint>,
    /// Its limits.
    pub policy: &'a Policy,
    /// What it has signed in this epoch.
    pub signed: &'a Signed,
}

/// Judges a proposed list of digests against the transactions that the custodian derived itself.
///
/// # Errors
/// [`StakingRefusal`] names the first thing that is wrong.
pub fn judge_presigning(
    presigning: &Presigning,
    proposed: &[Digest],
    known: &Known<'_>,
) -> Result<Vec<Digest>, StakingRefusal> {
    let digests = presigning.digests();
    let (expected, found) = (digests.len(), proposed.len());
    if expected != found {
        return Err(StakingRefusal::DigestCount { expected, found });
    }
    let mut pairs = ORDER.into_iter().zip(digests.iter().zip(proposed));
    if let Some((which, _)) = pairs.find(|(_, (expected, found))| expected != found) {
        return Err(StakingRefusal::Digest { which });
    }
    check_intent(presigning.intent(), known)?;
    for which in ORDER {
        let Presignature::Withdrawal(withdrawn) = which else { continue };
        check_withdrawal(presigning, withdrawn, known.policy)?;
    }
    Ok(digests)
}

/// Judges a proposed staking transaction. `presigned` is what the custodian derived, with the published signatures;
/// `approvals` are the covenant's as the chain has them, not yet verified.
///
/// # Errors
/// [`StakingRefusal`] names the first thing that is wrong.
pub fn judge(
    presigned: &Presigned,
    proposed: &Transaction,
    approvals: &BTreeMap<XOnlyPublicKey, Approval>,
    known: &Known<'_>,
) -> Result<Unsigned, StakingRefusal> {
    let intent = presigned.intent();
    compare(proposed, &intent.transaction())?;
    check_intent(intent, known)?;
    check_covenant(presigned, approvals)?;
    Ok(intent.unsigned())
}

/// Judges a proposed child of a staking transaction. Its input is the parent's change, which the custodian derived,
/// so there is nothing to look for on its node.
///
/// # Errors
/// [`StakingRefusal`] names the first thing that is wrong.
pub fn judge_child(
    child: &Child,
    proposed: &Transaction,
    known: &Known<'_>,
) -> Result<Unsigned, StakingRefusal> {
    compare(proposed, &child.transaction())?;
    let parent = child.parent();
    check_owner(parent, known)?;
    // What counts is what both pay for both: the child alone has a high rate by design.
    let (fee, vsize) = (parent.fee() + child.fee(), parent.vsize() + child.vsize());
    known.policy.check_fee(fee, vsize, known.signed)?;
    Ok(child.unsigned())
}

/// Judges the digest of an unbonding transaction. Whether the chain has decided to unbond is for the caller to know:
/// with this signature anybody can.
///
/// Where the unbonded bitcoin goes was settled when the stake was presigned; the treasury may have moved on since.
///
/// # Errors
/// [`StakingRefusal`] names the first thing that is wrong.
pub fn judge_unbonding(
    presigned: &Presigned,
    proposed: &Digest,
    known: &Known<'_>,
) -> Result<Digest, StakingRefusal> {
    let digest = presigned.unbonding_digest();
    if *proposed != digest {
        return Err(StakingRefusal::Unbonding);
    }
    check_group(presigned.intent(), known)?;
    Ok(digest)
}

fn check_intent(intent: &StakingIntent, known: &Known<'_>) -> Result<(), StakingRefusal> {
    check_owner(intent, known)?;
    let inputs =
        Inputs { group: known.group, seen: known.seen, reserved: known.reserved, depth: known.policy.depth };
    for coin in intent.inputs() {
        // Whoever can take a deposit back could undo the stake.
        input::check(&inputs, coin, |_, _| false)?;
    }
    known.policy.check_fee(intent.fee(), intent.vsize(), known.signed)?;
    Ok(())
}

/// Whose stake it is, and where the rest goes.
fn check_owner(intent: &StakingIntent, known: &Known<'_>) -> Result<(), Refusal> {
    check_group(intent, known)?;
    if intent.parts().treasury != *known.treasury {
        return Err(Refusal::Treasury);
    }
    Ok(())
}

fn check_group(intent: &StakingIntent, known: &Known<'_>) -> Result<(), Refusal> {
    if intent.group() != known.group {
        return Err(Refusal::Group { expected: known.group.serialize(), found: intent.group().serialize() });
    }
    Ok(())
}

fn check_withdrawal(
    presigning: &Presigning,
    withdrawn: Withdrawn,
    policy: &Policy,
) -> Result<(), PolicyRefusal> {
    let withdrawal = presigning.withdrawal(withdrawn);
    policy.check_one_fee(withdrawal.fee(), withdrawal.vsize())
}

fn check_covenant(
    presigned: &Presigned,
    approvals: &BTreeMap<XOnlyPublicKey, Approval>,
) -> Result<(), StakingRefusal> {
    let delegation = presigned.delegation();
    let mut verified = Approvals::new();
    for (member, approval) in approvals {
        verified.add(delegation, *member, *approval)?;
    }
    if !verified.has_quorum(delegation) {
        let needed = delegation.committee().quorum();
        return Err(StakingRefusal::Quorum { needed, found: approvals.len() });
    }
    Ok(())
}

/// Why a custodian does not sign for a stake.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum StakingRefusal {
    /// For a reason that every intent can have.
    #[error(transparent)]
    Intent(#[from] Refusal),
    /// Too few or too many things to sign.
    #[error("a stake has {expected} transactions to sign beforehand, found {found}")]
    DigestCount {
        /// Transactions.
        expected: usize,
        /// Digests proposed.
        found: usize,
    },
    /// Somebody changed what is to be signed.
    #[error("this is not the digest of the {which} that follows from the chain")]
    Digest {
        /// The transaction.
        which: Presignature,
    },
    /// Somebody changed the unbonding transaction, or proposed something else in its place.
    #[error("this is not the digest of the stake's unbonding transaction")]
    Unbonding,
    /// A covenant signature does not verify.
    #[error("covenant: {0}")]
    Covenant(#[from] ApprovalError),
    /// Not enough of the covenant has signed.
    #[error("{found} covenant members have signed, {needed} must: wait, or the stake could not be slashed")]
    Quorum {
        /// The quorum.
        needed: usize,
        /// Members whose signatures verify.
        found: usize,
    },
}

impl From<Difference> for StakingRefusal {
    fn from(difference: Difference) -> Self {
        Refusal::from(difference).into()
    }
}

impl From<InputRefusal> for StakingRefusal {
    fn from(refusal: InputRefusal) -> Self {
        Refusal::from(refusal).into()
    }
}

impl From<PolicyRefusal> for StakingRefusal {
    fn from(refusal: PolicyRefusal) -> Self {
        Refusal::from(refusal).into()
    }
}

impl StakingRefusal {
    /// The name in logs and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Intent(refusal) => refusal.name(),
            Self::DigestCount { .. } => "digest_count_changed",
            Self::Digest { .. } => "digest_changed",
            Self::Unbonding => "unbonding_changed",
            Self::Covenant(_) => "covenant_signature_invalid",
            Self::Quorum { .. } => "covenant_quorum_missing",
        }
    }
}
