//! What one custodian keeps of a threshold key.
//!
//! The share signs nothing alone. It is overwritten when dropped and leaves the process only as bytes that the
//! owner must encrypt (a keystore).

use std::fmt;

use frost_secp256k1_tr::keys::{EvenY, KeyPackage, SigningShare, VerifyingShare};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::group::{Group, GroupError};
use crate::message::SCALAR;
use crate::roster::Member;
use crate::stored;

#[cfg(test)]
mod tests;

/// What the stored bytes are.
const TAG: &str = "ballast/key-share/1";

/// A custodian's secret share of a group key, with the group.
///
/// It can be neither cloned nor copied and prints only its public half. A ceremony makes it.
pub struct KeyShare {
    member: Member,
    group: Group,
    frost: KeyPackage,
}

impl KeyShare {
    pub(crate) fn new(member: Member, group: Group, frost: KeyPackage) -> Self {
        Self { member, group, frost: frost.into_even_y(None) }
    }

    /// Whose share it is.
    pub fn member(&self) -> Member {
        self.member
    }

    /// The public half of the key.
    pub fn group(&self) -> &Group {
        &self.group
    }

    pub(crate) fn frost(&self) -> &KeyPackage {
        &self.frost
    }

    /// `number 2 || secret 32 || group || checksum 32`, for an encrypted keystore and for nothing else.
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let secret = Zeroizing::new(self.frost.signing_share().serialize());
        stored::seal(TAG, &[&self.member.get().to_be_bytes(), &secret, &self.group.to_bytes()])
    }

    /// Reads what [`KeyShare::to_secret_bytes`] wrote.
    ///
    /// # Errors
    /// When the bytes are damaged, or the secret is not the share that the group expects of this custodian.
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, KeyShareError> {
        let body = stored::open(TAG, bytes).ok_or(KeyShareError::Damaged)?;
        let (number, body) = body.split_first_chunk::<2>().ok_or(KeyShareError::Damaged)?;
        let (secret, group) = body.split_first_chunk::<SCALAR>().ok_or(KeyShareError::Damaged)?;
        let member = Member::try_from(u16::from_be_bytes(*number)).map_err(|_| KeyShareError::Damaged)?;
        let secret = SigningShare::deserialize(secret).map_err(|_| KeyShareError::Damaged)?;
        let group = Group::from_bytes(group)?;
        let expected = group.verifying_share(member).copied().ok_or(KeyShareError::NotAMember { member })?;
        if VerifyingShare::from(secret) != expected {
            return Err(KeyShareError::OtherKey { member });
        }
        let key = *group.frost().verifying_key();
        let frost = KeyPackage::new(member.identifier(), secret, expected, key, group.threshold());
        Ok(Self { member, group, frost })
    }
}

impl fmt::Debug for KeyShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyShare({}, {})", self.member, self.group.key())
    }
}

/// Why stored bytes are not a custodian's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyShareError {
    /// Cut off or altered.
    #[error("the stored key share is damaged: restore it from a backup")]
    Damaged,
    /// The group in it cannot be read.
    #[error("the group of the stored key share is not valid: {0}")]
    Group(#[from] GroupError),
    /// The group does not know its owner.
    #[error("{member} holds no share of the stored group")]
    NotAMember {
        /// The owner as stored.
        member: Member,
    },
    /// Another custodian's or another key's share.
    #[error("the stored secret is not the share of {member} in the stored group: restore the right backup")]
    OtherKey {
        /// The owner as stored.
        member: Member,
    },
}
