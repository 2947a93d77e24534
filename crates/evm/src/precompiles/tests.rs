//! System contracts as other contracts meet them.

use alloy_consensus::TxEip7702;
use alloy_eips::eip7702::Authorization;
use alloy_primitives::{B256, TxKind, U256, keccak256};
use alloy_sol_types::SolCall;
use ballast_types::interfaces::{
    ILightClient::{self, HeaderKnown, tipCall},
    ISystem,
};

use super::*;
use crate::{
    CallError, CallRequest,
    testing::{Chain, PBTC, alice, asm, bob, forwarder, headers_duty, mine, regtest},
};

const LIGHT_CLIENT: Address = SystemContract::LightClient.address();

fn tip() -> Vec<u8> {
    tipCall {}.abi_encode()
}

#[test]
fn views_answer_calls_and_static_calls() {
    let mut chain = Chain::new();
    let direct = chain.call(LIGHT_CLIENT, tip()).unwrap();
    for opcode in ["CALL", "STATICCALL"] {
        let contract = chain.deploy(&forwarder(opcode, LIGHT_CLIENT));
        let through = chain.call(contract, tip()).unwrap();
        assert_eq!(through.output, direct.output, "{opcode}");
    }
    let tip = tipCall::abi_decode_returns(&direct.output).unwrap();
    assert_eq!(tip.height, 0);
}

#[test]
fn delegatecall_and_callcode_are_refused() {
    let mut chain = Chain::new();
    for opcode in ["DELEGATECALL", "CALLCODE"] {
        let contract = chain.deploy(&forwarder(opcode, LIGHT_CLIENT));
        for input in [tip(), headers_duty(&mine(&regtest(), 1, 0)).input.to_vec()] {
            let Err(CallError::Reverted(output)) = chain.call(contract, input) else { panic!("{opcode}") };
            let reason = crate::revert_reason(&output).unwrap();
            assert!(reason.contains("refuses DELEGATECALL and CALLCODE"), "{opcode}: {reason}");
        }
    }
}

#[test]
fn an_account_that_delegates_to_a_system_contract_runs_nothing() {
    let mut chain = Chain::new();
    let authorization = Authorization { chain_id: U256::from(840_099), address: LIGHT_CLIENT, nonce: 0 };
    let signature = bob().sign_hash(authorization.signature_hash());
    let tx = TxEip7702 {
        to: bob().address,
        authorization_list: vec![authorization.into_signed(signature)],
        chain_id: 840_099,
        gas_limit: 200_000,
        max_fee_per_gas: 2_000_000,
        ..Default::default()
    };
    let outcome = chain.include(vec![alice().sign(tx)]);
    assert!(!outcome.receipts[0].success, "0xef is no instruction");
    let contract = chain.deploy(&forwarder("CALL", bob().address));
    let write = headers_duty(&mine(&regtest(), 1, 0)).input;
    assert!(matches!(chain.call(bob().address, write.clone()), Err(CallError::Halted(_))));
    assert_eq!(chain.call(contract, write), Err(CallError::Reverted(Bytes::new())));
    assert!(chain.state.storage.keys().all(|(account, _)| *account != bob().address));
}

#[test]
fn writes_are_refused_under_staticcall() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&forwarder("STATICCALL", LIGHT_CLIENT));
    let write = headers_duty(&mine(&regtest(), 1, 0)).input;
    let selector = ILightClient::submitHeadersCall::SELECTOR.into();
    let expected = ISystem::StaticCall { selector }.abi_encode();
    assert_eq!(chain.call(contract, write.clone()), Err(CallError::Reverted(expected.into())));
    // also when the static call is further up
    let outer = chain.deploy(&forwarder("STATICCALL", contract));
    assert!(matches!(chain.call(outer, write), Err(CallError::Reverted(_))));
}

#[test]
fn anybody_may_pay_for_what_proves_itself() {
    let mut chain = Chain::new();
    let headers = mine(&regtest(), 2, 0);
    let contract = chain.deploy(&forwarder("CALL", LIGHT_CLIENT));
    let nonce = chain.nonce(alice().address);
    let outcome = chain.include(vec![
        alice().call(nonce, LIGHT_CLIENT, headers_duty(&headers[..1]).input),
        alice().call(nonce + 1, contract, headers_duty(&headers[1..]).input),
    ]);
    assert!(outcome.receipts.iter().all(|receipt| receipt.success));
    assert_eq!(outcome.receipts[1].logs[0].address, LIGHT_CLIENT);
    assert!(outcome.gas_used > 2 * 21_000 + 4 * 20_000, "storage is paid for: {}", outcome.gas_used);
    assert_eq!(chain.tip().0, 2);
}

#[test]
fn a_revert_above_undoes_what_a_system_contract_did() {
    let mut chain = Chain::new();
    // calls the light client with its call data, then reverts
    let address = alloy_primitives::hex::encode(LIGHT_CLIENT);
    let contract = chain.deploy(&asm(&format!(
        "CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY PUSH0 PUSH0 CALLDATASIZE PUSH0 PUSH0 PUSH20 0x{address} GAS CALL \
         PUSH0 MSTORE PUSH1 0x20 PUSH0 REVERT"
    )));
    let input = headers_duty(&mine(&regtest(), 1, 0)).input;
    let Err(CallError::Reverted(output)) = chain.call(contract, input.clone()) else { panic!("must revert") };
    assert_eq!(U256::from_be_slice(&output), U256::from(1), "the inner call succeeded");
    let nonce = chain.nonce(alice().address);
    let outcome = chain.include(vec![alice().call(nonce, contract, input)]);
    assert_eq!((outcome.receipts[0].success, outcome.receipts[0].logs.len()), (false, 0));
    assert!(outcome.changes.storage.keys().all(|(account, _)| *account != LIGHT_CLIENT));
    assert_eq!(chain.tip().0, 0);
}

