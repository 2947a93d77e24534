//! The key ceremony: the chain is the board on which the custodians make their key ([`ballast_custody::ceremony`]).
//!
//! The first ceremony begins with the chain, among all custodians that the genesis names. In each round everybody says
//! one thing, signed with its identity key, within `ceremony_round_blocks`: its package (1), its sealed shares (2), then
//! for the trial its commitments (4) and its signature shares (5). Whoever has opened a bad share complains (3) after
//! round 2 and before the trial's shares. The trial is signed by *all* custodians of the ceremony, and the contract adds up
//! their shares itself, so what it has seen is an n-of-n signature and not the work of t of them. Then the group key
//! exists, and not before.
//!
//! Whoever is silent in a round, is convicted by a complaint, or sends a bad signature share is left out, and a new
//! ceremony begins without it, with a new id and the same threshold. If the rest could not sign, it begins again with all.

use std::collections::BTreeMap;

use alloy_sol_types::SolEvent;
use ballast_custody::{
    Ceremony, Member, Roster, Round, Session,
    ceremony::{AuthorError, Complaint, Package, Packages, PackagesError, SealedShares, transcript},
    signing::{AggregateError, Commitments, SignatureShares, aggregate},
};
use ballast_types::interfaces::ICustody::{self, ceremonyReturn};
use bitcoin::secp256k1::schnorr::Signature;
use thiserror::Error;

use super::{key, store::*};
use crate::{
    contract::CallError,
    storage::{Storage, StorageError},
};

/// Gas for an operation on the curve, priced like ECRECOVER.
const CURVE_GAS: u64 = 3_000;

/// Begins a ceremony among all custodians of the genesis, if it names any.
pub(super) fn begin_with_all(storage: &mut dyn Storage) -> Result<(), StorageError> {
    let count = IDENTITIES.len(storage)?;
    if count == 0 {
        return Ok(());
    }
    begin(storage, (1..=u16::try_from(count).unwrap_or(u16::MAX)).collect())
}

fn begin(storage: &mut dyn Storage, custodians: Vec<u16>) -> Result<(), StorageError> {
    let number = CEREMONY.load(storage)?.saturating_add(1);
    CEREMONY.store(storage, &number)?;
    for custodian in &custodians {
        MEMBERS.at(&number).push(storage, custodian)?;
    }
    enter(storage, Round::Package as u8)?;
    let id = ceremony(storage)?.id().0.into();
    storage.emit(CONTRACT, ICustody::CeremonyBegun { number, id, custodians }.encode_log_data())
}

fn enter(storage: &mut dyn Storage, round: u8) -> Result<(), StorageError> {
    let deadline = storage.block().number.saturating_add(ROUND_BLOCKS.load(storage)?);
    DEADLINE.store(storage, &deadline)?;
    ROUND.store(storage, &round)
}

/// Begins again without some; with all, if the rest could not sign.
fn without(storage: &mut dyn Storage, left_out: &[Member]) -> Result<(), StorageError> {
    match ceremony(storage)?.roster().without(left_out) {
        Ok(roster) => begin(storage, roster.members().map(Member::get).collect()),
        Err(_) => begin_with_all(storage),
    }
}

/// The latest ceremony.
fn ceremony(storage: &mut dyn Storage) -> Result<Ceremony, StorageError> {
    let number = CEREMONY.load(storage)?;
    let mut identities = BTreeMap::new();
    for custodian in all(&MEMBERS.at(&number), storage)? {
        let identity = IDENTITIES.get(storage, u64::from(custodian) - 1)?.and_then(key);
        identities.extend(Member::try_from(custodian).ok().zip(identity));
    }
    let roster = Roster::new(QUORUM.load(storage)?, identities);
    let roster = roster.map_err(|error| StorageError::Database(format!("ceremony {number}: {error}")))?;
    Ok(Ceremony::new(storage.block().chain_id, number, roster))
}

