use std::{io, path::PathBuf};

use alloy_primitives::B256;
use ballast_schnorr::EotsError;
use thiserror::Error;

/// Why the store signs nothing.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Another process votes with this key.
    #[error("{path} is in use by another process: one key has one signer, stop the other one")]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// The store of another key.
    #[error(
        "the sign store is that of key {found}, the secret is that of {expected}: give the store its own key"
    )]
    OtherKey {
        /// The public key of the secret.
        expected: B256,
        /// The key in the store.
        found: B256,
    },
    /// The store of another chain.
    #[error(
        "the sign store is for chain {found}, the node is of chain {expected}: give each chain its own store"
    )]
    OtherChain {
        /// The chain that votes are wanted for.
        expected: u64,
        /// The chain in the store.
        found: u64,
    },
    /// A double sign, prevented.
    #[error(
        "refused to sign {refused} at height {height}, where {signed} is signed: it would reveal the key"
    )]
    SecondHash {
        /// The height.
        height: u64,
        /// The hash on record.
        signed: B256,
        /// The hash refused.
        refused: B256,
    },
    /// A height that was passed without a vote.
    #[error("refused to sign at height {height}: only heights above {highest} are signed")]
    NotRising {
        /// The height.
        height: u64,
        /// The highest one.
        highest: u64,
    },
    /// The signature does not exist, with a chance of 2^-128.
    #[error(transparent)]
    Signature(#[from] EotsError),
    /// The file.
    #[error("the sign store cannot be read or written: {0}; without it nothing is signed")]
    File(Box<redb::Error>),
    /// Its folder.
    #[error("cannot use the folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

macro_rules! from_redb {
    ($($error:ty),*) => {
        $(impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                Self::File(Box::new(error.into()))
            }
        })*
    };
}

from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);
