//! Round 1: what each custodian commits to.
//!
//! `encryption key 33 || commitments 33 * threshold || proof 64`. The number of commitments is the threshold and
//! is checked as a length: a longer polynomial would raise the threshold for everybody.

use std::collections::BTreeMap;

use bitcoin::secp256k1::PublicKey;
use frost_core::keys::CoefficientCommitment;
use frost_core::keys::dkg::verify_proof_of_knowledge;
use frost_secp256k1_tr::keys::{PublicKeyPackage, Tweak, VerifiableSecretSharingCommitment, dkg::round1};
use frost_secp256k1_tr::{Identifier, Signature};
use thiserror::Error;

use super::Ceremony;
use crate::group::Group;
use crate::message::{self, MessageError, POINT};
use crate::roster::Member;

/// Bytes of the proof of knowledge: x of its nonce point, scalar.
const PROOF: usize = 64;

/// A custodian's public polynomial, and the key to which others encrypt its shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub(super) encryption_key: PublicKey,
    pub(super) frost: round1::Package,
}

impl Package {
    /// The message.
    pub fn to_bytes(&self) -> Vec<u8> {
        let commitment = self.frost.commitment().serialize_whole().expect("no commitment is at infinity");
        let proof = self.frost.proof_of_knowledge().serialize().expect("no proof is at infinity");
        [&self.encryption_key.serialize()[..], &commitment, &proof].concat()
    }

    /// Reads a message of a ceremony.
    ///
    /// # Errors
    /// When the length is not that of a polynomial of this ceremony's threshold, or a field is no point or
    /// scalar.
    pub fn from_bytes(ceremony: &Ceremony, bytes: &[u8]) -> Result<Self, MessageError> {
        let commitments = usize::from(ceremony.roster().threshold());
        let proof_at = POINT * (1 + commitments);
        let bytes = message::of_length(bytes, proof_at + PROOF)?;
        let encryption_key = message::point(bytes, 0, PublicKey::from_slice)?;
        let points = (1..=commitments)
            .map(|index| message::point(bytes, index * POINT, CoefficientCommitment::deserialize))
            .collect::<Result<_, _>>()?;
        let proof =
            message::field(bytes, proof_at, PROOF, Signature::deserialize, |at| MessageError::Scalar { at })?;
        Ok(Self {
            encryption_key,
            frost: round1::Package::new(VerifiableSecretSharingCommitment::new(points), proof),
        })
    }

    /// Checks that a custodian knows the polynomial it committed to.
    ///
    /// # Errors
    /// [`PackagesError::Proof`], with its name, if the proof is not its own or not valid.
    pub fn check(&self, member: Member) -> Result<(), PackagesError> {
        let frost = &self.frost;
        verify_proof_of_knowledge(member.identifier(), frost.commitment(), frost.proof_of_knowledge())
            .map_err(|_| PackagesError::Proof { member })
    }
}

/// The packages of all custodians of a ceremony, each checked: the public half of the key follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packages {
    ceremony: Ceremony,
    packages: BTreeMap<Member, Package>,
    group: Group,
}

impl Packages {
    /// Takes one package of each custodian.
    ///
    /// # Errors
    /// Naming the first custodian whose package is missing, unexpected or not proven.
    pub fn new(ceremony: Ceremony, packages: BTreeMap<Member, Package>) -> Result<Self, PackagesError> {
        if let Some(member) = packages.keys().find(|member| ceremony.roster().identity(**member).is_err()) {
            return Err(PackagesError::Unexpected { member: *member });
        }
        for member in ceremony.roster().members() {
            packages.get(&member).ok_or(PackagesError::Missing { member })?.check(member)?;
        }
        let group = group(&packages).ok_or(PackagesError::NoKey)?;
        Ok(Self { ceremony, packages, group })
    }

    /// The ceremony they belong to.
    pub fn ceremony(&self) -> &Ceremony {
        &self.ceremony
    }

    /// The group that this ceremony makes, if everybody finishes it. Not to be shown before the trial.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// The packages, ascending by custodian.
    pub fn iter(&self) -> impl Iterator<Item = (Member, &Package)> {
        self.packages.iter().map(|(member, package)| (*member, package))
    }

    /// The package of a custodian; `None` if it takes no part.
    pub fn get(&self, member: Member) -> Option<&Package> {
        self.packages.get(&member)
    }

    pub(super) fn of_others(&self, member: Member) -> BTreeMap<Identifier, round1::Package> {
        self.iter()
            .filter(|(other, _)| *other != member)
            .map(|(other, package)| (other.identifier(), package.frost.clone()))
            .collect()
    }
}

/// The group key and the verifying shares, from public commitments alone.
fn group(packages: &BTreeMap<Member, Package>) -> Option<Group> {
    let commitments =
        packages.iter().map(|(member, package)| (member.identifier(), package.frost.commitment())).collect();
    let frost = PublicKeyPackage::from_dkg_commitments(&commitments).ok()?;
    frost.verifying_key().serialize().ok()?;
    Group::new(frost.tweak::<&[u8]>(None))
}

/// Why packages do not make a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PackagesError {
    /// A custodian is silent.
    #[error("no package from {member}: wait for it, or leave it out in a new ceremony")]
    Missing {
        /// The silent custodian.
        member: Member,
    },
    /// A custodian that takes no part.
    #[error("a package from {member}, who takes no part in this ceremony")]
    Unexpected {
        /// The stranger.
        member: Member,
    },
    /// A custodian that does not know its own polynomial.
    #[error("{member} does not prove that it knows its polynomial: leave it out in a new ceremony")]
    Proof {
        /// The custodian at fault.
        member: Member,
    },
    /// The commitments cancel out; by chance this never happens.
    #[error("the packages add up to no key: start a new ceremony")]
    NoKey,
}
