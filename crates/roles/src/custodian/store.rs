//! The port: what a custodian keeps on disk. Each write is there whole or not at all, and durable when it returns.

use std::io;

use ballast_custody::{CeremonyId, Group, KeyShare, KeyShareError};
use thiserror::Error;
use zeroize::Zeroizing;

use super::ledger::Ledger;

/// A custodian's secrets and records.
///
/// # Errors
/// Every method fails with [`StoreError`].
pub trait Store {
    /// The seed of a ceremony; `fresh` becomes it if there is none.
    ///
    /// # Errors
    /// See the trait.
    fn seed(&self, ceremony: CeremonyId, fresh: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, StoreError>;

    /// Deletes the seeds of all ceremonies.
    ///
    /// # Errors
    /// See the trait.
    fn forget_seeds(&self) -> Result<(), StoreError>;

    /// Writes the share that a ceremony gave.
    ///
    /// # Errors
    /// See the trait.
    fn keep_share(&self, ceremony: CeremonyId, share: &KeyShare) -> Result<(), StoreError>;

    /// Whether the share of a ceremony is there.
    ///
    /// # Errors
    /// See the trait.
    fn has_share(&self, ceremony: CeremonyId) -> Result<bool, StoreError>;

    /// The share of a group's key; `None` if it is not there.
    ///
    /// # Errors
    /// See the trait.
    fn share(&self, group: &Group) -> Result<Option<KeyShare>, StoreError>;

    /// What was signed; nothing if it was never written.
    ///
    /// # Errors
    /// See the trait.
    fn ledger(&self) -> Result<Ledger, StoreError>;

    /// Writes what is about to be signed.
    ///
    /// # Errors
    /// See the trait.
    fn keep_ledger(&self, ledger: &Ledger) -> Result<(), StoreError>;
}

/// Why something is not on disk, or cannot be read from there.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file system.
    #[error("cannot use {path}: {source}; check that the folder is this custodian's alone and has room")]
    File {
        /// The file or folder.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// Another process has the folder.
    #[error("{path} is in use: one process runs as a custodian, stop the other one first")]
    InUse {
        /// The folder.
        path: String,
    },
    /// A seed of another length.
    #[error("{path} is damaged: delete it, and take part in the next ceremony")]
    Seed {
        /// The file.
        path: String,
    },
    /// A share that is none.
    #[error("{path}: {source}")]
    Share {
        /// The file.
        path: String,
        /// What is wrong.
        source: KeyShareError,
    },
    /// The record of signatures.
    #[error(
        "{path} is damaged: {reason}; restore it, or delete it and answer for the limits of this epoch yourself"
    )]
    Ledger {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}
