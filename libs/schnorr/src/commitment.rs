//! Commitments to public randomness: a Merkle tree over the heights it is for.
//!
//! Leaf `H(0x00 || r)`, inner node `H(0x01 || left || right)`, split at the largest power of two below the number
//! of leaves (RFC 6962, as CometBFT does; `docs/spec/bitcoin-formats.md` §b.3). The two prefixes keep an inner
//! node from passing for a leaf. The height fixes the leaf's index and the commitment fixes the number of leaves,
//! so a proof has exactly one shape, and a proof of any other length is refused.

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::{PublicRandomness, bip340::digest, message};

#[cfg(test)]
mod tests;

/// Why a commitment or a proof was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CommitmentError {
    /// There is no height to commit to.
    #[error("a commitment must cover at least one height")]
    Empty,
    /// The last height does not fit into 64 bits.
    #[error("{count} heights from {start} on overflow a 64-bit height")]
    Overflow {
        /// First height.
        start: u64,
        /// Number of heights.
        count: u64,
    },
    /// The height is outside the commitment.
    #[error("height {height} is not among the committed heights {start} to {last}")]
    HeightOutside {
        /// The height asked for.
        height: u64,
        /// First committed height.
        start: u64,
        /// Last committed height.
        last: u64,
    },
    /// The proof speaks of another leaf.
    #[error("the proof is for leaf {found}, expected leaf {expected}")]
    Index {
        /// `height - start`.
        expected: u64,
        /// The index in the proof.
        found: u64,
    },
    /// The proof speaks of a tree of another size.
    #[error("the proof is for a tree of {found} leaves, expected {expected}")]
    Total {
        /// The committed number of heights.
        expected: u64,
        /// The total in the proof.
        found: u64,
    },
    /// The leaf is not in the tree.
    #[error("leaf {index} is beyond the {total} leaves of the tree")]
    IndexOutside {
        /// The leaf asked for.
        index: u64,
        /// The number of leaves.
        total: u64,
    },
    /// The proof has too few or too many hashes for its leaf.
    #[error("the proof has {found} hashes, expected {expected}")]
    AuntCount {
        /// The number that the index and total call for.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// The proof leads to another root.
    #[error("the proof does not lead to the committed root: the public randomness is not the committed one")]
    Root,
}

/// A promise to vote with fixed public randomness at `count` heights from `start` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Commitment {
    start: u64,
    count: u64,
    root: [u8; 32],
}

impl Commitment {
    /// A commitment to `count` heights from `start` on, under a Merkle root.
    ///
    /// # Errors
    /// [`CommitmentError::Empty`] for no height, [`CommitmentError::Overflow`] if `start + count` is no `u64`.
    pub fn new(start: u64, count: u64, root: [u8; 32]) -> Result<Self, CommitmentError> {
        if count == 0 {
            return Err(CommitmentError::Empty);
        }
        start.checked_add(count).ok_or(CommitmentError::Overflow { start, count })?;
        Ok(Self { start, count, root })
    }

    /// The first height.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The number of heights, at least 1.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The last height.
    pub fn last(&self) -> u64 {
        self.start + (self.count - 1)
    }

    /// The Merkle root over the public randomness of the heights, in order.
    pub fn root(&self) -> &[u8; 32] {
        &self.root
    }

    /// The digest that the key signs ([`bip340::sign`](crate::bip340::sign)) on a Ballast chain.
    pub fn digest(&self, chain_id: u64) -> [u8; 32] {
        digest(&message::commitment(chain_id, self.start, self.count, &self.root))
    }

    /// The digest that the key signs in Babylon's format: `SHA256(context || be64(start) || be64(count) || root)`.
    /// The context is empty on Babylon's chains today.
    pub fn babylon_digest(&self, context: &[u8]) -> [u8; 32] {
        digest(&[context, &self.start.to_be_bytes(), &self.count.to_be_bytes(), &self.root].concat())
    }

    /// Checks that `randomness` is what was committed to for `height`.
    ///
    /// # Errors
    /// [`CommitmentError::HeightOutside`], [`CommitmentError::Index`] or [`CommitmentError::Total`] if the proof
    /// is about something else, and those of [`Proof::root`]; [`CommitmentError::Root`] if it proves another value.
    pub fn verify(
        &self,
        height: u64,
        randomness: &PublicRandomness,
        proof: &Proof,
    ) -> Result<(), CommitmentError> {
        let expected = height
            .checked_sub(self.start)
            .filter(|index| *index < self.count)
            .ok_or(CommitmentError::HeightOutside { height, start: self.start, last: self.last() })?;
        if proof.index != expected {
            return Err(CommitmentError::Index { expected, found: proof.index });
        }
        if proof.total != self.count {
            return Err(CommitmentError::Total { expected: self.count, found: proof.total });
        }
        if proof.root(randomness)? == self.root { Ok(()) } else { Err(CommitmentError::Root) }
    }
}

