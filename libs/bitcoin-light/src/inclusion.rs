//! Whether a transaction is in a block, given the Merkle root in the block's header.
//!
//! Bitcoin's Merkle tree hashes leaves and inner nodes alike, so a path does not say where in the tree
//! it starts. Three rules pin it to a leaf.
//!
//! - The transaction itself is at hand, and without its witness it has not 64 bytes. An inner node is
//!   the hash of 64 bytes, so the path does not start above the leaves.
//! - The coinbase has a path of equal length. The first 32 bytes of a coinbase are nearly constant (a
//!   version, one input, a null outpoint), so they are the hash of nothing that anybody knows, and the
//!   coinbase's path does not start below the leaves, inside a real transaction of 64 bytes. All paths
//!   of a tree are equally long, so neither does the other one.
//! - The path itself has one index only ([`merkle`](crate::merkle)).
//!
//! [`InclusionProof`] keeps all three. [`MerkleBranch::verify`] is the weaker rule of the Babylon
//! format: no path of the coinbase, and therefore no coinbase. It does not withstand a miner who grinds
//! a 64-byte transaction into a block so that one half of it is the txid of another.
//!
//! What is proven is the **txid**; identify a fact by it, never by (block, index). The txid leaves the
//! witness out, so nothing is proven about the witness.

use bitcoin::consensus::Encodable;
use bitcoin::hashes::{Hash, sha256};
use bitcoin::{Block, Transaction, TxMerkleNode, Txid};

use crate::merkle::{MerkleBranch, MerkleError};

/// Why a transaction is not proven to be in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// A path is malformed, or the block has no such transaction.
    #[error(transparent)]
    Path(#[from] MerkleError),
    /// The transaction is as long as an inner node.
    #[error("transaction {0} has 64 bytes without its witness, like an inner node: it cannot be proven")]
    SixtyFourBytes(Txid),
    /// The path ends in another root.
    #[error("the path ends in {found}, but the header's Merkle root is {expected}")]
    Root {
        /// The header's Merkle root.
        expected: TxMerkleNode,
        /// Where the path ends.
        found: TxMerkleNode,
    },
    /// The coinbase's path has another length.
    #[error("the coinbase's path has {found} siblings and the transaction's {expected}: both must be equal")]
    CoinbaseDepth {
        /// Siblings of the transaction.
        expected: usize,
        /// Siblings of the coinbase.
        found: usize,
    },
    /// The coinbase's path ends in another root.
    #[error("the coinbase's path ends in {found}, but the header's Merkle root is {expected}")]
    CoinbaseRoot {
        /// The header's Merkle root.
        expected: TxMerkleNode,
        /// Where the coinbase's path ends.
        found: TxMerkleNode,
    },
    /// A coinbase elsewhere than first, or something else first.
    #[error("transaction {txid} at index {index}: the coinbase is at index 0, and nothing else is")]
    CoinbasePosition {
        /// The transaction.
        txid: Txid,
        /// The index given.
        index: u32,
    },
    /// A coinbase, where the depth of the tree is not proven.
    #[error("transaction {0} is a coinbase, which needs a proof with the coinbase's path")]
    CoinbaseRefused(Txid),
}

/// Shows the depth of a block's Merkle tree by the path of its first transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoinbaseProof {
    /// SHA256, once, of the coinbase without its witness. Hashed again it is the coinbase's txid.
    pub sha256: sha256::Hash,
    /// The path from index 0.
    pub branch: MerkleBranch,
}

/// Proof that a transaction is in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The transaction's path.
    pub branch: MerkleBranch,
    /// The coinbase and its path.
    pub coinbase: CoinbaseProof,
}

impl InclusionProof {
    /// The proof for the transaction at `index` of a block, counted from 0.
    ///
    /// # Errors
    /// [`InclusionError::Path`] if there is none at `index`.
    pub fn from_block(block: &Block, index: usize) -> Result<Self, InclusionError> {
        let txids: Vec<Txid> = block.txdata.iter().map(Transaction::compute_txid).collect();
        let coinbase = block.txdata.first().ok_or(MerkleError::NoTransaction { index, count: 0 })?;
        Self::from_block_txids(&txids, coinbase, index)
    }

