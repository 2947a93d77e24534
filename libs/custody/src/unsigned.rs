//! A transaction ready to sign: what it spends, and under which keys.

use bitcoin::hashes::Hash;
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::TapNodeHash;
use bitcoin::{TapSighashType, Transaction, TxOut, Witness, XOnlyPublicKey};
use secp256k1::schnorr::Signature;
use thiserror::Error;

use crate::coin::Coin;
use crate::signing::{Digest, Under};

#[cfg(test)]
mod tests;

/// An unsigned transaction that spends only outputs of one group, each by its key path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    group: XOnlyPublicKey,
    transaction: Transaction,
    spent: Vec<TxOut>,
    roots: Vec<TapNodeHash>,
}

impl Unsigned {
    /// `spent` and `roots` follow the order of the inputs.
    fn new(
        group: XOnlyPublicKey,
        transaction: Transaction,
        spent: Vec<TxOut>,
        roots: Vec<TapNodeHash>,
    ) -> Self {
        debug_assert!(transaction.input.len() == spent.len() && spent.len() == roots.len());
        Self { group, transaction, spent, roots }
    }

    /// A transaction whose inputs are these coins of a group, in this order.
    pub(crate) fn of_coins(group: XOnlyPublicKey, transaction: Transaction, coins: &[Coin]) -> Self {
        let spent = coins.iter().map(|coin| coin.output(group)).collect();
        let roots = coins.iter().map(|coin| coin.lock.root(group)).collect();
        Self::new(group, transaction, spent, roots)
    }

    /// The group that has to sign.
    pub fn group(&self) -> XOnlyPublicKey {
        self.group
    }

    /// The transaction, without witnesses. Its txid is final.
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The outputs that it spends, in input order.
    pub fn spent(&self) -> &[TxOut] {
        &self.spent
    }

    /// The roots of the script trees that the group key is tweaked with, in input order.
    pub fn roots(&self) -> &[TapNodeHash] {
        &self.roots
    }

    /// What a signing session signs: the BIP-341 sighash (`SIGHASH_DEFAULT`) of every input under its output key.
    pub fn digests(&self) -> Vec<Digest> {
        let mut cache = SighashCache::new(&self.transaction);
        let prevouts = Prevouts::All(&self.spent);
        let mut digest = |(index, root): (usize, &TapNodeHash)| {
            let hash = cache
                .taproot_key_spend_signature_hash(index, &prevouts, TapSighashType::Default)
                .expect("there is one spent output for every input");
            Digest { hash: hash.to_byte_array(), under: Under::OutputKey(*root) }
        };
        self.roots.iter().enumerate().map(&mut digest).collect()
    }

    /// The transaction with its signatures, in input order.
    ///
    /// # Errors
    /// When there is not one signature for every input, or one is not valid.
    pub fn complete(&self, signatures: &[Signature]) -> Result<Transaction, CompleteError> {
        let (expected, found) = (self.roots.len(), signatures.len());
        if expected != found {
            return Err(CompleteError::Count { expected, found });
        }
        let digests = self.digests();
        let invalid = |(digest, signature): (&Digest, &Signature)| !digest.verifies(self.group, signature);
        if let Some(input) = digests.iter().zip(signatures).position(invalid) {
            return Err(CompleteError::Signature { input });
        }
        let mut transaction = self.transaction.clone();
        for (input, signature) in transaction.input.iter_mut().zip(signatures) {
            input.witness = Witness::from_slice(&[signature.serialize()]);
        }
        Ok(transaction)
    }
}

/// Why signatures do not complete a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CompleteError {
    /// One signature per input.
    #[error("the transaction has {expected} inputs, found {found} signatures")]
    Count {
        /// Inputs.
        expected: usize,
        /// Signatures.
        found: usize,
    },
    /// Not valid for its input.
    #[error("the signature of input {input} is not valid: check that it is from this transaction's session")]
    Signature {
        /// Position of the input.
        input: usize,
    },
}
