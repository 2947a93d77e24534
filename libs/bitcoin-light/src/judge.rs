//! The rules that one header must follow, given its ancestors.
//!
//! A header at height h is valid if it names its parent; its bits are the ones its height requires;
//! its time is later than the median of its last eleven ancestors and at most two hours ahead of now;
//! on testnet4 the first of a period is not dated back; its version is current; and its hash meets its
//! target. The order is Bitcoin Core's (`validation.cpp`, `ContextualCheckBlockHeader`), the hash last.
//!
//! `Ancestry` holds exactly what these rules read of the past: the parent, eleven timestamps and the
//! first header of the period. It is filled once and then moved forward, so a list of headers costs a
//! fixed number of reads however long it is.

use std::collections::VecDeque;

use bitcoin::block::Header;
use bitcoin::{BlockHash, CompactTarget, Target, Work};

use crate::{Difficulty, HeaderRules, StoredHeader, retarget};

/// Ancestors whose median time a header must be later than (BIP-113).
pub const MEDIAN_WINDOW: usize = 11;

/// Seconds that a header may be ahead of now.
pub const MAX_FUTURE: u64 = 2 * 60 * 60;

/// Seconds that the first header of a period may be older than its parent (BIP-94).
pub const MAX_TIMEWARP: u32 = 600;

/// Why a list of headers is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// The list is empty.
    #[error("the list of headers is empty: send at least one")]
    Empty,
    /// The first header is on the best chain already.
    #[error("header {hash} is on the chain already at height {height}: start after the fork point")]
    Known {
        /// The header's hash.
        hash: BlockHash,
        /// Where it is.
        height: u32,
    },
    /// The first header's parent is not on the best chain.
    #[error("parent {parent} is not on the chain: send its headers first, from the fork point on")]
    UnknownParent {
        /// The missing parent's hash.
        parent: BlockHash,
    },
    /// A header does not name the header before it in the list.
    #[error("header at height {height} names parent {found}, but the header before it is {expected}")]
    Unlinked {
        /// The header's height.
        height: u32,
        /// Hash of the header before it.
        expected: BlockHash,
        /// The parent it names.
        found: BlockHash,
    },
    /// The difficulty is not the required one.
    #[error("header at height {height} has bits {found:#010x}, required are {expected:#010x}")]
    WrongBits {
        /// The header's height.
        height: u32,
        /// What the rules require.
        expected: CompactTarget,
        /// What the header states.
        found: CompactTarget,
    },
    /// The time is not after the median of the last eleven ancestors.
    #[error("header at height {height} has time {found}, not after the median time past {median}")]
    TooOld {
        /// The header's height.
        height: u32,
        /// Median time past, in seconds.
        median: u32,
        /// The header's time, in seconds.
        found: u32,
    },
    /// The first header of a period is dated back (BIP-94).
    #[error(
        "header at height {height} starts a period at time {found}, before the earliest allowed {earliest}"
    )]
    Timewarp {
        /// The header's height.
        height: u32,
        /// The parent's time less the grace, in seconds.
        earliest: u32,
        /// The header's time, in seconds.
        found: u32,
    },
    /// The time is too far ahead.
    #[error("header at height {height} has time {found}, later than {latest}: wait and send it again")]
    TooNew {
        /// The header's height.
        height: u32,
        /// The latest time allowed now, in seconds.
        latest: u64,
        /// The header's time, in seconds.
        found: u32,
    },
    /// The version is outdated at this height.
    #[error("header at height {height} has version {found:#x}, required is at least {required}")]
    OldVersion {
        /// The header's height.
        height: u32,
        /// The smallest version allowed.
        required: i32,
        /// The header's version.
        found: i32,
    },
    /// The hash does not meet the target.
    #[error("header at height {height} has hash {hash}, above its target {target:#066x}")]
    NoWork {
        /// The header's height.
        height: u32,
        /// What the hash must not exceed.
        target: Target,
        /// The header's hash.
        hash: BlockHash,
    },
    /// The new chain does not have more work than the best chain.
    #[error("the new tip has work {found}, not more than the best tip's {best}: extend the fork further")]
    NotHeavier {
        /// Work of the best chain.
        best: Work,
        /// Work of the chain that was offered.
        found: Work,
    },
    /// The chain port lacks a header that its own tip builds on.
    #[error("the stored chain has no header at height {height}: it is damaged, sync it again")]
    Gap {
        /// The missing height.
        height: u32,
    },
}

