//! Two chains followed at once: the staking contract's log, and the Bitcoin blocks that stakes are in.
//!
//! Each tick reads the log first, up to the latest block, and then Bitcoin's blocks up to the tip that the light
//! client had before. So a stake is in the book before a block is passed that can hold its transaction; when a new
//! one comes in, the last blocks are read again. What is found stays until it is done with, or until a
//! reorganisation removes its block.

use std::collections::BTreeMap;

use ballast_bitcoin_io::{Bitcoin, BitcoinError};
use ballast_types::{
    SystemContract,
    interfaces::{IFinality, ILightClient},
};
use bitcoin::{Block, Txid};
use thiserror::Error;

use super::{Book, MAX_BLOCKS, News, news};
use crate::{
    bitcoin_scan::{Found, KEPT, Scan, Taken},
    chain::{self, At, Chain, ChainError},
    cursor::CursorError,
};

/// The most Bitcoin blocks that one tick reads.
pub const MAX_SCANNED: u32 = 64;

/// Blocks that are read again, beyond k, when a stake is new: reorganisations of the light client.
const MARGIN: u32 = 6;

/// What is to be read now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The light client's tip, then the log from a block on.
    Chain {
        /// The first block.
        from: u64,
    },
    /// The block of bitcoind's best chain at a height.
    Bitcoin {
        /// The height.
        height: u32,
    },
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// The light client and the log.
    Chain(Box<Report>),
    /// A block; `None` where bitcoind has none.
    Bitcoin(Option<Box<Block>>),
}

/// The light client and a piece of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The light client's lowest height.
    pub base: u32,
    /// Its tip's height.
    pub tip: u32,
    /// k, in blocks.
    pub depth: u32,
    /// The first block of the chain that was not read.
    pub next: u64,
    /// Whether that is the one after the latest.
    pub is_last: bool,
    /// What the staking contract says.
    pub news: News,
    /// Providers whose keys are public.
    pub exposed: Vec<IFinality::KeyExposed>,
}

/// Two chains, as far as they are followed.
#[derive(Debug)]
pub struct Watch {
    /// The stakes.
    pub book: Book,
    /// The height last saved; `None` at the first start.
    saved: Option<u32>,
    /// How far below the tip the first start begins, in blocks.
    look_back: u32,
    scan: Option<Scan>,
    next: u64,
    tip: u32,
    depth: u32,
    is_new: bool,
    /// Bitcoin blocks that this tick may still read.
    left: u32,
    found: BTreeMap<Txid, Found>,
}

impl Watch {
    /// Follows Bitcoin from below the height that was saved last, or from `look_back` blocks below the light
    /// client's tip.
    #[must_use]
    pub fn new(saved: Option<u32>, look_back: u32) -> Self {
        Self {
            book: Book::default(),
            saved,
            look_back,
            scan: None,
            next: 1,
            tip: 0,
            depth: 0,
            is_new: false,
            left: 0,
            found: BTreeMap::new(),
        }
    }

    /// What a tick reads first.
    pub fn begin(&mut self) -> Look {
        self.left = MAX_SCANNED;
        Look::Chain { from: self.next }
    }

    /// Takes in what was read and says what to read next; nothing when this tick has read enough. The log's report
    /// is handed back for what else is in it.
    pub fn take(&mut self, seen: Seen) -> (Option<Look>, Vec<IFinality::KeyExposed>) {
        match seen {
            Seen::Chain(report) => {
                let Report { base, tip, depth, next, is_last, news, exposed } = *report;
                (self.tip, self.depth, self.next) = (tip, depth, next);
                self.is_new |= self.book.take(news) > 0;
                if !is_last {
                    return (Some(Look::Chain { from: next }), exposed);
                }
                self.prepare(base);
                (self.look(), exposed)
            }
            Seen::Bitcoin(block) => (block.and_then(|block| self.scan(&block)), vec![]),
        }
    }