/// A Merkle inclusion proof of one leaf.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    /// The leaf's position, from 0.
    pub index: u64,
    /// The number of leaves of the tree.
    pub total: u64,
    /// The sibling hashes from the leaf upwards.
    pub aunts: Vec<[u8; 32]>,
}

impl Proof {
    /// The root that this proof leads to from a leaf.
    ///
    /// # Errors
    /// [`CommitmentError::IndexOutside`] or [`CommitmentError::AuntCount`].
    pub fn root(&self, leaf: &PublicRandomness) -> Result<[u8; 32], CommitmentError> {
        if self.index >= self.total {
            return Err(CommitmentError::IndexOutside { index: self.index, total: self.total });
        }
        let expected = siblings(self.index, self.total).count();
        if self.aunts.len() != expected {
            return Err(CommitmentError::AuntCount { expected, found: self.aunts.len() });
        }
        let sides = siblings(self.index, self.total);
        Ok(sides.zip(&self.aunts).fold(leaf_hash(leaf), |node, (side, aunt)| match side {
            Side::Left => inner_hash(aunt, &node),
            Side::Right => inner_hash(&node, aunt),
        }))
    }
}

/// The Merkle tree over a list of public randomness, with every level kept so that proofs are cheap.
#[derive(Clone, Debug)]
pub struct Tree {
    /// `levels[0]` are the leaf hashes; the last level has one node.
    levels: Vec<Vec<[u8; 32]>>,
}

impl Tree {
    /// Builds the tree.
    ///
    /// # Errors
    /// [`CommitmentError::Empty`] for an empty list.
    pub fn new(leaves: &[PublicRandomness]) -> Result<Self, CommitmentError> {
        if leaves.is_empty() {
            return Err(CommitmentError::Empty);
        }
        let mut levels = vec![leaves.iter().map(leaf_hash).collect::<Vec<_>>()];
        while let Some(level) = levels.last().filter(|level| level.len() > 1) {
            // A node without a sibling rises as it is; that is the power-of-two split, seen from below.
            let parents = level.chunks(2).map(|pair| match pair {
                [left, right] => inner_hash(left, right),
                rest => rest[0],
            });
            levels.push(parents.collect());
        }
        Ok(Self { levels })
    }

    /// The root.
    pub fn root(&self) -> [u8; 32] {
        self.levels[self.levels.len() - 1][0]
    }

    /// The number of leaves.
    pub fn total(&self) -> u64 {
        self.levels[0].len() as u64
    }

    /// The proof of one leaf, counted from 0.
    ///
    /// # Errors
    /// [`CommitmentError::IndexOutside`] if there is no such leaf.
    pub fn proof(&self, index: u64) -> Result<Proof, CommitmentError> {
        let total = self.total();
        if index >= total {
            return Err(CommitmentError::IndexOutside { index, total });
        }
        let aunt =
            |(level, nodes): (usize, &Vec<[u8; 32]>)| nodes.get((index as usize >> level) ^ 1).copied();
        let aunts = self.levels.iter().enumerate().filter_map(aunt).collect();
        Ok(Proof { index, total, aunts })
    }
}

/// The hash of a leaf: `SHA256(0x00 || r)`.
pub fn leaf_hash(leaf: &PublicRandomness) -> [u8; 32] {
    Sha256::new_with_prefix([0]).chain_update(leaf.as_bytes()).finalize().into()
}

/// The hash of an inner node: `SHA256(0x01 || left || right)`.
fn inner_hash(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new_with_prefix([1]).chain_update(left).chain_update(right).finalize().into()
}

enum Side {
    Left,
    Right,
}

/// From the leaf upwards: on which side the sibling is, for each level where there is one.
fn siblings(index: u64, total: u64) -> impl Iterator<Item = Side> {
    let parent = |&(index, width): &(u64, u64)| (width > 1).then(|| (index / 2, width.div_ceil(2)));
    let side = |(index, width)| match index % 2 {
        1 => Some(Side::Left),
        _ => (index + 1 < width).then_some(Side::Right),
    };
    std::iter::successors(Some((index, total)), parent).filter_map(side)
}
