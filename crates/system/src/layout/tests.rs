use alloy_primitives::{address, b256, uint};

use super::*;
use crate::{memory::Memory, storage::BlockEnv};

const CONTRACT: Address = address!("00000000000000000000000000000000000000aa");
const OTHER: Address = address!("00000000000000000000000000000000000000bb");

fn storage() -> Memory {
    Memory::new(BlockEnv::default())
}

#[test]
fn a_value_lies_in_its_own_slot() {
    let mut storage = storage();
    Slot::<u64>::new(CONTRACT, 3).store(&mut storage, &77).unwrap();
    assert_eq!(storage.load(CONTRACT, U256::from(3)), Ok(U256::from(77)));
    assert_eq!(storage.load(OTHER, U256::from(3)), Ok(U256::ZERO));
    assert_eq!(Slot::<u64>::new(CONTRACT, 3).load(&mut storage), Ok(77));
    Slot::<u64>::new(CONTRACT, 3).clear(&mut storage).unwrap();
    assert!(storage.words().is_empty());
}

/// The slots that `solc` computes for `mapping(uint256 => uint256)` at slot 0 and `uint256[]` at slot 0, from
/// the Solidity documentation's definition: keccak256(0…0 ‖ 0…0) and keccak256(0…0).
#[test]
fn slots_are_solidity_s() {
    let mut storage = storage();
    Mapping::<u64, Slot<u64>>::new(CONTRACT, 0).at(&0).store(&mut storage, &5).unwrap();
    let mapped = b256!("ad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5");
    assert_eq!(storage.load(CONTRACT, mapped.into()), Ok(U256::from(5)));

    List::<u64>::new(CONTRACT, 0).push(&mut storage, &6).unwrap();
    let first = b256!("290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563");
    assert_eq!(storage.load(CONTRACT, first.into()), Ok(U256::from(6)));
    assert_eq!(storage.load(CONTRACT, U256::ZERO), Ok(U256::from(1)));
}

#[test]
fn a_nested_mapping_hashes_from_the_outside_in() {
    let nested = Mapping::<Address, Mapping<u32, Slot<bool>>>::new(CONTRACT, 9);
    let mut storage = storage();
    nested.at(&OTHER).at(&4).store(&mut storage, &true).unwrap();
    let outer = keccak256([OTHER.into_word().0, B256::from(U256::from(9)).0].concat());
    let inner = keccak256([B256::from(U256::from(4)).0, outer.0].concat());
    assert_eq!(storage.load(CONTRACT, inner.into()), Ok(U256::ONE));
    assert_eq!(nested.at(&CONTRACT).at(&4).load(&mut storage), Ok(false));
}

#[test]
fn a_list_grows_and_shrinks_at_its_end() {
    let mut storage = storage();
    let list = List::<B256>::new(CONTRACT, 1);
    assert_eq!((list.is_empty(&mut storage), list.pop(&mut storage)), (Ok(true), Ok(None)));
    for byte in 1..=3 {
        list.push(&mut storage, &B256::repeat_byte(byte)).unwrap();
    }
    assert_eq!(list.len(&mut storage), Ok(3));
    assert_eq!(list.get(&mut storage, 2), Ok(Some(B256::repeat_byte(3))));
    assert_eq!(list.get(&mut storage, 3), Ok(None));
    assert_eq!(list.set(&mut storage, 3, &B256::ZERO), Ok(false));
    assert_eq!(list.set(&mut storage, 0, &B256::repeat_byte(9)), Ok(true));
    for byte in [3, 2, 9] {
        assert_eq!(list.pop(&mut storage), Ok(Some(B256::repeat_byte(byte))));
    }
    assert!(storage.words().is_empty());
}

#[test]
fn a_word_that_its_type_cannot_hold_is_damage() {
    let mut storage = storage();
    let slot = U256::from(2);
    let corrupt = |word| Err(StorageError::Corrupt { contract: CONTRACT, slot, word });
    let word = uint!(0x1_0000_0000_U256);
    storage.store(CONTRACT, slot, word).unwrap();
    assert_eq!(Slot::<u32>::new(CONTRACT, 2).load(&mut storage), corrupt(word).map(|()| 0));
    assert_eq!(Slot::<bool>::new(CONTRACT, 2).load(&mut storage), corrupt(word).map(|()| false));
    storage.store(CONTRACT, slot, U256::MAX).unwrap();
    assert_eq!(Slot::<Address>::new(CONTRACT, 2).load(&mut storage), corrupt(U256::MAX).map(|()| OTHER));
    storage.store(CONTRACT, slot, U256::from(2)).unwrap();
    assert_eq!(Slot::<bool>::new(CONTRACT, 2).load(&mut storage), corrupt(U256::from(2)).map(|()| false));
}

#[test]
fn every_word_survives_a_round_trip() {
    fn survives<T: Word + PartialEq + std::fmt::Debug>(value: T) {
        assert_eq!(T::from_word(value.to_word()), Some(value));
    }
    survives(u8::MAX);
    survives(u16::MAX);
    survives(u32::MAX);
    survives(u64::MAX);
    survives(u128::MAX);
    survives(U256::MAX);
    survives(true);
    survives(B256::repeat_byte(0xfe));
    survives(OTHER);
}

#[test]
fn a_static_port_and_an_empty_purse_refuse() {
    let mut storage = storage();
    let slot = Slot::<u64>::new(CONTRACT, 0);
    storage.is_static = true;
    assert_eq!(slot.store(&mut storage, &1), Err(StorageError::StaticWrite { contract: CONTRACT }));
    assert_eq!(slot.load(&mut storage), Ok(0));
    storage.is_static = false;
    storage.gas = 0;
    assert_eq!(slot.store(&mut storage, &1), Err(StorageError::OutOfGas));
    assert_eq!(slot.load(&mut storage), Err(StorageError::OutOfGas));
    assert!(storage.words().is_empty());
}
