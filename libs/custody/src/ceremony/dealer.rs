//! A custodian between its own package and everybody's.
//!
//! Its secrets may be stored, encrypted, so that a custodian that restarts in the middle of a ceremony goes on
//! instead of being left out. Unlike a signing nonce they do no harm when they are used again: the same
//! polynomial gives the same shares.

use std::fmt;

use bitcoin::secp256k1::{PublicKey, SecretKey};
use frost_secp256k1_tr::keys::VerifiableSecretSharingCommitment;
use frost_secp256k1_tr::keys::dkg::{self, round1};
use frost_secp256k1_tr::rand_core::{CryptoRng, RngCore};
use frost_secp256k1_tr::{Field, Secp256K1ScalarField};
use thiserror::Error;
use zeroize::Zeroizing;

use super::package::{Package, Packages};
use super::receiver::Receiver;
use super::shares::SealedShares;
use super::{Ceremony, CeremonyId};
use crate::message::{POINT, SCALAR};
use crate::roster::{Member, RosterError};
use crate::stored;

/// What the stored bytes are.
const TAG: &str = "ballast/dealer/1";

/// A custodian's secrets in a ceremony: its polynomial and the key that opens what others send it.
pub struct Dealer {
    ceremony: CeremonyId,
    member: Member,
    pub(super) decryption_key: DecryptionKey,
    polynomial: round1::SecretPackage,
}

/// Opens shares; overwritten when dropped.
pub(super) struct DecryptionKey(pub(super) SecretKey);

impl Drop for DecryptionKey {
    fn drop(&mut self) {
        self.0.non_secure_erase();
    }
}

impl Dealer {
    /// Starts a ceremony for one of its custodians: the secrets to keep and the package to publish.
    ///
    /// # Errors
    /// [`DealerError::Roster`] if the custodian takes no part.
    pub fn new(
        ceremony: &Ceremony,
        member: Member,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Self, Package), DealerError> {
        let roster = ceremony.roster();
        roster.identity(member)?;
        let decryption_key = DecryptionKey(SecretKey::new(rng));
        let (polynomial, frost) = dkg::part1(member.identifier(), roster.size(), roster.threshold(), rng)
            .expect("a roster has a threshold from 2 to its length");
        let encryption_key = PublicKey::from_secret_key_global(&decryption_key.0);
        let dealer = Self { ceremony: ceremony.id(), member, decryption_key, polynomial };
        Ok((dealer, Package { encryption_key, frost }))
    }

    /// Deals shares to the others, once all packages are there: the secrets to keep and the shares to publish.
    ///
    /// # Errors
    /// [`DealerError::OtherCeremony`] if the packages belong to another ceremony, [`DealerError::OtherPackage`]
    /// if this custodian's among them is not its own.
    pub fn deal(
        self,
        packages: &Packages,
        rng: &mut (impl CryptoRng + RngCore),
    ) -> Result<(Receiver, SealedShares), DealerError> {
        self.check(packages)?;
        let (secret, shares) = dkg::part2(self.polynomial, &packages.of_others(self.member))
            .expect("the packages are complete, proven and of this ceremony's threshold");
        let shares = shares.into_iter().map(|(identifier, share)| (Member::of(&identifier), share)).collect();
        let ephemeral = DecryptionKey(SecretKey::new(rng));
        let sealed = SealedShares::seal(packages, self.member, &ephemeral.0, &shares);
        Ok((Receiver::new(self.member, packages.clone(), self.decryption_key, secret), sealed))
    }

    fn check(&self, packages: &Packages) -> Result<(), DealerError> {
        let found = packages.ceremony().id();
        if found != self.ceremony {
            return Err(DealerError::OtherCeremony { expected: self.ceremony, found });
        }
        let own = packages.get(self.member).ok_or(RosterError::Unknown { member: self.member })?;
        let encryption_key = PublicKey::from_secret_key_global(&self.decryption_key.0);
        if own.frost.commitment() != self.polynomial.commitment() || own.encryption_key != encryption_key {
            return Err(DealerError::OtherPackage { member: self.member });
        }
        Ok(())
    }

