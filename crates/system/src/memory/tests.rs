use alloy_primitives::address;

use super::*;

const ALICE: Address = address!("00000000000000000000000000000000000000a1");
const BOB: Address = address!("00000000000000000000000000000000000000b0");

fn wei(amount: u64) -> U256 {
    U256::from(amount)
}

#[test]
fn only_mint_and_burn_change_the_sum() {
    let mut storage = Memory::new(BlockEnv::default());
    storage.mint(ALICE, wei(10)).unwrap();
    assert_eq!(storage.supply(), wei(10));
    storage.transfer(ALICE, BOB, wei(4)).unwrap();
    storage.transfer(BOB, BOB, wei(4)).unwrap();
    assert_eq!((storage.balance(ALICE), storage.balance(BOB)), (Ok(wei(6)), Ok(wei(4))));
    assert_eq!(storage.supply(), wei(10));
    storage.burn(BOB, wei(3)).unwrap();
    assert_eq!(storage.supply(), wei(7));
}

#[test]
fn nobody_spends_what_it_does_not_have() {
    let mut storage = Memory::new(BlockEnv::default());
    storage.mint(ALICE, wei(10)).unwrap();
    let before = storage.snapshot();
    let refused = Err(StorageError::Funds { account: ALICE, balance: wei(10), wei: wei(11) });
    assert_eq!(storage.burn(ALICE, wei(11)), refused);
    assert_eq!(storage.transfer(ALICE, BOB, wei(11)), refused);
    let full = Err(StorageError::Funds { account: ALICE, balance: wei(10), wei: U256::MAX });
    assert_eq!(storage.mint(ALICE, U256::MAX), full);
    assert_eq!(storage.snapshot(), before);
}

#[test]
fn no_coin_moves_in_a_static_call() {
    let mut storage = Memory::new(BlockEnv::default());
    storage.mint(ALICE, wei(10)).unwrap();
    storage.is_static = true;
    let refused = Err(StorageError::StaticWrite { contract: ALICE });
    assert_eq!(storage.mint(ALICE, wei(1)), refused);
    assert_eq!(storage.burn(ALICE, wei(1)), refused);
    assert_eq!(storage.transfer(ALICE, BOB, wei(1)), refused);
    assert_eq!(storage.balance(ALICE), Ok(wei(10)));
}