/// What the rules read of a header's past.
#[derive(Clone, Debug)]
pub(crate) struct Ancestry {
    pub(crate) parent: StoredHeader,
    pub(crate) parent_hash: BlockHash,
    /// First header of the parent's period. Where the difficulty is fixed nothing reads it.
    pub(crate) period_first: Header,
    /// Times of the parent and up to ten before it, oldest first.
    pub(crate) times: VecDeque<u32>,
}

impl Ancestry {
    /// Judges the child of `parent` at the time `now` and takes its place.
    pub(crate) fn advance(
        &mut self,
        rules: &HeaderRules,
        header: &Header,
        now: u64,
    ) -> Result<StoredHeader, HeaderError> {
        let height = self.next_height();
        if header.prev_blockhash != self.parent_hash {
            return Err(HeaderError::Unlinked {
                height,
                expected: self.parent_hash,
                found: header.prev_blockhash,
            });
        }
        let expected = self.required_bits(rules, header.time);
        if header.bits != expected {
            return Err(HeaderError::WrongBits { height, expected, found: header.bits });
        }
        self.check_time(rules, header.time, now)?;
        check_version(rules, height, header)?;
        let (hash, target) = (header.block_hash(), header.target());
        if !target.is_met_by(hash) {
            return Err(HeaderError::NoWork { height, target, hash });
        }
        let stored = StoredHeader { header: *header, height, work: self.parent.work + target.to_work() };
        self.push(rules, stored, hash);
        Ok(stored)
    }

    fn next_height(&self) -> u32 {
        self.parent.height.checked_add(1).expect("a base is below 2^31 and no list is that long")
    }

    /// The bits that the child must state, given its time.
    ///
    /// Bitcoin Core looks, within a period, for the last header that was no late exception. That
    /// header always has the bits of the period's first one, so reading the first one says the same.
    fn required_bits(&self, rules: &HeaderRules, time: u32) -> CompactTarget {
        let limit = rules.limit.to_compact_lossy();
        let Header { time: parent_time, bits: parent_bits, .. } = self.parent.header;
        if !rules.difficulty.is_adjusted() {
            return limit;
        }
        if rules.starts_period(self.next_height()) {
            let old = match rules.difficulty {
                Difficulty::Bip94 => self.period_first.bits,
                _ => parent_bits,
            };
            return retarget(rules, Target::from_compact(old), self.period_first.time, parent_time);
        }
        let is_late = u64::from(time) > u64::from(parent_time) + 2 * u64::from(rules.spacing.get());
        if rules.difficulty.allows_late_minimum() && is_late { limit } else { self.period_first.bits }
    }

    fn check_time(&self, rules: &HeaderRules, time: u32, now: u64) -> Result<(), HeaderError> {
        let height = self.next_height();
        let median = self.median_time();
        if time <= median {
            return Err(HeaderError::TooOld { height, median, found: time });
        }
        let earliest = self.parent.header.time.saturating_sub(MAX_TIMEWARP);
        if rules.difficulty == Difficulty::Bip94 && rules.starts_period(height) && time < earliest {
            return Err(HeaderError::Timewarp { height, earliest, found: time });
        }
        let latest = now.saturating_add(MAX_FUTURE);
        if u64::from(time) > latest {
            return Err(HeaderError::TooNew { height, latest, found: time });
        }
        Ok(())
    }

    /// Median of the last eleven times; of an even number, near a base, the later of the middle two.
    fn median_time(&self) -> u32 {
        let mut times: Vec<u32> = self.times.iter().copied().collect();
        times.sort_unstable();
        times[times.len() / 2]
    }

    fn push(&mut self, rules: &HeaderRules, child: StoredHeader, hash: BlockHash) {
        if rules.starts_period(child.height) {
            self.period_first = child.header;
        }
        if self.times.len() == MEDIAN_WINDOW {
            self.times.pop_front();
        }
        self.times.push_back(child.header.time);
        self.parent = child;
        self.parent_hash = hash;
    }
}

fn check_version(rules: &HeaderRules, height: u32, header: &Header) -> Result<(), HeaderError> {
    let (required, found) = (rules.min_version(height), header.version.to_consensus());
    if found < required { Err(HeaderError::OldVersion { height, required, found }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
