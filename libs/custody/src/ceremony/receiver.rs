//! A custodian between dealing and holding its share.

use std::{collections::BTreeMap, fmt};

use frost_secp256k1_tr::keys::dkg::{self, round2};
use thiserror::Error;

use super::complaint::Complaint;
use super::dealer::DecryptionKey;
use super::package::Packages;
use super::shares::SealedShares;
use crate::key_share::KeyShare;
use crate::roster::Member;

/// A custodian that has dealt, with the packages it has dealt under, and waits for what the others dealt to it.
pub struct Receiver {
    member: Member,
    packages: Packages,
    decryption_key: DecryptionKey,
    secret: round2::SecretPackage,
}

impl Receiver {
    pub(super) fn new(
        member: Member,
        packages: Packages,
        decryption_key: DecryptionKey,
        secret: round2::SecretPackage,
    ) -> Self {
        Self { member, packages, decryption_key, secret }
    }

    /// The packages of this ceremony.
    pub fn packages(&self) -> &Packages {
        &self.packages
    }

    /// Opens, checks and adds up what all the others dealt. The shares must be verified as their authors' own.
    ///
    /// The result must sign nothing but the trial until the trial has succeeded.
    ///
    /// # Errors
    /// [`FinishError::Missing`] names a silent custodian. [`FinishError::BadShare`] names one that cheated and
    /// holds the complaint to publish; this ceremony is over then.
    pub fn finish(&self, shares: &BTreeMap<Member, SealedShares>) -> Result<KeyShare, FinishError> {
        let mut opened = BTreeMap::new();
        for sender in self.packages.ceremony().roster().others(self.member) {
            let sealed = shares.get(&sender).ok_or(FinishError::Missing { member: sender })?;
            let share = sealed
                .open(&self.packages, sender, self.member, &self.decryption_key.0)
                .ok_or_else(|| self.complain(sender))?;
            opened.insert(sender.identifier(), share);
        }
        let (share, _) = dkg::part3(&self.secret, &self.packages.of_others(self.member), &opened)
            .expect("the packages are complete and every share fits its package");
        Ok(KeyShare::new(self.member, self.packages.group().clone(), share))
    }

    fn complain(&self, culprit: Member) -> FinishError {
        FinishError::BadShare { culprit, complaint: Complaint::new(culprit, self.decryption_key.0) }
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Receiver({})", self.member)
    }
}

/// Why a ceremony gave no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FinishError {
    /// A custodian is silent.
    #[error("no shares from {member}: wait for them, or leave it out in a new ceremony")]
    Missing {
        /// The silent custodian.
        member: Member,
    },
    /// A custodian cheated.
    #[error("{culprit} dealt a bad share: publish the complaint, and leave it out in a new ceremony")]
    BadShare {
        /// The custodian at fault.
        culprit: Member,
        /// The proof, for everybody to see.
        complaint: Complaint,
    },
}