/// Ends a round whose time is over, leaving the silent out; false if there is none.
pub(super) fn expire(storage: &mut dyn Storage) -> Result<bool, StorageError> {
    let round = ROUND.load(storage)?;
    if round == 0 || storage.block().number <= DEADLINE.load(storage)? {
        return Ok(false);
    }
    let mut silent = Vec::new();
    for member in ceremony(storage)?.roster().members() {
        if said(storage, round, member)?.is_empty() {
            silent.push(member);
        }
    }
    without(storage, &silent).map(|()| true)
}

/// Takes a custodian's message and, if it was the last one of the round, goes on.
///
/// # Errors
/// [`CeremonyError`]; nothing is kept then.
pub(super) fn say(
    storage: &mut dyn Storage,
    custodian: u16,
    round: u8,
    payload: &[u8],
    signature: &[u8; 64],
) -> Result<(), CeremonyError> {
    let due = ROUND.load(storage)?;
    if due == 0 {
        return Err(CeremonyError::None);
    }
    let complains = round == Round::Complaint as u8 && due == Round::Commitments as u8;
    if round != due && !complains {
        return Err(CeremonyError::Round { expected: due, found: round });
    }
    storage.charge(CURVE_GAS)?;
    let ceremony = ceremony(storage)?;
    let member = Member::try_from(custodian).map_err(|_| CeremonyError::Author { custodian })?;
    let signature = Signature::from_slice(signature).map_err(|_| CeremonyError::Author { custodian })?;
    if !said(storage, round, member)?.is_empty() {
        return Err(CeremonyError::Said { custodian });
    }
    let malformed = |_| CeremonyError::Malformed { custodian, round };
    let author = |_: AuthorError| CeremonyError::Author { custodian };
    match round {
        1 => {
            ceremony.verify(member, Round::Package, payload, &signature).map_err(author)?;
            storage.charge(CURVE_GAS)?;
            let package = Package::from_bytes(&ceremony, payload).map_err(malformed)?;
            let unproven = |_: PackagesError| CeremonyError::Malformed { custodian, round };
            package.check(member).map_err(unproven)?;
            complete(storage, &ceremony, member, package)?.map_err(unproven)?;
        }
        2 => {
            ceremony.verify(member, Round::SealedShares, payload, &signature).map_err(author)?;
            SealedShares::from_bytes(&ceremony, member, payload).map_err(malformed)?;
        }
        3 => {
            ceremony.verify(member, Round::Complaint, payload, &signature).map_err(author)?;
            let complaint = Complaint::from_bytes(payload).map_err(malformed)?;
            record(storage, &ceremony, custodian, round, payload)?;
            return Ok(judge(storage, ceremony, member, &complaint)?);
        }
        _ => {
            let kind = if round == 4 { Round::Commitments } else { Round::SignatureShares };
            let (_, session) = trial(storage, &ceremony)?;
            session.verify(ceremony.roster(), member, kind, payload, &signature).map_err(author)?;
            match kind {
                Round::Commitments => Commitments::from_bytes(&session, payload).map(drop),
                _ => SignatureShares::from_bytes(&session, payload).map(drop),
            }
            .map_err(malformed)?;
        }
    }
    record(storage, &ceremony, custodian, round, payload)?;
    Ok(proceed(storage, &ceremony, round)?)
}

/// Whether the packages make a key once this one completes them. Whoever speaks last could choose its package so that they
/// do not.
fn complete(
    storage: &mut dyn Storage,
    ceremony: &Ceremony,
    member: Member,
    package: Package,
) -> Result<Result<(), PackagesError>, StorageError> {
    let mut packages = BTreeMap::from([(member, package)]);
    for other in ceremony.roster().members().filter(|other| *other != member) {
        let bytes = said(storage, Round::Package as u8, other)?;
        if bytes.is_empty() {
            return Ok(Ok(()));
        }
        let package = Package::from_bytes(ceremony, &bytes).map_err(|error| damaged(ceremony, &error))?;
        packages.insert(other, package);
    }
    charge_packages(storage, ceremony)?;
    Ok(Packages::new(ceremony.clone(), packages).map(|_| ()))
}

