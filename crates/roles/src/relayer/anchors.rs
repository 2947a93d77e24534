//! Coins of custody's whose block has left the best chain.
//!
//! All coins are looked through once at the start, and again whenever the light client has reorganised.

use std::{collections::BTreeMap, mem};

use bitcoin::{OutPoint, Txid};

use super::scan::Watch;

/// Coins read at once.
pub(super) const CHUNK: u64 = 64;

/// A coin without a block on the best chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostCoin {
    /// Where it is.
    pub outpoint: OutPoint,
    /// What it is worth, in sats.
    pub value: u64,
}

/// The coins that need a new block.
#[derive(Debug)]
pub(super) struct Lost {
    coins: BTreeMap<OutPoint, u64>,
    /// What the present pass has found.
    found: BTreeMap<OutPoint, u64>,
    /// The number of the coin that the present pass looks at next; `None` between passes.
    next: Option<u64>,
}

impl Default for Lost {
    fn default() -> Self {
        Self { coins: BTreeMap::new(), found: BTreeMap::new(), next: Some(1) }
    }
}

impl Lost {
    /// Looks through all coins again, from the first one on.
    pub(super) fn look_again(&mut self) {
        self.next = Some(1);
        self.found.clear();
    }

    /// The first coin to look at now.
    pub(super) fn next(&self) -> Option<u64> {
        self.next
    }

    /// Takes in a part of a pass.
    pub(super) fn learn(&mut self, lost: Vec<LostCoin>, next: Option<u64>) {
        self.found.extend(lost.into_iter().map(|coin| (coin.outpoint, coin.value)));
        self.next = next;
        if next.is_none() {
            self.coins = mem::take(&mut self.found);
        }
    }

    /// The lost coins that a transaction made: the output of each, and what it is worth.
    pub(super) fn of(&self, txid: Txid) -> impl Iterator<Item = (u32, u64)> {
        let outpoint = |vout| OutPoint { txid, vout };
        self.coins.range(outpoint(0)..=outpoint(u32::MAX)).map(|(outpoint, value)| (outpoint.vout, *value))
    }

    /// A coin has a block again, or is spent; whether it was lost.
    pub(super) fn settle(&mut self, outpoint: &OutPoint) -> bool {
        self.coins.remove(outpoint).is_some()
    }

    /// What to watch for.
    pub(super) fn watches(&self) -> impl Iterator<Item = Watch> {
        self.coins.keys().map(|outpoint| Watch::Transaction(outpoint.txid))
    }
}
