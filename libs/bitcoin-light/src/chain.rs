//! The best chain of headers: what it is, and when a list of headers changes it.
//!
//! The best chain starts at a **base** that its keeper chose and holds one header at each height. A
//! list of headers is taken if it is not empty, its first header is new and has its parent on the best
//! chain, every header is valid ([`HeaderError`]), and the work at its end is *strictly* more than the
//! work of the tip. Whatever lies above the parent is then removed. How much that is plays no part: no
//! reorganisation is too deep, and the new tip may be lower than the old one.
//!
//! Equal work changes nothing, so the chain seen first stays. A list is taken whole or not at all; a
//! fork must therefore come in one list, from the fork point to its end.
//!
//! `docs/spec/bitcoin-formats.md` §e. Unlike there, a header may be at most two hours ahead of the
//! `now` that the caller gives.

use std::collections::VecDeque;

use bitcoin::block::Header;
use bitcoin::{BlockHash, CompactTarget, Target, Work};

use crate::judge::{Ancestry, MEDIAN_WINDOW};
use crate::{BitsError, HeaderError, HeaderRules, target_of};

/// A header of the best chain, with its place on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredHeader {
    /// The 80 bytes.
    pub header: Header,
    /// Blocks before it on Bitcoin; the genesis block has height 0.
    pub height: u32,
    /// Work of this header and all before it down to the base, the base's own included.
    pub work: Work,
}

impl StoredHeader {
    /// The header to start a chain from. It is trusted: its ancestors are never looked at.
    ///
    /// Where the difficulty is adjusted it must be the first of a period, because the next adjustment
    /// reads that header; and it should lie deep, because nothing below it can be reorganised.
    ///
    /// # Errors
    /// [`BaseError`] if the height is none to start from or the header lacks the work it states.
    pub fn base(rules: &HeaderRules, header: Header, height: u32) -> Result<Self, BaseError> {
        if height > MAX_BASE_HEIGHT || (rules.difficulty.is_adjusted() && !rules.starts_period(height)) {
            return Err(BaseError::Height { height, interval: rules.interval.get() });
        }
        let target = target_of(header.bits, rules.limit)?;
        if !rules.difficulty.is_adjusted() && target != rules.limit {
            return Err(BaseError::NotLimit { expected: rules.limit.to_compact_lossy(), found: header.bits });
        }
        let hash = header.block_hash();
        if !target.is_met_by(hash) {
            return Err(BaseError::NoWork { target, hash });
        }
        Ok(Self { header, height, work: target.to_work() })
    }

    /// The header's hash, which is the block's.
    pub fn hash(&self) -> BlockHash {
        self.header.block_hash()
    }
}

/// Leaves more heights above a base than headers can ever be made.
const MAX_BASE_HEIGHT: u32 = u32::MAX / 2;

/// Why a header cannot be the base of a chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaseError {
    /// The height is not the first of a difficulty period, or absurd.
    #[error("height {height} is no base: take a multiple of {interval}")]
    Height {
        /// The height given.
        height: u32,
        /// Headers in a period.
        interval: u32,
    },
    /// The bits are not a target of this network.
    #[error("the base header's difficulty is invalid: {0}")]
    Bits(#[from] BitsError),
    /// The difficulty is fixed and the header has another one.
    #[error("the base header has bits {found:#010x}, but every header of this network has {expected:#010x}")]
    NotLimit {
        /// The network's fixed bits.
        expected: CompactTarget,
        /// What the header states.
        found: CompactTarget,
    },
    /// The hash does not meet the target.
    #[error("the base header has hash {hash}, above its target {target:#066x}")]
    NoWork {
        /// What the hash must not exceed.
        target: Target,
        /// The header's hash.
        hash: BlockHash,
    },
}

/// Reads of the best chain.
///
/// Reads take `&mut self` and may fail, since a chain may live behind a port that counts what each
/// read costs. A failed read ends the judgement with [`ExtendError::Chain`]; nothing has changed then.
pub trait HeaderChain {
    /// Why a read fails.
    type Error;

    /// The header with the most work. A chain has at least its base.
    ///
    /// # Errors
    /// If the port fails.
    fn read_tip(&mut self) -> Result<StoredHeader, Self::Error>;

    /// The header of the best chain at `height`, or nothing below the base and above the tip.
    ///
    /// # Errors
    /// If the port fails.
    fn read_header(&mut self, height: u32) -> Result<Option<StoredHeader>, Self::Error>;

