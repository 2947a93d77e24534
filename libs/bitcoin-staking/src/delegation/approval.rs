//! What the covenant signs for a delegation, and what becomes of it.
//!
//! Each member hands over a plain signature of the unbonding transaction and an adaptor signature of
//! each slashing transaction, locked to the provider's key (`docs/spec/bitcoin-formats.md` §a.5, §c).
//! The plain ones let the staker leave; the locked ones open only when the provider's key leaks, and
//! whoever sees such a slashing confirm can read the key back out of it. A member judges the
//! delegation itself before it signs.

use std::collections::BTreeMap;

use ballast_schnorr::adaptor::{AdaptorError, AdaptorSignature, DecryptionKey, EncryptionKey};
use ballast_schnorr::{SigningKey, bip340};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Transaction, XOnlyPublicKey};
use thiserror::Error;

use super::{Delegation, DelegationError, Facts, Slashed, judge};
use crate::params::Params;
use crate::spend;
use crate::witness::{self, CovenantSignatures, WitnessError};

#[cfg(test)]
mod tests;

/// The three signatures of one covenant member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Of the unbonding transaction, plain.
    pub unbonding: Signature,
    /// Of the slashing transaction, locked to the provider's key.
    pub slashing: AdaptorSignature,
    /// Of the unbonding output's slashing transaction, locked to the provider's key.
    pub unbonding_slashing: AdaptorSignature,
}

impl Approval {
    fn of_slashing(&self, slashed: Slashed) -> &AdaptorSignature {
        match slashed {
            Slashed::Stake => &self.slashing,
            Slashed::Unbonding => &self.unbonding_slashing,
        }
    }
}

/// Judges the delegation under `params` and signs it as a covenant member.
///
/// `aux` is 32 bytes of fresh randomness, or zeros for reproducible signatures.
///
/// # Errors
/// [`ApprovalError::Delegation`] when the delegation is refused, [`ApprovalError::NotMember`] when
/// `member` is not in the committee, [`ApprovalError::AlreadySigned`] or
/// [`ApprovalError::QuorumReached`] when `others` need no further signature.
pub fn covenant_sign(
    facts: &Facts,
    params: &Params,
    others: &Approvals,
    member: &SigningKey,
    aux: &[u8; 32],
) -> Result<Approval, ApprovalError> {
    let delegation = judge(facts, params)?;
    others.refuse_more(&delegation, member.x_only())?;
    let provider = EncryptionKey::new(&delegation.provider);
    let lock = |slashed| {
        let sighash = delegation.slashing(slashed).sighash();
        AdaptorSignature::sign(member, &provider, sighash.as_byte_array(), aux)
    };
    Ok(Approval {
        unbonding: bip340::sign(member, delegation.unbonding.sighash().as_byte_array(), aux),
        slashing: lock(Slashed::Stake)?,
        unbonding_slashing: lock(Slashed::Unbonding)?,
    })
}

/// The verified approvals of one delegation, by member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approvals(BTreeMap<XOnlyPublicKey, Approval>);

impl Approvals {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Verifies a member's three signatures and adds them.
    ///
    /// # Errors
    /// [`ApprovalError::NotMember`], [`ApprovalError::AlreadySigned`],
    /// [`ApprovalError::UnbondingSignature`] or [`ApprovalError::SlashingSignature`]. A member beyond
    /// the quorum is welcome: it is one more to complete a witness with.
    pub fn add(
        &mut self,
        delegation: &Delegation,
        member: XOnlyPublicKey,
        approval: Approval,
    ) -> Result<(), ApprovalError> {
        self.refuse_stranger(delegation, member)?;
        verify(delegation, member, &approval)?;
        self.0.insert(member, approval);
        Ok(())
    }

    /// The approval of each member that gave one.
    pub fn iter(&self) -> impl Iterator<Item = (&XOnlyPublicKey, &Approval)> {
        self.0.iter()
    }

    /// Whether enough members have signed.
    pub fn has_quorum(&self, delegation: &Delegation) -> bool {
        self.0.len() >= delegation.committee().quorum()
    }

    /// The complete unbonding transaction.
    ///
    /// # Errors
    /// [`ApprovalError::Witness`] without a quorum or when the staker's signature does not verify.
    pub fn unbond(&self, delegation: &Delegation, staker: &Signature) -> Result<Transaction, ApprovalError> {
        let signatures = self.0.iter().map(|(key, approval)| (*key, approval.unbonding)).collect();
        let quorum = witness::first_quorum(delegation.committee(), &signatures);
        Ok(delegation.unbonding.signed(staker, &quorum)?)
    }

