//! What a node answers questions from: finalised blocks, receipts, transactions, logs, and state for 256 blocks back.
//!
//! One redb file, written once per finalised block in one durable transaction, so that the index is always at exactly
//! one height. Blocks arrive in order; a block that is already in the index changes nothing, which makes delivery
//! after a crash harmless. Reads open a snapshot and never wait for the writer.
//!
//! State is kept flat, as it is now, beside the value that each account and slot had *before* each of the last
//! [`WINDOW`] blocks: the state after block n is the flat state, except where a later block has such a value.

mod blocks;
mod logs;
mod state;

use std::path::Path;

use alloy_primitives::{Address, B256, U256};
use ballast_evm::StateChanges;
use ballast_types::{Block, BlockError, Receipt, ReceiptError};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, WriteTransaction};
use thiserror::Error;

use crate::account::ACCOUNT_SIZE;

pub use blocks::StoredBlock;
pub use state::StateAt;

/// Blocks behind the latest whose state can be read.
pub const WINDOW: u64 = 256;

type AccountKey = &'static [u8; 20];
type SlotKey = &'static [u8; 52];

const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
const HEADERS: TableDefinition<u64, &[u8]> = TableDefinition::new("headers");
const BLOCKS: TableDefinition<u64, &[u8]> = TableDefinition::new("blocks");
const RECEIPTS: TableDefinition<u64, &[u8]> = TableDefinition::new("receipts");
const NUMBERS: TableDefinition<&[u8; 32], u64> = TableDefinition::new("numbers");
const TRANSACTIONS: TableDefinition<&[u8; 32], (u64, u32)> = TableDefinition::new("transactions");
const ACCOUNTS: TableDefinition<AccountKey, &[u8; ACCOUNT_SIZE]> = TableDefinition::new("accounts");
const SLOTS: TableDefinition<SlotKey, &[u8; 32]> = TableDefinition::new("slots");
const CODE: TableDefinition<&[u8; 32], &[u8]> = TableDefinition::new("code");
/// The account before a block; no bytes for an account that was not there.
const ACCOUNTS_BEFORE: TableDefinition<(AccountKey, u64), &[u8]> = TableDefinition::new("accounts before");
const SLOTS_BEFORE: TableDefinition<(SlotKey, u64), &[u8; 32]> = TableDefinition::new("slots before");
/// What a block changed, so that its values in the two tables above can be found and pruned.
const CHANGED: TableDefinition<u64, &[u8]> = TableDefinition::new("changed");

/// Evidence by epoch, view and seat.
const FAULTS: TableDefinition<(u64, u64, u32), &[u8]> = TableDefinition::new("faults");

const LATEST: &str = "latest";

