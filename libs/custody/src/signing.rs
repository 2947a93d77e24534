//! Signing sessions: t of n custodians sign all inputs of one transaction in two rounds.
//!
//! 1. Each signer publishes commitments to fresh nonces, one pair for every digest ([`commit`]).
//! 2. Each signer takes everybody's commitments and publishes its signature shares ([`Nonces::sign`]). Anybody
//!    adds them up ([`aggregate`]), and where they do not fit, names whose fault it is.
//!
//! A [`Session`] is fixed before it starts: the group, the digests, and under which key each is signed. Its id is
//! a hash of all that and of the attempt, so commitments made for one transaction mean nothing for another. When
//! a signer is silent or cheats, the next attempt runs without it.
//!
//! Nonces exist once, in memory, and are gone when they are used: two shares with one nonce reveal the signer's
//! share of the key. There is no way to write them down or to copy them, so a process that restarts has forgotten
//! them ([`Signer`] says so), and so has a machine that was restored from a backup.
//!
//! The signatures are plain BIP-340. Each is checked with libsecp256k1 before it is handed out.

use std::{collections::BTreeMap, fmt};

use ballast_schnorr::bip340::tagged_hash;
use bitcoin::hashes::Hash;
use bitcoin::hex::DisplayHex;
use bitcoin::taproot::TapNodeHash;
use bitcoin::{TapTweakHash, XOnlyPublicKey};
use secp256k1::{SECP256K1, schnorr::Signature};
use thiserror::Error;

use crate::ceremony::Packages;
use crate::group::Group;
use crate::roster::{Member, Roster, RosterError};
use crate::statement::{Round, Statement};

mod aggregate;
mod commitments;
mod nonces;
mod shares;
mod signer;

#[cfg(test)]
mod tests;

pub use aggregate::{AggregateError, aggregate, check_share};
pub use commitments::Commitments;
pub use nonces::{Nonces, SignError, commit};
pub use shares::SignatureShares;
pub use signer::Signer;

/// The key that a signature is valid under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Under {
    /// The group key itself: for a script that names it, and for the trial of a ceremony.
    GroupKey,
    /// The group key tweaked with the root of an output's script tree (BIP-341): for spending by the key path.
    OutputKey(TapNodeHash),
}

impl Under {
    /// The key of a group that verifies such a signature.
    pub fn key(self, group: XOnlyPublicKey) -> XOnlyPublicKey {
        match self {
            Self::GroupKey => group,
            Self::OutputKey(root) => {
                let tweak = TapTweakHash::from_key_and_tweak(group, Some(root)).to_scalar();
                group.add_tweak(SECP256K1, &tweak).expect("a hash does not cancel a key out").0
            }
        }
    }

    fn root(&self) -> Option<&[u8]> {
        match self {
            Self::GroupKey => None,
            Self::OutputKey(root) => Some(root.as_byte_array()),
        }
    }
}

/// 32 bytes to sign, and the key to sign them under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest {
    /// The sighash.
    pub hash: [u8; 32],
    /// The key.
    pub under: Under,
}

impl Digest {
    /// Checks a finished signature.
    pub fn verifies(&self, group: XOnlyPublicKey, signature: &Signature) -> bool {
        ballast_schnorr::bip340::verify(&self.under.key(group), &self.hash, signature).is_ok()
    }
}

/// The id of a signing session: a hash of the chain, the group, the attempt and everything to sign.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub [u8; 32]);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// What a group signs, in one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    chain_id: u64,
    id: SessionId,
    group: XOnlyPublicKey,
    digests: Vec<Digest>,
    signers: usize,
}

impl Session {
    /// The `attempt`th session of a group over these digests; for a transaction, those of
    /// [`Unsigned::digests`](crate::unsigned::Unsigned::digests).
    ///
    /// # Errors
    /// [`SessionError::Empty`] if there is nothing to sign.
    pub fn new(
        chain_id: u64,
        group: &Group,
        attempt: u32,
        digests: Vec<Digest>,
    ) -> Result<Self, SessionError> {
        if digests.is_empty() {
            return Err(SessionError::Empty);
        }
        let id = SessionId(id(chain_id, group.key(), attempt, &digests));
        Ok(Self { chain_id, id, group: group.key(), digests, signers: usize::from(group.threshold()) })
    }

