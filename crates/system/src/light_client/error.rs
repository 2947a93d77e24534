//! Why the light client says no, in Rust and in Solidity.
//!
//! Revert data is part of consensus, since a contract can read it; hence it carries numbers and hashes, never
//! prose.

use alloy_primitives::U256;
use ballast_bitcoin_light::{ExtendError, HeaderError, InclusionError, merkle::MerkleError};
use ballast_types::interfaces::ILightClient;
use bitcoin::BlockHash;
use thiserror::Error;

use super::store::word;
use crate::{contract::CallError, storage::StorageError};

/// Why the light client refuses a call.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LightClientError {
    /// The headers break a rule.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The bytes are no whole number of headers.
    #[error("{length} bytes are no whole headers: send 80 bytes each")]
    PartialHeader {
        /// The length found.
        length: usize,
    },
    /// The list is too long.
    #[error("{found} headers in one call: send at most {limit}")]
    TooManyHeaders {
        /// Headers found.
        found: usize,
        /// Headers allowed.
        limit: usize,
    },
    /// No header of the best chain has this height.
    #[error("the best chain has no header at height {height}: ask for one from the base to the tip")]
    UnknownHeight {
        /// The height.
        height: u32,
    },
    /// The block is not on the best chain.
    #[error("block {hash} is not on the best chain: wait for its header, or prove another block")]
    UnknownBlock {
        /// The block.
        hash: BlockHash,
    },
    /// The bytes are no transaction.
    #[error("the bytes are not one transaction in consensus encoding")]
    MalformedTransaction,
    /// The transaction is not proven to be in the block.
    #[error(transparent)]
    Inclusion(#[from] InclusionError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<ExtendError<StorageError>> for LightClientError {
    fn from(error: ExtendError<StorageError>) -> Self {
        match error {
            ExtendError::Header(error) => Self::Header(error),
            ExtendError::Chain(error) => Self::Storage(error),
        }
    }
}

impl From<LightClientError> for CallError {
    fn from(error: LightClientError) -> Self {
        match error {
            LightClientError::Header(error) => revert_header(error),
            LightClientError::PartialHeader { length } => {
                Self::revert(&ILightClient::PartialHeader { length: U256::from(length) })
            }
            LightClientError::TooManyHeaders { found, limit } => {
                Self::revert(&ILightClient::TooManyHeaders {
                    found: U256::from(found),
                    limit: U256::from(limit),
                })
            }
            LightClientError::UnknownHeight { height } => {
                Self::revert(&ILightClient::UnknownHeight { height })
            }
            LightClientError::UnknownBlock { hash } => {
                Self::revert(&ILightClient::UnknownBlock { hash: word(hash) })
            }
            LightClientError::MalformedTransaction => Self::revert(&ILightClient::MalformedTransaction {}),
            LightClientError::Inclusion(error) => revert_inclusion(error),
            LightClientError::Storage(error) => error.into(),
        }
    }
}

fn revert_header(error: HeaderError) -> CallError {
    match error {
        HeaderError::Empty => CallError::revert(&ILightClient::NoHeaders {}),
        HeaderError::Known { hash, height } => {
            CallError::revert(&ILightClient::HeaderKnown { hash: word(hash), height })
        }
        HeaderError::UnknownParent { parent } => {
            CallError::revert(&ILightClient::UnknownParent { parent: word(parent) })
        }
        HeaderError::Unlinked { height, expected, found } => CallError::revert(&ILightClient::Unlinked {
            height,
            expected: word(expected),
            found: word(found),
        }),
        HeaderError::WrongBits { height, expected, found } => CallError::revert(&ILightClient::WrongBits {
            height,
            expected: expected.to_consensus(),
            found: found.to_consensus(),
        }),
        HeaderError::TooOld { height, median, found } => {
            CallError::revert(&ILightClient::TooOld { height, median, found })
        }
        HeaderError::Timewarp { height, earliest, found } => {
            CallError::revert(&ILightClient::Timewarp { height, earliest, found })
        }
        HeaderError::TooNew { height, latest, found } => {
            CallError::revert(&ILightClient::TooNew { height, latest, found })
        }
        HeaderError::OldVersion { height, required, found } => {
            CallError::revert(&ILightClient::OldVersion { height, required, found })
        }
        HeaderError::NoWork { height, hash, .. } => {
            CallError::revert(&ILightClient::NoWork { height, hash: word(hash) })
        }
        HeaderError::NotHeavier { best, found } => CallError::revert(&ILightClient::NotHeavier {
            best: U256::from_be_bytes(best.to_be_bytes()),
            found: U256::from_be_bytes(found.to_be_bytes()),
        }),
        // not a verdict on the headers but on our own storage
        HeaderError::Gap { .. } => StorageError::Database(error.to_string()).into(),
    }
}

fn revert_inclusion(error: InclusionError) -> CallError {
    match error {
        InclusionError::Path(error) => revert_path(error),
        InclusionError::SixtyFourBytes(txid) => {
            CallError::revert(&ILightClient::SixtyFourBytes { txid: word(txid) })
        }
        InclusionError::Root { expected, found } => {
            CallError::revert(&ILightClient::WrongRoot { expected: word(expected), found: word(found) })
        }
        InclusionError::CoinbaseDepth { expected, found } => {
            CallError::revert(&ILightClient::CoinbaseDepth {
                expected: U256::from(expected),
                found: U256::from(found),
            })
        }
        InclusionError::CoinbaseRoot { expected, found } => {
            CallError::revert(&ILightClient::CoinbaseRoot { expected: word(expected), found: word(found) })
        }
        InclusionError::CoinbasePosition { txid, index } => {
            CallError::revert(&ILightClient::CoinbasePosition { txid: word(txid), index })
        }
        InclusionError::CoinbaseRefused(txid) => {
            CallError::revert(&ILightClient::CoinbasePosition { txid: word(txid), index: 0 })
        }
    }
}

fn revert_path(error: MerkleError) -> CallError {
    let (siblings, index) = match error {
        MerkleError::Length(length) => (length / 32, 0),
        MerkleError::TooDeep { found, .. } => (found, 0),
        MerkleError::Index { index, depth } => (depth, index),
        MerkleError::Padding { index } => (0, index),
        MerkleError::NoTransaction { index, .. } => (0, index as u32),
    };
    CallError::revert(&ILightClient::MalformedBranch { siblings: U256::from(siblings), index })
}