    /// The height of a block of the best chain, or nothing if it is not on it.
    ///
    /// # Errors
    /// If the port fails.
    fn read_height(&mut self, hash: &BlockHash) -> Result<Option<u32>, Self::Error>;
}

/// Why [`extend`] gives no answer: the headers are refused, or the chain could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtendError<E> {
    /// The headers are refused.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A read of the chain failed; says nothing about the headers.
    #[error("the header chain could not be read: {0}")]
    Chain(E),
}

/// What a list of headers changes: remove, from the tip down, then add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// The last header that stays: the parent of the first one added.
    pub fork: StoredHeader,
    /// What leaves the best chain, the old tip first. Empty if the tip was extended.
    pub removed: Vec<StoredHeader>,
    /// What joins it, lowest first. Never empty.
    pub added: Vec<StoredHeader>,
}

impl Extension {
    /// The tip that this change replaces.
    pub fn old_tip(&self) -> &StoredHeader {
        self.removed.first().unwrap_or(&self.fork)
    }

    /// The tip after this change.
    pub fn new_tip(&self) -> &StoredHeader {
        self.added.last().unwrap_or(&self.fork)
    }
}

/// Judges `headers` against the best chain at the time `now`, in seconds since 1970, and says what
/// changes. The chain is only read: 15 reads at most, and one for each header removed.
///
/// # Errors
/// [`ExtendError::Header`] with the first rule that is broken, or [`ExtendError::Chain`] if a read
/// fails.
pub fn extend<C: HeaderChain>(
    rules: &HeaderRules,
    chain: &mut C,
    headers: &[Header],
    now: u64,
) -> Result<Extension, ExtendError<C::Error>> {
    let first = headers.first().ok_or(HeaderError::Empty)?;
    let tip = chain.read_tip().map_err(ExtendError::Chain)?;
    let fork = find_fork(chain, &tip, first)?;
    let mut ancestry = read_ancestry(rules, chain, fork, first.prev_blockhash)?;
    let added: Vec<StoredHeader> =
        headers.iter().map(|header| ancestry.advance(rules, header, now)).collect::<Result<_, _>>()?;
    if ancestry.parent.work <= tip.work {
        return Err(HeaderError::NotHeavier { best: tip.work, found: ancestry.parent.work }.into());
    }
    let removed = (fork.height + 1..=tip.height)
        .rev()
        .map(|height| if height == tip.height { Ok(tip) } else { read(chain, height) })
        .collect::<Result<_, _>>()?;
    Ok(Extension { fork, removed, added })
}

/// The parent of `first` on the best chain, if `first` itself is not on it.
fn find_fork<C: HeaderChain>(
    chain: &mut C,
    tip: &StoredHeader,
    first: &Header,
) -> Result<StoredHeader, ExtendError<C::Error>> {
    if first.prev_blockhash == tip.hash() {
        return Ok(*tip);
    }
    let hash = first.block_hash();
    if let Some(height) = chain.read_height(&hash).map_err(ExtendError::Chain)? {
        return Err(HeaderError::Known { hash, height }.into());
    }
    match chain.read_height(&first.prev_blockhash).map_err(ExtendError::Chain)? {
        Some(height) => read(chain, height),
        None => Err(HeaderError::UnknownParent { parent: first.prev_blockhash }.into()),
    }
}

/// Reads what the rules need to know of the past of `parent`'s child.
fn read_ancestry<C: HeaderChain>(
    rules: &HeaderRules,
    chain: &mut C,
    parent: StoredHeader,
    parent_hash: BlockHash,
) -> Result<Ancestry, ExtendError<C::Error>> {
    let mut times = VecDeque::with_capacity(MEDIAN_WINDOW);
    times.push_front(parent.header.time);
    for back in 1..MEDIAN_WINDOW as u32 {
        let Some(height) = parent.height.checked_sub(back) else { break };
        let Some(older) = chain.read_header(height).map_err(ExtendError::Chain)? else { break };
        times.push_front(older.header.time);
    }
    let period_start = parent.height - parent.height % rules.interval.get();
    let period_first = if !rules.difficulty.is_adjusted() || period_start == parent.height {
        parent.header
    } else {
        read(chain, period_start)?.header
    };
    Ok(Ancestry { parent, parent_hash, period_first, times })
}

fn read<C: HeaderChain>(chain: &mut C, height: u32) -> Result<StoredHeader, ExtendError<C::Error>> {
    let stored = chain.read_header(height).map_err(ExtendError::Chain)?;
    Ok(stored.ok_or(HeaderError::Gap { height })?)
}

#[cfg(test)]
mod tests;
