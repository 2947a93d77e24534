//! Where stakes and providers lie in the contract's storage.
//!
//! | slot | name | type |
//! |---|---|---|
//! | 0 | versions of the parameters | `uint32`, how many |
//! | 1 | parameters by version | `mapping(uint32 => uint256[])`, see [`super::parameters`] |
//! | 2 | providers | `bytes32[]`, in the order of registration |
//! | 3 | provider by key | `mapping(bytes32 => uint256)`, see [`Provider`] |
//! | 4 | provider key by account | `mapping(address => bytes32)` |
//! | 5 | power by provider | `mapping(bytes32 => uint64)`, in sats |
//! | 6 | ranked providers | `bytes32[]` |
//! | 7 | rank by provider | `mapping(bytes32 => uint64)`, the place in slot 6 plus one |
//! | 8 | staker key by stake | `mapping(bytes32 => bytes32)` |
//! | 9 | provider key by stake | `mapping(bytes32 => bytes32)` |
//! | 10 | record by stake | `mapping(bytes32 => uint256)`, see [`Record`] |
//! | 11 | account by stake | `mapping(bytes32 => address)` |
//! | 12 | approvals by stake | `mapping(bytes32 => uint256)`, a bit for each covenant key |
//! | 13 | anchor by stake | `mapping(bytes32 => bytes32)`, a block hash |
//! | 14 | spending transaction by stake | `mapping(bytes32 => bytes32)` |
//! | 15 | its block by stake | `mapping(bytes32 => bytes32)` |
//! | 16 | slashing by stake | `mapping(bytes32 => mapping(uint8 => bytes32))`, see [`Slashings`] |
//! | 17 | due stakes by Bitcoin height | `mapping(uint32 => bytes32[])` |
//! | 18 | cursor | `uint256`, see [`Cursor`] |
//! | 19 | followed block by Bitcoin height | `mapping(uint32 => bytes32)` |
//!
//! A stake is named by its staking transaction's id. The transactions themselves are in the log of its
//! registration: no rule reads them again, and a log costs a hundredth of a slot. What a reader takes from a
//! log, an archive or a peer is checked against the hashes kept here.

use alloy_primitives::{Address, B256, U256};
use ballast_types::SystemContract;
use bitcoin::{BlockHash, XOnlyPublicKey, hashes::Hash};

use crate::{
    layout::{List, Mapping, Slot, Word},
    light_client,
    storage::{Storage, StorageError},
};

pub(super) const CONTRACT: Address = SystemContract::Staking.address();
pub(super) const VERSIONS: Slot<u32> = Slot::new(CONTRACT, 0);
pub(super) const PARAMETERS: Mapping<u32, List<U256>> = Mapping::new(CONTRACT, 1);
pub(super) const PROVIDERS: List<B256> = List::new(CONTRACT, 2);
pub(super) const PROVIDER: Mapping<B256, Slot<Option<Provider>>> = Mapping::new(CONTRACT, 3);
pub(super) const PROVIDER_OF: Mapping<Address, Slot<B256>> = Mapping::new(CONTRACT, 4);
pub(super) const POWER: Mapping<B256, Slot<u64>> = Mapping::new(CONTRACT, 5);
pub(super) const RANKED: List<B256> = List::new(CONTRACT, 6);
pub(super) const RANK: Mapping<B256, Slot<u64>> = Mapping::new(CONTRACT, 7);
pub(super) const STAKER: Mapping<B256, Slot<B256>> = Mapping::new(CONTRACT, 8);
pub(super) const STAKED_ON: Mapping<B256, Slot<B256>> = Mapping::new(CONTRACT, 9);
pub(super) const RECORD: Mapping<B256, Slot<Option<Record>>> = Mapping::new(CONTRACT, 10);
pub(super) const OWNER: Mapping<B256, Slot<Address>> = Mapping::new(CONTRACT, 11);
pub(super) const APPROVALS: Mapping<B256, Slot<U256>> = Mapping::new(CONTRACT, 12);
pub(super) const ANCHOR: Mapping<B256, Slot<B256>> = Mapping::new(CONTRACT, 13);
pub(super) const SPEND: Mapping<B256, Slot<B256>> = Mapping::new(CONTRACT, 14);
pub(super) const SPEND_ANCHOR: Mapping<B256, Slot<B256>> = Mapping::new(CONTRACT, 15);
const SLASHING: Mapping<B256, Mapping<u8, Slot<B256>>> = Mapping::new(CONTRACT, 16);
pub(super) const DUE: Mapping<u32, List<B256>> = Mapping::new(CONTRACT, 17);
pub(super) const CURSOR: Slot<Cursor> = Slot::new(CONTRACT, 18);
pub(super) const SEEN: Mapping<u32, Slot<B256>> = Mapping::new(CONTRACT, 19);

/// A provider in one word: 1 byte that says it exists, 1 byte removal, 2 bytes commission, 20 bytes account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Provider {
    /// The account that registered it.
    pub owner: Address,
    /// Its share of what its stakes earn, in basis points.
    pub commission: u16,
    /// Whether it is removed for ever.
    pub removed: bool,
}

impl Word for Option<Provider> {
    fn to_word(&self) -> U256 {
        let Some(Provider { owner, commission, removed }) = self else { return U256::ZERO };
        let mut bytes = [0; 32];
        (bytes[8], bytes[9]) = (1, u8::from(*removed));
        bytes[10..12].copy_from_slice(&commission.to_be_bytes());
        bytes[12..].copy_from_slice(owner.as_slice());
        U256::from_be_bytes(bytes)
    }