/// Why the index cannot answer or be written.
#[derive(Debug, Error)]
pub enum IndexError {
    /// The file cannot be read or written.
    #[error("index file: {0}")]
    File(Box<redb::Error>),
    /// The file belongs to another chain.
    #[error("the index is of the chain with genesis {found}, this is {expected}: choose another data folder")]
    OtherChain {
        /// Genesis hash of this chain.
        expected: B256,
        /// Genesis hash in the file.
        found: B256,
    },
    /// A block came out of order.
    #[error("block {found} cannot follow block {latest} in the index")]
    Gap {
        /// Latest block in the index.
        latest: u64,
        /// Number of the block that came.
        found: u64,
    },
    /// Another block of this number is already final.
    #[error(
        "block {number} is {found} in the index and cannot become {other}: remove the data folder and sync again"
    )]
    Conflict {
        /// Number of both.
        number: u64,
        /// Hash in the index.
        found: B256,
        /// Hash of the other.
        other: B256,
    },
    /// There is no such block.
    #[error("block {number} is not known; the latest is {latest}")]
    Unknown {
        /// Number asked for.
        number: u64,
        /// Latest number.
        latest: u64,
    },
    /// The state is older than the window.
    #[error("state of block {number} is pruned; the oldest kept is that of block {oldest}")]
    Pruned {
        /// Number asked for.
        number: u64,
        /// Oldest number with state.
        oldest: u64,
    },
    /// A query matched more logs than its limit.
    #[error("query matches more than {limit} logs: narrow the range of blocks")]
    TooManyLogs {
        /// Most logs.
        limit: usize,
    },
    /// A stored block does not parse.
    #[error("the index is damaged, remove the data folder and sync again: {0}")]
    Block(#[from] BlockError),
    /// A stored receipt does not parse.
    #[error("the index is damaged, remove the data folder and sync again: {0}")]
    Receipt(#[from] ReceiptError),
    /// A table lacks what another refers to.
    #[error("the index is damaged, remove the data folder and sync again: {0} is missing or malformed")]
    Damaged(&'static str),
}

macro_rules! from_redb {
    ($($error:ty),*) => {
        $(impl From<$error> for IndexError {
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

/// A finalised block and what executing it yielded.
#[derive(Clone, Copy, Debug)]
pub struct Finalised<'a> {
    /// The block.
    pub block: &'a Block,
    /// Its hash.
    pub hash: B256,
    /// One receipt per transaction.
    pub receipts: &'a [Receipt],
    /// What it changed in the state.
    pub changes: &'a StateChanges,
}

/// Which validator broke the consensus protocol, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Epoch of the conflicting votes.
    pub epoch: u64,
    /// View of the conflicting votes.
    pub view: u64,
    /// Position of the validator in the committee of the epoch.
    pub seat: u32,
}

/// The index of finalised blocks and recent state.
#[derive(Debug)]
pub struct Index {
    database: Database,
}

impl Index {
    /// Opens or creates the index of the chain that starts with `genesis`.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be opened or belongs to another chain.
    pub fn open(path: &Path, genesis: &Block) -> Result<Self, IndexError> {
        Self::with(Database::create(path)?, genesis)
    }

    /// An index in memory.
    ///
    /// # Errors
    /// As [`Index::open`].
    pub fn in_memory(genesis: &Block) -> Result<Self, IndexError> {
        let backend = redb::backends::InMemoryBackend::new();
        Self::with(Database::builder().create_with_backend(backend)?, genesis)
    }

    fn with(database: Database, genesis: &Block) -> Result<Self, IndexError> {
        let index = Self { database };
        let write = index.begin()?;
        let started = write.open_table(META)?.get(LATEST)?.is_some();
        if !started {
            let (hash, changes) = (genesis.hash(), StateChanges::default());
            insert(&write, &Finalised { block: genesis, hash, receipts: &[], changes: &changes })?;
            state::apply(&write, 0, &changes)?;
            write.open_table(FAULTS)?;
            write.open_table(META)?.insert(LATEST, 0)?;
        }
        write.commit()?;
        let (expected, found) = (genesis.hash(), index.hash(0)?.ok_or(IndexError::Damaged("genesis"))?);
        if expected == found { Ok(index) } else { Err(IndexError::OtherChain { expected, found }) }
    }

    /// Adds a finalised block. Returns false if the index already had it.
    ///
    /// # Errors
    /// [`IndexError::Gap`] and [`IndexError::Conflict`] if it does not follow the latest block; the file's own errors.
    pub fn apply(&self, finalised: &Finalised<'_>) -> Result<bool, IndexError> {
        let (number, latest) = (finalised.block.header.number, self.latest()?);
        if number <= latest {
            let found = self.hash(number)?.ok_or(IndexError::Damaged("block hash"))?;
            if found == finalised.hash {
                return Ok(false);
            }
            return Err(IndexError::Conflict { number, found, other: finalised.hash });
        }
        let parent = self.hash(latest)?.ok_or(IndexError::Damaged("latest block"))?;
        if number != latest + 1 || finalised.block.header.parent_hash != parent {
            return Err(IndexError::Gap { latest, found: number });
        }
        let write = self.begin()?;
        insert(&write, finalised)?;
        state::apply(&write, number, finalised.changes)?;
        if let Some(old) = number.checked_sub(WINDOW) {
            state::prune(&write, old)?;
        }
        write.open_table(META)?.insert(LATEST, number)?;
        write.commit()?;
        Ok(true)
    }

    /// Number of the latest block.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn latest(&self) -> Result<u64, IndexError> {
        let read = self.database.begin_read()?;
        let latest = read.open_table(META)?.get(LATEST)?.map(|number| number.value());
        latest.ok_or(IndexError::Damaged("latest block"))
    }

    /// The state after block `number`, as a snapshot.
    ///
    /// # Errors
    /// [`IndexError::Unknown`] for a block to come, [`IndexError::Pruned`] beyond [`WINDOW`].
    pub fn state_at(&self, number: u64) -> Result<StateAt, IndexError> {
        StateAt::open(&self.database.begin_read()?, number)
    }

    /// Keeps the encoded evidence of a fault; the first one counts.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be written.
    pub fn record_fault(&self, fault: Fault, evidence: &[u8]) -> Result<(), IndexError> {
        let write = self.begin()?;
        let key = (fault.epoch, fault.view, fault.seat);
        {
            let mut faults = write.open_table(FAULTS)?;
            if faults.get(key)?.is_none() {
                faults.insert(key, evidence)?;
            }
        }
        Ok(write.commit()?)
    }

    /// Every fault with its encoded evidence.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn faults(&self) -> Result<Vec<(Fault, Vec<u8>)>, IndexError> {
        let faults = self.database.begin_read()?.open_table(FAULTS)?;
        let read = |entry: Result<_, redb::StorageError>| {
            let (key, evidence): (redb::AccessGuard<'_, _>, redb::AccessGuard<'_, &[u8]>) = entry?;
            let (epoch, view, seat): (u64, u64, u32) = key.value();
            Ok((Fault { epoch, view, seat }, evidence.value().to_vec()))
        };
        faults.iter()?.map(read).collect()
    }

    fn begin(&self) -> Result<WriteTransaction, IndexError> {
        let mut write = self.database.begin_write()?;
        // after kill -9 the file opens at once instead of being walked
        write.set_quick_repair(true);
        Ok(write)
    }
}

fn insert(write: &WriteTransaction, finalised: &Finalised<'_>) -> Result<(), IndexError> {
    let Finalised { block, hash, receipts, .. } = finalised;
    let number = block.header.number;
    write.open_table(HEADERS)?.insert(number, alloy_rlp::encode(&block.header).as_slice())?;
    write.open_table(BLOCKS)?.insert(number, block.encoded().as_slice())?;
    write.open_table(RECEIPTS)?.insert(number, blocks::encode_receipts(receipts).as_slice())?;
    write.open_table(NUMBERS)?.insert(&hash.0, number)?;
    let mut transactions = write.open_table(TRANSACTIONS)?;
    for (place, transaction) in (0u32..).zip(&block.transactions) {
        transactions.insert(&transaction.hash().0, (number, place))?;
    }
    Ok(())
}

fn slot_key(address: Address, slot: U256) -> [u8; 52] {
    let mut key = [0; 52];
    key[..20].copy_from_slice(address.as_slice());
    key[20..].copy_from_slice(&slot.to_be_bytes::<32>());
    key
}

#[cfg(test)]
mod tests;
