use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use proptest::prelude::*;

use super::*;
use crate::contract::Access;

#[test]
fn it_says_what_it_is() {
    let mut storage = world();
    assert_eq!(call(&mut storage, BOB, &nameCall {}).unwrap(), "Some token");
    assert_eq!(call(&mut storage, BOB, &symbolCall {}).unwrap(), "SOME");
    assert_eq!(call(&mut storage, BOB, &decimalsCall {}).unwrap(), 18);
    assert_eq!(call(&mut storage, BOB, &totalSupplyCall {}).unwrap(), n(100));
}

#[test]
fn writes_are_no_views_and_other_functions_are_not_its_own() {
    for selector in
        [transferCall::SELECTOR, transferFromCall::SELECTOR, approveCall::SELECTOR, permitCall::SELECTOR]
    {
        assert_eq!(Token::access(selector), Some(Access::Write));
    }
    assert_eq!(Token::access(balanceOfCall::SELECTOR), Some(Access::View));
    assert_eq!(Token::access([1, 2, 3, 4]), None);
    let foreign = Call { caller: BOB, value: U256::ZERO, input: &[1, 2, 3, 4], mode: Mode::Static };
    assert!(TOKEN.call(&mut empty(), &foreign).is_none());
}

#[test]
fn a_transfer_moves_and_is_logged() {
    let mut storage = world();
    assert!(call(&mut storage, ALICE, &transferCall { to: BOB, value: n(30) }).unwrap());
    assert_eq!(balances(&mut storage), [n(70), n(30), n(0)]);
    let (contract, log) = storage.logs().last().unwrap().clone();
    assert_eq!(contract, HOME);
    let event = Transfer::decode_log_data(&log).unwrap();
    assert_eq!(event, Transfer { from: ALICE, to: BOB, value: n(30) });
}

#[test]
fn a_transfer_to_oneself_changes_nothing() {
    let mut storage = world();
    call(&mut storage, ALICE, &transferCall { to: ALICE, value: n(100) }).unwrap();
    assert_eq!(balances(&mut storage), [n(100), n(0), n(0)]);
    let too_much = call(&mut storage, ALICE, &transferCall { to: ALICE, value: n(101) });
    let error = ERC20InsufficientBalance { sender: ALICE, balance: n(100), needed: n(101) };
    assert_eq!(too_much, Err(CallError::revert(&error)));
}

#[test]
fn nobody_sends_more_than_it_has() {
    let mut storage = world();
    let error = ERC20InsufficientBalance { sender: BOB, balance: n(0), needed: n(1) };
    let sent = call(&mut storage, BOB, &transferCall { to: ALICE, value: n(1) });
    assert_eq!(sent, Err(CallError::revert(&error)));
    // nothing is worth an event all the same, as EIP-20 wants
    assert!(call(&mut storage, BOB, &transferCall { to: ALICE, value: n(0) }).unwrap());
}

#[test]
fn nothing_is_sent_to_nobody_or_to_the_token() {
    let mut storage = world();
    for to in [Address::ZERO, HOME] {
        let error = CallError::revert(&ERC20InvalidReceiver { receiver: to });
        let sent = call(&mut storage, ALICE, &transferCall { to, value: n(1) });
        assert_eq!(sent, Err(error.clone()));
        call(&mut storage, ALICE, &approveCall { spender: BOB, value: n(1) }).unwrap();
        let sent = call(&mut storage, BOB, &transferFromCall { from: ALICE, to, value: n(1) });
        assert_eq!(sent, Err(error));
        assert_eq!(TOKEN.mint(&mut storage, to, n(1)), Err(TokenError::Receiver { to }));
    }
}

#[test]
fn an_allowance_is_used_up() {
    let mut storage = world();
    call(&mut storage, ALICE, &approveCall { spender: BOB, value: n(50) }).unwrap();
    call(&mut storage, BOB, &transferFromCall { from: ALICE, to: CAROL, value: n(20) }).unwrap();
    assert_eq!(balances(&mut storage), [n(80), n(0), n(20)]);
    let left = call(&mut storage, BOB, &allowanceCall { owner: ALICE, spender: BOB }).unwrap();
    assert_eq!(left, n(30));
    let error = ERC20InsufficientAllowance { spender: BOB, allowance: n(30), needed: n(31) };
    let spent = call(&mut storage, BOB, &transferFromCall { from: ALICE, to: CAROL, value: n(31) });
    assert_eq!(spent, Err(CallError::revert(&error)));
}

#[test]
fn an_infinite_allowance_stays_and_does_not_make_balances() {
    let mut storage = world();
    call(&mut storage, ALICE, &approveCall { spender: BOB, value: U256::MAX }).unwrap();
    call(&mut storage, BOB, &transferFromCall { from: ALICE, to: BOB, value: n(20) }).unwrap();
    let left = call(&mut storage, BOB, &allowanceCall { owner: ALICE, spender: BOB }).unwrap();
    assert_eq!(left, U256::MAX);
    let all = call(&mut storage, BOB, &transferFromCall { from: ALICE, to: BOB, value: U256::MAX });
    let error = ERC20InsufficientBalance { sender: ALICE, balance: n(80), needed: U256::MAX };
    assert_eq!(all, Err(CallError::revert(&error)));
}

#[test]
fn ones_own_tokens_need_an_allowance_by_transfer_from_too() {
    let mut storage = world();
    let sent = call(&mut storage, ALICE, &transferFromCall { from: ALICE, to: BOB, value: n(1) });
    let error = ERC20InsufficientAllowance { spender: ALICE, allowance: n(0), needed: n(1) };
    assert_eq!(sent, Err(CallError::revert(&error)));
}

#[test]
fn the_supply_has_256_bits() {
    let mut storage = world();
    TOKEN.mint(&mut storage, BOB, U256::MAX - n(100)).unwrap();
    assert!(matches!(
        TOKEN.mint(&mut storage, BOB, n(1)),
        Err(TokenError::Storage(StorageError::Funds { .. }))
    ));
}

#[test]
fn the_table_of_slots_is_true() {
    let mut storage = world();
    call(&mut storage, ALICE, &approveCall { spender: BOB, value: n(7) }).unwrap();
    let entry = |key: B256, slot: B256| -> B256 {
        alloy_primitives::keccak256([key.as_slice(), slot.as_slice()].concat())
    };
    let slot = |number: u8| B256::with_last_byte(number);
    let balance = entry(ALICE.into_word(), slot(1));
    let allowance = entry(BOB.into_word(), entry(ALICE.into_word(), slot(2)));
    assert_eq!(storage.load(HOME, U256::ZERO), Ok(n(100)));
    assert_eq!(storage.load(HOME, balance.into()), Ok(n(100)));
    assert_eq!(storage.load(HOME, allowance.into()), Ok(n(7)));
}

proptest! {
    #[test]
    fn transfers_keep_the_sum(moves in proptest::collection::vec((0usize..3, 0usize..3, 0u64..150), 0..30)) {
        let mut storage = world();
        let accounts = [ALICE, BOB, CAROL];
        for (from, to, value) in moves {
            let before = balances(&mut storage);
            let done = call(&mut storage, accounts[from], &transferCall { to: accounts[to], value: n(value) });
            prop_assert_eq!(done.is_ok(), before[from] >= n(value));
            let sum: U256 = balances(&mut storage).into_iter().sum();
            prop_assert_eq!(sum, n(100));
        }
    }
}
