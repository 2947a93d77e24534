//! A number on disk: how far a role has looked.
//!
//! A cursor is never ahead of what is done. One that is behind, or lost, costs a second look and nothing else, since
//! a role skips what the chains already know.

use std::{fs, io, path::PathBuf};

use thiserror::Error;

use crate::whole;

/// Where a role keeps how far it has looked.
pub trait Cursor {
    /// The number last saved; `None` when there is none yet.
    ///
    /// # Errors
    /// The file cannot be read, or holds no number.
    fn load(&self) -> Result<Option<u64>, CursorError>;

    /// Saves `number`, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    fn save(&self, number: u64) -> Result<(), CursorError>;
}

/// A cursor in a file of its own.
#[derive(Debug, Clone)]
pub struct FileCursor(PathBuf);

impl FileCursor {
    /// The cursor in the file at `path`; its folder is made when it is first saved.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    fn failed(&self, source: io::Error) -> CursorError {
        CursorError::File { path: self.0.clone(), source }
    }
}

impl Cursor for FileCursor {
    fn load(&self) -> Result<Option<u64>, CursorError> {
        match fs::read_to_string(&self.0) {
            Ok(text) => {
                let number = text.trim().parse();
                number.map(Some).map_err(|_| CursorError::NoNumber { path: self.0.clone() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed(error)),
        }
    }

    fn save(&self, number: u64) -> Result<(), CursorError> {
        let folder = self.0.parent().map_or(Ok(()), fs::create_dir_all);
        folder
            .and_then(|()| whole::write(&self.0, format!("{number}\n").as_bytes()))
            .map_err(|error| self.failed(error))
    }
}

/// Why a cursor is not there.
#[derive(Debug, Error)]
pub enum CursorError {
    /// The file cannot be read or written.
    #[error("cannot use {path}: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file is not one of ours.
    #[error("{path} holds no number: remove it, and the role looks again from its start", path = path.display())]
    NoNumber {
        /// The file.
        path: PathBuf,
    },
}

#[cfg(test)]
mod tests;
