//! Who takes part in a key: the custodians, their identity keys, and how many of them must sign.
//!
//! A custodian keeps its number from one ceremony to the next, whoever else is left out, so that a message which
//! names "custodian 3" always means the same one. The number is also its place on the secret polynomial.

use std::{collections::BTreeMap, fmt, num::NonZeroU16};

use bitcoin::XOnlyPublicKey;
use frost_secp256k1_tr::Identifier;
use thiserror::Error;

#[cfg(test)]
mod tests;

/// The number of a custodian, from 1: its place in the list that names the custodians.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Member(NonZeroU16);

impl Member {
    /// The number.
    pub fn get(self) -> u16 {
        self.0.get()
    }

    pub(crate) fn identifier(self) -> Identifier {
        Identifier::try_from(self.get()).expect("a member's number is not zero")
    }

    /// The member behind an identifier that this crate made.
    pub(crate) fn of(identifier: &Identifier) -> Self {
        let bytes = identifier.serialize();
        let number = bytes.last_chunk().map(|low| u16::from_be_bytes(*low)).and_then(NonZeroU16::new);
        Self(number.expect("identifiers are made from members only"))
    }
}

impl From<NonZeroU16> for Member {
    fn from(number: NonZeroU16) -> Self {
        Self(number)
    }
}

impl TryFrom<u16> for Member {
    type Error = RosterError;

    fn try_from(number: u16) -> Result<Self, RosterError> {
        NonZeroU16::new(number).map(Self).ok_or(RosterError::MemberZero)
    }
}

impl fmt::Display for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "custodian {}", self.0)
    }
}

/// The custodians of one key and the number of them that must sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    threshold: u16,
    identities: BTreeMap<Member, XOnlyPublicKey>,
}

impl Roster {
    /// A roster of custodians with their identity keys, of which `threshold` must sign.
    ///
    /// # Errors
    /// When fewer than two must sign, more than there are, or two custodians have one identity key.
    pub fn new(threshold: u16, identities: BTreeMap<Member, XOnlyPublicKey>) -> Result<Self, RosterError> {
        if threshold < 2 {
            return Err(RosterError::Threshold { found: threshold });
        }
        if identities.len() < usize::from(threshold) {
            return Err(RosterError::TooFew { members: identities.len(), threshold });
        }
        let mut owners = BTreeMap::new();
        for (member, identity) in &identities {
            if let Some(first) = owners.insert(identity, *member) {
                return Err(RosterError::SharedIdentity { first, second: *member });
            }
        }
        Ok(Self { threshold, identities })
    }

    /// How many must sign.
    pub fn threshold(&self) -> u16 {
        self.threshold
    }

    /// How many there are.
    pub fn size(&self) -> u16 {
        u16::try_from(self.identities.len()).expect("custodians are numbered with 16 bits")
    }

    /// The custodians, ascending.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        self.identities.keys().copied()
    }

    /// The custodians other than one, ascending.
    pub fn others(&self, member: Member) -> impl Iterator<Item = Member> {
        self.members().filter(move |other| *other != member)
    }

    /// The identity key of a custodian.
    ///
    /// # Errors
    /// [`RosterError::Unknown`] if it is not on the roster.
    pub fn identity(&self, member: Member) -> Result<XOnlyPublicKey, RosterError> {
        self.identities.get(&member).copied().ok_or(RosterError::Unknown { member })
    }

    /// The custodians and their identity keys, ascending by number.
    pub fn identities(&self) -> impl Iterator<Item = (Member, XOnlyPublicKey)> {
        self.identities.iter().map(|(member, identity)| (*member, *identity))
    }

    /// The roster without some custodians, with the same threshold.
    ///
    /// # Errors
    /// [`RosterError::TooFew`] if those who remain could not sign.
    pub fn without(&self, left_out: &[Member]) -> Result<Self, RosterError> {
        let remaining = self.identities().filter(|(member, _)| !left_out.contains(member)).collect();
        Self::new(self.threshold, remaining)
    }
}

/// Why custodians make no roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum RosterError {
    /// Numbers start at 1.
    #[error("a custodian's number is at least 1, found 0")]
    MemberZero,
    /// One signer alone is no threshold key.
    #[error("at least 2 custodians must sign, found a threshold of {found}")]
    Threshold {
        /// Number of signers asked for.
        found: u16,
    },
    /// Not even all of them together could sign.
    #[error("{members} custodians cannot reach a threshold of {threshold}: add custodians")]
    TooFew {
        /// Custodians there are.
        members: usize,
        /// Custodians that must sign.
        threshold: u16,
    },
    /// One key would hold two shares.
    #[error("{first} and {second} have the same identity key: each needs its own")]
    SharedIdentity {
        /// The first owner.
        first: Member,
        /// The second owner.
        second: Member,
    },
    /// Not on the roster.
    #[error("{member} does not take part in this key")]
    Unknown {
        /// The stranger.
        member: Member,
    },
}
