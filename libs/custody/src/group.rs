//! The public half of a threshold key.
//!
//! The group key P is an *internal* key: the ceremony has already applied BIP-341's tweak for "no script" to the
//! sum of the custodians' keys, so that nobody who spoke last can have hidden a script path in it. Outputs tweak
//! P once more with their own script tree. Three keys therefore must not be confused: P itself, which signs where
//! a script names it ([`Under::GroupKey`](crate::signing::Under)); P tweaked with a tree, which signs for an
//! output ([`Under::OutputKey`](crate::signing::Under)); and P tweaked with no tree, which nothing here ever
//! uses.

use std::collections::BTreeMap;

use bitcoin::XOnlyPublicKey;
use frost_secp256k1_tr::{
    VerifyingKey,
    keys::{EvenY, PublicKeyPackage, VerifyingShare},
};
use thiserror::Error;

use crate::message::{self, MessageError, POINT};
use crate::roster::Member;

#[cfg(test)]
mod tests;

/// Bytes before the verifying shares: threshold, group key.
const HEAD: usize = 2 + 32;
/// Bytes of one custodian: number, verifying share.
const ENTRY: usize = 2 + POINT;

/// A group key, who holds shares of it, and how each one's signature shares are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    key: XOnlyPublicKey,
    threshold: u16,
    frost: PublicKeyPackage,
}

impl Group {
    /// `None` for a package that no ceremony may give: without a threshold, with a key that is no point, or with a
    /// verifying share at infinity, which whoever speaks last could choose for itself.
    pub(crate) fn new(frost: PublicKeyPackage) -> Option<Self> {
        let frost = frost.into_even_y(None);
        let point = frost.verifying_key().serialize().ok()?;
        let key = XOnlyPublicKey::from_slice(point.get(1..)?).ok()?;
        if frost.verifying_shares().values().any(|share| share.serialize().is_err()) {
            return None;
        }
        Some(Self { key, threshold: frost.min_signers()?, frost })
    }

    /// The group key P: the internal key of everything that custody holds.
    pub fn key(&self) -> XOnlyPublicKey {
        self.key
    }

    /// How many custodians must sign.
    pub fn threshold(&self) -> u16 {
        self.threshold
    }

    /// Who holds a share, ascending.
    pub fn members(&self) -> impl Iterator<Item = Member> {
        self.frost.verifying_shares().keys().map(Member::of)
    }

    /// Whether a custodian holds a share.
    pub fn contains(&self, member: Member) -> bool {
        self.verifying_share(member).is_some()
    }

    pub(crate) fn verifying_share(&self, member: Member) -> Option<&VerifyingShare> {
        self.frost.verifying_shares().get(&member.identifier())
    }

    pub(crate) fn frost(&self) -> &PublicKeyPackage {
        &self.frost
    }

    /// `threshold 2 || group key 32 || (number 2 || verifying share 33) for each custodian`, ascending by number.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [&self.threshold.to_be_bytes()[..], &self.key.serialize()].concat();
        for (identifier, share) in self.frost.verifying_shares() {
            bytes.extend(Member::of(identifier).get().to_be_bytes());
            bytes.extend(share.serialize().expect("a group has no share at infinity"));
        }
        bytes
    }

    /// Reads what [`Group::to_bytes`] wrote. The bytes must come from the reader's own store or from the chain:
    /// that verifying shares and group key belong together is not checked again.
    ///
    /// # Errors
    /// When the bytes are no group: wrong length, fields out of range, custodians out of order or too few.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, GroupError> {
        let entries = bytes.len().saturating_sub(HEAD) / ENTRY;
        message::of_length(bytes, HEAD + entries * ENTRY)?;
        let threshold = u16::from_be_bytes([bytes[0], bytes[1]]);
        let key = message::point(&[&[2], &bytes[2..HEAD]].concat(), 0, VerifyingKey::deserialize)
            .map_err(|_| MessageError::Point { at: 2 })?;
        let mut shares = BTreeMap::new();
        let mut last = 0;
        for at in (HEAD..bytes.len()).step_by(ENTRY) {
            let number = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
            let member = Member::try_from(number).map_err(|_| MessageError::Member { at })?;
            if number <= last {
                return Err(GroupError::Order { at });
            }
            last = number;
            shares.insert(member.identifier(), message::point(bytes, at + 2, VerifyingShare::deserialize)?);
        }
        if threshold < 2 || entries < usize::from(threshold) {
            return Err(GroupError::Threshold { threshold, members: entries });
        }
        let frost = PublicKeyPackage::new(shares, key, Some(threshold));
        Ok(Self::new(frost).expect("the key is a point and the threshold is given"))
    }
}

/// Why bytes are no group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GroupError {
    /// Length or a field.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Custodians must ascend.
    #[error(
        "the custodian at byte {at} does not follow the one before: custodians are listed once, ascending"
    )]
    Order {
        /// Where the entry starts.
        at: usize,
    },
    /// A group nobody could sign for, or anybody alone.
    #[error("a threshold of {threshold} with {members} custodians is no threshold key")]
    Threshold {
        /// Signers needed.
        threshold: u16,
        /// Custodians listed.
        members: usize,
    },
}