    /// The complete slashing transaction, once the provider's secret key is known.
    ///
    /// `aux` is 32 bytes of fresh randomness, or zeros for a reproducible signature.
    ///
    /// # Errors
    /// [`ApprovalError::WrongProvider`] when `provider` is another key, [`ApprovalError::Witness`]
    /// without a quorum.
    pub fn slash(
        &self,
        delegation: &Delegation,
        slashed: Slashed,
        provider: &SigningKey,
        aux: &[u8; 32],
    ) -> Result<Transaction, ApprovalError> {
        if provider.x_only() != delegation.provider {
            return Err(ApprovalError::WrongProvider { found: provider.x_only() });
        }
        let tx = delegation.slashing(slashed);
        let signature = bip340::sign(provider, tx.sighash().as_byte_array(), aux);
        let quorum = self.open(delegation, slashed, &DecryptionKey::new(provider))?;
        let staker = delegation.staker_signature(slashed);
        Ok(tx.signed(staker, (delegation.provider, &signature), &quorum)?)
    }

    /// Reads the provider's secret key out of a slashing transaction that somebody completed: the
    /// difference between an approval and the signature that it was opened to.
    ///
    /// # Errors
    /// [`ApprovalError::NoLeak`] when the transaction holds no opened approval of these.
    pub fn leaked_key(&self, delegation: &Delegation, tx: &Transaction) -> Result<SigningKey, ApprovalError> {
        let provider = EncryptionKey::new(&delegation.provider);
        let elements = || tx.input.iter().flat_map(|input| input.witness.iter());
        let signatures: Vec<_> = elements().filter_map(|bytes| Signature::from_slice(bytes).ok()).collect();
        let approvals = self.0.values().flat_map(|approval| [approval.slashing, approval.unbonding_slashing]);
        approvals
            .flat_map(|locked| signatures.iter().map(move |opened| (locked, opened)))
            .find_map(|(locked, opened)| locked.extract_checked(opened, &provider).ok())
            .and_then(|key| SigningKey::from_bytes(&key.secret_bytes()).ok())
            .ok_or(ApprovalError::NoLeak)
    }

    fn open(
        &self,
        delegation: &Delegation,
        slashed: Slashed,
        secret: &DecryptionKey,
    ) -> Result<CovenantSignatures, ApprovalError> {
        let committee = delegation.committee();
        // The members that `witness::first_quorum` would choose.
        let signed = committee.keys().iter().rev().filter_map(|key| self.0.get_key_value(key));
        let opened = signed.map(|(key, approval)| Ok((*key, approval.of_slashing(slashed).decrypt(secret)?)));
        opened.take(committee.quorum()).collect()
    }

    fn refuse_stranger(&self, delegation: &Delegation, key: XOnlyPublicKey) -> Result<(), ApprovalError> {
        if !delegation.committee().contains(&key) {
            return Err(ApprovalError::NotMember { key });
        }
        if self.0.contains_key(&key) {
            return Err(ApprovalError::AlreadySigned { key });
        }
        Ok(())
    }

    fn refuse_more(&self, delegation: &Delegation, key: XOnlyPublicKey) -> Result<(), ApprovalError> {
        self.refuse_stranger(delegation, key)?;
        if self.has_quorum(delegation) {
            return Err(ApprovalError::QuorumReached { found: self.0.len() });
        }
        Ok(())
    }
}

fn verify(delegation: &Delegation, member: XOnlyPublicKey, approval: &Approval) -> Result<(), ApprovalError> {
    if !spend::is_signed(&member, delegation.unbonding.sighash(), &approval.unbonding) {
        return Err(ApprovalError::UnbondingSignature { key: member });
    }
    let provider = EncryptionKey::new(&delegation.provider);
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let sighash = delegation.slashing(slashed).sighash();
        approval
            .of_slashing(slashed)
            .verify(&member, &provider, sighash.as_byte_array())
            .map_err(|_| ApprovalError::SlashingSignature { key: member, slashed })?;
    }
    Ok(())
}

/// Why a covenant signature is not given, not taken or of no use.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum ApprovalError {
    /// An adaptor signature could not be made or opened.
    #[error(transparent)]
    Adaptor(#[from] AdaptorError),
    /// This member signed before.
    #[error("covenant member {key} has signed already")]
    AlreadySigned {
        /// The member.
        key: XOnlyPublicKey,
    },
    /// The delegation breaks a rule.
    #[error(transparent)]
    Delegation(#[from] DelegationError),
    /// Nothing leaked.
    #[error("the transaction opens none of these approvals: no key to read out of it")]
    NoLeak,
    /// Not a covenant member.
    #[error("key {key} is not of the covenant in these parameters")]
    NotMember {
        /// The key.
        key: XOnlyPublicKey,
    },
    /// Nobody else needs to sign.
    #[error("{found} covenant members have signed: no more are needed")]
    QuorumReached {
        /// How many.
        found: usize,
    },
    /// A locked signature does not verify.
    #[error("the adaptor signature by {key} for slashing the {slashed} does not verify")]
    SlashingSignature {
        /// The member.
        key: XOnlyPublicKey,
        /// The output that would be slashed.
        slashed: Slashed,
    },
    /// The plain signature does not verify.
    #[error("the unbonding signature by {key} does not verify")]
    UnbondingSignature {
        /// The member.
        key: XOnlyPublicKey,
    },
    /// The signatures make no witness.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// A secret key of somebody else.
    #[error("the secret belongs to {found}, not to the delegation's provider")]
    WrongProvider {
        /// Whose key it is.
        found: XOnlyPublicKey,
    },
}