    fn from_word(word: U256) -> Option<Self> {
        let bytes = word.to_be_bytes::<32>();
        let provider = Provider {
            owner: Address::from_slice(&bytes[12..]),
            commission: u16::from_be_bytes([bytes[10], bytes[11]]),
            removed: bytes[9] == 1,
        };
        let found = (bytes[8] == 1).then_some(provider);
        (found.to_word() == word).then_some(found)
    }
}

/// How a stake leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Not at all.
    None,
    /// The staker signed the unbonding transaction.
    Requested,
    /// The unbonding transaction is on Bitcoin.
    Unbonding,
    /// A slashing transaction is on Bitcoin.
    Slashing,
    /// Another transaction of the staker's is on Bitcoin.
    Other,
}

impl Exit {
    const ALL: [Self; 5] = [Self::None, Self::Requested, Self::Unbonding, Self::Slashing, Self::Other];
}

/// What a stake's slashings and its amounts fix, in one word: value 8 bytes, version, output index and floor
/// 4 each, staking time 2, exit and count 1 each; all big-endian, above 8 zero bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// The staked value, in sats; never 0.
    pub value: u64,
    /// The version of the parameters that hold for it.
    pub version: u32,
    /// The index of the staking output.
    pub output_index: u32,
    /// The lowest Bitcoin height at which it may be anchored.
    pub floor: u32,
    /// How long it is locked, in Bitcoin blocks.
    pub staking_time: u16,
    /// How it leaves.
    pub exit: Exit,
    /// Whether its value is in its provider's power.
    pub counts: bool,
}

impl Word for Option<Record> {
    fn to_word(&self) -> U256 {
        let Some(record) = self else { return U256::ZERO };
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&record.value.to_be_bytes());
        bytes[8..12].copy_from_slice(&record.version.to_be_bytes());
        bytes[12..16].copy_from_slice(&record.output_index.to_be_bytes());
        bytes[16..20].copy_from_slice(&record.floor.to_be_bytes());
        bytes[20..22].copy_from_slice(&record.staking_time.to_be_bytes());
        (bytes[22], bytes[23]) = (record.exit as u8, record.counts.into());
        U256::from_be_bytes(bytes)
    }

    fn from_word(word: U256) -> Option<Self> {
        if word.is_zero() {
            return Some(None);
        }
        let bytes = word.to_be_bytes::<32>();
        let four = |at: usize| u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let record = Record {
            value: u64::from(four(0)) << 32 | u64::from(four(4)),
            version: four(8),
            output_index: four(12),
            floor: four(16),
            staking_time: u16::from_be_bytes([bytes[20], bytes[21]]),
            exit: *Exit::ALL.get(usize::from(bytes[22]))?,
            counts: bytes[23] == 1,
        };
        (Some(record).to_word() == word).then_some(Some(record))
    }
}

/// How far the light client was followed, in one word: the height, 1 byte for the direction, 1 byte for
/// unfinished work at this height, and the place in its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) height: u32,
    pub(super) down: bool,
    pub(super) unfinished: bool,
    pub(super) next: u64,
}

impl Word for Cursor {
    fn to_word(&self) -> U256 {
        let flags = u128::from(self.down) << 1 | u128::from(self.unfinished);
        U256::from(flags << 96 | u128::from(self.height) << 64 | u128::from(self.next))
    }

    fn from_word(word: U256) -> Option<Self> {
        let bits = u128::from_word(word)?;
        let cursor = Self {
            height: (bits >> 64) as u32,
            down: bits >> 97 & 1 == 1,
            unfinished: bits >> 96 & 1 == 1,
            next: bits as u64,
        };
        (cursor.to_word() == word).then_some(cursor)
    }
}

/// What is kept of a stake's two slashing transactions, each as (of the staking output, of the unbonding
/// output): entries 0 and 1 are the sighashes that covenant members sign, 2 and 3 the transaction ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slashings {
    pub(super) sighashes: [B256; 2],
    pub(super) txids: [B256; 2],
}

impl Slashings {
    pub(super) fn store(&self, storage: &mut dyn Storage, stake: &B256) -> Result<(), StorageError> {
        let words = self.sighashes.into_iter().chain(self.txids);
        (0..).zip(words).try_for_each(|(entry, word)| SLASHING.at(stake).at(&entry).store(storage, &word))
    }

    pub(super) fn load(storage: &mut dyn Storage, stake: &B256) -> Result<Self, StorageError> {
        let mut entry = |entry: u8| SLASHING.at(stake).at(&entry).load(storage);
        Ok(Self { sighashes: [entry(0)?, entry(1)?], txids: [entry(2)?, entry(3)?] })
    }
}

/// The height of the block that `slot` names, if it names one and that is on the best chain.
pub(super) fn standing(storage: &mut dyn Storage, slot: &Slot<B256>) -> Result<Option<u32>, StorageError> {
    let hash = slot.load(storage)?;
    if hash.is_zero() {
        return Ok(None);
    }
    light_client::find(storage, BlockHash::from_byte_array(hash.0))
}

/// A hash as a word, in the byte order in which it is hashed.
pub(super) fn word<H: Hash<Bytes = [u8; 32]>>(hash: H) -> B256 {
    hash.to_byte_array().into()
}

/// A key that was checked before it was stored.
pub(super) fn stored_key(slot: U256, word: B256) -> Result<XOnlyPublicKey, StorageError> {
    let corrupt = |_| StorageError::Corrupt { contract: CONTRACT, slot, word: word.into() };
    XOnlyPublicKey::from_slice(word.as_slice()).map_err(corrupt)
}
