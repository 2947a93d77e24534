//! Where a contract keeps what: Solidity's storage layout with one value per slot and no packing.
//!
//! A plain value sits in its own slot. `mapping[key]` sits in the slot keccak256(key ‖ slot), a nested
//! mapping applies that twice. A list keeps its length in its own slot and element i in keccak256(slot) + i.
//! Ordinary tools (`eth_getStorageAt`) can thus read everything that a contract documents.

use std::marker::PhantomData;

use alloy_primitives::{Address, B256, U256, keccak256};

use crate::storage::{Storage, StorageError};

/// A value that fills one slot. Zero is the value of a slot that was never written.
pub trait Word: Sized {
    /// The word that stands for this value.
    fn to_word(&self) -> U256;

    /// The value that `word` stands for; `None` when it stands for none.
    fn from_word(word: U256) -> Option<Self>;
}

/// A value that can be the key of a mapping.
pub trait Key {
    /// The key as the 32 bytes that Solidity hashes.
    fn to_key(&self) -> [u8; 32];
}

impl<T: Word> Key for T {
    fn to_key(&self) -> [u8; 32] {
        self.to_word().to_be_bytes()
    }
}

/// Something that lives at a slot of a contract: [`Slot`], [`Mapping`] or [`List`].
pub trait Place {
    /// The place at `slot` of `contract`.
    fn at_slot(contract: Address, slot: U256) -> Self;
}

macro_rules! word_of_uint {
    ($($uint:ty),*) => {$(
        impl Word for $uint {
            fn to_word(&self) -> U256 {
                U256::from(*self)
            }

            fn from_word(word: U256) -> Option<Self> {
                word.try_into().ok()
            }
        }
    )*};
}

word_of_uint!(u8, u16, u32, u64, u128);

impl Word for U256 {
    fn to_word(&self) -> U256 {
        *self
    }

    fn from_word(word: U256) -> Option<Self> {
        Some(word)
    }
}

impl Word for bool {
    fn to_word(&self) -> U256 {
        U256::from(*self)
    }

    fn from_word(word: U256) -> Option<Self> {
        u8::from_word(word).and_then(|byte| match byte {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        })
    }
}

impl Word for B256 {
    fn to_word(&self) -> U256 {
        (*self).into()
    }

    fn from_word(word: U256) -> Option<Self> {
        Some(word.into())
    }
}

impl Word for Address {
    fn to_word(&self) -> U256 {
        self.into_word().into()
    }

    fn from_word(word: U256) -> Option<Self> {
        let bytes: B256 = word.into();
        bytes[..12].iter().all(|byte| *byte == 0).then(|| Self::from_word(bytes))
    }
}

/// One value in one slot.
#[derive(Debug)]
pub struct Slot<T> {
    contract: Address,
    slot: U256,
    value: PhantomData<fn() -> T>,
}

impl<T> Slot<T> {
    /// The value in slot number `slot` of `contract`.
    #[must_use]
    pub const fn new(contract: Address, slot: u64) -> Self {
        Self { contract, slot: U256::from_limbs([slot, 0, 0, 0]), value: PhantomData }
    }
}

impl<T: Word> Slot<T> {
    /// Reads the value.
    ///
    /// # Errors
    /// The port refused, or the word is no `T`.
    pub fn load(&self, storage: &mut dyn Storage) -> Result<T, StorageError> {
        let word = storage.load(self.contract, self.slot)?;
        T::from_word(word).ok_or(StorageError::Corrupt { contract: self.contract, slot: self.slot, word })
    }

    /// Writes the value.
    ///
    /// # Errors
    /// The port refused.
    pub fn store(&self, storage: &mut dyn Storage, value: &T) -> Result<(), StorageError> {
        storage.store(self.contract, self.slot, value.to_word())
    }

    /// Deletes the value: back to zero.
    ///
    /// # Errors
    /// The port refused.
    pub fn clear(&self, storage: &mut dyn Storage) -> Result<(), StorageError> {
        storage.store(self.contract, self.slot, U256::ZERO)
    }
}

impl<T> Place for Slot<T> {
    fn at_slot(contract: Address, slot: U256) -> Self {
        Self { contract, slot, value: PhantomData }
    }
}

