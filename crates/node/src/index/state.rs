//! Flat state as it is now, and the values it had before recent blocks.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256};
use ballast_evm::{Account, State, StateChanges, StateError};
use redb::{ReadOnlyTable, ReadTransaction, WriteTransaction};

use super::{
    ACCOUNTS, ACCOUNTS_BEFORE, AccountKey, CHANGED, CODE, IndexError, LATEST, META, SLOTS, SLOTS_BEFORE,
    SlotKey, WINDOW, slot_key,
};
use crate::account::{self, ACCOUNT_SIZE};

/// The state after one block: a snapshot that later blocks do not change.
#[derive(Debug)]
pub struct StateAt {
    number: u64,
    accounts: ReadOnlyTable<AccountKey, &'static [u8; ACCOUNT_SIZE]>,
    accounts_before: ReadOnlyTable<(AccountKey, u64), &'static [u8]>,
    slots: ReadOnlyTable<SlotKey, &'static [u8; 32]>,
    slots_before: ReadOnlyTable<(SlotKey, u64), &'static [u8; 32]>,
    code: ReadOnlyTable<&'static [u8; 32], &'static [u8]>,
}

impl StateAt {
    pub(super) fn open(read: &ReadTransaction, number: u64) -> Result<Self, IndexError> {
        let latest = read.open_table(META)?.get(LATEST)?.map(|number| number.value());
        let latest = latest.ok_or(IndexError::Damaged("latest block"))?;
        let oldest = latest.saturating_sub(WINDOW);
        if number > latest {
            return Err(IndexError::Unknown { number, latest });
        }
        if number < oldest {
            return Err(IndexError::Pruned { number, oldest });
        }
        Ok(Self {
            number,
            accounts: read.open_table(ACCOUNTS)?,
            accounts_before: read.open_table(ACCOUNTS_BEFORE)?,
            slots: read.open_table(SLOTS)?,
            slots_before: read.open_table(SLOTS_BEFORE)?,
            code: read.open_table(CODE)?,
        })
    }

    /// Number of the block after which this is the state.
    pub fn number(&self) -> u64 {
        self.number
    }

    fn find_account(&self, address: Address) -> Result<Option<Account>, IndexError> {
        let key = &address.into_array();
        let later = (key, self.number + 1)..=(key, u64::MAX);
        if let Some(before) = self.accounts_before.range(later)?.next() {
            return decode_before(before?.1.value());
        }
        Ok(self.accounts.get(key)?.map(|bytes| account::decode(bytes.value())))
    }

    fn find_word(&self, address: Address, slot: U256) -> Result<U256, IndexError> {
        let key = &slot_key(address, slot);
        let later = (key, self.number + 1)..=(key, u64::MAX);
        if let Some(before) = self.slots_before.range(later)?.next() {
            return Ok(U256::from_be_bytes(*before?.1.value()));
        }
        Ok(self.slots.get(key)?.map_or(U256::ZERO, |word| U256::from_be_bytes(*word.value())))
    }

    fn find_code(&self, hash: B256) -> Result<Bytes, IndexError> {
        if hash == KECCAK256_EMPTY {
            return Ok(Bytes::new());
        }
        let code = self.code.get(&hash.0)?.ok_or(IndexError::Damaged("code of an account"))?;
        Ok(Bytes::copy_from_slice(code.value()))
    }
}

impl State for StateAt {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        self.find_account(address).map_err(|error| StateError(error.to_string()))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.find_word(address, slot).map_err(|error| StateError(error.to_string()))
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        self.find_code(code_hash).map_err(|error| StateError(error.to_string()))
    }
}

fn decode_before(bytes: &[u8]) -> Result<Option<Account>, IndexError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let bytes: [u8; ACCOUNT_SIZE] =
        bytes.try_into().map_err(|_| IndexError::Damaged("account before a block"))?;
    Ok(Some(account::decode(&bytes)))
}

/// Writes what block `number` changed, keeping the values before it.
pub(super) fn apply(write: &WriteTransaction, number: u64, changes: &StateChanges) -> Result<(), IndexError> {
    let (mut accounts, mut before) = (write.open_table(ACCOUNTS)?, write.open_table(ACCOUNTS_BEFORE)?);
    for (address, change) in &changes.accounts {
        let key = &address.into_array();
        let old = match &change.after {
            Some(account) => accounts.insert(key, &account::encode(account))?,
            None => accounts.remove(key)?,
        };
        if old.map(|bytes| account::decode(bytes.value())) != change.before {
            return Err(IndexError::Damaged("account before a block"));
        }
        let bytes = change.before.as_ref().map(account::encode);
        before.insert((key, number), bytes.as_ref().map_or(&[][..], |bytes| bytes))?;
    }
    let (mut slots, mut before) = (write.open_table(SLOTS)?, write.open_table(SLOTS_BEFORE)?);
    for ((address, slot), change) in &changes.storage {
        let key = &slot_key(*address, *slot);
        let old = match change.after {
            U256::ZERO => slots.remove(key)?,
            word => slots.insert(key, &word.to_be_bytes::<32>())?,
        };
        if old.map_or(U256::ZERO, |bytes| U256::from_be_bytes(*bytes.value())) != change.before {
            return Err(IndexError::Damaged("slot before a block"));
        }
        before.insert((key, number), &change.before.to_be_bytes::<32>())?;
    }
    let mut code = write.open_table(CODE)?;
    for (hash, bytes) in &changes.code {
        code.insert(&hash.0, bytes.as_ref())?;
    }
    write.open_table(CHANGED)?.insert(number, encode_changed(changes).as_slice())?;
    Ok(())
}

/// Forgets the values before block `number`.
pub(super) fn prune(write: &WriteTransaction, number: u64) -> Result<(), IndexError> {
    let Some(changed) = write.open_table(CHANGED)?.remove(number)?.map(|bytes| bytes.value().to_vec()) else {
        return Ok(());
    };
    let (addresses, slots) = decode_changed(&changed).ok_or(IndexError::Damaged("list of changes"))?;
    let mut before = write.open_table(ACCOUNTS_BEFORE)?;
    for address in addresses {
        before.remove((address, number))?;
    }
    let mut before = write.open_table(SLOTS_BEFORE)?;
    for slot in slots {
        before.remove((slot, number))?;
    }
    Ok(())
}

/// Number of accounts as 4 bytes big-endian ‖ addresses ‖ slot keys.
fn encode_changed(changes: &StateChanges) -> Vec<u8> {
    let accounts =
        u32::try_from(changes.accounts.len()).expect("gas allows far fewer than 2^32 accounts in a block");
    let mut out = accounts.to_be_bytes().to_vec();
    out.extend(changes.accounts.keys().flat_map(|address| address.into_array()));
    out.extend(changes.storage.keys().flat_map(|(address, slot)| slot_key(*address, *slot)));
    out
}

/// Accounts and slots that a block changed.
type Changed<'a> = (&'a [[u8; 20]], &'a [[u8; 52]]);

fn decode_changed(bytes: &[u8]) -> Option<Changed<'_>> {
    let (count, rest) = bytes.split_first_chunk::<4>()?;
    let (accounts, slots) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*count)).ok()? * 20)?;
    let (slots, []) = slots.as_chunks::<52>() else { return None };
    Some((accounts.as_chunks::<20>().0, slots))
}
