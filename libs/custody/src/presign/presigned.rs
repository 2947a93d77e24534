//! The published signatures, verified.

use ballast_bitcoin_staking::{Delegation, Facts, delegation};
use bitcoin::Transaction;
use secp256k1::schnorr::Signature;

use super::{ORDER, PresignError, Presignature, Presigning, Withdrawn, digest};
use crate::intent::StakingIntent;
use crate::message;
use crate::signing::Digest;

/// Bytes of a signature.
const SIGNATURE: usize = 64;
/// Bytes of all signatures of a stake.
pub const LEN: usize = ORDER.len() * SIGNATURE;

/// The six transactions of a stake with custody's signatures, each of them verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presigned {
    presigning: Presigning,
    signatures: [Signature; ORDER.len()],
    delegation: Delegation,
}

impl Presigned {
    /// Takes the signatures of a session over [`Presigning::digests`].
    ///
    /// # Errors
    /// When there are not six, or one is not the group's for its place.
    pub fn new(presigning: Presigning, signatures: &[Signature]) -> Result<Self, PresignError> {
        let (expected, found) = (ORDER.len(), signatures.len());
        let signatures: [Signature; ORDER.len()] =
            signatures.try_into().map_err(|_| PresignError::Count { expected, found })?;
        let group = presigning.group();
        for (which, signature) in ORDER.into_iter().zip(&signatures) {
            if !digest(presigning.sighash(which)).verifies(group, signature) {
                return Err(PresignError::Signature { which });
            }
        }
        let facts = presigning.facts([signatures[0], signatures[1]]);
        let delegation = delegation::judge(&facts, &presigning.params)?;
        Ok(Self { presigning, signatures, delegation })
    }

    /// Reads what [`Presigned::to_bytes`] wrote and verifies it.
    ///
    /// # Errors
    /// [`PresignError::Message`] for another length; else as [`Presigned::new`].
    pub fn from_bytes(presigning: Presigning, bytes: &[u8]) -> Result<Self, PresignError> {
        let bytes = message::of_length(bytes, LEN)?;
        let signature = |bytes: &[u8]| Signature::from_slice(bytes).expect("64 bytes");
        Self::new(presigning, &bytes.chunks_exact(SIGNATURE).map(signature).collect::<Vec<_>>())
    }

    /// The published bytes: the signatures in [`ORDER`], 64 bytes each.
    pub fn to_bytes(&self) -> [u8; LEN] {
        let mut bytes = [0; LEN];
        for (place, signature) in bytes.chunks_exact_mut(SIGNATURE).zip(&self.signatures) {
            place.copy_from_slice(&signature.serialize());
        }
        bytes
    }

    /// The transactions.
    pub fn presigning(&self) -> &Presigning {
        &self.presigning
    }

    /// The staking intent.
    pub fn intent(&self) -> &StakingIntent {
        self.presigning.intent()
    }

    /// What chain and covenant judge.
    pub fn facts(&self) -> Facts {
        self.presigning.facts([self.signatures[0], self.signatures[1]])
    }

    /// The judged delegation, which the covenant's [`Approvals`](ballast_bitcoin_staking::Approvals) are for: they
    /// complete its slashing transactions, and its unbonding transaction with the signature of
    /// [`Presigned::unbonding_digest`].
    pub fn delegation(&self) -> &Delegation {
        &self.delegation
    }

    /// What a session signs when the chain has decided to unbond; not before, and never with the others.
    pub fn unbonding_digest(&self) -> Digest {
        digest(self.presigning.unbonding.sighash())
    }

    /// A complete withdrawal; Bitcoin takes it once the output has matured.
    pub fn withdrawal(&self, withdrawn: Withdrawn) -> Transaction {
        let which = Presignature::Withdrawal(withdrawn);
        let place = ORDER.iter().position(|entry| *entry == which).expect("every withdrawal has a place");
        let withdrawal = self.presigning.withdrawal(withdrawn);
        withdrawal.signed(&self.signatures[place]).expect("its signature was verified")
    }
}
