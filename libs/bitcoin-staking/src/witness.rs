//! Witnesses, element by element (`docs/spec/bitcoin-formats.md` §a.3).
//!
//! Bottom first: covenant signatures, provider signatures (slashing only), staker signature,
//! script, control block. Keys of a group go in descending order, the reverse of their script, with
//! an empty element for a key that does not sign. The covenant signs with exactly its quorum and
//! exactly one provider signs: one signature more fails like one too few. A covenant without a committee
//! has no signatures at all.

use std::collections::BTreeMap;

use ballast_schnorr::bip340;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::{Witness, XOnlyPublicKey};
use thiserror::Error;

use crate::covenant::Committee;
use crate::terms::Terms;
use crate::tree::Leaf;

#[cfg(test)]
mod tests;

/// Signatures of covenant members by their keys.
pub type CovenantSignatures = BTreeMap<XOnlyPublicKey, Signature>;

/// The quorum that deployed software takes of a larger set: the first ones in witness order,
/// that is by descending key. A smaller set comes back as it is.
pub fn first_quorum(committee: &Committee, signatures: &CovenantSignatures) -> CovenantSignatures {
    let signed = committee.keys().iter().rev().filter_map(|key| Some((*key, *signatures.get(key)?)));
    signed.take(committee.quorum()).collect()
}

/// The witness of a timelock leaf.
pub fn timelock(leaf: &Leaf, staker: &Signature) -> Witness {
    finish(Vec::new(), staker, leaf)
}

/// The witness of an unbonding leaf. Signatures are counted and placed, not verified.
///
/// # Errors
/// [`WitnessError::NotMember`], or [`WitnessError::Quorum`] unless exactly a quorum has signed.
pub fn unbonding(
    terms: &Terms,
    leaf: &Leaf,
    staker: &Signature,
    covenant: &CovenantSignatures,
) -> Result<Witness, WitnessError> {
    Ok(finish(covenant_elements(terms, covenant)?, staker, leaf))
}

/// The witness of a slashing leaf. Signatures are counted and placed, not verified.
///
/// # Errors
/// As [`unbonding`]; [`WitnessError::NotProvider`] when the provider is not of the terms.
pub fn slashing(
    terms: &Terms,
    leaf: &Leaf,
    staker: &Signature,
    (provider, signature): (XOnlyPublicKey, &Signature),
    covenant: &CovenantSignatures,
) -> Result<Witness, WitnessError> {
    if !terms.providers().contains(&provider) {
        return Err(WitnessError::NotProvider { key: provider });
    }
    let mut elements = covenant_elements(terms, covenant)?;
    elements.extend(descending(terms.providers(), |key| (*key == provider).then_some(signature)));
    Ok(finish(elements, staker, leaf))
}

/// The staker's signature in the witness of a transaction that spends a staking output by any leaf:
/// the third element from the end, after an annex is removed. It is not verified.
pub fn staker_signature(witness: &Witness) -> Option<Signature> {
    /// First byte of an annex (BIP-341).
    const ANNEX: u8 = 0x50;
    let annex = usize::from(witness.len() >= 2 && witness.last().and_then(<[u8]>::first) == Some(&ANNEX));
    let index = witness.len().checked_sub(annex + 3)?;
    Signature::from_slice(witness.nth(index)?).ok()
}

pub(crate) fn check(
    key: &XOnlyPublicKey,
    sighash: &[u8; 32],
    signature: &Signature,
) -> Result<(), WitnessError> {
    bip340::verify(key, sighash, signature).map_err(|_| WitnessError::Signature { key: *key })
}

pub(crate) fn check_all(signatures: &CovenantSignatures, sighash: &[u8; 32]) -> Result<(), WitnessError> {
    signatures.iter().try_for_each(|(key, signature)| check(key, sighash, signature))
}

fn covenant_elements(terms: &Terms, signatures: &CovenantSignatures) -> Result<Vec<Vec<u8>>, WitnessError> {
    let Some(committee) = terms.covenant().committee() else {
        return signatures
            .keys()
            .next()
            .map_or(Ok(Vec::new()), |key| Err(WitnessError::NotMember { key: *key }));
    };
    if let Some(key) = signatures.keys().find(|key| !committee.contains(key)) {
        return Err(WitnessError::NotMember { key: *key });
    }
    if signatures.len() != committee.quorum() {
        return Err(WitnessError::Quorum { expected: committee.quorum(), found: signatures.len() });
    }
    Ok(descending(committee.keys(), |key| signatures.get(key)).collect())
}

fn descending<'a>(
    keys: &'a [XOnlyPublicKey],
    signature: impl Fn(&XOnlyPublicKey) -> Option<&'a Signature> + 'a,
) -> impl Iterator<Item = Vec<u8>> + 'a {
    keys.iter().rev().map(move |key| signature(key).map_or_else(Vec::new, |found| found.serialize().to_vec()))
}

fn finish(mut elements: Vec<Vec<u8>>, staker: &Signature, leaf: &Leaf) -> Witness {
    elements.push(staker.serialize().to_vec());
    elements.push(leaf.script().to_bytes());
    elements.push(leaf.control_block().serialize());
    Witness::from_slice(&elements)
}

/// Why signatures make no witness.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WitnessError {
    /// A signature by somebody outside the covenant.
    #[error("key {key} is not of the covenant: leave its signature out")]
    NotMember {
        /// The key.
        key: XOnlyPublicKey,
    },
    /// A signature by somebody who is not a provider of the stake.
    #[error("key {key} is not a provider of this stake")]
    NotProvider {
        /// The key.
        key: XOnlyPublicKey,
    },
    /// Too few or too many covenant signatures.
    #[error("{found} covenant signatures: the script takes exactly {expected}")]
    Quorum {
        /// The quorum.
        expected: usize,
        /// Signatures given.
        found: usize,
    },
    /// A signature that does not verify.
    #[error("the signature by {key} does not verify: sign this transaction's sighash")]
    Signature {
        /// The key it should be by.
        key: XOnlyPublicKey,
    },
}
