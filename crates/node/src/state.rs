//! The state store: every account, storage slot and piece of code in one authenticated database.
//!
//! Values have one fixed width of 72 bytes, which an account fills; a slot or a chunk of code is padded with zeros.
//! Keys are keccak256 of a tag and what is stored. A zero slot and an empty account are not stored.
//! `docs/adr/0002-state-store.md` says why.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, keccak256};
use ballast_evm::{Account, StateChanges, StateError, StateReader};
use ballast_types::OperationRange;
use bytes::BufMut;
use commonware_codec::{Buf, Error as CodecError, FixedSize, Read, Write};
use commonware_cryptography::{Sha256, keccak256::Digest as Key, sha256};
use commonware_glue::stateful::db::{AttachableResolver, DatabaseSet, Shared};
use commonware_parallel::Sequential;
use commonware_runtime::{Spawner, buffer::paged::CacheRef};
use commonware_storage::{
    Context as StorageContext,
    journal::contiguous::fixed::Config as LogConfig,
    mmr::{self, Location, full::Config as TreeConfig},
    qmdb::{
        any::{
            initial_root,
            unordered::{Update, fixed::Operation},
            value::FixedEncoding,
        },
        current::{FixedConfig, unordered::fixed},
        sync::{Request, Source, Target, source},
    },
    translator::EightCap,
};
use commonware_utils::{NZU64, NZUsize, range::NonEmptyRange};

use crate::account::{self, ACCOUNT_SIZE};

/// Bytes of the bitmap that are hashed together.
const BITMAP_CHUNK: usize = 32;

/// One database.
pub(crate) type Store<E> = fixed::Db<mmr::Family, E, Key, Value, Sha256, EightCap, BITMAP_CHUNK, Sequential>;
/// What the engine manages for us.
pub(crate) type Databases<E> = Shared<Store<E>>;
/// State on top of a block, open for writes.
pub(crate) type Open<E> = <Databases<E> as DatabaseSet<E>>::Unmerkleized;
/// State on top of a block, sealed, with its root.
pub(crate) type Sealed<E> = <Databases<E> as DatabaseSet<E>>::Merkleized;
/// What a header commits to so that a peer's copy of the store can be checked.
pub(crate) type SyncTarget = Target<mmr::Family, sha256::Digest>;

/// A stored value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value([u8; ACCOUNT_SIZE]);

impl Value {
    fn padded(bytes: &[u8]) -> Self {
        let mut value = [0; ACCOUNT_SIZE];
        value[..bytes.len()].copy_from_slice(bytes);
        Self(value)
    }

    fn word(&self) -> U256 {
        U256::from_be_slice(&self.0[..32])
    }
}

impl Write for Value {
    fn write(&self, buf: &mut impl BufMut) {
        buf.put_slice(&self.0);
    }
}

impl FixedSize for Value {
    const SIZE: usize = ACCOUNT_SIZE;
}

impl Read for Value {
    type Cfg = ();

    fn read_cfg(buf: &mut impl Buf, (): &()) -> Result<Self, CodecError> {
        Ok(Self(<[u8; ACCOUNT_SIZE]>::read_cfg(buf, &())?))
    }
}

fn account_key(address: Address) -> Key {
    Key::from(keccak256([&[0][..], address.as_slice()].concat()).0)
}

fn slot_key(address: Address, slot: U256) -> Key {
    Key::from(keccak256([&[1][..], address.as_slice(), &slot.to_be_bytes::<32>()].concat()).0)
}

/// Chunk 0 holds the length of the code, the code itself begins with chunk 1.
fn code_key(hash: B256, chunk: u32) -> Key {
    Key::from(keccak256([&[2][..], hash.as_slice(), &chunk.to_be_bytes()].concat()).0)
}

/// Reads of the state below a block that is being executed.
pub(crate) struct View<'a, E: Spawner + StorageContext>(pub(crate) &'a Open<E>);

impl<E: Spawner + StorageContext> View<'_, E> {
    async fn get(&self, key: Key) -> Result<Option<Value>, StateError> {
        self.0.get(&key).await.map_err(|error| StateError(error.to_string()))
    }
}