    /// The trial of a ceremony: all its custodians sign the transcript under the group key.
    pub fn trial(packages: &Packages, attempt: u32, transcript: [u8; 32]) -> Self {
        let ceremony = packages.ceremony();
        let digests = vec![Digest { hash: transcript, under: Under::GroupKey }];
        let group = packages.group().key();
        let id = SessionId(id(ceremony.chain_id(), group, attempt, &digests));
        Self {
            chain_id: ceremony.chain_id(),
            id,
            group,
            digests,
            signers: usize::from(ceremony.roster().size()),
        }
    }

    /// The id that messages are bound to.
    pub fn id(&self) -> SessionId {
        self.id
    }

    /// The group that signs.
    pub fn group(&self) -> XOnlyPublicKey {
        self.group
    }

    /// What is signed, in order.
    pub fn digests(&self) -> &[Digest] {
        &self.digests
    }

    /// How many custodians have to sign.
    pub fn signers(&self) -> usize {
        self.signers
    }

    /// A payload of this session, ready to sign or to verify with an identity key.
    pub fn statement<'a>(&self, round: Round, payload: &'a [u8]) -> Statement<'a> {
        Statement { chain_id: self.chain_id, id: self.id.0, round, payload }
    }

    /// Checks that a custodian has said something in this session.
    ///
    /// # Errors
    /// When it is not on the roster or the signature is not its own.
    pub fn verify(
        &self,
        roster: &Roster,
        member: Member,
        round: Round,
        payload: &[u8],
        signature: &Signature,
    ) -> Result<(), crate::ceremony::AuthorError> {
        let identity = roster.identity(member)?;
        Ok(self.statement(round, payload).verify(member, &identity, signature)?)
    }

    /// Who may sign together: of this group, enough of them, each with one pair of commitments for every digest.
    fn check(&self, group: &Group, commitments: &BTreeMap<Member, Commitments>) -> Result<(), SessionError> {
        self.check_group(group)?;
        if commitments.len() < self.signers {
            return Err(SessionError::TooFew { needed: self.signers, found: commitments.len() });
        }
        for (member, commitments) in commitments {
            if !group.contains(*member) {
                return Err(RosterError::Unknown { member: *member }.into());
            }
            self.check_count(*member, commitments.len())?;
        }
        Ok(())
    }

    fn check_group(&self, group: &Group) -> Result<(), SessionError> {
        let (expected, found) = (self.group.serialize(), group.key().serialize());
        if expected == found { Ok(()) } else { Err(SessionError::OtherGroup { expected, found }) }
    }

    fn check_count(&self, member: Member, found: usize) -> Result<(), SessionError> {
        let expected = self.digests.len();
        if found == expected { Ok(()) } else { Err(SessionError::Count { member, expected, found }) }
    }
}

fn id(chain_id: u64, group: XOnlyPublicKey, attempt: u32, digests: &[Digest]) -> [u8; 32] {
    let mut signed = Vec::new();
    for digest in digests {
        signed.push(u8::from(digest.under.root().is_some()));
        signed.extend(digest.under.root().unwrap_or(&[0; 32]));
        signed.extend(digest.hash);
    }
    let chain_id = chain_id.to_be_bytes();
    tagged_hash("ballast/session/1", &[&chain_id, &group.serialize(), &attempt.to_be_bytes(), &signed])
}

/// Why custodians cannot sign together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SessionError {
    /// No digest.
    #[error("there is nothing to sign: a session needs at least one digest")]
    Empty,
    /// Another group's session.
    #[error(
        "this session is for group key {}, found {}: use the share of that key",
        expected.as_hex(), found.as_hex()
    )]
    OtherGroup {
        /// The session's group key.
        expected: [u8; 32],
        /// The group key given.
        found: [u8; 32],
    },
    /// Not enough signers.
    #[error("{needed} custodians must sign together, found {found}: wait for more commitments")]
    TooFew {
        /// Signers needed.
        needed: usize,
        /// Signers given.
        found: usize,
    },
    /// Somebody without a share.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// One commitment or share per digest.
    #[error("{member} sent {found} entries for {expected} digests: leave it out in the next attempt")]
    Count {
        /// Whose message it is.
        member: Member,
        /// Digests of the session.
        expected: usize,
        /// Entries of the message.
        found: usize,
    },
}
