//! From shares to signatures, or to the names of those who sent bad ones.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use frost_core::{CheaterDetection, aggregate_custom, verify_signature_share};
use frost_secp256k1_tr::keys::{PublicKeyPackage, Tweak};
use frost_secp256k1_tr::{Error, Identifier, round2::SignatureShare};
use secp256k1::schnorr::Signature;
use thiserror::Error;

use super::nonces::package;
use super::{Commitments, Digest, Session, SessionError, SignatureShares, Under};
use crate::group::Group;
use crate::roster::Member;

/// Adds up the shares of all signers of a session: one signature for every digest, in order.
///
/// # Errors
/// [`AggregateError::Missing`] names a silent signer, [`AggregateError::Cheaters`] all whose shares are bad.
pub fn aggregate(
    group: &Group,
    session: &Session,
    commitments: &BTreeMap<Member, Commitments>,
    shares: &BTreeMap<Member, SignatureShares>,
) -> Result<Vec<Signature>, AggregateError> {
    session.check(group, commitments)?;
    for member in commitments.keys() {
        let shares = shares.get(member).ok_or(AggregateError::Missing { member: *member })?;
        session.check_count(*member, shares.len())?;
    }
    let mut signatures = Vec::with_capacity(session.digests().len());
    let mut cheaters = BTreeSet::new();
    for (index, digest) in session.digests().iter().enumerate() {
        match one(group, commitments, shares, index, digest) {
            Ok(signature) if digest.verifies(group.key(), &signature) => signatures.push(signature),
            Ok(_) => return Err(AggregateError::Invalid { index }),
            Err(error) if error.culprits().is_empty() => return Err(AggregateError::Invalid { index }),
            Err(error) => cheaters.extend(error.culprits().iter().map(Member::of)),
        }
    }
    if cheaters.is_empty() { Ok(signatures) } else { Err(AggregateError::Cheaters { members: cheaters }) }
}

/// Checks one signer's shares, before or without the others'.
///
/// # Errors
/// [`AggregateError::Cheaters`] with its name if one of them is bad.
pub fn check_share(
    group: &Group,
    session: &Session,
    commitments: &BTreeMap<Member, Commitments>,
    member: Member,
    shares: &SignatureShares,
) -> Result<(), AggregateError> {
    session.check(group, commitments)?;
    session.check_count(member, shares.len())?;
    if !commitments.contains_key(&member) {
        return Err(AggregateError::NotChosen { member });
    }
    let cheater = || AggregateError::Cheaters { members: BTreeSet::from([member]) };
    for (index, (digest, share)) in session.digests().iter().zip(&shares.0).enumerate() {
        let public = tweaked(group, digest.under);
        let verifying = public.verifying_shares().get(&member.identifier()).ok_or_else(cheater)?;
        let package = package(commitments, index, digest);
        verify_signature_share(member.identifier(), verifying, share, &package, public.verifying_key())
            .map_err(|_| cheater())?;
    }
    Ok(())
}

/// The signature of one digest.
fn one(
    group: &Group,
    commitments: &BTreeMap<Member, Commitments>,
    shares: &BTreeMap<Member, SignatureShares>,
    index: usize,
    digest: &Digest,
) -> Result<Signature, Error> {
    let share = |member: &Member| -> Option<(Identifier, SignatureShare)> {
        Some((member.identifier(), *shares.get(member)?.0.get(index)?))
    };
    let shares = commitments.keys().filter_map(share).collect();
    let package = package(commitments, index, digest);
    let public = tweaked(group, digest.under);
    let bytes = aggregate_custom(&package, &shares, &public, CheaterDetection::AllCheaters)?.serialize()?;
    Signature::from_slice(&bytes).map_err(|_| Error::MalformedSignature)
}

fn tweaked(group: &Group, under: Under) -> PublicKeyPackage {
    match under.root() {
        None => group.frost().clone(),
        root => group.frost().clone().tweak(root),
    }
}

/// Why shares give no signatures.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AggregateError {
    /// Signers and session do not fit.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A silent signer.
    #[error("no shares from {member}: leave it out in the next attempt")]
    Missing {
        /// The silent signer.
        member: Member,
    },
    /// A share of somebody who has not committed.
    #[error("{member} is not among the signers of this attempt")]
    NotChosen {
        /// The stranger.
        member: Member,
    },
    /// Signers whose shares are bad.
    #[error("bad signature shares from {}: leave them out in the next attempt", list(members))]
    Cheaters {
        /// All of them.
        members: BTreeSet<Member>,
    },
    /// Good shares and no signature; the commitments cancel out, which by chance never happens.
    #[error("no valid signature for digest {index}, though nobody cheated: start the next attempt")]
    Invalid {
        /// Position of the digest.
        index: usize,
    },
}

fn list(members: &BTreeSet<Member>) -> String {
    let mut text = String::new();
    for (index, member) in members.iter().enumerate() {
        let separator = if index == 0 { "" } else { ", " };
        write!(text, "{separator}{member}").expect("writing to a string does not fail");
    }
    text
}
