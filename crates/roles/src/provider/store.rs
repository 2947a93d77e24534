//! What a provider has signed: on disk before anybody sees it.
//!
//! Two votes at one height reveal the key, so the key signs votes only here. A vote is recorded, durably, before
//! it is signed; heights only rise; a recorded height gives the same signature again for the same hash, and a
//! refusal for any other. One process has the file: a second one is refused by its lock. A copy of the file
//! elsewhere is what no lock can prevent; therefore the role compares [`SignStore::highest`] with the chain, which
//! is never ahead of the one true store.

use std::{
    fs::{self, File},
    path::Path,
};

use alloy_primitives::B256;
use ballast_schnorr::{SigningKey, eots, message, nonce};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, Table, TableDefinition, WriteTransaction};

mod error;

pub use error::StoreError;

/// Recorded heights that are kept; a vote that nobody has counted for longer is not signed again.
const KEPT: u64 = 1 << 19;

/// The hash that was signed, by height.
const SIGNED: TableDefinition<u64, &[u8; 32]> = TableDefinition::new("signed");
const META: TableDefinition<&str, &[u8; 32]> = TableDefinition::new("meta");
const KEY: &str = "key";
const CHAIN: &str = "chain";
/// No height up to this one is signed for the first time.
const WATERMARK: &str = "watermark";

/// A vote, signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedVote {
    /// The height.
    pub height: u64,
    /// The hash of its block.
    pub hash: B256,
    /// The public randomness of the height.
    pub randomness: B256,
    /// The signature scalar.
    pub signature: B256,
}

/// The one signer of a provider's votes, and its memory.
#[derive(Debug)]
pub struct SignStore {
    database: Database,
    key: SigningKey,
    chain_id: u64,
}