    /// `ceremony id 32 || number 2 || decryption key 32 || (coefficient 32 || commitment 33) * threshold ||
    /// checksum 32`, for an encrypted store that is erased when the ceremony ends.
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let key = Zeroizing::new(self.decryption_key.0.secret_bytes());
        let coefficients = Zeroizing::new(self.polynomial.coefficients());
        let coefficients: Vec<_> = coefficients
            .iter()
            .map(|scalar| Zeroizing::new(Secp256K1ScalarField::serialize(scalar)))
            .collect();
        let commitment = self.polynomial.commitment().serialize().expect("no commitment is at infinity");
        let number = self.member.get().to_be_bytes();
        let mut fields: Vec<&[u8]> = vec![&self.ceremony.0, &number, key.as_slice()];
        for (coefficient, point) in coefficients.iter().zip(&commitment) {
            fields.extend([coefficient.as_slice(), point]);
        }
        stored::seal(TAG, &fields)
    }

    /// Reads what [`Dealer::to_secret_bytes`] wrote for this custodian in this ceremony.
    ///
    /// # Errors
    /// When the bytes are damaged, or belong to another ceremony or custodian.
    pub fn from_secret_bytes(ceremony: &Ceremony, member: Member, bytes: &[u8]) -> Result<Self, DealerError> {
        let body = stored::open(TAG, bytes).ok_or(DealerError::Damaged)?;
        let (id, body) = body.split_first_chunk::<32>().ok_or(DealerError::Damaged)?;
        if *id != ceremony.id().0 {
            return Err(DealerError::OtherCeremony { expected: ceremony.id(), found: CeremonyId(*id) });
        }
        let (number, body) = body.split_first_chunk::<2>().ok_or(DealerError::Damaged)?;
        if *number != member.get().to_be_bytes() {
            return Err(DealerError::OtherPackage { member });
        }
        let (key, body) = body.split_first_chunk::<SCALAR>().ok_or(DealerError::Damaged)?;
        let decryption_key = SecretKey::from_slice(key).map_err(|_| DealerError::Damaged)?;
        let polynomial = polynomial(ceremony, member, body).ok_or(DealerError::Damaged)?;
        Ok(Self {
            ceremony: ceremony.id(),
            member,
            decryption_key: DecryptionKey(decryption_key),
            polynomial,
        })
    }
}

/// The stored polynomial of a custodian.
fn polynomial(ceremony: &Ceremony, member: Member, body: &[u8]) -> Option<round1::SecretPackage> {
    let (terms, []) = body.as_chunks::<{ SCALAR + POINT }>() else { return None };
    let mut coefficients = Vec::with_capacity(terms.len());
    let mut points = Vec::with_capacity(terms.len());
    for term in terms {
        let (coefficient, point) = term.split_first_chunk::<SCALAR>()?;
        coefficients.push(Secp256K1ScalarField::deserialize(coefficient).ok()?);
        points.push(point);
    }
    let commitment = VerifiableSecretSharingCommitment::deserialize(points).ok()?;
    let roster = ceremony.roster();
    (terms.len() == usize::from(roster.threshold())).then(|| {
        round1::SecretPackage::new(
            member.identifier(),
            coefficients,
            commitment,
            roster.threshold(),
            roster.size(),
        )
    })
}

impl fmt::Debug for Dealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dealer({}, {})", self.member, self.ceremony)
    }
}

/// Why a custodian cannot deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DealerError {
    /// Takes no part.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// Secrets and packages of two ceremonies.
    #[error("these secrets are for ceremony {expected}, found {found}: start that ceremony afresh")]
    OtherCeremony {
        /// The ceremony wanted.
        expected: CeremonyId,
        /// The ceremony found.
        found: CeremonyId,
    },
    /// The package under its name does not come from these secrets.
    #[error("the package of {member} was not made from these secrets: two machines may run as {member}")]
    OtherPackage {
        /// The custodian.
        member: Member,
    },
    /// The stored secrets cannot be read.
    #[error("the stored secrets of this ceremony are damaged: let it time out and take part in the next one")]
    Damaged,
}
