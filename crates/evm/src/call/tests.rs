use alloy_consensus::TxEip1559;
use alloy_primitives::B256;
use proptest::prelude::*;

use super::*;
use crate::testing::{Chain, PBTC, Wallet, alice, asm, bob, deploying, forwarder, unsigned};

fn estimate(chain: &Chain, request: &CallRequest) -> Result<u64, CallError> {
    let environment = Environment::of(&chain.head.header).unwrap();
    estimate_gas(&chain.state, &environment, &chain.genesis.parameters.chain, request)
}

fn to(address: Address) -> CallRequest {
    CallRequest { from: alice().address, to: TxKind::Call(address), ..CallRequest::default() }
}

/// Whether the call succeeds as a transaction with this gas limit.
fn succeeds(chain: &Chain, request: &CallRequest, gas_limit: u64) -> bool {
    let mut chain = chain.clone();
    let nonce = chain.nonce(alice().address);
    let tx = TxEip1559 {
        gas_limit,
        to: request.to,
        value: request.value,
        input: request.input.clone(),
        ..unsigned(nonce)
    };
    let candidates = crate::Candidates { transactions: vec![alice().sign(tx)], ..Default::default() };
    chain.grow(candidates).outcome.receipts.first().is_some_and(|receipt| receipt.success)
}

fn assert_estimate_is_tight(chain: &Chain, request: &CallRequest) -> u64 {
    let gas = estimate(chain, request).unwrap();
    assert!(succeeds(chain, request, gas), "{gas} suffices");
    assert!(!succeeds(chain, request, gas - 1), "{gas} is the least");
    gas
}

#[test]
fn a_transfer_needs_21000_gas() {
    let chain = Chain::new();
    let request = CallRequest { value: U256::from(1), ..to(bob().address) };
    assert_eq!(assert_estimate_is_tight(&chain, &request), 21_000);
}

#[test]
fn estimates_suffice_through_nested_calls_and_refunds() {
    let mut chain = Chain::new();
    let writer =
        chain.deploy(&asm("PUSH1 0x01 PUSH0 SSTORE PUSH0 PUSH0 SSTORE PUSH1 0x02 PUSH1 0x01 SSTORE STOP"));
    let mut outer = writer;
    for _ in 0..4 {
        outer = chain.deploy(&forwarder("CALL", outer));
    }
    for contract in [writer, outer] {
        let gas = assert_estimate_is_tight(&chain, &to(contract));
        let used = chain.simulate(&to(contract)).unwrap().gas_used;
        assert!(gas > used, "the refund and the withheld 64ths come on top: {gas} > {used}");
    }
    let init = deploying(&asm("PUSH1 0x01 PUSH0 SSTORE STOP"));
    let creation = CallRequest { to: TxKind::Create, input: init, ..to(Address::ZERO) };
    assert_estimate_is_tight(&chain, &creation);
    let long_input = CallRequest { input: vec![7; 1_000].into(), ..to(bob().address) };
    assert_estimate_is_tight(&chain, &long_input);
}

#[test]
fn an_estimate_of_what_fails_fails_with_its_reason() {
    let mut chain = Chain::new();
    let echo = chain.deploy(&asm("CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY CALLDATASIZE PUSH0 REVERT"));
    let request = CallRequest { input: vec![9, 9].into(), ..to(echo) };
    assert_eq!(estimate(&chain, &request), Err(CallError::Reverted(vec![9, 9].into())));
    let endless = chain.deploy(&asm("JUMPDEST PUSH0 JUMP"));
    assert_eq!(estimate(&chain, &to(endless)), Err(CallError::Allowance { gas: 16_777_216 }));
    let invalid = chain.deploy(&asm("INVALID"));
    assert!(matches!(estimate(&chain, &to(invalid)), Err(CallError::Halted(_))));
    for gas in [0, 20_999] {
        let poor = CallRequest { gas: Some(gas), ..to(bob().address) };
        let expected = TransactionRejection::IntrinsicGas { needed: 21_000, found: gas };
        assert_eq!(estimate(&chain, &poor), Err(expected.into()));
    }
}

#[test]
fn an_estimate_with_a_price_asks_what_the_sender_can_pay() {
    let mut chain = Chain::new();
    let poor = Wallet::new(4);
    let price = 2_000_000;
    chain.include(vec![alice().send(0, TxKind::Call(poor.address), 30_000 * price, vec![])]);
    let request = CallRequest { from: poor.address, gas_price: Some(price), ..to(bob().address) };
    assert_eq!(estimate(&chain, &request), Ok(21_000));
    let value = U256::from(9_001 * price);
    let request = CallRequest { value, ..request };
    let result = estimate(&chain, &request);
    assert!(
        matches!(result, Err(CallError::Rejected(TransactionRejection::IntrinsicGas { .. }))),
        "{result:?}"
    );
    let request = CallRequest { value: U256::from(30_000 * price), ..request };
    let result = estimate(&chain, &request);
    let Err(CallError::Rejected(TransactionRejection::InsufficientFunds { balance, needed })) = result else {
        panic!("{result:?}")
    };
    assert!(needed > balance);
}

