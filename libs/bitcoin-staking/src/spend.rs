//! One output of a stake's life together with the leaf that a transaction opens it by.
//!
//! Every signature of the contract is BIP-340 over the BIP-341 script-path sighash with
//! `SIGHASH_DEFAULT`, of a transaction with a single input (`docs/spec/bitcoin-formats.md` §a.3).

use ballast_schnorr::bip340;
use bitcoin::hashes::Hash;
use bitcoin::secp256k1::schnorr::Signature;
use bitcoin::sighash::{Prevouts, SighashCache, TapSighashType};
use bitcoin::{OutPoint, Sequence, TapSighash, Transaction, TxOut, XOnlyPublicKey};

use crate::tree::Leaf;

/// What a transaction spends, and by which leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spend {
    outpoint: OutPoint,
    output: TxOut,
    leaf: Leaf,
    sequence: Sequence,
}

impl Spend {
    pub(crate) fn new(outpoint: OutPoint, output: TxOut, leaf: &Leaf, sequence: Sequence) -> Self {
        Self { outpoint, output, leaf: leaf.clone(), sequence }
    }

    /// The output's place.
    pub fn outpoint(&self) -> OutPoint {
        self.outpoint
    }

    /// The output's value and script.
    pub fn output(&self) -> &TxOut {
        &self.output
    }

    /// The leaf.
    pub fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// The sequence that the input must have.
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// What the signers of `tx` sign: the script-path sighash of its only input.
    pub(crate) fn sighash(&self, tx: &Transaction) -> TapSighash {
        SighashCache::new(tx)
            .taproot_script_spend_signature_hash(
                0,
                &Prevouts::All(&[&self.output]),
                self.leaf.hash(),
                TapSighashType::Default,
            )
            .expect("a transaction with one input and its one prevout has a sighash")
    }
}

/// Whether `signature` is by `key` over `sighash` (BIP-340).
pub fn is_signed(key: &XOnlyPublicKey, sighash: TapSighash, signature: &Signature) -> bool {
    bip340::verify(key, sighash.as_byte_array(), signature).is_ok()
}