#[test]
fn a_rule_that_says_no_reverts_with_its_own_error() {
    let mut chain = Chain::new();
    let headers = mine(&regtest(), 1, 0);
    chain.include_duties(vec![headers_duty(&headers)]);
    let again = chain.call(LIGHT_CLIENT, headers_duty(&headers).input);
    let hash = B256::from(bitcoin::hashes::Hash::to_byte_array(headers[0].block_hash()));
    let expected = HeaderKnown { hash, height: 1 }.abi_encode();
    assert_eq!(again, Err(CallError::Reverted(expected.into())));
    let unknown = chain.call(LIGHT_CLIENT, vec![1, 2, 3, 4]);
    let expected = ISystem::UnknownSelector { selector: [1, 2, 3, 4].into() }.abi_encode();
    assert_eq!(unknown, Err(CallError::Reverted(expected.into())));
}

#[test]
fn value_is_returned_by_what_takes_none() {
    let mut chain = Chain::new();
    let nonce = chain.nonce(alice().address);
    let total = chain.state.total_balance();
    let outcome = chain.include(vec![
        alice().send(nonce, TxKind::Call(LIGHT_CLIENT), PBTC, tip()),
        alice().send(nonce + 1, TxKind::Call(LIGHT_CLIENT), PBTC, vec![]),
    ]);
    assert!(outcome.receipts.iter().all(|receipt| !receipt.success));
    assert_eq!(chain.state.balance(LIGHT_CLIENT), U256::ZERO);
    assert_eq!(chain.state.total_balance(), total);
    let request = CallRequest {
        from: alice().address,
        to: TxKind::Call(LIGHT_CLIENT),
        value: U256::from(3),
        input: tip().into(),
        ..CallRequest::default()
    };
    let expected = ISystem::NotPayable { value: U256::from(3) }.abi_encode();
    assert_eq!(chain.simulate(&request), Err(CallError::Reverted(expected.into())));
}

#[test]
fn too_little_gas_is_an_ordinary_out_of_gas() {
    let chain = Chain::new();
    let input = headers_duty(&mine(&regtest(), 1, 0)).input;
    let request =
        CallRequest { to: TxKind::Call(LIGHT_CLIENT), input, gas: Some(40_000), ..CallRequest::default() };
    let Err(CallError::Halted(reason)) = chain.simulate(&request) else { panic!("must halt") };
    assert!(reason.contains("OutOfGas"), "{reason}");
}

#[test]
fn contracts_see_code_at_a_system_contract() {
    let mut chain = Chain::new();
    let address = alloy_primitives::hex::encode(LIGHT_CLIENT);
    let contract =
        chain.deploy(&asm(&format!("PUSH20 0x{address} EXTCODEHASH PUSH0 MSTORE PUSH1 0x20 PUSH0 RETURN")));
    let output = chain.call(contract, vec![]).unwrap().output;
    assert_eq!(output.as_ref(), keccak256([0xef]).as_slice());
    assert_eq!(chain.state.accounts[&LIGHT_CLIENT].code_hash, keccak256([0xef]));
}

#[test]
fn wrapped_pbtc_is_not_native() {
    let native = native_contracts().collect::<Vec<_>>();
    assert_eq!(native.len(), 9);
    assert!(!native.contains(&SystemContract::WpBtc));
}

#[test]
fn only_the_duty_itself_runs_as_a_duty() {
    let chain = Chain::new();
    let environment = chain.next();
    let mut machine = crate::machine::Machine::new(&chain.state, &environment, 840_099);
    let mut view = |is_duty| {
        let input = tip().into();
        machine.system_call(Address::ZERO, LIGHT_CLIENT, input, 1_000_000, is_duty).unwrap()
    };
    assert!(view(false).is_success());
    let refused = view(true);
    let expected = ISystem::NotADuty { selector: tipCall::SELECTOR.into() }.abi_encode();
    assert_eq!(refused.output().map(AsRef::as_ref), Some(&expected[..]));
    assert!(view(false).is_success(), "the mark is gone with the call");
}

#[test]
fn only_a_broken_state_stops_the_block() {
    let verdict = |error: StorageError| {
        answer(Err(error.into()), Gas::new(1_000)).map(|result| (result.result, result.gas.remaining()))
    };
    let (account, slot, word) = (LIGHT_CLIENT, U256::ZERO, U256::ZERO);
    assert_eq!(verdict(StorageError::OutOfGas), Ok((InstructionResult::PrecompileOOG, 0)));
    let static_write = StorageError::StaticWrite { contract: account };
    assert_eq!(verdict(static_write), Ok((InstructionResult::StateChangeDuringStaticCall, 0)));
    let funds = StorageError::Funds { account, balance: U256::ZERO, wei: U256::ONE };
    assert_eq!(verdict(funds), Ok((InstructionResult::OutOfFunds, 0)));
    assert!(verdict(StorageError::Corrupt { contract: account, slot, word }).is_err());
    assert!(verdict(StorageError::Database("gone".into())).is_err());
}
