//! `extraData` of a header: what an Ethereum header has no field for but the block hash must bind.
//!
//! Byte 0 is the version. Version 1 is followed by RLP
//! `[epoch, view, parent_view, leader, millis, root, start, end, [[ed25519, bls], …]]`:
//! the consensus context in which the block was proposed (its parent digest is the header's parent hash),
//! the milliseconds of the block time, the operations of the state store behind `stateRoot` (their root and range),
//! and, in the last block of an epoch and in genesis only, the committee of the next epoch, strictly ascending by key.
//! A light client therefore follows committees from header to header; a later version adds the last
//! voted-final block and the root of its votes. There is one encoding per value.

use alloy_primitives::{B256, Bytes, FixedBytes};
use alloy_rlp::{Decodable, Encodable, RlpDecodable, RlpEncodable};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{MAX_COMMITTEE, MAX_EXTRA_SIZE};

const VERSION: u8 = 1;

/// The round in which a block was proposed. The parent's digest is the header's `parent_hash`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct ConsensusContext {
    /// Epoch of the round.
    pub epoch: u64,
    /// View of the round.
    pub view: u64,
    /// View in which the parent was proposed; 0 for the first block of an epoch.
    pub parent_view: u64,
    /// Ed25519 key of the proposer.
    pub leader: B256,
}

/// Operations of the state store that a syncing node must fetch to rebuild `stateRoot`: `start..end`.
/// `stateRoot` commits to the operations and to which of them are current; `root` to the operations alone, so that
/// they can be checked as they arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, RlpEncodable, RlpDecodable)]
pub struct OperationRange {
    /// Root of the operations.
    pub root: B256,
    /// First operation.
    pub start: u64,
    /// One past the last operation.
    pub end: u64,
}

/// Public keys of one validator in a committee.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, RlpEncodable, RlpDecodable, Serialize, Deserialize,
)]
pub struct ValidatorKeys {
    /// Network identity and leader key, 32 bytes.
    pub ed25519: B256,
    /// BLS12-381 vote key, a compressed G2 point (signatures are in G1, which keeps a certificate small).
    pub bls: FixedBytes<96>,
}

/// Decoded `extraData`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Round in which the block was proposed.
    pub context: ConsensusContext,
    /// Milliseconds of the block time within the header's second, below 1,000.
    pub timestamp_millis: u16,
    /// Operation range behind the header's `stateRoot`.
    pub operations: OperationRange,
    /// Committee of the next epoch, strictly ascending by `ed25519`; empty except in boundary blocks and genesis.
    pub next_committee: Vec<ValidatorKeys>,
}

/// Why `extraData` is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ExtraError {
    /// Unknown or missing version byte.
    #[error("extraData has version {found:?}, this node knows version {VERSION}; upgrade the node")]
    Version {
        /// Version byte, if there is one.
        found: Option<u8>,
    },
    /// Not the RLP of version 1, or not its one encoding.
    #[error("extraData is not canonical RLP: {0}")]
    Rlp(alloy_rlp::Error),
    /// Bytes follow the list.
    #[error("{0} bytes follow extraData")]
    Trailing(usize),
    /// Longer than allowed.
    #[error("extraData has {found} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Length found, in bytes.
        found: usize,
        /// Length allowed, in bytes.
        limit: usize,
    },
    /// Milliseconds are 1,000 or more.
    #[error("timestamp milliseconds must be below 1000, found {0}")]
    Millis(u16),
    /// The operation range ends before it starts.
    #[error("operation range ends at {end}, before its start {start}")]
    Range {
        /// First operation.
        start: u64,
        /// One past the last operation.
        end: u64,
    },
    /// Too many validators.
    #[error("committee has {found} validators, at most {limit} are allowed")]
    CommitteeSize {
        /// Validators found.
        found: usize,
        /// Validators allowed.
        limit: usize,
    },
    /// Keys are not strictly ascending.
    #[error("committee key {0} is not above the key before it; sort by ed25519 key, no repeats")]
    CommitteeOrder(usize),
}

#[derive(RlpEncodable, RlpDecodable)]
struct VersionOne {
    epoch: u64,
    view: u64,
    parent_view: u64,
    leader: B256,
    millis: u16,
    root: B256,
    start: u64,
    end: u64,
    next_committee: Vec<ValidatorKeys>,
}

impl Extra {
    /// The one encoding.
    pub fn encoded(&self) -> Bytes {
        let Self { context, timestamp_millis, operations, next_committee } = self;
        let body = VersionOne {
            epoch: context.epoch,
            view: context.view,
            parent_view: context.parent_view,
            leader: context.leader,
            millis: *timestamp_millis,
            root: operations.root,
            start: operations.start,
            end: operations.end,
            next_committee: next_committee.clone(),
        };
        let mut out = Vec::with_capacity(1 + body.length());
        out.push(VERSION);
        body.encode(&mut out);
        out.into()
    }

    /// Parses `extraData`.
    ///
    /// # Errors
    /// [`ExtraError`] for an unknown version, another encoding, or values out of range.
    pub fn decode(bytes: &[u8]) -> Result<Self, ExtraError> {
        if bytes.len() > MAX_EXTRA_SIZE {
            return Err(ExtraError::TooLarge { found: bytes.len(), limit: MAX_EXTRA_SIZE });
        }
        let [VERSION, rest @ ..] = bytes else {
            return Err(ExtraError::Version { found: bytes.first().copied() });
        };
        let mut rest = rest;
        let body = VersionOne::decode(&mut rest).map_err(ExtraError::Rlp)?;
        if !rest.is_empty() {
            return Err(ExtraError::Trailing(rest.len()));
        }
        let extra = Self {
            context: ConsensusContext {
                epoch: body.epoch,
                view: body.view,
                parent_view: body.parent_view,
                leader: body.leader,
            },
            timestamp_millis: body.millis,
            operations: OperationRange { root: body.root, start: body.start, end: body.end },
            next_committee: body.next_committee,
        };
        extra.check()?;
        Ok(extra)
    }

    /// Time of a block in milliseconds since the Unix epoch, `seconds` being its header's timestamp.
    pub fn time_ms(&self, seconds: u64) -> u64 {
        seconds.saturating_mul(1_000).saturating_add(self.timestamp_millis.into())
    }

    /// Checks the ranges of the values, not the encoding.
    ///
    /// # Errors
    /// [`ExtraError`] names the first value out of range.
    pub fn check(&self) -> Result<(), ExtraError> {
        if self.timestamp_millis >= 1_000 {
            return Err(ExtraError::Millis(self.timestamp_millis));
        }
        let OperationRange { start, end, .. } = self.operations;
        if start > end {
            return Err(ExtraError::Range { start, end });
        }
        check_committee(&self.next_committee)
    }
}

/// Checks size and order of a committee.
pub(crate) fn check_committee(committee: &[ValidatorKeys]) -> Result<(), ExtraError> {
    if committee.len() > MAX_COMMITTEE {
        return Err(ExtraError::CommitteeSize { found: committee.len(), limit: MAX_COMMITTEE });
    }
    let unsorted = committee.windows(2).position(|pair| pair[0].ed25519 >= pair[1].ed25519);
    unsorted.map_or(Ok(()), |at| Err(ExtraError::CommitteeOrder(at + 1)))
}

#[cfg(test)]
mod tests;
