//! Bitcoin's blocks, one after the other: which of their transactions somebody waits for, and where they stand.
//!
//! A [`Scan`] is a place between two heights. It takes the next block, unless that does not follow the last one:
//! then the last one has left the best chain, what was found in it counts no more, and the block below is
//! compared. It never goes beyond the light client's tip, since nothing above can be proven. So a stake that is
//! registered later cannot have been mined in a block that is passed already, but for the last few, which a
//! [`Scan::rewind`] reads again.

use std::collections::VecDeque;

use ballast_bitcoin_light::InclusionProof;
use bitcoin::{Block, BlockHash, Transaction};

/// Blocks whose hashes are kept: a reorganisation at least that deep is followed.
pub const KEPT: usize = 144;

/// Where a scan of Bitcoin's best chain is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    next: u32,
    /// The hashes of the blocks before `next`, oldest first.
    last: VecDeque<BlockHash>,
}

/// A transaction that somebody waits for, in a block of the best chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The transaction, with its witness.
    pub transaction: Transaction,
    /// The height of its block.
    pub height: u32,
    /// Its block.
    pub block: BlockHash,
    /// That it is in there.
    pub proof: InclusionProof,
}

/// What a block showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It follows; in it is what was wanted.
    Block(Vec<Found>),
    /// It does not follow: everything from this height on has left the best chain.
    Forked {
        /// The height to go on with.
        from: u32,
    },
}

impl Scan {
    /// A scan whose first block is the one at `height`.
    #[must_use]
    pub fn starting(height: u32) -> Self {
        Self { next: height, last: VecDeque::new() }
    }

    /// The height of the block to take next.
    #[must_use]
    pub fn next(&self) -> u32 {
        self.next
    }

    /// Goes back by up to `depth` blocks, to look for what was not yet wanted.
    pub fn rewind(&mut self, depth: u32) {
        for _ in 0..depth {
            if self.last.pop_back().is_some() {
                self.next -= 1;
            }
        }
    }

    /// Takes the block at [`Scan::next`], looking for what is `wanted`.
    pub fn take(&mut self, block: &Block, wanted: impl Fn(&Transaction) -> bool) -> Taken {
        if self.last.back().is_some_and(|last| *last != block.header.prev_blockhash) {
            self.rewind(1);
            return Taken::Forked { from: self.next };
        }
        let (height, hash) = (self.next, block.block_hash());
        let found = |(index, transaction): (usize, &Transaction)| {
            let proof = InclusionProof::from_block(block, index).expect("the index is of this block");
            Found { transaction: transaction.clone(), height, block: hash, proof }
        };
        let wanted = block.txdata.iter().enumerate().filter(|(_, transaction)| wanted(transaction));
        let found = wanted.map(found).collect();
        self.next += 1;
        self.last.push_back(hash);
        if self.last.len() > KEPT {
            self.last.pop_front();
        }
        Taken::Block(found)
    }
}

#[cfg(test)]
mod tests;
