//! Ethereum's rules as contracts see them.

use alloy_consensus::TxEip7702;
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{Bytes, TxKind, keccak256};
use alloy_sol_types::{Revert, SolError};

use super::*;
use crate::{
    CallError, CallRequest, call, on_reader, revert_reason,
    testing::{Chain, PBTC, alice, asm, bob, deploying, forwarder, unsigned},
};

/// Adds one to slot 0.
fn counter() -> Bytes {
    asm("PUSH0 SLOAD PUSH1 0x01 ADD PUSH0 SSTORE STOP")
}

/// Creates with CREATE2, salt 42, from its call data as init code, and returns the address.
fn factory() -> Bytes {
    asm("CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH1 0x2a CALLDATASIZE PUSH0 CALLVALUE CREATE2 \
         PUSH0 MSTORE PUSH1 0x20 PUSH0 RETURN")
}

fn big(gas_limit: u64, nonce: u64, init: Bytes) -> alloy_consensus::TxEip1559 {
    alloy_consensus::TxEip1559 { gas_limit, to: TxKind::Create, input: init, ..unsigned(nonce) }
}

#[test]
fn a_contract_keeps_what_it_writes() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&counter());
    let nonce = chain.nonce(alice().address);
    let outcome = chain.include((0..3).map(|n| alice().call(nonce + n, contract, vec![])).collect());
    assert!(outcome.receipts.iter().all(|receipt| receipt.success));
    // a slot that two transactions of one block write changes once, from the first value to the last
    let change = Change { before: U256::ZERO, after: U256::from(3) };
    assert_eq!(outcome.changes.storage[&(contract, U256::ZERO)], change);
    assert_eq!(chain.state.storage[&(contract, U256::ZERO)], U256::from(3));
}

#[test]
fn a_slot_written_then_read_in_one_block_is_still_changed() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&asm(
        "CALLDATASIZE PUSH1 0x08 JUMPI PUSH0 SLOAD POP STOP JUMPDEST PUSH1 0x07 PUSH0 SSTORE STOP",
    ));
    let nonce = chain.nonce(alice().address);
    chain.include(vec![alice().call(nonce, contract, vec![1]), alice().call(nonce + 1, contract, vec![])]);
    assert_eq!(chain.state.storage[&(contract, U256::ZERO)], U256::from(7));
}

#[test]
fn a_revert_undoes_everything_but_the_fee() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&asm("PUSH1 0x01 PUSH0 SSTORE PUSH0 PUSH0 LOG0 PUSH0 PUSH0 REVERT"));
    let nonce = chain.nonce(alice().address);
    let before = chain.state.balance(alice().address);
    let outcome = chain.include(vec![alice().send(nonce, TxKind::Call(contract), PBTC, vec![])]).clone();
    assert!(!outcome.receipts[0].success);
    assert_eq!(outcome.receipts[0].logs, []);
    assert!(outcome.gas_used > 21_000);
    assert_eq!(chain.nonce(alice().address), nonce + 1);
    let paid = before - chain.state.balance(alice().address);
    assert!(paid > U256::ZERO && paid < U256::from(PBTC));
    assert!(!chain.state.storage.contains_key(&(contract, U256::ZERO)));
}

#[test]
fn revert_data_comes_back() {
    let mut chain = Chain::new();
    let echo = chain.deploy(&asm("CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 REVERT"));
    let data = Bytes::from(Revert::from("no luck").abi_encode());
    let error = chain.call(echo, data.clone()).unwrap_err();
    assert_eq!(error, CallError::Reverted(data.clone()));
    assert_eq!(error.to_string(), "execution reverted: no luck");
    assert_eq!(revert_reason(&data).as_deref(), Some("no luck"));
    let overflow = alloy_sol_types::Panic::from(0x11).abi_encode();
    assert_eq!(revert_reason(&overflow).unwrap(), "panic: arithmetic underflow or overflow (0x11)");
    assert_eq!(chain.call(echo, vec![1, 2]).unwrap_err().to_string(), "execution reverted");
    let nested = chain.deploy(&forwarder("CALL", echo));
    assert_eq!(chain.call(nested, data.clone()), Err(CallError::Reverted(data)));
}

#[test]
fn create2_addresses_are_ethereums() {
    let mut chain = Chain::new();
    let factory = chain.deploy(&factory());
    let init = deploying(&counter());
    let nonce = chain.nonce(alice().address);
    let outcome = chain.include(vec![alice().call(nonce, factory, init.clone())]);
    let expected = factory.create2(U256::from(42).to_be_bytes::<32>(), keccak256(&init));
    assert_eq!(outcome.changes.code, [(keccak256(counter()), counter())].into());
    assert_eq!(chain.state.accounts[&expected].code_hash, keccak256(counter()));
    // the same salt and code once more fails inside and gives address zero
    let output = chain.call(factory, init).unwrap().output;
    assert_eq!(U256::from_be_slice(&output), U256::ZERO);
}

