//! Round 2: a share for each of the other custodians, encrypted.
//!
//! `ephemeral key 33 || sealed share 48 for each other custodian`, ascending by number.

use std::collections::BTreeMap;

use bitcoin::secp256k1::{PublicKey, SecretKey};
use frost_secp256k1_tr::keys::{SecretShare, SigningShare, dkg::round2};

use super::package::Packages;
use super::seal::{Context, SEALED};
use crate::ceremony::Ceremony;
use crate::message::{self, MessageError, POINT, SCALAR};
use crate::roster::Member;

/// What a dealer gives to the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedShares {
    ephemeral: PublicKey,
    sealed: BTreeMap<Member, [u8; SEALED]>,
}

impl SealedShares {
    /// Encrypts shares to the others of a ceremony.
    pub(super) fn seal(
        packages: &Packages,
        sender: Member,
        ephemeral: &SecretKey,
        shares: &BTreeMap<Member, round2::Package>,
    ) -> Self {
        let public = PublicKey::from_secret_key_global(ephemeral);
        let seal = |recipient: Member, share: &round2::Package| {
            let context = context(packages, sender, recipient, public)?;
            let secret = zeroize::Zeroizing::new(share.signing_share().serialize());
            Some((recipient, context.seal(ephemeral, secret.as_slice().try_into().ok()?)))
        };
        let sealed = shares.iter().filter_map(|(recipient, share)| seal(*recipient, share)).collect();
        Self { ephemeral: public, sealed }
    }

    /// The share for one recipient, checked against what the sender committed to; `None` if the sender cheated.
    pub(super) fn open(
        &self,
        packages: &Packages,
        sender: Member,
        recipient: Member,
        secret: &SecretKey,
    ) -> Option<round2::Package> {
        let context = context(packages, sender, recipient, self.ephemeral)?;
        let opened = context.open(secret, self.sealed.get(&recipient)?)?;
        let share = SigningShare::deserialize(&opened).ok()?;
        let commitment = packages.get(sender)?.frost.commitment().clone();
        SecretShare::new(recipient.identifier(), share, commitment).verify().ok()?;
        Some(round2::Package::new(share))
    }

    /// The message.
    pub fn to_bytes(&self) -> Vec<u8> {
        let sealed = self.sealed.values().flatten().copied();
        self.ephemeral.serialize().into_iter().chain(sealed).collect()
    }

    /// Reads what a custodian of a ceremony sent.
    ///
    /// # Errors
    /// When the length is not that of one share for each other custodian, or the key is no point.
    pub fn from_bytes(ceremony: &Ceremony, sender: Member, bytes: &[u8]) -> Result<Self, MessageError> {
        let recipients: Vec<Member> = ceremony.roster().others(sender).collect();
        let bytes = message::of_length(bytes, POINT + recipients.len() * SEALED)?;
        let ephemeral = message::point(bytes, 0, PublicKey::from_slice)?;
        let (chunks, _) = bytes[POINT..].as_chunks::<SEALED>();
        Ok(Self { ephemeral, sealed: recipients.into_iter().zip(chunks.iter().copied()).collect() })
    }
}

fn context(packages: &Packages, sender: Member, recipient: Member, ephemeral: PublicKey) -> Option<Context> {
    let recipient_key = packages.get(recipient)?.encryption_key;
    Some(Context { ceremony: packages.ceremony().id(), sender, recipient, ephemeral, recipient_key })
}

const _: () = assert!(SEALED == SCALAR + 16);
