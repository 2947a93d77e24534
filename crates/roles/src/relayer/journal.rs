//! What the prover remembers when it is killed.
//!
//! Nothing in it is irreplaceable: without it the prover looks back as far as it is configured to, and reads the events of
//! the chain from the beginning.

use std::{io, path::PathBuf};

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{payments::Rung, scan::ScanJournal};
use crate::whole;

/// Where a prover was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// The block of the chain up to which events are read.
    pub block: u64,
    /// The rungs that may have to be proven.
    pub rungs: Vec<Rung>,
    /// The blocks of Bitcoin that are read.
    pub scan: ScanJournal,
}

/// Where the journal is kept.
pub trait JournalStore {
    /// Keeps `journal` in place of the last one, whole or not at all.
    ///
    /// # Errors
    /// [`JournalError::Write`].
    fn save(&self, journal: &Journal) -> Result<(), JournalError>;
}

/// A journal that is not kept.
#[derive(Debug, Error)]
pub enum JournalError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}; if it is damaged, remove it: only time is lost", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write {}: {source}; is the disk full?", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

/// A journal in a file.
#[derive(Debug, Clone)]
pub struct JournalFile {
    path: PathBuf,
}

impl JournalFile {
    /// The journal at `path`.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Reads it; an empty journal if there is none.
    ///
    /// # Errors
    /// [`JournalError::Read`].
    pub fn load(&self) -> Result<Journal, JournalError> {
        let error = |source| JournalError::Read { path: self.path.clone(), source };
        match whole::read(&self.path).map_err(error)? {
            None => Ok(Journal::default()),
            Some(bytes) => serde_json::from_slice(&bytes).map_err(|reason| error(reason.into())),
        }
    }
}

impl JournalStore for JournalFile {
    fn save(&self, journal: &Journal) -> Result<(), JournalError> {
        let bytes = serde_json::to_vec(journal).expect("a journal has no map with keys that are not strings");
        let error = |source| JournalError::Write { path: self.path.clone(), source };
        whole::write(&self.path, &bytes).map_err(error)
    }
}

#[cfg(test)]
mod tests;