#[test]
fn a_call_changes_nothing_and_needs_no_funds() {
    let mut chain = Chain::new();
    let counter = chain
        .deploy(&asm("PUSH0 SLOAD PUSH1 0x01 ADD DUP1 PUSH0 SSTORE PUSH0 MSTORE PUSH1 0x20 PUSH0 RETURN"));
    let before = chain.state.clone();
    let request = CallRequest { from: Address::repeat_byte(8), ..to(counter) };
    for _ in 0..2 {
        let output = chain.simulate(&request).unwrap().output;
        assert_eq!(U256::from_be_slice(&output), U256::from(1));
    }
    assert_eq!(chain.state, before);
}

#[test]
fn a_call_may_come_from_a_contract_but_not_spend_what_is_not_there() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&asm("STOP"));
    assert!(chain.simulate(&CallRequest { from: contract, ..to(bob().address) }).is_ok());
    let spending = CallRequest { from: contract, value: U256::from(1), ..to(bob().address) };
    let expected = TransactionRejection::InsufficientFunds { balance: U256::ZERO, needed: U256::from(1) };
    assert_eq!(chain.simulate(&spending), Err(expected.into()));
    let cheap = CallRequest { gas_price: Some(1), ..to(bob().address) };
    assert!(matches!(
        chain.simulate(&cheap),
        Err(CallError::Rejected(TransactionRejection::FeeTooLow { max_fee: 1, .. }))
    ));
}

#[test]
fn logs_and_gas_of_a_call_are_reported() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&asm("PUSH1 0x2a PUSH0 PUSH0 LOG1 STOP"));
    let outcome = chain.simulate(&to(contract)).unwrap();
    assert_eq!(outcome.logs[0].address, contract);
    assert_eq!(outcome.logs[0].topics(), [B256::from(U256::from(42))]);
    assert_eq!(outcome.gas_used, 21_000 + 3 + 2 + 2 + 750);
}

fn check(chain: &Chain, tx: TxEip1559, wallet: &Wallet) -> Result<Account, TransactionRejection> {
    let (tx, sender) = wallet.sign(tx).into_parts();
    let parameters = &chain.genesis.parameters.chain;
    check_transaction(&chain.state, &chain.next(), parameters, &tx, sender).unwrap()
}

#[test]
fn the_mempool_check_takes_what_a_block_would_take_later() {
    let mut chain = Chain::new();
    chain.include(vec![alice().send(0, TxKind::Call(bob().address), 1, vec![])]);
    let account = check(&chain, unsigned(1), &alice()).unwrap();
    assert_eq!(account, chain.state.accounts[&alice().address]);
    // a gap is for the pool to queue
    assert_eq!(check(&chain, unsigned(9), &alice()), Ok(account));
    let expected = TransactionRejection::NonceTooLow { expected: 1, found: 0 };
    assert_eq!(check(&chain, unsigned(0), &alice()), Err(expected));
    let rich = TxEip1559 { value: U256::from(1_001 * PBTC), ..unsigned(9) };
    assert!(matches!(check(&chain, rich, &alice()), Err(TransactionRejection::InsufficientFunds { .. })));
    let nobody = check(&chain, unsigned(0), &Wallet::new(5));
    assert!(matches!(nobody, Err(TransactionRejection::InsufficientFunds { .. })));
    let cheap = TxEip1559 { max_fee_per_gas: 999_999, max_priority_fee_per_gas: 0, ..unsigned(1) };
    let expected = TransactionRejection::FeeTooLow { base_fee: 1_000_000, max_fee: 999_999 };
    assert_eq!(check(&chain, cheap, &alice()), Err(expected));
    let foreign = TxEip1559 { chain_id: 1, ..unsigned(1) };
    assert!(matches!(check(&chain, foreign, &alice()), Err(TransactionRejection::ChainId { .. })));
}

#[test]
fn a_contract_cannot_send() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&asm("STOP"));
    let (tx, _) = alice().sign(unsigned(1)).into_parts();
    let mut state = chain.state.clone();
    state.accounts.get_mut(&contract).unwrap().balance = U256::from(PBTC);
    let parameters = &chain.genesis.parameters.chain;
    let result = check_transaction(&state, &chain.next(), parameters, &tx, contract).unwrap();
    assert_eq!(result, Err(TransactionRejection::SenderIsContract(contract)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever runs as code, a call ends in an answer.
    #[test]
    fn arbitrary_code_never_panics(init: Vec<u8>, value in 0..PBTC) {
        let chain = Chain::new();
        let request = CallRequest {
            to: TxKind::Create,
            value: U256::from(value),
            input: init.into(),
            gas: Some(200_000),
            ..to(Address::ZERO)
        };
        let result = chain.simulate(&request);
        prop_assert!(!matches!(result, Err(CallError::State(_))), "{:?}", result);
    }
}
