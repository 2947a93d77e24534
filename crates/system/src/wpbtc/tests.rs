use alloy_primitives::{B256, address, keccak256};

use super::*;
use crate::{memory::Memory, storage::BlockEnv};

const ALICE: Address = address!("00000000000000000000000000000000000000a1");
const BOB: Address = address!("00000000000000000000000000000000000000b0");
const VAULT: Address = SystemContract::StkBtc.address();

fn n(number: u64) -> U256 {
    U256::from(number)
}

/// Alice has wrapped 100 and lets the vault spend 60.
fn world() -> Memory {
    let mut storage = Memory::new(BlockEnv::default());
    storage.mint(CONTRACT, n(100)).unwrap();
    BALANCES.at(&ALICE).store(&mut storage, &n(100)).unwrap();
    ALLOWANCES.at(&ALICE).at(&VAULT).store(&mut storage, &n(60)).unwrap();
    storage
}

fn wrapped(storage: &mut Memory, account: Address) -> U256 {
    BALANCES.at(&account).load(storage).unwrap()
}

#[test]
fn what_is_taken_is_unwrapped() {
    let mut storage = world();
    take(&mut storage, VAULT, ALICE, n(40)).unwrap();
    assert_eq!(wrapped(&mut storage, ALICE), n(60));
    assert_eq!(ALLOWANCES.at(&ALICE).at(&VAULT).load(&mut storage), Ok(n(20)));
    assert_eq!((storage.balance(CONTRACT), storage.balance(VAULT)), (Ok(n(60)), Ok(n(40))));
    let logs: Vec<_> = storage.logs().iter().map(|(contract, log)| (*contract, log.clone())).collect();
    let transfer = IWeth9::Transfer { src: ALICE, dst: VAULT, wad: n(40) }.encode_log_data();
    let withdrawal = IWeth9::Withdrawal { src: VAULT, wad: n(40) }.encode_log_data();
    assert_eq!(logs, [(CONTRACT, transfer), (CONTRACT, withdrawal)]);
}

#[test]
fn what_is_given_is_wrapped() {
    let mut storage = world();
    storage.mint(VAULT, n(30)).unwrap();
    give(&mut storage, VAULT, BOB, n(30)).unwrap();
    assert_eq!((wrapped(&mut storage, BOB), wrapped(&mut storage, VAULT)), (n(30), n(0)));
    assert_eq!((storage.balance(CONTRACT), storage.balance(VAULT)), (Ok(n(130)), Ok(n(0))));
    let logs: Vec<_> = storage.logs().iter().map(|(_, log)| log.clone()).collect();
    let deposit = IWeth9::Deposit { dst: VAULT, wad: n(30) }.encode_log_data();
    let transfer = IWeth9::Transfer { src: VAULT, dst: BOB, wad: n(30) }.encode_log_data();
    assert_eq!(logs, [deposit, transfer]);
}

#[test]
fn nothing_is_taken_that_is_not_there_or_not_allowed() {
    let mut storage = world();
    let error = TokenError::Allowance { spender: VAULT, allowance: n(60), needed: n(61) };
    assert_eq!(take(&mut storage, VAULT, ALICE, n(61)), Err(error));
    let error = TokenError::Balance { sender: ALICE, balance: n(100), needed: n(101) };
    assert_eq!(take(&mut storage, VAULT, ALICE, n(101)), Err(error));
    assert!(give(&mut storage, VAULT, BOB, n(1)).is_err(), "the vault has no pBTC");
}

#[test]
fn an_infinite_allowance_is_not_reduced() {
    let mut storage = world();
    ALLOWANCES.at(&ALICE).at(&VAULT).store(&mut storage, &U256::MAX).unwrap();
    take(&mut storage, VAULT, ALICE, n(100)).unwrap();
    assert_eq!(ALLOWANCES.at(&ALICE).at(&VAULT).load(&mut storage), Ok(U256::MAX));
}

#[test]
fn the_words_are_those_of_weth9() {
    let mut storage = world();
    let entry = |key: B256, slot: B256| keccak256([key.as_slice(), slot.as_slice()].concat());
    let balance = entry(ALICE.into_word(), B256::with_last_byte(3));
    let allowance = entry(VAULT.into_word(), entry(ALICE.into_word(), B256::with_last_byte(4)));
    assert_eq!(storage.load(CONTRACT, balance.into()), Ok(n(100)));
    assert_eq!(storage.load(CONTRACT, allowance.into()), Ok(n(60)));
}
