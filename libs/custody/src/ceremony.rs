//! The key ceremony: custodians make a key together that none of them ever has.
//!
//! FROST's distributed key generation, with a chain as its bulletin board (`docs/spec/ballast-wire.md`, "Signed
//! messages"). Every message is public, signed by its author ([`statement`](crate::statement)) and checked by
//! whoever reads it; all have to answer, and the first to fail is named.
//!
//! 1. **Package** ([`Dealer::new`]): commitments to a secret polynomial, a proof that its author knows it, and a
//!    fresh key to which shares are encrypted. Anybody checks it. Once all are there ([`Packages`]), anybody can
//!    compute the group key ([`Packages::group`]).
//! 2. **Sealed shares** ([`Dealer::deal`]): a share for each of the others, encrypted to its fresh key.
//! 3. Each opens and checks what it got ([`Receiver::finish`]). A bad share becomes a [`Complaint`] that proves
//!    to everybody who is at fault. Nobody can complain after the trial.
//! 4. **Trial**: *all* custodians sign the digest of the whole transcript ([`transcript`]) in a signing session
//!    ([`Session::trial`](crate::signing::Session::trial)). Only then may an address be shown.
//!
//! A custodian that is silent, or at fault, is left out: [`Ceremony::without`] is a new ceremony with a new id
//! and the old threshold. Nothing of the old one is used again.
//!
//! The keys for encrypted shares live for one ceremony. Whoever learns a custodian's identity key years later can
//! thus not read the shares that the chain has stored.

use std::{collections::BTreeMap, fmt};

use ballast_schnorr::bip340::tagged_hash;
use secp256k1::schnorr::Signature;
use thiserror::Error;

use crate::roster::{Member, Roster, RosterError};
use crate::statement::{Forged, Round, Statement};

mod complaint;
mod dealer;
mod package;
mod receiver;
mod seal;
mod shares;

#[cfg(test)]
mod tests;

pub use complaint::{Blame, Complaint};
pub use dealer::{Dealer, DealerError};
pub use package::{Package, Packages, PackagesError};
pub use receiver::{FinishError, Receiver};
pub use shares::SealedShares;

/// The id of a ceremony: a hash of the chain, the ceremony's number, the threshold and the roster.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CeremonyId(pub [u8; 32]);

impl fmt::Display for CeremonyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for CeremonyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CeremonyId({self})")
    }
}

/// One attempt of a roster to make a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ceremony {
    chain_id: u64,
    number: u32,
    roster: Roster,
    id: CeremonyId,
}

impl Ceremony {
    /// The `number`th ceremony of a chain, over all keys and attempts.
    pub fn new(chain_id: u64, number: u32, roster: Roster) -> Self {
        let id = CeremonyId(id(chain_id, number, &roster));
        Self { chain_id, number, roster, id }
    }

    /// The id that messages are bound to.
    pub fn id(&self) -> CeremonyId {
        self.id
    }

    /// EVM chain id.
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The number of this ceremony on its chain.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Who takes part.
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The next ceremony, without some custodians, with the same threshold.
    ///
    /// # Errors
    /// When those who remain could not sign.
    pub fn without(&self, left_out: &[Member]) -> Result<Self, RosterError> {
        let roster = self.roster.without(left_out)?;
        Ok(Self::new(self.chain_id, self.number.saturating_add(1), roster))
    }

    /// A payload of this ceremony, ready to sign or to verify.
    pub fn statement<'a>(&self, round: Round, payload: &'a [u8]) -> Statement<'a> {
        Statement { chain_id: self.chain_id, id: self.id.0, round, payload }
    }

    /// Checks that a custodian of this ceremony has said something in it.
    ///
    /// # Errors
    /// When it is not on the roster or the signature is not its own.
    pub fn verify(
        &self,
        member: Member,
        round: Round,
        payload: &[u8],
        signature: &Signature,
    ) -> Result<(), AuthorError> {
        let identity = self.roster.identity(member)?;
        Ok(self.statement(round, payload).verify(member, &identity, signature)?)
    }
}

/// Why a message is not a custodian's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthorError {
    /// Not on the roster.
    #[error(transparent)]
    Unknown(#[from] RosterError),
    /// Not signed by it.
    #[error(transparent)]
    Forged(#[from] Forged),
}

/// The digest that all custodians sign as their trial: everything said in rounds 1 and 2.
///
/// # Errors
/// [`FinishError::Missing`] if somebody's shares are missing.
pub fn transcript(
    packages: &Packages,
    shares: &BTreeMap<Member, SealedShares>,
) -> Result<[u8; 32], FinishError> {
    let ceremony = packages.ceremony();
    let mut bytes = Vec::new();
    for (member, package) in packages.iter() {
        let sealed = shares.get(&member).ok_or(FinishError::Missing { member })?;
        bytes.extend(package.to_bytes());
        bytes.extend(sealed.to_bytes());
    }
    Ok(tagged_hash("ballast/transcript/1", &[&ceremony.id.0, &bytes]))
}

fn id(chain_id: u64, number: u32, roster: &Roster) -> [u8; 32] {
    let mut members = Vec::new();
    for (member, identity) in roster.identities() {
        members.extend(member.get().to_be_bytes());
        members.extend(identity.serialize());
    }
    let threshold = roster.threshold().to_be_bytes();
    tagged_hash(
        "ballast/ceremony-id/1",
        &[&chain_id.to_be_bytes(), &number.to_be_bytes(), &threshold, &members],
    )
}
