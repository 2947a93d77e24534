use alloy_primitives::{Address, address};
use alloy_sol_types::SolCall;
use ballast_types::interfaces::IToken::*;

use super::*;
use crate::{
    contract::{Call, CallError, Mode},
    memory::Memory,
    storage::BlockEnv,
};

mod erc20;
mod permit;

const ALICE: Address = address!("00000000000000000000000000000000000000a1");
const BOB: Address = address!("00000000000000000000000000000000000000b0");
const CAROL: Address = address!("00000000000000000000000000000000000000c0");
const HOME: Address = address!("00000000000000000000000000000000000000ff");
const TOKEN: Token = Token::new(HOME, "Some token", "SOME");

fn n(number: u64) -> U256 {
    U256::from(number)
}

fn empty() -> Memory {
    Memory::new(BlockEnv { number: 1, timestamp: 1_000, chain_id: 840_099 })
}

/// Alice has 100.
fn world() -> Memory {
    let mut storage = empty();
    TOKEN.mint(&mut storage, ALICE, n(100)).unwrap();
    storage
}

/// A call as a transaction makes it: undone if it fails.
fn call<C: SolCall>(storage: &mut Memory, caller: Address, call: &C) -> Result<C::Return, CallError> {
    let before = storage.snapshot();
    let input = call.abi_encode();
    let call = Call { caller, value: U256::ZERO, input: &input, mode: Mode::Ordinary };
    let result = TOKEN.call(storage, &call).unwrap();
    if result.is_err() {
        storage.revert(before);
    }
    result.map(|returned| C::abi_decode_returns_validate(&returned).unwrap())
}

fn balances(storage: &mut Memory) -> [U256; 3] {
    [ALICE, BOB, CAROL].map(|account| call(storage, account, &balanceOfCall { account }).unwrap())
}
