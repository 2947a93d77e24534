//! Follows bitcoind's best chain block by block and keeps what it was told to watch for.
//!
//! The scan has a *window* of blocks, the highest it has read and up to `lookback` below. Each tick it is shown bitcoind's
//! tip and says which block to read next: first the one above the window, until the tip is in it; then, lowest first,
//! those that were read before something new was watched for, so that a transaction is found no matter which came first,
//! it or the watch. A block that does not follow the highest one in the window drops that one, and all that was sighted in
//! it: so a reorganisation of any depth is undone block by block.
//!
//! What is sighted stays until whoever acts on it says that it is settled, in the window or below it. The [`ScanJournal`]
//! remembers which blocks were read, not what was in them: a block that still has something to act on counts as unread, so
//! the next scan that starts from the journal finds it again. Losing a journal costs time and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use ballast_bitcoin_io::Tip;
use ballast_bitcoin_light::InclusionProof;
use bitcoin::{Block, BlockHash, OutPoint, ScriptBuf, Transaction, Txid};
use serde::{Deserialize, Serialize};

/// What to look for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// Transactions that pay this script.
    Script(ScriptBuf),
    /// The transaction itself.
    Transaction(Txid),
    /// The transaction that spends this output.
    Spend(OutPoint),
}

/// A watched transaction in a block of bitcoind's best chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The height of the block.
    pub height: u32,
    /// Its hash.
    pub block: BlockHash,
    /// The transaction with its witness.
    pub transaction: Transaction,
    /// Its id.
    pub txid: Txid,
    /// That it is in the block.
    pub proof: InclusionProof,
    /// What it was watched for, one or more.
    pub watches: BTreeSet<Watch>,
}

/// A block that was read.
#[derive(Debug)]
struct Scanned {
    hash: BlockHash,
    /// The generation of watches that it was searched for.
    generation: u64,
    /// By the index in the block.
    sightings: BTreeMap<usize, Arc<Sighting>>,
}

/// What a scan remembers on disk.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScanJournal {
    /// Blocks of the best chain, the lowest first.
    pub blocks: Vec<JournalBlock>,
    /// What was looked for in the blocks whose `searched` is true.
    pub watches: BTreeSet<Watch>,
}

/// A block that a scan remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalBlock {
    /// Its height.
    pub height: u32,
    /// Its hash.
    pub hash: BlockHash,
    /// Whether there is nothing left in it of what is watched for.
    pub searched: bool,
}

/// A scan. The heights in its window have no gap except below the highest `lookback` blocks.
#[derive(Debug)]
pub struct Scan {
    blocks: BTreeMap<u32, Scanned>,
    watches: BTreeSet<Watch>,
    /// Rises when something new is watched for.
    generation: u64,
    lookback: u32,
}

impl Scan {
    /// A scan that goes on where `journal` ends, or, if that is empty, begins `lookback` blocks back.
    #[must_use]
    pub fn new(journal: ScanJournal, lookback: u32) -> Self {
        let block = |JournalBlock { height, hash, searched }| {
            let generation = u64::from(searched);
            (height, Scanned { hash, generation, sightings: BTreeMap::new() })
        };
        Self {
            blocks: journal.blocks.into_iter().map(block).collect(),
            watches: journal.watches,
            generation: 1,
            lookback: lookback.max(1),
        }
    }

    /// Watches for `wanted` and for nothing else from now on; whether that is a change.
    pub fn watch(&mut self, wanted: BTreeSet<Watch>) -> bool {
        if wanted == self.watches {
            return false;
        }
        if !wanted.is_subset(&self.watches) {
            self.generation += 1;
        }
        self.watches = wanted;
        true
    }

    /// The height of the block to read next, `None` if all is read. `tip` is bitcoind's; nothing below the height `base` is
    /// ever wanted.
    pub fn next(&mut self, tip: Tip, base: u32) -> Option<u32> {
        while let Some(last) = self.blocks.last_entry() {
            let is_beside = *last.key() == tip.height && last.get().hash != tip.hash;
            if *last.key() <= tip.height && !is_beside {
                break;
            }
            last.remove();
        }
        match self.blocks.last_key_value() {
            None => {
                Some((tip.height + 1).saturating_sub(self.lookback).max(base)).filter(|at| *at <= tip.height)
            }
            Some((height, _)) if *height < tip.height => Some(height + 1),
            Some(_) => self.unsearched(),
        }
    }

