//! [`Store`] in a folder of files that only their owner can read.
//!
//! `seed-<ceremony>`, `share-<ceremony>`, `ledger.json`, and `lock`, which keeps a second process out.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use ballast_custody::{CeremonyId, Group, KeyShare};
use zeroize::Zeroizing;

use super::{
    ledger::Ledger,
    store::{Store, StoreError},
};
use crate::whole::{self, PARTIAL};

const SEED: &str = "seed-";
const SHARE: &str = "share-";
const LEDGER: &str = "ledger.json";

/// A custodian's folder.
#[derive(Debug)]
pub struct FileStore {
    folder: PathBuf,
    /// Held as long as the process lives, however it ends.
    _lock: File,
}

impl FileStore {
    /// Opens a folder, making it if it is not there.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another process has it, or [`StoreError::File`].
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
        let lock = File::create(folder.join("lock")).map_err(|source| file_error(folder, source))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse { path: folder.display().to_string() }),
            Err(TryLockError::Error(source)) => Err(file_error(folder, source)),
        }
    }

    fn path(&self, kind: &str, ceremony: CeremonyId) -> PathBuf {
        self.folder.join(format!("{kind}{ceremony}"))
    }

    /// All files of a kind.
    fn all(&self, kind: &str) -> Result<Vec<PathBuf>, StoreError> {
        let error = |source| file_error(&self.folder, source);
        let mut paths = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(error)? {
            let entry = entry.map_err(error)?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with(kind) && !name.to_string_lossy().ends_with(PARTIAL) {
                paths.push(entry.path());
            }
        }
        Ok(paths)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
        whole::write_secret(path, bytes).map_err(|source| file_error(path, source))
    }
}

impl Store for FileStore {
    fn seed(&self, ceremony: CeremonyId, fresh: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        let path = self.path(SEED, ceremony);
        match read(&path)? {
            Some(bytes) => {
                let seed = bytes.as_slice().try_into().map(Zeroizing::new);
                seed.map_err(|_| StoreError::Seed { path: path.display().to_string() })
            }
            None => self.write(&path, fresh).map(|()| Zeroizing::new(*fresh)),
        }
    }

    fn forget_seeds(&self) -> Result<(), StoreError> {
        self.all(SEED)?
            .iter()
            .try_for_each(|path| fs::remove_file(path).map_err(|source| file_error(path, source)))
    }

    fn keep_share(&self, ceremony: CeremonyId, share: &KeyShare) -> Result<(), StoreError> {
        self.write(&self.path(SHARE, ceremony), &share.to_secret_bytes())
    }

    fn has_share(&self, ceremony: CeremonyId) -> Result<bool, StoreError> {
        let path = self.path(SHARE, ceremony);
        path.try_exists().map_err(|source| file_error(&path, source))
    }

    fn share(&self, group: &Group) -> Result<Option<KeyShare>, StoreError> {
        for path in self.all(SHARE)? {
            let Some(bytes) = read(&path)? else { continue };
            let share = KeyShare::from_secret_bytes(&bytes)
                .map_err(|source| StoreError::Share { path: path.display().to_string(), source })?;
            if share.group() == group {
                return Ok(Some(share));
            }
        }
        Ok(None)
    }

    fn ledger(&self) -> Result<Ledger, StoreError> {
        let path = self.folder.join(LEDGER);
        let Some(bytes) = read(&path)? else { return Ok(Ledger::default()) };
        serde_json::from_slice(&bytes).map_err(|error| StoreError::Ledger {
            path: path.display().to_string(),
            reason: error.to_string(),
        })
    }

    fn keep_ledger(&self, ledger: &Ledger) -> Result<(), StoreError> {
        let json = serde_json::to_vec(ledger).expect("numbers and transactions are always written");
        self.write(&self.folder.join(LEDGER), &json)
    }
}

fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
    let bytes = whole::read(path).map_err(|source| file_error(path, source))?;
    Ok(bytes.map(Zeroizing::new))
}

fn file_error(path: &Path, source: io::Error) -> StoreError {
    StoreError::File { path: path.display().to_string(), source }
}
