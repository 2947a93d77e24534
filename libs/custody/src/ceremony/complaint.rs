//! A bad share, proven to everybody.
//!
//! `number of the accused 2 || decryption key 32`. The complainer reveals the key to which shares were encrypted
//! for it in this ceremony; anybody can then open the share in question and compare it with what the accused
//! committed to. One of the two is at fault. The revealed key opens this ceremony's shares only, and the ceremony
//! ends with the complaint, so no key that is ever used loses anything by it.

use std::fmt;

use bitcoin::secp256k1::{PublicKey, SecretKey};

use super::package::Packages;
use super::shares::SealedShares;
use crate::message::{self, MessageError, SCALAR};
use crate::roster::Member;

/// Whom a complaint convicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// The accused: it dealt a bad share.
    Dealer(Member),
    /// The complainer: the share is good, or the key is not the one that shares were encrypted to.
    Complainer(Member),
}

impl Blame {
    /// The custodian to leave out.
    pub fn member(self) -> Member {
        match self {
            Self::Dealer(member) | Self::Complainer(member) => member,
        }
    }
}

/// What a custodian publishes when a share is bad.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Complaint {
    accused: Member,
    decryption_key: SecretKey,
}

impl Complaint {
    pub(super) fn new(accused: Member, decryption_key: SecretKey) -> Self {
        Self { accused, decryption_key }
    }

    /// Who is accused.
    pub fn accused(&self) -> Member {
        self.accused
    }

    /// Decides between a complainer and the dealer of `shares`, the shares that the accused published.
    pub fn judge(&self, complainer: Member, packages: &Packages, shares: &SealedShares) -> Blame {
        let revealed = PublicKey::from_secret_key_global(&self.decryption_key);
        let own = packages.get(complainer).map(|package| package.encryption_key);
        let accused = packages.get(self.accused);
        if own != Some(revealed) || accused.is_none() || self.accused == complainer {
            return Blame::Complainer(complainer);
        }
        match shares.open(packages, self.accused, complainer, &self.decryption_key) {
            Some(_) => Blame::Complainer(complainer),
            None => Blame::Dealer(self.accused),
        }
    }

    /// The message.
    pub fn to_bytes(&self) -> [u8; 2 + SCALAR] {
        let mut bytes = [0; 2 + SCALAR];
        bytes[..2].copy_from_slice(&self.accused.get().to_be_bytes());
        bytes[2..].copy_from_slice(&self.decryption_key.secret_bytes());
        bytes
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When the length is not 34, the number is 0 or the key is no secret key.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let bytes = message::of_length(bytes, 2 + SCALAR)?;
        let accused = Member::try_from(u16::from_be_bytes([bytes[0], bytes[1]]))
            .map_err(|_| MessageError::Member { at: 0 })?;
        let decryption_key = message::scalar(bytes, 2, SecretKey::from_slice)?;
        Ok(Self { accused, decryption_key })
    }
}

impl fmt::Debug for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Complaint(against {})", self.accused)
    }
}
