use alloy_consensus::TxEip1559;
use alloy_primitives::{Address, Bytes, TxKind, U256};

use super::*;
use crate::testing::{Chain, PBTC, Wallet, alice, bob, headers_duty, mine, regtest, unsigned};

fn pay(wallet: &Wallet, nonce: u64) -> Recovered<TxEnvelope> {
    wallet.send(nonce, TxKind::Call(Address::repeat_byte(5)), 1, vec![])
}

fn offer(chain: &Chain, transactions: Vec<Recovered<TxEnvelope>>) -> Built {
    chain.build(Candidates { transactions, ..Candidates::default() })
}

#[test]
fn what_is_valid_is_included_in_the_order_given() {
    let chain = Chain::new();
    let offered = vec![pay(&bob(), 0), pay(&alice(), 0), pay(&bob(), 1)];
    let built = offer(&chain, offered.clone());
    let expected = offered.into_iter().map(|tx| Transaction::Ethereum(tx.into_inner())).collect::<Vec<_>>();
    assert_eq!(built.transactions, expected);
    assert_eq!((built.left_out.len(), built.outcome.receipts.len()), (0, 3));
}

#[test]
fn what_is_refused_leaves_no_trace() {
    let chain = Chain::new();
    let refused = vec![
        pay(&alice(), 1),
        alice().send(0, TxKind::Call(bob().address), 5_000 * PBTC, vec![]),
        alice().sign(TxEip1559 { gas_limit: 20_999, ..unsigned(0) }),
        alice().sign(TxEip1559 { max_fee_per_gas: 1, max_priority_fee_per_gas: 0, ..unsigned(0) }),
        alice().sign(TxEip1559 { max_priority_fee_per_gas: 3_000_000, ..unsigned(0) }),
        alice().sign(TxEip1559 { chain_id: 1, ..unsigned(0) }),
        alice().sign(TxEip1559 { gas_limit: 60_000_001, ..unsigned(0) }),
        alice().sign(TxEip1559 { gas_limit: 16_777_217, ..unsigned(0) }),
    ];
    let count = refused.len();
    let built = offer(&chain, refused);
    let reasons = built.left_out.iter().map(|left_out| match &left_out.reason {
        Reason::Transaction(rejection) => rejection.clone(),
        other => panic!("{other:?}"),
    });
    let reasons = reasons.collect::<Vec<_>>();
    assert_eq!(reasons[0], TransactionRejection::NonceTooHigh { expected: 0, found: 1 });
    assert!(matches!(reasons[1], TransactionRejection::InsufficientFunds { .. }));
    assert_eq!(reasons[2], TransactionRejection::IntrinsicGas { needed: 21_000, found: 20_999 });
    assert_eq!(reasons[3], TransactionRejection::FeeTooLow { base_fee: 1_000_000, max_fee: 1 });
    let tip = TransactionRejection::PriorityFee { priority_fee: 3_000_000, max_fee: 2_000_000 };
    assert_eq!(reasons[4], tip);
    assert_eq!(reasons[5], TransactionRejection::ChainId { expected: 840_099, found: Some(1) });
    let cap = |found| TransactionRejection::GasLimit { limit: 16_777_216, found };
    assert_eq!(reasons[6..], [cap(60_000_001), cap(16_777_217)]);
    assert_eq!(reasons.len(), count);
    assert_eq!(built.outcome, offer(&chain, vec![]).outcome);
}

#[test]
fn a_refused_transaction_does_not_stop_the_others() {
    let chain = Chain::new();
    let built = offer(&chain, vec![pay(&alice(), 7), pay(&bob(), 0), pay(&alice(), 0)]);
    assert_eq!((built.transactions.len(), built.left_out.len()), (2, 1));
}

#[test]
fn a_full_block_keeps_the_rest_for_the_next() {
    let mut chain = Chain::new();
    chain.genesis.parameters.chain.gas_limit = 6_000_000;
    // each may use three million gas but uses 21,000
    let built = offer(&chain, (0..4).map(|nonce| pay(&alice(), nonce)).collect());
    assert_eq!(built.transactions.len(), 4 - built.left_out.len());
    assert_eq!(built.left_out.len(), 0, "only gas that was used is gone");
    chain.genesis.parameters.chain.gas_limit = 3_030_000;
    let built = offer(&chain, (0..4).map(|nonce| pay(&alice(), nonce)).collect());
    let reasons = built.left_out.iter().map(|left_out| &left_out.reason).collect::<Vec<_>>();
    assert_eq!((built.transactions.len(), reasons), (2, vec![&Reason::NoRoom; 2]));
}

#[test]
fn a_block_stays_below_its_size() {
    let mut chain = Chain::new();
    chain.genesis.parameters.chain.gas_limit = 600_000_000;
    let big = |nonce| {
        let input = Bytes::from(vec![0; 120_000]);
        alice().sign(TxEip1559 { gas_limit: 3_000_000, input, value: U256::ZERO, ..unsigned(nonce) })
    };
    let built = offer(&chain, (0..40).map(big).collect());
    let block = chain.seal(built.transactions.clone(), &built.outcome);
    assert!(block.encoded_len() <= MAX_BLOCK_SIZE);
    assert!(block.encoded_len() + 120_000 + OVERHEAD > MAX_BLOCK_SIZE, "it is as full as it can be");
    assert_eq!(built.left_out[0].reason, Reason::NoRoom);
    assert!(chain.execute(&block).is_ok());
}

#[test]
fn duties_are_tried_in_the_order_given_within_a_kind() {
    let chain = Chain::new();
    let headers = mine(&regtest(), 2, 0);
    let (parent, child) = (headers_duty(&headers[..1]), headers_duty(&headers[1..]));
    let in_order = Candidates { duties: vec![parent.clone(), child.clone()], ..Candidates::default() };
    assert_eq!(chain.build(in_order).transactions.len(), 2);
    let out_of_order = Candidates { duties: vec![child.clone(), parent], ..Candidates::default() };
    let built = chain.build(out_of_order);
    assert_eq!(built.transactions.len(), 1);
    assert_eq!(built.left_out[0].hash, child.hash());
}
