//! Paths in a block's Merkle tree.
//!
//! Bitcoin pairs the hashes of a row, hashes each pair with double SHA256, and pairs the last hash of
//! an odd row with itself. A path is the leaf's index and its siblings from the leaf up; bit i of the
//! index says whether the node is the right one of its pair at height i. Two rules make the index of a
//! leaf unique:
//!
//! - `index < 2^depth`, else one path has many indices;
//! - a right node never equals its left sibling: that is the copy which pads an odd row, and it would
//!   give one transaction two indices (CVE-2012-2459). No valid block has equal siblings elsewhere.
//!
//! A path alone is no proof that a transaction is in a block; [`InclusionProof`](crate::InclusionProof)
//! is. `docs/spec/bitcoin-formats.md` §a.5.

use bitcoin::hashes::{Hash, HashEngine};
use bitcoin::{TxMerkleNode, Txid};

/// The longest path: a block holds at most 16,666 transactions of 60 bytes, fewer than 2^15.
pub const MAX_DEPTH: usize = 15;

/// Why a path is refused or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MerkleError {
    /// The siblings are not whole hashes.
    #[error("a path of {0} bytes is cut off: each sibling takes 32")]
    Length(usize),
    /// The path is longer than a block's tree can be.
    #[error("a path of {found} siblings is longer than any block's, {max}")]
    TooDeep {
        /// The longest path.
        max: usize,
        /// Siblings of this one.
        found: usize,
    },
    /// The index does not fit the path.
    #[error("index {index} is outside a tree of depth {depth}")]
    Index {
        /// The index given.
        index: u32,
        /// Siblings given.
        depth: usize,
    },
    /// A right node equals its left sibling.
    #[error("index {index} points into the padding of an odd row: give the transaction's own index")]
    Padding {
        /// The index given.
        index: u32,
    },
    /// The block has no transaction at the index.
    #[error("the block has {count} transactions, none at index {index}")]
    NoTransaction {
        /// The index asked for.
        index: usize,
        /// Transactions in the block.
        count: usize,
    },
}

/// The path from a leaf of a block's Merkle tree to its root, with `index < 2^depth`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerkleBranch {
    index: u32,
    siblings: Vec<TxMerkleNode>,
}

impl MerkleBranch {
    /// The path of the leaf at `index`, counted from 0, with its siblings from the leaf up. A block of
    /// one transaction has index 0 and no siblings.
    ///
    /// # Errors
    /// [`MerkleError::TooDeep`]; [`MerkleError::Index`].
    pub fn new(index: u32, siblings: Vec<TxMerkleNode>) -> Result<Self, MerkleError> {
        let depth = siblings.len();
        if depth > MAX_DEPTH {
            return Err(MerkleError::TooDeep { max: MAX_DEPTH, found: depth });
        }
        if index >> depth != 0 {
            return Err(MerkleError::Index { index, depth });
        }
        Ok(Self { index, siblings })
    }

    /// Reads the Babylon form: the siblings from the leaf up, 32 bytes each in internal byte order.
    ///
    /// # Errors
    /// [`MerkleError::Length`] for a broken sibling, else as [`new`](Self::new).
    pub fn from_bytes(index: u32, bytes: &[u8]) -> Result<Self, MerkleError> {
        let (siblings, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() {
            return Err(MerkleError::Length(bytes.len()));
        }
        Self::new(index, siblings.iter().copied().map(TxMerkleNode::from_byte_array).collect())
    }

    /// The Babylon form of the siblings. The index travels beside it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.siblings.iter().flat_map(|sibling| sibling.to_byte_array()).collect()
    }

    /// The path of the transaction at `index` in a block with these `txids`.
    ///
    /// # Errors
    /// [`MerkleError::NoTransaction`]; [`MerkleError::TooDeep`] if no block has so many.
    pub fn from_block_txids(txids: &[Txid], index: usize) -> Result<Self, MerkleError> {
        let (count, mut position) = (txids.len(), index);
        if index >= count {
            return Err(MerkleError::NoTransaction { index, count });
        }
        let mut row: Vec<TxMerkleNode> = txids.iter().copied().map(leaf).collect();
        let mut siblings = Vec::new();
        while row.len() > 1 {
            siblings.push(*row.get(position ^ 1).unwrap_or(&row[position]));
            row = row.chunks(2).map(|pair| pair_hash(&pair[0], &pair[pair.len() - 1])).collect();
            position /= 2;
        }
        Self::new(index as u32, siblings)
    }

    /// Position of the leaf in its block, counted from 0.
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Siblings from the leaf up.
    pub fn siblings(&self) -> &[TxMerkleNode] {
        &self.siblings
    }

    /// Rows of the tree above the leaves.
    pub fn depth(&self) -> usize {
        self.siblings.len()
    }

    /// The root that this path leads to from `txid`.
    ///
    /// # Errors
    /// [`MerkleError::Padding`].
    pub fn root(&self, txid: Txid) -> Result<TxMerkleNode, MerkleError> {
        let mut node = leaf(txid);
        for (height, sibling) in self.siblings.iter().enumerate() {
            let is_right = self.index >> height & 1 == 1;
            if is_right && node == *sibling {
                return Err(MerkleError::Padding { index: self.index });
            }
            node = if is_right { pair_hash(sibling, &node) } else { pair_hash(&node, sibling) };
        }
        Ok(node)
    }
}

fn leaf(txid: Txid) -> TxMerkleNode {
    TxMerkleNode::from_raw_hash(txid.to_raw_hash())
}

fn pair_hash(left: &TxMerkleNode, right: &TxMerkleNode) -> TxMerkleNode {
    let mut engine = TxMerkleNode::engine();
    engine.input(left.as_byte_array());
    engine.input(right.as_byte_array());
    TxMerkleNode::from_engine(engine)
}

#[cfg(test)]
mod tests;
