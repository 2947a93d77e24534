//! The search for the fork point: the highest header that the light client and bitcoind both have.
//!
//! Two chains that agree at a height agree at all heights below. So the search walks back from the lower tip
//! in strides of 1, 2, 4 … until they agree, then halves the gap. A fork d deep takes about 2 log2 d
//! comparisons; the usual case, no fork, takes one.

use ballast_bitcoin_io::Tip;
use bitcoin::BlockHash;

use super::Fork;
use crate::light_client::{ChainHeader, ChainTip};

/// A search under way.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) chain: ChainTip,
    pub(super) bitcoin: Tip,
    /// The highest height known to agree.
    same: Option<Fork>,
    /// The lowest height known to differ, or the one above the lower tip.
    different: u32,
    stride: u32,
}

/// What a comparison showed.
#[derive(Debug)]
pub(super) enum Found {
    /// Nothing yet: go on.
    Not,
    /// The fork point.
    Fork(Fork),
    /// The chains differ at the base: there is none.
    Nothing,
}

impl Search {
    /// A search below both tips; the lower one is at or above the base.
    pub(super) fn new(chain: ChainTip, bitcoin: Tip) -> Self {
        let different = chain.height.min(bitcoin.height) + 1;
        Self { chain, bitcoin, same: None, different, stride: 1 }
    }

    /// The height to compare now.
    pub(super) fn next(&self) -> u32 {
        match self.same {
            Some(same) => same.height + (self.different - same.height) / 2,
            None => self.different.saturating_sub(self.stride).max(self.chain.base),
        }
    }

    /// Takes in the headers at `height`.
    pub(super) fn learn(&mut self, height: u32, header: ChainHeader, theirs: BlockHash) -> Found {
        if header.hash == theirs {
            self.same = Some(Fork { height, header });
        } else if height == self.chain.base {
            return Found::Nothing;
        } else {
            // the first comparison, at the lower tip, does not widen the stride
            let is_first = self.different > self.chain.height.min(self.bitcoin.height);
            self.stride = if is_first { 1 } else { self.stride.saturating_mul(2) };
            self.different = height;
        }
        match self.same {
            Some(same) if same.height + 1 >= self.different => Found::Fork(same),
            _ => Found::Not,
        }
    }
}