#[test]
fn code_is_at_most_24576_bytes_and_never_begins_with_ef() {
    let mut chain = Chain::new();
    let nonce = chain.nonce(alice().address);
    let attempts = [vec![0; 24_576], vec![0; 24_577], vec![0xef, 0]].map(|runtime| deploying(&runtime));
    let transactions = attempts.into_iter().enumerate();
    let transactions = transactions.map(|(n, init)| alice().sign(big(9_000_000, nonce + n as u64, init)));
    let outcome = chain.include(transactions.collect());
    let success = outcome.receipts.iter().map(|receipt| receipt.success).collect::<Vec<_>>();
    assert_eq!(success, [true, false, false]);
}

#[test]
fn init_code_is_at_most_49152_bytes() {
    let chain = Chain::new();
    let attempt = |length| {
        let request =
            CallRequest { to: TxKind::Create, input: vec![0; length].into(), ..CallRequest::default() };
        chain.simulate(&request)
    };
    assert!(attempt(49_152).is_ok());
    assert!(matches!(attempt(49_153), Err(CallError::Rejected(_))));
}

#[test]
fn what_is_created_and_destroyed_in_one_transaction_leaves_nothing() {
    let mut chain = Chain::new();
    let total = chain.state.total_balance();
    let heir = hex_address(bob().address);
    let init = asm(&format!("PUSH1 0x01 PUSH0 SSTORE PUSH20 0x{heir} SELFDESTRUCT"));
    let (nonce, before) = (chain.nonce(alice().address), chain.state.balance(bob().address));
    let contract = alice().address.create(nonce);
    let outcome = chain.include(vec![alice().send(nonce, TxKind::Create, PBTC, init)]);
    assert!(outcome.receipts[0].success);
    assert!(!outcome.changes.accounts.contains_key(&contract));
    assert!(outcome.changes.storage.keys().all(|(account, _)| *account != contract));
    assert_eq!(chain.state.balance(bob().address), before + U256::from(PBTC));
    assert_eq!(chain.state.total_balance(), total);
}

#[test]
fn a_contract_that_inherits_from_itself_burns_its_balance() {
    let mut chain = Chain::new();
    let total = chain.state.total_balance();
    let nonce = chain.nonce(alice().address);
    chain.include(vec![alice().send(nonce, TxKind::Create, 5, asm("ADDRESS SELFDESTRUCT"))]);
    assert_eq!(chain.state.total_balance(), total - U256::from(5));
}

#[test]
fn an_address_may_be_destroyed_and_funded_again_in_one_block() {
    let mut chain = Chain::new();
    let factory = chain.deploy(&factory());
    let init = asm(&format!("PUSH1 0x01 PUSH0 SSTORE PUSH20 0x{} SELFDESTRUCT", hex_address(bob().address)));
    let child = factory.create2(U256::from(42).to_be_bytes::<32>(), keccak256(&init));
    let nonce = chain.nonce(alice().address);
    chain.include(vec![alice().send(nonce, TxKind::Call(child), 7, vec![])]);
    // the account exists before the block, is destroyed in it, and is funded after
    chain.include(vec![
        alice().call(nonce + 1, factory, init.clone()),
        alice().send(nonce + 2, TxKind::Call(child), 9, vec![]),
        alice().call(nonce + 3, factory, init),
        alice().send(nonce + 4, TxKind::Call(child), 11, vec![]),
    ]);
    let account = Account { balance: U256::from(11), ..Account::default() };
    assert_eq!(chain.state.accounts[&child], account);
    assert!(chain.state.storage.keys().all(|(account, _)| *account != child));
}

#[test]
fn a_touched_empty_account_does_not_exist() {
    let mut chain = Chain::new();
    let nonce = chain.nonce(alice().address);
    let nobody = Address::repeat_byte(0x77);
    let outcome = chain.include(vec![alice().send(nonce, TxKind::Call(nobody), 0, vec![])]);
    assert!(!outcome.changes.accounts.contains_key(&nobody));
}

#[test]
fn block_hashes_reach_back_256_blocks() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&asm("PUSH0 CALLDATALOAD BLOCKHASH PUSH0 MSTORE PUSH1 0x20 PUSH0 RETURN"));
    let mut hashes = vec![(chain.head.header.number, chain.head.hash())];
    for _ in 0..258 {
        chain.grow(crate::Candidates::default());
        hashes.push((chain.head.header.number, chain.head.hash()));
    }
    let head = chain.head.header.number;
    let ask = |number: u64| {
        let output = chain.call(contract, U256::from(number).to_be_bytes_vec()).unwrap().output;
        B256::from_slice(&output)
    };
    for (number, hash) in hashes {
        let expected = if number < head && number + 256 >= head { hash } else { B256::ZERO };
        assert_eq!(ask(number), expected, "block {number} seen from {head}");
    }
    // the history contract reaches back further (EIP-2935)
    let oldest = U256::from(head - 258);
    let output = chain.call(HISTORY_STORAGE_ADDRESS, oldest.to_be_bytes_vec()).unwrap().output;
    assert_ne!(B256::from_slice(&output), B256::ZERO);
}