fn charge_packages(storage: &mut dyn Storage, ceremony: &Ceremony) -> Result<(), StorageError> {
    let (members, threshold) = (ceremony.roster().size(), ceremony.roster().threshold());
    storage.charge(CURVE_GAS * u64::from(members) * (1 + u64::from(threshold)))
}

fn record(
    storage: &mut dyn Storage,
    ceremony: &Ceremony,
    custodian: u16,
    round: u8,
    payload: &[u8],
) -> Result<(), StorageError> {
    let number = ceremony.number();
    write_bytes(&SAID.at(&number).at(&round).at(&custodian), storage, payload)?;
    let payload = payload.to_vec().into();
    let event = ICustody::CeremonyMessage { number, custodian, round, payload };
    storage.emit(CONTRACT, event.encode_log_data())
}

fn said(storage: &mut dyn Storage, round: u8, member: Member) -> Result<Vec<u8>, StorageError> {
    let number = CEREMONY.load(storage)?;
    read_bytes(&SAID.at(&number).at(&round).at(&member.get()), storage)
}

/// Goes on to the next round once everybody has spoken.
fn proceed(storage: &mut dyn Storage, ceremony: &Ceremony, round: u8) -> Result<(), StorageError> {
    for member in ceremony.roster().members() {
        if said(storage, round, member)?.is_empty() {
            return Ok(());
        }
    }
    match round {
        1 => enter(storage, Round::SealedShares as u8),
        2 => enter(storage, Round::Commitments as u8),
        4 => enter(storage, Round::SignatureShares as u8),
        _ => finish(storage, ceremony),
    }
}

fn judge(
    storage: &mut dyn Storage,
    ceremony: Ceremony,
    complainer: Member,
    complaint: &Complaint,
) -> Result<(), StorageError> {
    let accused = complaint.accused();
    let packages = packages(storage, &ceremony)?;
    let shares = said(storage, Round::SealedShares as u8, accused)?;
    let blamed = match SealedShares::from_bytes(&ceremony, accused, &shares) {
        Ok(shares) => complaint.judge(complainer, &packages, &shares).member(),
        // nobody of that number has dealt anything
        Err(_) => complainer,
    };
    without(storage, &[blamed])
}

/// Reads what everybody said in a round; it was checked when it was said.
fn messages<T, E: std::fmt::Display>(
    storage: &mut dyn Storage,
    ceremony: &Ceremony,
    round: Round,
    parse: impl Fn(Member, &[u8]) -> Result<T, E>,
) -> Result<BTreeMap<Member, T>, StorageError> {
    let mut messages = BTreeMap::new();
    for member in ceremony.roster().members() {
        let bytes = said(storage, round as u8, member)?;
        let message = parse(member, &bytes).map_err(|error| damaged(ceremony, &error))?;
        messages.insert(member, message);
    }
    Ok(messages)
}

fn damaged(ceremony: &Ceremony, error: &dyn std::fmt::Display) -> StorageError {
    StorageError::Database(format!("ceremony {}: {error}", ceremony.number()))
}

fn packages(storage: &mut dyn Storage, ceremony: &Ceremony) -> Result<Packages, StorageError> {
    charge_packages(storage, ceremony)?;
    let packages =
        messages(storage, ceremony, Round::Package, |_, bytes| Package::from_bytes(ceremony, bytes))?;
    Packages::new(ceremony.clone(), packages).map_err(|error| damaged(ceremony, &error))
}