impl<E: Spawner + StorageContext> StateReader for View<'_, E> {
    async fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        Ok(self.get(account_key(address)).await?.map(|value| account::decode(&value.0)))
    }

    async fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        Ok(self.get(slot_key(address, slot)).await?.map_or(U256::ZERO, |value| value.word()))
    }

    async fn code(&self, hash: B256) -> Result<Bytes, StateError> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytes::new());
        }
        let missing = || StateError(format!("code {hash} is missing: remove the data folder and sync again"));
        let length = self.get(code_key(hash, 0)).await?.ok_or_else(missing)?.word().saturating_to::<usize>();
        let mut code = Vec::with_capacity(length);
        for chunk in (1..).take(length.div_ceil(ACCOUNT_SIZE)) {
            code.extend_from_slice(&self.get(code_key(hash, chunk)).await?.ok_or_else(missing)?.0);
        }
        code.truncate(length);
        Ok(code.into())
    }
}

/// Writes what a block changed.
pub(crate) fn write<E: Spawner + StorageContext>(mut open: Open<E>, changes: &StateChanges) -> Open<E> {
    for (address, change) in &changes.accounts {
        let value = change.after.as_ref().map(|account| Value(account::encode(account)));
        open = open.write(account_key(*address), value);
    }
    for ((address, slot), change) in &changes.storage {
        let value = (!change.after.is_zero()).then(|| Value::padded(&change.after.to_be_bytes::<32>()));
        open = open.write(slot_key(*address, *slot), value);
    }
    for (hash, code) in &changes.code {
        let length = U256::from(code.len());
        open = open.write(code_key(*hash, 0), Some(Value::padded(&length.to_be_bytes::<32>())));
        for (chunk, bytes) in (1..).zip(code.chunks(ACCOUNT_SIZE)) {
            open = open.write(code_key(*hash, chunk), Some(Value::padded(bytes)));
        }
    }
    open
}

/// Files and buffers of the store.
pub(crate) fn config(prefix: &str, page_cache: CacheRef) -> FixedConfig<EightCap, Sequential> {
    FixedConfig {
        merkle_config: TreeConfig {
            journal_partition: format!("{prefix}-tree"),
            metadata_partition: format!("{prefix}-tree-meta"),
            items_per_blob: NZU64!(65_536),
            write_buffer: NZUsize!(1 << 20),
            replay_buffer: NZUsize!(1 << 20),
            strategy: Sequential,
            page_cache: page_cache.clone(),
        },
        journal_config: LogConfig {
            partition: format!("{prefix}-log"),
            items_per_blob: NZU64!(65_536),
            page_cache,
            write_buffer: NZUsize!(1 << 20),
            replay_buffer: NZUsize!(1 << 20),
        },
        grafted_metadata_partition: format!("{prefix}-bitmap"),
        translator: EightCap,
        init_cache: Some(NZUsize!(1024)),
        init_buffer: NZUsize!(1 << 21),
        init_concurrency: (),
    }
}

/// In place of peers to copy the store from: a node executes every block, which also fills its index.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoSync;

/// There is nobody to copy the store from.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this node does not copy its state from peers")]
pub(crate) struct NoSource;

impl<E: Spawner + StorageContext> AttachableResolver<Store<E>> for NoSync {
    async fn attach_database(&self, _: Databases<E>) {}
}

impl Source for NoSync {
    type Family = mmr::Family;
    type Digest = sha256::Digest;
    type Op = Operation<mmr::Family, Key, Value>;
    type Error = NoSource;

    async fn serve(&self, _: Request<mmr::Family>) -> source::Result<Self> {
        Err(NoSource)
    }
}

/// What the genesis header says of the state: an empty store. What the genesis allocates is written by block 1.
/// With nothing in the store, its operations' root stands for the root as well.
pub(crate) fn empty() -> (B256, OperationRange) {
    let root = initial_root::<mmr::Family, Update<Key, FixedEncoding<Value>>, Sha256>();
    let root = B256::new(root.0);
    (root, OperationRange { root, start: 0, end: 1 })
}

/// What must be copied from a peer to have the state behind a header; `None` if the header names no operations.
pub(crate) fn sync_target(operations: &OperationRange) -> Option<SyncTarget> {
    let OperationRange { root, start, end } = *operations;
    let range = NonEmptyRange::new(Location::new(start)..Location::new(end)).ok()?;
    Some(Target::new(sha256::Digest::from(root.0), range))
}

#[cfg(test)]
mod tests;