#[test]
fn a_block_knows_the_hashes_of_its_parent_and_grandparent() {
    let mut chain = Chain::new();
    let store = |back: u8| format!("PUSH1 0x{back:02x} NUMBER SUB BLOCKHASH PUSH1 0x{back:02x} SSTORE");
    let contract = chain.deploy(&asm(&format!("{} {} STOP", store(1), store(2))));
    let (parent, grandparent) = (chain.head.hash(), chain.head.header.parent_hash);
    let nonce = chain.nonce(alice().address);
    chain.include(vec![alice().call(nonce, contract, vec![])]);
    let stored = |back: u64| B256::from(chain.state.storage[&(contract, U256::from(back))]);
    assert_eq!((stored(1), stored(2)), (parent, grandparent));
}

#[test]
fn an_account_can_delegate_to_code() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&counter());
    let authorization = Authorization { chain_id: U256::from(840_099), address: contract, nonce: 0 };
    let signature = bob().sign_hash(authorization.signature_hash());
    let nonce = chain.nonce(alice().address);
    let tx = TxEip7702 {
        chain_id: 840_099,
        nonce,
        gas_limit: 200_000,
        max_fee_per_gas: 2_000_000,
        to: bob().address,
        authorization_list: vec![authorization.into_signed(signature)],
        ..Default::default()
    };
    let outcome = chain.include(vec![alice().sign(tx)]);
    assert_eq!((outcome.receipts[0].tx_type, outcome.receipts[0].success), (4, true));
    assert_eq!(chain.state.storage[&(bob().address, U256::ZERO)], U256::from(1));
    // a delegated account still sends its own transactions
    chain.include(vec![bob().send(1, TxKind::Call(alice().address), 1, vec![])]);
}

#[test]
fn every_precompile_fits_on_a_fiber() {
    let chain = Chain::new();
    let environment = Environment::of(&chain.head.header).unwrap();
    let parameters = chain.genesis.parameters.chain.clone();
    let run = |address: u16, input: Vec<u8>| {
        let to = TxKind::Call(Address::left_padding_from(&address.to_be_bytes()));
        let request = CallRequest { to, input: input.into(), ..CallRequest::default() };
        let (environment, parameters) = (environment.clone(), parameters.clone());
        let on_fiber = on_reader(&chain.state, move |state| call(state, &environment, &parameters, &request));
        futures::executor::block_on(on_fiber).unwrap().unwrap().output.to_vec()
    };
    let one = U256::from(1).to_be_bytes_vec();
    assert_eq!(run(2, vec![]).len(), 32, "sha256");
    assert_eq!(run(3, vec![]).len(), 32, "ripemd160");
    let sizes = [256u64, 256, 256].map(|size| U256::from(size).to_be_bytes_vec()).concat();
    assert_eq!(run(5, [sizes, vec![0xfb; 768]].concat()).len(), 256, "modexp");
    assert_eq!(run(8, bn254_generators()).len(), 32, "bn254 pairing");
    assert_eq!(run(0x0a, trivial_kzg_proof()).len(), 64, "kzg");
    // (1, 2) is a point of bn254; twice it is another
    let generator = [one.clone(), U256::from(2).to_be_bytes_vec()].concat();
    assert_eq!(run(6, [generator.clone(), generator].concat()).len(), 64, "bn254 add");
    let field = [vec![0; 32], one].concat();
    let g1 = run(0x10, field.clone());
    let g2 = run(0x11, [field, vec![0; 64]].concat());
    assert_eq!((g1.len(), g2.len()), (128, 256), "bls12-381 maps");
    assert_eq!(run(0x0f, [g1.clone(), g2.clone()].concat()).len(), 32, "bls12-381 pairing");
    let scalar = vec![0xff; 32];
    assert_eq!(run(0x0c, [g1, scalar.clone()].concat().repeat(20)).len(), 128, "g1 msm");
    assert_eq!(run(0x0e, [g2, scalar].concat().repeat(20)).len(), 256, "g2 msm");
}

/// The generators of bn254's two groups, as EIP-197 wants them.
fn bn254_generators() -> Vec<u8> {
    let words = [
        "1",
        "2",
        "11559732032986387107991004021392285783925812861821192530917403151452391805634",
        "10857046999023057135944570762232829481370756359578518086990519993285655852781",
        "4082367875863433681332203403145435568316851327593401208105741076214120093531",
        "8495653923123431417604973247489272438418190587263600148770280649306958101930",
    ];
    words.map(|word| word.parse::<U256>().unwrap().to_be_bytes_vec()).concat()
}

/// A proof that the zero polynomial is zero at 5: commitment and proof are the point at infinity.
fn trivial_kzg_proof() -> Vec<u8> {
    let infinity = [vec![0xc0], vec![0; 47]].concat();
    let mut versioned_hash = revm::precompile::hash::sha256_run(&infinity, 1_000_000).unwrap().bytes.to_vec();
    versioned_hash[0] = 1;
    let (z, y) = (U256::from(5).to_be_bytes_vec(), vec![0; 32]);
    [versioned_hash, z, y, infinity.clone(), infinity].concat()
}

fn hex_address(address: Address) -> String {
    alloy_primitives::hex::encode(address)
}