    /// Takes in the block of bitcoind's best chain at `height`; whether something was sighted in it.
    pub fn learn(&mut self, height: u32, block: &Block) -> bool {
        let hash = block.block_hash();
        let follows = |below: &Scanned| below.hash == block.header.prev_blockhash;
        let is_new = match self.blocks.last_key_value() {
            None => true,
            Some((last, below)) if last + 1 == height && follows(below) => true,
            Some((last, _)) if last + 1 == height => {
                self.blocks.pop_last();
                return false;
            }
            Some(_) => false,
        };
        if !is_new && self.blocks.get(&height).is_none_or(|known| known.hash != hash) {
            // bitcoind reorganised meanwhile, which the next tip shows
            return false;
        }
        let sightings = self.search(height, hash, block);
        let is_sighted = !sightings.is_empty();
        self.blocks.insert(height, Scanned { hash, generation: self.generation, sightings });
        self.trim();
        is_sighted
    }

    /// All that was sighted and is not settled, the lowest first.
    pub fn sightings(&self) -> impl Iterator<Item = &Arc<Sighting>> {
        self.blocks.values().flat_map(|block| block.sightings.values())
    }

    /// Drops a sighting: nothing is left to do about it, unless it is found in another block.
    pub fn settle(&mut self, sighting: &Sighting) {
        if let Some(block) =
            self.blocks.get_mut(&sighting.height).filter(|block| block.hash == sighting.block)
        {
            block.sightings.remove(&(sighting.proof.branch.index() as usize));
        }
    }

    /// What to remember.
    #[must_use]
    pub fn journal(&self) -> ScanJournal {
        let block = |(height, block): (&u32, &Scanned)| JournalBlock {
            height: *height,
            hash: block.hash,
            searched: block.generation == self.generation && block.sightings.is_empty(),
        };
        ScanJournal { blocks: self.blocks.iter().map(block).collect(), watches: self.watches.clone() }
    }

    fn unsearched(&self) -> Option<u32> {
        let is_behind = |(_, block): &(&u32, &Scanned)| block.generation < self.generation;
        self.blocks
            .iter()
            .filter(is_behind)
            .min_by_key(|(_, block)| block.generation)
            .map(|(height, _)| *height)
    }

    fn search(&self, height: u32, hash: BlockHash, block: &Block) -> BTreeMap<usize, Arc<Sighting>> {
        let txids: Vec<Txid> = block.txdata.iter().map(Transaction::compute_txid).collect();
        let mut found = BTreeMap::new();
        for (index, (transaction, txid)) in block.txdata.iter().zip(txids.iter().copied()).enumerate() {
            let watches = self.matches(transaction, txid);
            if watches.is_empty() {
                continue;
            }
            let proof = InclusionProof::from_block_txids(&txids, &block.txdata[0], index);
            let proof = proof.expect("the block has a transaction at the index");
            let transaction = transaction.clone();
            let sighting = Sighting { height, block: hash, transaction, txid, proof, watches };
            found.insert(index, Arc::new(sighting));
        }
        found
    }

    fn matches(&self, transaction: &Transaction, txid: Txid) -> BTreeSet<Watch> {
        let scripts = transaction.output.iter().map(|output| Watch::Script(output.script_pubkey.clone()));
        let spends = transaction.input.iter().map(|input| Watch::Spend(input.previous_output));
        let all = scripts.chain(spends).chain([Watch::Transaction(txid)]);
        all.filter(|watch| self.watches.contains(watch)).collect()
    }

    /// Forgets blocks far down in which nothing is left.
    fn trim(&mut self) {
        let Some((highest, _)) = self.blocks.last_key_value() else { return };
        let lowest = (highest + 1).saturating_sub(self.lookback);
        let is_done = |block: &Scanned| block.generation == self.generation && block.sightings.is_empty();
        let below = self.blocks.range(..lowest).filter(|(_, block)| is_done(block));
        let below: Vec<u32> = below.map(|(height, _)| *height).collect();
        for height in below {
            self.blocks.remove(&height);
        }
    }
}

#[cfg(test)]
mod tests;