/// `mapping(K => P)`; `P` is a [`Slot`], a [`List`] or another mapping.
#[derive(Debug)]
pub struct Mapping<K, P> {
    contract: Address,
    slot: U256,
    entry: PhantomData<fn(K) -> P>,
}

impl<K, P> Mapping<K, P> {
    /// The mapping in slot number `slot` of `contract`.
    #[must_use]
    pub const fn new(contract: Address, slot: u64) -> Self {
        Self { contract, slot: U256::from_limbs([slot, 0, 0, 0]), entry: PhantomData }
    }
}

impl<K: Key, P: Place> Mapping<K, P> {
    /// The place of `key`.
    #[must_use]
    pub fn at(&self, key: &K) -> P {
        let mut preimage = [0; 64];
        preimage[..32].copy_from_slice(&key.to_key());
        preimage[32..].copy_from_slice(&self.slot.to_be_bytes::<32>());
        P::at_slot(self.contract, keccak256(preimage).into())
    }
}

impl<K, P> Place for Mapping<K, P> {
    fn at_slot(contract: Address, slot: U256) -> Self {
        Self { contract, slot, entry: PhantomData }
    }
}

/// `T[]`, a list that grows and shrinks at its end.
#[derive(Debug)]
pub struct List<T> {
    contract: Address,
    slot: U256,
    element: PhantomData<fn() -> T>,
}

impl<T> List<T> {
    /// The list in slot number `slot` of `contract`.
    #[must_use]
    pub const fn new(contract: Address, slot: u64) -> Self {
        Self { contract, slot: U256::from_limbs([slot, 0, 0, 0]), element: PhantomData }
    }
}

impl<T: Word> List<T> {
    /// The number of elements.
    ///
    /// # Errors
    /// The port refused.
    pub fn len(&self, storage: &mut dyn Storage) -> Result<u64, StorageError> {
        self.length().load(storage)
    }

    /// Whether there is no element.
    ///
    /// # Errors
    /// The port refused.
    pub fn is_empty(&self, storage: &mut dyn Storage) -> Result<bool, StorageError> {
        Ok(self.len(storage)? == 0)
    }

    /// Element `index`, `None` past the end.
    ///
    /// # Errors
    /// The port refused, or the word is no `T`.
    pub fn get(&self, storage: &mut dyn Storage, index: u64) -> Result<Option<T>, StorageError> {
        if index >= self.len(storage)? {
            return Ok(None);
        }
        self.element(index).load(storage).map(Some)
    }

    /// Replaces element `index` and says whether there was one; past the end nothing happens.
    ///
    /// # Errors
    /// The port refused.
    pub fn set(&self, storage: &mut dyn Storage, index: u64, value: &T) -> Result<bool, StorageError> {
        if index >= self.len(storage)? {
            return Ok(false);
        }
        self.element(index).store(storage, value)?;
        Ok(true)
    }

    /// Appends an element.
    ///
    /// # Errors
    /// The port refused.
    pub fn push(&self, storage: &mut dyn Storage, value: &T) -> Result<(), StorageError> {
        let len = self.len(storage)?;
        self.element(len).store(storage, value)?;
        self.length().store(storage, &(len + 1))
    }

    /// Takes the last element off, `None` when the list is empty.
    ///
    /// # Errors
    /// The port refused, or the word is no `T`.
    pub fn pop(&self, storage: &mut dyn Storage) -> Result<Option<T>, StorageError> {
        let Some(last) = self.len(storage)?.checked_sub(1) else { return Ok(None) };
        let value = self.element(last).load(storage)?;
        self.element(last).clear(storage)?;
        self.length().store(storage, &last)?;
        Ok(Some(value))
    }

    fn length(&self) -> Slot<u64> {
        Slot::at_slot(self.contract, self.slot)
    }

    fn element(&self, index: u64) -> Slot<T> {
        let first: U256 = keccak256(self.slot.to_be_bytes::<32>()).into();
        Slot::at_slot(self.contract, first.wrapping_add(U256::from(index)))
    }
}

impl<T> Place for List<T> {
    fn at_slot(contract: Address, slot: U256) -> Self {
        Self { contract, slot, element: PhantomData }
    }
}

#[cfg(test)]
mod tests;