    fn prepare(&mut self, base: u32) {
        let (saved, tip, look_back) = (self.saved, self.tip, self.look_back);
        let start = || match saved {
            Some(saved) => saved.saturating_sub(KEPT as u32),
            None => tip.saturating_sub(look_back),
        };
        let scan = self.scan.get_or_insert_with(|| Scan::starting(start().max(base)));
        if std::mem::take(&mut self.is_new) {
            scan.rewind(self.depth.saturating_add(MARGIN));
        }
    }

    fn scan(&mut self, block: &Block) -> Option<Look> {
        let (scan, book) = (self.scan.as_mut()?, &self.book);
        match scan.take(block, |transaction| book.wants(transaction)) {
            Taken::Block(found) => {
                self.found.extend(found.into_iter().map(|found| (found.transaction.compute_txid(), found)));
            }
            Taken::Forked { from } => self.found.retain(|_, found| found.height < from),
        }
        self.look()
    }

    fn look(&mut self) -> Option<Look> {
        let height = self.scan.as_ref()?.next();
        if height > self.tip || self.left == 0 {
            return None;
        }
        self.left -= 1;
        Some(Look::Bitcoin { height })
    }

    /// What was found on Bitcoin and is not done with.
    pub fn found(&self) -> impl Iterator<Item = (&Txid, &Found)> {
        self.found.iter()
    }

    /// Forgets what is done with.
    pub fn forget(&mut self, txid: &Txid) {
        self.found.remove(txid);
    }

    /// Whether a block at `height` is k deep in the light client.
    #[must_use]
    pub fn is_deep(&self, height: u32) -> bool {
        height.saturating_add(self.depth.saturating_sub(1)) <= self.tip
    }

    /// The height to save, if it is another than the one saved last.
    pub fn save(&mut self) -> Option<u32> {
        let next = self.scan.as_ref()?.next();
        (self.saved.replace(next) != Some(next)).then_some(next)
    }
}

/// Reads.
///
/// # Errors
/// [`WatchError`] when a node does not answer.
pub fn look(chain: &impl Chain, bitcoin: &impl Bitcoin, look: &Look) -> Result<Seen, WatchError> {
    match *look {
        Look::Chain { from } => Ok(Seen::Chain(Box::new(report(chain, from)?))),
        Look::Bitcoin { height } => {
            let hash = bitcoin.block_hash(height)?;
            let block = hash.map(|hash| bitcoin.block(&hash)).transpose()?.flatten();
            Ok(Seen::Bitcoin(block.map(Box::new)))
        }
    }
}

fn report(chain: &impl Chain, from: u64) -> Result<Report, ChainError> {
    const LIGHT_CLIENT: SystemContract = SystemContract::LightClient;
    let parameters = chain::read(chain, At::Latest, LIGHT_CLIENT, &ILightClient::parametersCall {})?;
    // before the log, see above
    let tip = chain::read(chain, At::Latest, LIGHT_CLIENT, &ILightClient::tipCall {})?.height;
    let latest = chain.block_number()?;
    let last = latest.min(from.saturating_add(MAX_BLOCKS - 1));
    let (base, depth) = (parameters.baseHeight, parameters.confirmationDepth);
    if from > last {
        let (news, exposed) = (News::default(), vec![]);
        return Ok(Report { base, tip, depth, next: from, is_last: true, news, exposed });
    }
    let exposed = chain::events(chain, from..=last, SystemContract::Finality)?;
    Ok(Report {
        base,
        tip,
        depth,
        next: last + 1,
        is_last: last == latest,
        news: news(chain, from..=last)?,
        exposed: exposed.into_iter().map(|(_, event)| event).collect(),
    })
}

/// What kept a role that watches stakes from its work.
#[derive(Debug, Error)]
pub enum WatchError {
    /// The Ballast node.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The Bitcoin node.
    #[error(transparent)]
    Bitcoin(#[from] BitcoinError),
    /// The height on disk.
    #[error(transparent)]
    Cursor(#[from] CursorError),
}