impl SignStore {
    /// Opens or makes the store of `key` at `path`, for the chain with this id.
    ///
    /// # Errors
    /// [`StoreError::InUse`] while another process has it, [`StoreError::OtherKey`] or [`StoreError::OtherChain`]
    /// when it is another's, [`StoreError::File`] or [`StoreError::Folder`] when it cannot be read or made.
    pub fn open(path: &Path, key: SigningKey, chain_id: u64) -> Result<Self, StoreError> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|source| StoreError::Folder { path: folder.into(), source })?;
        let database = Database::create(path).map_err(|error| match error {
            redb::DatabaseError::DatabaseAlreadyOpen => StoreError::InUse { path: path.into() },
            other => other.into(),
        })?;
        let store = Self { database, key, chain_id };
        if store.is_new()? {
            store.claim()?;
            // a file whose name is lost with the power is a lost store
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|source| StoreError::Folder { path: folder.into(), source })?;
        }
        Ok(store)
    }

    /// Whether it is nobody's yet. Another's is refused.
    fn is_new(&self) -> Result<bool, StoreError> {
        let read = self.database.begin_read()?;
        let meta = match read.open_table(META) {
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(true),
            meta => meta?,
        };
        let stored = |name| Ok::<_, StoreError>(meta.get(name)?.map(|found| B256::from(found.value())));
        if let Some(found) = stored(KEY)?.filter(|found| *found != self.provider()) {
            return Err(StoreError::OtherKey { expected: self.provider(), found });
        }
        if let Some(found) = stored(CHAIN)?.map(number).filter(|found| *found != self.chain_id) {
            return Err(StoreError::OtherChain { expected: self.chain_id, found });
        }
        Ok(false)
    }

    /// Writes whose store it is.
    fn claim(&self) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        write.open_table(SIGNED)?;
        let mut meta = write.open_table(META)?;
        meta.insert(KEY, &self.provider().0)?;
        meta.insert(CHAIN, &word(self.chain_id).0)?;
        drop(meta);
        Ok(write.commit()?)
    }

    /// The provider's x-only key.
    #[must_use]
    pub fn provider(&self) -> B256 {
        self.key.x_only().serialize().into()
    }

    /// The chain that the votes are for.
    #[must_use]
    pub fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// For what is no vote; whoever signs a vote with it goes past the record.
    pub(super) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The height up to which nothing is signed for the first time; 0 if nothing was ever signed.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn highest(&self) -> Result<u64, StoreError> {
        let read = self.database.begin_read()?;
        let signed = read.open_table(SIGNED)?.last()?.map_or(0, |(height, _)| height.value());
        let watermark =
            read.open_table(META)?.get(WATERMARK)?.map_or(0, |found| number(found.value().into()));
        Ok(signed.max(watermark))
    }

    /// The last recorded vote: its height and hash.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn last(&self) -> Result<Option<(u64, B256)>, StoreError> {
        let read = self.database.begin_read()?;
        let signed = read.open_table(SIGNED)?;
        let last = signed.last()?;
        Ok(last.map(|(height, hash)| (height.value(), hash.value().into())))
    }

    /// The hash that is recorded for `height`.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn recorded(&self, height: u64) -> Result<Option<B256>, StoreError> {
        let read = self.database.begin_read()?;
        let found = read.open_table(SIGNED)?.get(height)?;
        Ok(found.map(|hash| hash.value().into()))
    }

    /// Signs the block `hash` at `height`.
    ///
    /// # Errors
    /// As [`SignStore::sign_all`].
    pub fn sign(&self, height: u64, hash: B256) -> Result<SignedVote, StoreError> {
        self.sign_all(&[(height, hash)]).map(|votes| votes[0])
    }

    /// Signs blocks by rising height, all or none, with one write to the disk.
    ///
    /// # Errors
    /// [`StoreError::SecondHash`] when another block of a height was signed, [`StoreError::NotRising`] when the
    /// height was passed, [`StoreError::File`] when the record cannot be written: then nothing is signed.
    pub fn sign_all(&self, blocks: &[(u64, B256)]) -> Result<Vec<SignedVote>, StoreError> {
        self.record(blocks)?;
        blocks.iter().map(|(height, hash)| self.signature(*height, *hash)).collect()
    }

    fn record(&self, blocks: &[(u64, B256)]) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        let mut highest = self.highest()?;
        let mut changed = false;
        {
            let mut signed = write.open_table(SIGNED)?;
            for (height, hash) in blocks {
                if is_recorded(&signed, *height, *hash)? {
                    continue;
                }
                if *height <= highest {
                    return Err(StoreError::NotRising { height: *height, highest });
                }
                signed.insert(height, &hash.0)?;
                (highest, changed) = (*height, true);
            }
            signed.retain_in(..highest.saturating_sub(KEPT), |_, _| false)?;
        }
        if changed {
            write.commit()?;
        }
        Ok(())
    }

    fn signature(&self, height: u64, hash: B256) -> Result<SignedVote, StoreError> {
        let context = message::nonce_context(self.chain_id);
        let nonce = nonce::derive(&self.key, context.as_bytes(), height);
        let randomness = nonce.public().0.into();
        let message = message::vote(self.chain_id, height, &hash);
        let signature = eots::sign(&self.key, nonce, &message)?.to_bytes().into();
        Ok(SignedVote { height, hash, randomness, signature })
    }

    /// Gives up every height up to this one that is not recorded. It is what an operator does whose store is lost,
    /// after making sure that no other signer runs.
    ///
    /// # Errors
    /// [`StoreError::File`].
    pub fn give_up(&self, height: u64) -> Result<(), StoreError> {
        if height <= self.highest()? {
            return Ok(());
        }
        let write: WriteTransaction = self.database.begin_write()?;
        write.open_table(META)?.insert(WATERMARK, &word(height).0)?;
        Ok(write.commit()?)
    }
}

fn is_recorded(signed: &Table<u64, &[u8; 32]>, height: u64, hash: B256) -> Result<bool, StoreError> {
    let recorded = signed.get(height)?.map(|hash| B256::from(hash.value()));
    match recorded {
        Some(recorded) if recorded != hash => {
            Err(StoreError::SecondHash { height, signed: recorded, refused: hash })
        }
        recorded => Ok(recorded.is_some()),
    }
}

fn word(number: u64) -> B256 {
    alloy_primitives::U256::from(number).into()
}

fn number(word: B256) -> u64 {
    alloy_primitives::U256::from_be_bytes(word.0).saturating_to()
}

#[cfg(test)]
mod tests;