/// What is signed in the trial, and the public half of the key that signs it.
fn trial(storage: &mut dyn Storage, ceremony: &Ceremony) -> Result<(Packages, Session), StorageError> {
    let packages = packages(storage, ceremony)?;
    let shares = messages(storage, ceremony, Round::SealedShares, |member, bytes| {
        SealedShares::from_bytes(ceremony, member, bytes)
    })?;
    let transcript = transcript(&packages, &shares).map_err(|error| damaged(ceremony, &error))?;
    let session = Session::trial(&packages, 0, transcript);
    Ok((packages, session))
}

/// Adds up the trial: the key exists, or somebody cheated.
fn finish(storage: &mut dyn Storage, ceremony: &Ceremony) -> Result<(), StorageError> {
    let (packages, session) = trial(storage, ceremony)?;
    let commitments =
        messages(storage, ceremony, Round::Commitments, |_, bytes| Commitments::from_bytes(&session, bytes))?;
    let shares = messages(storage, ceremony, Round::SignatureShares, |_, bytes| {
        SignatureShares::from_bytes(&session, bytes)
    })?;
    storage.charge(CURVE_GAS * 4 * commitments.len() as u64)?;
    match aggregate(packages.group(), &session, &commitments, &shares) {
        Ok(_) => {}
        Err(AggregateError::Cheaters { members }) => {
            return without(storage, &members.into_iter().collect::<Vec<_>>());
        }
        // commitments that cancel out: by chance never, by collusion all of them are to blame
        Err(_) => return begin_with_all(storage),
    }
    let group = packages.group().key().serialize().into();
    GROUP.store(storage, &group)?;
    write_bytes(&GROUP_BYTES, storage, &packages.group().to_bytes())?;
    ROUND.clear(storage)?;
    let event = ICustody::KeyMade { number: ceremony.number(), key: group };
    storage.emit(CONTRACT, event.encode_log_data())
}

/// The latest ceremony, for the view.
pub(super) fn show(storage: &mut dyn Storage) -> Result<ceremonyReturn, CeremonyError> {
    if CEREMONY.load(storage)? == 0 {
        return Err(CeremonyError::None);
    }
    let ceremony = ceremony(storage)?;
    Ok(ceremonyReturn {
        number: ceremony.number(),
        id: ceremony.id().0.into(),
        round: ROUND.load(storage)?,
        deadline: DEADLINE.load(storage)?,
        custodians: ceremony.roster().members().map(Member::get).collect(),
    })
}

/// Why a message of a ceremony is refused.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CeremonyError {
    /// It has ended, or the genesis names no custodians.
    #[error("no key ceremony is under way")]
    None,
    /// Too early or too late.
    #[error("the ceremony is in round {expected}, this is a message of round {found}")]
    Round {
        /// The round that is due.
        expected: u8,
        /// The message's.
        found: u8,
    },
    /// Not on the roster, or not signed by it.
    #[error("custodian {custodian} did not sign this, or takes no part: check ceremony, round and payload")]
    Author {
        /// The custodian named.
        custodian: u16,
    },
    /// One message for each round.
    #[error("custodian {custodian} has spoken in this round")]
    Said {
        /// The custodian.
        custodian: u16,
    },
    /// Not a message of this round.
    #[error("the payload of custodian {custodian} is no message of round {round}")]
    Malformed {
        /// The custodian.
        custodian: u16,
        /// The round.
        round: u8,
    },
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<CeremonyError> for CallError {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::None => Self::revert(&ICustody::NoCeremony {}),
            CeremonyError::Round { expected, found } => {
                Self::revert(&ICustody::WrongRound { expected, found })
            }
            CeremonyError::Author { custodian } => Self::revert(&ICustody::NotSigned { custodian }),
            CeremonyError::Said { custodian } => Self::revert(&ICustody::AlreadySaid { custodian }),
            CeremonyError::Malformed { custodian, round } => {
                Self::revert(&ICustody::MalformedMessage { custodian, round })
            }
            CeremonyError::Storage(error) => error.into(),
        }
    }
}
