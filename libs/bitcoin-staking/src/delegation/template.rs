//! A stake without a committee, as a whole: registered, unbonded, slashed (BIP-119).
//!
//! The script fixes the transactions, so there is nothing for anybody to pre-sign but the staker's two
//! slashings, and these are locked to the provider's key. When that key leaks, anybody opens them and slashes.
//! A provider who opens one itself, to slash a single victim, publishes the opened signature with it, and the
//! difference to the registered one is its key: everybody who staked with it can be slashed too.
//!
//! A stake is registered under the same parameters as one with a committee; their committee has no part in it.

use ballast_schnorr::adaptor::{AdaptorError, AdaptorSignature, DecryptionKey, EncryptionKey};
use ballast_schnorr::{SigningKey, bip340};
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Amount, Transaction, XOnlyPublicKey};
use thiserror::Error;

use super::{DelegationError, Slashed, judge_value, terms_with};
use crate::covenant::{Bip119, Covenant, Template, TemplateError};
use crate::params::Params;
use crate::slashing::SlashingTx;
use crate::staking::{Stake, StakingError, StakingTx};
use crate::terms::Terms;
use crate::unbonding::UnbondingTx;
use crate::witness::{self, CovenantSignatures, WitnessError};

#[cfg(test)]
mod tests;

/// The staker's signatures of both slashing transactions, locked to the provider's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateLocks {
    /// Of the slashing of the staking output.
    pub stake: AdaptorSignature,
    /// Of the slashing of the unbonding output.
    pub unbonding: AdaptorSignature,
}

impl TemplateLocks {
    /// Signs both as the staker. `aux` is 32 bytes of fresh randomness, or zeros for reproducible signatures.
    ///
    /// # Errors
    /// [`TemplateDelegationError::Template`] when the stake is no template's or has another value,
    /// [`TemplateDelegationError::Delegation`] unless it has one provider.
    pub fn sign(stake: &Stake, staker: &SigningKey, aux: &[u8; 32]) -> Result<Self, TemplateDelegationError> {
        let [provider] = stake.terms().providers() else {
            return Err(DelegationError::ProviderCount { found: stake.terms().providers().len() }.into());
        };
        let provider = EncryptionKey::new(provider);
        let lock =
            |tx: &SlashingTx| AdaptorSignature::sign(staker, &provider, tx.sighash().as_byte_array(), aux);
        let (_, first, second) = fixed(stake)?;
        Ok(Self { stake: lock(&first)?, unbonding: lock(&second)? })
    }

    /// The signature for slashing one of the outputs.
    pub fn of(&self, slashed: Slashed) -> &AdaptorSignature {
        match slashed {
            Slashed::Stake => &self.stake,
            Slashed::Unbonding => &self.unbonding,
        }
    }
}

/// What a staker declares and hands over; nothing is checked yet. The other transactions follow from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateFacts {
    /// The staker's key.
    pub staker: XOnlyPublicKey,
    /// The provider's key.
    pub provider: XOnlyPublicKey,
    /// Staking time in blocks.
    pub staking_time: u32,
    /// Value that the template was made for, in sats.
    pub staking_value: Amount,
    /// The transaction with the staking output; it need not be signed.
    pub staking_tx: Transaction,
    /// The staker's signatures of what slashes.
    pub locks: TemplateLocks,
}

/// A judged delegation whose covenant is a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateDelegation {
    params_version: u32,
    provider: XOnlyPublicKey,
    staking: StakingTx,
    unbonding: UnbondingTx,
    slashing: SlashingTx,
    unbonding_slashing: SlashingTx,
    locks: TemplateLocks,
}

/// The terms of a stake of exactly `value` sats under the parameters.
///
/// # Errors
/// [`TemplateDelegationError::Delegation`] when value or time is out of range or a key plays two parts,
/// [`TemplateDelegationError::Template`] when the value is too small.
pub fn terms(
    bip119: Bip119,
    (staker, provider): (XOnlyPublicKey, XOnlyPublicKey),
    staking_time: u32,
    value: Amount,
    params: &Params,
) -> Result<Terms, TemplateDelegationError> {
    judge_value(value, params)?;
    let template = Template::new(bip119, value, params.unbonding_fee(), params.slashing().clone())?;
    Ok(terms_with(staker, provider, staking_time, Covenant::Template(template), params)?)
}

/// Judges a delegation under the parameters in force for it, on a network that has the opcode.
///
/// # Errors
/// One variant per cause; a staking output of another value is [`TemplateError::Underfunded`] or
/// [`TemplateError::Overfunded`].
pub fn judge_template(
    facts: &TemplateFacts,
    bip119: Bip119,
    params: &Params,
) -> Result<TemplateDelegation, TemplateDelegationError> {
    let (keys, value) = ((facts.staker, facts.provider), facts.staking_value);
    let terms = terms(bip119, keys, facts.staking_time, value, params)?;
    let staking = find(facts, terms)?;
    let (unbonding, slashing, unbonding_slashing) = fixed(staking.stake())?;
    let provider = EncryptionKey::new(&facts.provider);
    for (slashed, tx) in [(Slashed::Stake, &slashing), (Slashed::Unbonding, &unbonding_slashing)] {
        let lock = facts.locks.of(slashed);
        lock.verify(&facts.staker, &provider, tx.sighash().as_byte_array())
            .map_err(|_| TemplateDelegationError::Lock { slashed })?;
    }
    Ok(TemplateDelegation {
        params_version: params.version(),
        provider: facts.provider,
        staking,
        unbonding,
        slashing,
        unbonding_slashing,
        locks: facts.locks,
    })
}

