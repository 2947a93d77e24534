use alloy_consensus::{TxEip1559, TxLegacy};
use alloy_primitives::{Address, Bytes, TxKind, U256, keccak256};
use alloy_sol_types::{SolCall, SolError};
use ballast_types::interfaces::ILightClient;
use serde_json::{Value, json};

use crate::{
    client::Node,
    fake::PBTC,
    wallet::{CHAIN_ID, alice, bob, duty, headers, payment},
};

#[tokio::test]
async fn a_sent_transaction_waits_is_seen_and_gets_into_a_block() {
    let node = Node::start().await;
    let raw = alice().sign(payment(0));
    let hash = node.send(raw.clone()).await;
    assert_eq!(hash, keccak256(&raw));
    let pending = node.get("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!(pending["from"], json!(alice().address));
    for field in ["blockHash", "blockNumber", "transactionIndex"] {
        assert_eq!(pending[field], Value::Null, "{field}");
    }
    assert_eq!(node.get("eth_getTransactionReceipt", json!([hash])).await, Value::Null);
    node.chain.mine();
    assert_eq!(node.get("eth_getTransactionReceipt", json!([hash])).await["status"], "0x1");
    assert_eq!(node.get("eth_getTransactionByHash", json!([hash])).await["blockNumber"], "0x2");
}

#[tokio::test]
async fn old_wallets_may_send_legacy_transactions() {
    let node = Node::start().await;
    let legacy = TxLegacy {
        chain_id: Some(CHAIN_ID),
        gas_price: 2_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(bob().address),
        ..Default::default()
    };
    let receipt = node.include(alice().sign(legacy)).await;
    assert_eq!((&receipt["type"], &receipt["effectiveGasPrice"]), (&json!("0x0"), &json!("0x1e8480")));
}

#[tokio::test]
async fn a_duty_is_sent_like_any_transaction() {
    let node = Node::start().await;
    let raw = headers(1, 0);
    let hash = node.send(raw.clone()).await;
    let pending = node.get("eth_getTransactionByHash", json!([hash])).await;
    assert_eq!((&pending["type"], &pending["blockHash"]), (&json!("0x42"), &Value::Null));
    assert_eq!(
        node.fail("eth_sendRawTransaction", json!([raw])).await.message,
        format!("already known: {hash}")
    );
    node.chain.mine();
    assert_eq!(node.get("eth_getTransactionReceipt", json!([hash])).await["status"], "0x1");
}

#[tokio::test]
async fn a_duty_that_its_contract_refuses_comes_back_with_the_contracts_error() {
    let node = Node::start().await;
    let raw = duty(ILightClient::submitHeadersCall { headers: vec![0; 80].into() }.abi_encode().into());
    let error = node.fail("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!(error.code, 3);
    let data: Bytes = serde_json::from_value(error.data.unwrap()).unwrap();
    assert!(ILightClient::UnknownParent::abi_decode(&data).is_ok(), "{data}");
    let error = node.fail("eth_sendRawTransaction", json!([duty([1, 2, 3, 4].into())])).await;
    assert_eq!(error.code, -32000);
    assert!(error.message.contains("no duty with selector 0x01020304"), "{error:?}");
}

#[tokio::test]
async fn what_a_mempool_refuses_it_refuses_in_words_that_wallets_know() {
    let node = Node::start().await;
    node.include(alice().sign(payment(0))).await;
    let too_much = U256::from(2_000 * PBTC);
    for (tx, message) in [
        (payment(0), "nonce too low: next nonce 1, tx nonce 0"),
        (
            TxEip1559 { gas_limit: 20_000, ..payment(1) },
            "intrinsic gas too low: gas 20000, minimum needed 21000",
        ),
        (TxEip1559 { gas_limit: 60_000_001, ..payment(1) }, "exceeds block gas limit"),
        (TxEip1559 { value: too_much, ..payment(1) }, "insufficient funds for gas * price + value: balance "),
        (TxEip1559 { chain_id: 1, ..payment(1) }, "invalid chain id for signer: have 1 want 840099"),
        (
            TxEip1559 { max_fee_per_gas: 999_999, ..payment(1) },
            "max fee per gas less than block base fee: maxFeePerGas: 999999, baseFee: 1000000",
        ),
        (
            TxEip1559 { max_priority_fee_per_gas: 3_000_000, ..payment(1) },
            "max priority fee per gas higher than max fee per gas",
        ),
    ] {
        let error = node.fail("eth_sendRawTransaction", json!([alice().sign(tx)])).await;
        assert_eq!(error.code, -32000, "{error:?}");
        assert!(error.message.starts_with(message), "{error:?}");
    }
}

#[tokio::test]
async fn a_known_transaction_and_a_cheap_replacement_are_refused() {
    let node = Node::start().await;
    let raw = alice().sign(payment(0));
    let hash = node.send(raw.clone()).await;
    let error = node.fail("eth_sendRawTransaction", json!([raw])).await;
    assert_eq!((error.code, error.message), (-32000, format!("already known: {hash}")));
    let rival = TxEip1559 { to: TxKind::Call(Address::repeat_byte(1)), ..payment(0) };
    let error = node.fail("eth_sendRawTransaction", json!([alice().sign(rival)])).await;
    assert_eq!(error.code, -32000);
    assert!(error.message.starts_with("replacement transaction underpriced"), "{error:?}");
}

#[tokio::test]
async fn bytes_that_are_no_transaction_are_invalid_params() {
    let node = Node::start().await;
    let mut trailing = alice().sign(payment(0)).to_vec();
    trailing.push(0);
    let unprotected =
        TxLegacy { chain_id: None, gas_limit: 21_000, gas_price: 2_000_000, ..Default::default() };
    for (raw, message) in [
        (Bytes::new(), ""),
        (Bytes::from([0x02, 0xc0]), "transaction is not valid RLP"),
        (Bytes::from([0x03, 0xc0]), "transaction type 0x03 is not supported"),
        (Bytes::from([0x42, 0xc0]), "duty is not canonical RLP"),
        (Bytes::from(trailing), ""),
        (Bytes::from(vec![0x02; 200_000]), "transaction has 200000 bytes, at most 131072 are allowed"),
        (alice().sign(unprotected), "legacy transaction has no chain id (EIP-155)"),
    ] {
        let error = node.fail("eth_sendRawTransaction", json!([raw])).await;
        assert_eq!(error.code, -32602, "{error:?}");
        assert!(error.message.starts_with(message), "{error:?}");
    }
}