    /// The proof for the transaction at `index`, counted from 0, of a block with these `txids` and this
    /// `coinbase`: what `getblock` and one `getrawtransaction` give.
    ///
    /// # Errors
    /// [`InclusionError::Path`] if there is none at `index`.
    pub fn from_block_txids(
        txids: &[Txid],
        coinbase: &Transaction,
        index: usize,
    ) -> Result<Self, InclusionError> {
        let branch = MerkleBranch::from_block_txids(txids, index)?;
        let path = MerkleBranch::from_block_txids(txids, 0)?;
        Ok(Self { branch, coinbase: CoinbaseProof { sha256: sha256_stripped(coinbase), branch: path } })
    }

    /// Checks that `transaction` is in the block whose header has this `merkle_root`; gives its txid.
    ///
    /// The coinbase itself may be proven too. A caller that wants to spend what it finds should refuse
    /// it ([`Transaction::is_coinbase`]): it cannot be spent for 100 blocks.
    ///
    /// # Errors
    /// [`InclusionError`] with the first rule that is broken.
    pub fn verify(
        &self,
        transaction: &Transaction,
        merkle_root: TxMerkleNode,
    ) -> Result<Txid, InclusionError> {
        let txid = self.branch.check(transaction, merkle_root)?;
        self.coinbase.check(self.branch.depth(), merkle_root)?;
        Ok(txid)
    }
}

impl CoinbaseProof {
    fn check(&self, depth: usize, merkle_root: TxMerkleNode) -> Result<(), InclusionError> {
        let txid = Txid::from_raw_hash(self.sha256.hash_again());
        if self.branch.index() != 0 {
            return Err(InclusionError::CoinbasePosition { txid, index: self.branch.index() });
        }
        if self.branch.depth() != depth {
            return Err(InclusionError::CoinbaseDepth { expected: depth, found: self.branch.depth() });
        }
        let found = self.branch.root(txid)?;
        if found != merkle_root {
            return Err(InclusionError::CoinbaseRoot { expected: merkle_root, found });
        }
        Ok(())
    }
}

impl MerkleBranch {
    /// Checks that `transaction`, which must not be a coinbase, is in the block whose header has this
    /// `merkle_root`; gives its txid. Babylon's rule: weaker than [`InclusionProof::verify`], see
    /// [`inclusion`](crate::inclusion).
    ///
    /// # Errors
    /// [`InclusionError`] with the first rule that is broken.
    pub fn verify(
        &self,
        transaction: &Transaction,
        merkle_root: TxMerkleNode,
    ) -> Result<Txid, InclusionError> {
        let txid = self.check(transaction, merkle_root)?;
        if transaction.is_coinbase() {
            return Err(InclusionError::CoinbaseRefused(txid));
        }
        Ok(txid)
    }

    fn check(&self, transaction: &Transaction, merkle_root: TxMerkleNode) -> Result<Txid, InclusionError> {
        let txid = transaction.compute_txid();
        if transaction.base_size() == INNER_NODE_SIZE {
            return Err(InclusionError::SixtyFourBytes(txid));
        }
        let found = self.root(txid)?;
        if found != merkle_root {
            return Err(InclusionError::Root { expected: merkle_root, found });
        }
        if transaction.is_coinbase() != (self.index() == 0) {
            return Err(InclusionError::CoinbasePosition { txid, index: self.index() });
        }
        Ok(txid)
    }
}

/// Bytes that an inner node is the hash of.
const INNER_NODE_SIZE: usize = 64;

/// SHA256 of a transaction's bytes without its witness: the first half of its txid.
fn sha256_stripped(transaction: &Transaction) -> sha256::Hash {
    let Transaction { version, lock_time, input, output } = transaction;
    let mut engine = sha256::Hash::engine();
    version.consensus_encode(&mut engine).expect(ENGINE_TAKES_ALL);
    input.consensus_encode(&mut engine).expect(ENGINE_TAKES_ALL);
    output.consensus_encode(&mut engine).expect(ENGINE_TAKES_ALL);
    lock_time.consensus_encode(&mut engine).expect(ENGINE_TAKES_ALL);
    sha256::Hash::from_engine(engine)
}

const ENGINE_TAKES_ALL: &str = "a hash engine takes any bytes";

/// Blocks on top of the one at `height`: 0 for the tip, nothing for a height above it. This is the
/// depth that k and w count.
pub const fn depth(tip_height: u32, height: u32) -> Option<u32> {
    tip_height.checked_sub(height)
}

/// Confirmations as Bitcoin Core counts them, the block itself included: one more than its depth.
pub const fn confirmations(tip_height: u32, height: u32) -> Option<u32> {
    match depth(tip_height, height) {
        Some(depth) => depth.checked_add(1),
        None => None,
    }
}

#[cfg(test)]
mod tests;
