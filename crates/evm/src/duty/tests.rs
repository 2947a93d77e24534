use alloy_primitives::{B256, TxKind, U256};
use alloy_sol_types::SolCall;
use ballast_types::{
    SystemContract, Transaction,
    interfaces::ILightClient::{HeadersAccepted, tipCall},
};

use super::*;
use crate::{
    Built, Candidates, ExecutionError, InvalidBlock, Outcome, Reason, check_duty,
    testing::{Chain, PBTC, alice, bob, headers_duty, mine, regtest},
};

mod custody;
mod vault;

fn offer(chain: &Chain, duties: Vec<Duty>) -> Built {
    chain.build(Candidates { duties, ..Candidates::default() })
}

fn reasons(built: &Built) -> Vec<&Reason> {
    built.left_out.iter().map(|left_out| &left_out.reason).collect()
}

/// Why a block with these transactions is invalid.
fn refusal(chain: &Chain, transactions: Vec<Transaction>) -> (usize, DutyRejection) {
    let block = chain.seal(transactions, &Outcome::default());
    match chain.execute(&block) {
        Err(ExecutionError::Invalid(InvalidBlock::Duty { index, source })) => (index, source),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_duty_changes_the_state_and_uses_no_gas() {
    let mut chain = Chain::new();
    let total = chain.state.total_balance();
    let headers = mine(&regtest(), 3, 0);
    let outcome = chain.include_duties(vec![headers_duty(&headers)]).clone();
    let receipt = &outcome.receipts[0];
    assert_eq!((receipt.tx_type, receipt.success, receipt.cumulative_gas_used), (0x42, true, 0));
    assert_eq!(receipt.logs[0].address, SystemContract::LightClient.address());
    let topic = <HeadersAccepted as alloy_sol_types::SolEvent>::SIGNATURE_HASH;
    assert_eq!(receipt.logs[0].topics()[0], topic);
    assert_eq!((outcome.gas_used, chain.head.header.gas_used), (0, 0));
    assert!(chain.head.header.logs_bloom.contains_input(alloy_primitives::BloomInput::Raw(topic.as_slice())));
    assert_eq!(chain.tip().0, 3);
    assert_eq!(chain.state.total_balance(), total);
    assert!(!chain.state.accounts.contains_key(&Address::ZERO));
}

#[test]
fn duties_stand_before_ordinary_transactions_and_leave_their_gas_alone() {
    let mut chain = Chain::new();
    let candidates = Candidates {
        duties: vec![headers_duty(&mine(&regtest(), 1, 0))],
        transactions: vec![alice().send(0, TxKind::Call(bob().address), PBTC, vec![])],
    };
    let built = chain.grow(candidates);
    assert!(matches!(built.transactions[..], [Transaction::Duty(_), Transaction::Ethereum(_)]));
    let gas = chain.outcome.receipts.iter().map(|receipt| receipt.cumulative_gas_used).collect::<Vec<_>>();
    assert_eq!(gas, [0, 21_000]);
    assert_eq!(chain.head.header.gas_used, 21_000);
}

#[test]
fn a_failing_duty_is_left_out_and_makes_a_block_invalid() {
    let mut chain = Chain::new();
    let headers = mine(&regtest(), 2, 0);
    let orphan = headers_duty(&headers[1..]);
    let built = offer(&chain, vec![orphan.clone()]);
    assert_eq!(built.transactions, []);
    assert!(matches!(reasons(&built)[..], [Reason::Duty(DutyRejection::Reverted(_))]));
    assert!(built.outcome.changes.storage.keys().all(|(account, _)| *account != orphan.to));
    let (index, source) = refusal(&chain, vec![Transaction::Duty(orphan.clone())]);
    assert_eq!(index, 0);
    assert!(matches!(source, DutyRejection::Reverted(_)));
    // with its parent it is fine
    chain.include_duties(vec![headers_duty(&headers[..1]), orphan]);
    assert_eq!(chain.tip().0, 2);
}

#[test]
fn only_calls_that_prove_themselves_are_duties() {
    let chain = Chain::new();
    let view = Duty { input: tipCall {}.abi_encode().into(), ..headers_duty(&[]) };
    let elsewhere = Duty { to: alice().address, ..headers_duty(&mine(&regtest(), 1, 0)) };
    let mut padded = headers_duty(&mine(&regtest(), 1, 0));
    padded.input = [&padded.input[..], &[0]].concat().into();
    for duty in [view, elsewhere, padded] {
        let built = offer(&chain, vec![duty.clone()]);
        assert!(matches!(reasons(&built)[..], [Reason::Duty(DutyRejection::NotADuty(_))]));
        let (_, source) = refusal(&chain, vec![Transaction::Duty(duty)]);
        assert!(matches!(source, DutyRejection::NotADuty(_)));
    }
}

#[test]
fn a_duty_is_for_one_chain() {
    let chain = Chain::new();
    let foreign = Duty { chain_id: 840_000, ..headers_duty(&mine(&regtest(), 1, 0)) };
    let expected = DutyRejection::ChainId { expected: 840_099, found: 840_000 };
    assert_eq!(refusal(&chain, vec![Transaction::Duty(foreign)]), (0, expected));
}

#[test]
fn a_duty_after_an_ordinary_transaction_is_refused() {
    let chain = Chain::new();
    let payment = alice().send(0, TxKind::Call(bob().address), 1, vec![]).into_inner();
    let duty = headers_duty(&mine(&regtest(), 1, 0));
    let expected = DutyRejection::Order { before: None, found: DutyKind::Headers };
    let transactions = vec![Transaction::Ethereum(payment), Transaction::Duty(duty)];
    assert_eq!(refusal(&chain, transactions), (1, expected));
}

#[test]
fn kinds_come_in_order() {
    let chain = Chain::new();
    let duty = headers_duty(&mine(&regtest(), 1, 0));
    let mut ledger = ledger(&chain);
    ledger.last = Some(DutyKind::Headers);
    assert!(ledger.admit(&duty).is_ok());
    ledger.last = Some(DutyKind::Evidence);
    let expected = DutyRejection::Order { before: Some(DutyKind::Evidence), found: DutyKind::Headers };
    assert_eq!(ledger.admit(&duty), Err(expected));
    assert!(DutyKind::ALL.is_sorted());
}

#[test]
fn one_duty_is_once_in_a_block() {
    let chain = Chain::new();
    let duty = headers_duty(&mine(&regtest(), 1, 0));
    let twice = vec![Transaction::Duty(duty.clone()), Transaction::Duty(duty.clone())];
    assert_eq!(refusal(&chain, twice), (1, DutyRejection::Repeated));
    let built = offer(&chain, vec![duty.clone(), duty]);
    assert_eq!(
        (built.transactions.len(), reasons(&built)),
        (1, vec![&Reason::Duty(DutyRejection::Repeated)])
    );
}

fn ledger(chain: &Chain) -> DutyLedger {
    let parameters = &chain.genesis.parameters.chain;
    DutyLedger::new(parameters.chain_id, parameters.duty_gas)
}

/// Gas that the duty takes from its budget.
fn cost(chain: &Chain, duty: &Duty) -> u64 {
    let environment = chain.next();
    let mut ledger = ledger(chain);
    let mut machine = Machine::new(&chain.state, &environment, 840_099);
    ledger.run(&mut machine, duty).unwrap().unwrap();
    ledger.budgets.headers - ledger.left.headers
}

#[test]
fn a_budget_is_exact() {
    let mut chain = Chain::new();
    let duty = headers_duty(&mine(&regtest(), 1, 0));
    let needed = cost(&chain, &duty);
    assert!(needed > intrinsic_gas(&duty.input) + 2 * 22_100, "storage is charged: {needed}");
    chain.genesis.parameters.chain.duty_gas.headers = needed;
    assert_eq!(offer(&chain, vec![duty.clone()]).left_out, []);
    chain.genesis.parameters.chain.duty_gas.headers = needed - 1;
    let expected = DutyRejection::TooExpensive { kind: DutyKind::Headers, budget: needed - 1 };
    assert_eq!(reasons(&offer(&chain, vec![duty.clone()])), [&Reason::Duty(expected.clone())]);
    assert_eq!(refusal(&chain, vec![Transaction::Duty(duty.clone())]), (0, expected));
    // not even the intrinsic gas
    chain.genesis.parameters.chain.duty_gas.headers = 20_999;
    let expected = DutyRejection::TooExpensive { kind: DutyKind::Headers, budget: 20_999 };
    assert_eq!(refusal(&chain, vec![Transaction::Duty(duty)]), (0, expected));
}

#[test]
fn what_does_not_fit_waits_for_the_next_block() {
    let mut chain = Chain::new();
    let headers = mine(&regtest(), 2, 0);
    let duties = [headers_duty(&headers[..1]), headers_duty(&headers[1..])];
    let first = cost(&chain, &duties[0]);
    chain.genesis.parameters.chain.duty_gas.headers = first + 30_000;
    let built = offer(&chain, duties.to_vec());
    assert_eq!((built.transactions.len(), reasons(&built)), (1, vec![&Reason::NoRoom]));
    let both = duties.clone().map(Transaction::Duty).to_vec();
    let expected = DutyRejection::Budget { kind: DutyKind::Headers, left: 30_000 };
    assert_eq!(refusal(&chain, both), (1, expected));
    chain.include_duties(duties[..1].to_vec());
    chain.include_duties(duties[1..].to_vec());
    assert_eq!(chain.tip().0, 2);
}

#[test]
fn users_cannot_crowd_duties_out() {
    let mut chain = Chain::new();
    let burner = chain.deploy(&crate::testing::asm("JUMPDEST PUSH0 JUMP"));
    let start = chain.nonce(alice().address);
    let transactions = (0..25).map(|n| alice().call(start + n, burner, vec![])).collect();
    let built = chain.grow(Candidates { duties: vec![headers_duty(&mine(&regtest(), 1, 0))], transactions });
    assert_eq!(chain.head.header.gas_used, 60_000_000, "a full block");
    assert_eq!(chain.tip().0, 1);
    assert_eq!(reasons(&built), vec![&Reason::NoRoom; 5]);
}

#[test]
fn refused_duties_cost_a_builder_a_bounded_time() {
    let mut chain = Chain::new();
    let orphans = mine(&regtest(), 40, 0).split_off(1);
    let orphans = orphans.chunks(1).map(headers_duty).collect::<Vec<_>>();
    let duties = &mut chain.genesis.parameters.chain.duty_gas;
    *duties = DutyGas { headers: 300_000, evidence: 0, proofs: 0, votes: 0, signatures: 0, late_votes: 0 };
    let built = offer(&chain, orphans);
    let (refused, waiting): (Vec<_>, Vec<_>) =
        built.left_out.iter().partition(|left_out| matches!(left_out.reason, Reason::Duty(_)));
    assert!((4..14).contains(&refused.len()), "each costs between 21,000 and 75,000 gas: {}", refused.len());
    assert!(waiting.iter().all(|left_out| left_out.reason == Reason::NoRoom));
}

#[test]
fn the_mempool_check_runs_the_rule() {
    let chain = Chain::new();
    let check = |duty: &Duty| check_duty(&chain.state, &chain.next(), &chain.genesis, duty).unwrap();
    let headers = mine(&regtest(), 2, 0);
    let key = check(&headers_duty(&headers)).unwrap();
    let last = bitcoin::hashes::Hash::to_byte_array(headers[1].block_hash());
    assert_eq!((key.kind, key.fact), (DutyKind::Headers, B256::from(last)));
    assert!(matches!(check(&headers_duty(&headers[1..])), Err(DutyRejection::Reverted(_))));
    assert_eq!(chain.tip().0, 0);
}

#[test]
fn intrinsic_gas_is_that_of_a_call() {
    assert_eq!(intrinsic_gas(&[]), 21_000);
    assert_eq!(intrinsic_gas(&[0, 0, 1]), 21_024);
    let chain = Chain::new();
    let request = crate::CallRequest {
        to: TxKind::Call(alice().address),
        input: vec![0, 0, 1].into(),
        value: U256::ZERO,
        ..Default::default()
    };
    // the floor of EIP-7623 binds an ordinary call without work, not a duty
    assert_eq!(chain.simulate(&request).unwrap().gas_used, 21_000 + 6 * 10);
}