fn find(facts: &TemplateFacts, terms: Terms) -> Result<StakingTx, TemplateDelegationError> {
    let template = terms.covenant().template().cloned();
    let found = StakingTx::parse(facts.staking_tx.clone(), terms, facts.staking_value);
    if let (Err(StakingError::Value { found, .. }), Some(template)) = (&found, template) {
        template.judge_value(*found)?;
    }
    Ok(found.map_err(DelegationError::from)?)
}

/// The unbonding and both slashing transactions of a stake.
fn fixed(stake: &Stake) -> Result<(UnbondingTx, SlashingTx, SlashingTx), TemplateError> {
    let unbonding = UnbondingTx::fixed(stake)?;
    let second = SlashingTx::fixed(&unbonding)?;
    Ok((unbonding, SlashingTx::fixed(stake)?, second))
}

impl TemplateDelegation {
    /// The version of the parameters that it was judged under.
    pub fn params_version(&self) -> u32 {
        self.params_version
    }

    /// The provider's key.
    pub fn provider(&self) -> XOnlyPublicKey {
        self.provider
    }

    /// The staking transaction.
    pub fn staking(&self) -> &StakingTx {
        &self.staking
    }

    /// The unbonding transaction. The staker's signature alone completes it ([`UnbondingTx::signed`] with no
    /// covenant signatures).
    pub fn unbonding(&self) -> &UnbondingTx {
        &self.unbonding
    }

    /// The transaction that slashes one of its outputs.
    pub fn slashing(&self, slashed: Slashed) -> &SlashingTx {
        match slashed {
            Slashed::Stake => &self.slashing,
            Slashed::Unbonding => &self.unbonding_slashing,
        }
    }

    /// The complete slashing transaction, once the provider's secret key is known.
    ///
    /// `aux` is 32 bytes of fresh randomness, or zeros for a reproducible signature.
    ///
    /// # Errors
    /// [`TemplateDelegationError::WrongProvider`] when `provider` is another key.
    pub fn slash(
        &self,
        slashed: Slashed,
        provider: &SigningKey,
        aux: &[u8; 32],
    ) -> Result<Transaction, TemplateDelegationError> {
        if provider.x_only() != self.provider {
            return Err(TemplateDelegationError::WrongProvider { found: provider.x_only() });
        }
        let tx = self.slashing(slashed);
        let signature = bip340::sign(provider, tx.sighash().as_byte_array(), aux);
        let staker = self.locks.of(slashed).decrypt(&DecryptionKey::new(provider))?;
        Ok(tx.signed(&staker, (self.provider, &signature), &CovenantSignatures::new())?)
    }

    /// Reads the provider's secret key out of a slashing transaction that somebody completed: the difference
    /// between the staker's registered signature and the one that it was opened to.
    ///
    /// # Errors
    /// [`TemplateDelegationError::NoLeak`] when the transaction opens neither.
    pub fn leaked_key(&self, tx: &Transaction) -> Result<SigningKey, TemplateDelegationError> {
        let provider = EncryptionKey::new(&self.provider);
        let opened = tx.input.iter().filter_map(|input| witness::staker_signature(&input.witness));
        opened
            .flat_map(|opened| [self.locks.stake, self.locks.unbonding].map(|locked| (locked, opened)))
            .find_map(|(locked, opened)| locked.extract_checked(&opened, &provider).ok())
            .and_then(|key| SigningKey::from_bytes(&key.secret_bytes()).ok())
            .ok_or(TemplateDelegationError::NoLeak)
    }

    /// The complete unbonding transaction, by the staker's signature.
    ///
    /// # Errors
    /// [`TemplateDelegationError::Witness`] when the signature does not verify.
    pub fn unbond(&self, staker: &Signature) -> Result<Transaction, TemplateDelegationError> {
        Ok(self.unbonding.signed(staker, &CovenantSignatures::new())?)
    }
}

/// Why a delegation is refused, or cannot be completed.
#[derive(Debug, PartialEq, Eq, Error)]
pub enum TemplateDelegationError {
    /// An adaptor signature could not be made or opened.
    #[error(transparent)]
    Adaptor(#[from] AdaptorError),
    /// A rule that stakes with a committee have as well.
    #[error(transparent)]
    Delegation(#[from] DelegationError),
    /// A locked signature does not verify.
    #[error(
        "the staker's adaptor signature for slashing the {slashed} does not verify: lock it to the provider's key"
    )]
    Lock {
        /// The output that would be slashed.
        slashed: Slashed,
    },
    /// Nothing leaked.
    #[error("the transaction opens no signature of this delegation: no key to read out of it")]
    NoLeak,
    /// Not what the template fixes.
    #[error(transparent)]
    Template(#[from] TemplateError),
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
