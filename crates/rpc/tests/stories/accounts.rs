use alloy_primitives::{Address, B256};
use serde_json::{Value, json};

use crate::{
    client::{Node, hex, number},
    fake::{KEPT, PBTC},
    wallet::{alice, bob, creation, paying, payment},
};

#[tokio::test]
async fn a_payment_moves_the_balance_and_the_state_before_it_stays_readable() {
    let node = Node::start().await;
    let to = Address::repeat_byte(0xcc);
    let receipt = node.include(alice().sign(paying(0, to, 1_000))).await;
    assert_eq!(node.get("eth_getBalance", json!([to, "latest"])).await, hex(1_000));
    assert_eq!(node.get("eth_getBalance", json!([to])).await, hex(1_000), "latest by default");
    assert_eq!(node.get("eth_getBalance", json!([to, "0x1"])).await, "0x0");
    assert_eq!(node.get("eth_getBalance", json!([to, {"blockHash": node.chain.hash(1)}])).await, "0x0");
    let paid = number(&receipt["gasUsed"]) * number(&receipt["effectiveGasPrice"]);
    let left = format!("{:#x}", 1_000 * PBTC - 1_000 - u128::from(paid));
    assert_eq!(node.get("eth_getBalance", json!([alice().address, "safe"])).await, left);
}

#[tokio::test]
async fn the_nonce_counts_what_waits_only_if_asked_for() {
    let node = Node::start().await;
    node.include(alice().sign(payment(0))).await;
    node.send(alice().sign(payment(1))).await;
    let count =
        async |block: &str| node.get("eth_getTransactionCount", json!([alice().address, block])).await;
    assert_eq!(count("latest").await, "0x1");
    assert_eq!(count("0x1").await, "0x0");
    assert_eq!(count("pending").await, "0x2");
    assert_eq!(node.get("eth_getTransactionCount", json!([bob().address, "pending"])).await, "0x0");
}

#[tokio::test]
async fn code_and_storage_of_a_contract() {
    let node = Node::start().await;
    node.include(alice().sign(creation(0))).await;
    let echo = alice().address.create(0);
    node.include(alice().sign(paying(1, echo, 0x2a))).await;
    let code = node.get("eth_getCode", json!([echo, "latest"])).await;
    assert_eq!(code.as_str().unwrap().len(), 2 + 2 * 30);
    assert_eq!(node.get("eth_getCode", json!([alice().address, "latest"])).await, "0x");
    assert_eq!(node.get("eth_getCode", json!(["0xba11a57000000000000000000000000000000001"])).await, "0xef");
    let mut word = B256::ZERO;
    word[31] = 0x2a;
    for slot in ["0x0", "0x00", &B256::ZERO.to_string()] {
        assert_eq!(node.get("eth_getStorageAt", json!([echo, slot, "latest"])).await, json!(word));
    }
    assert_eq!(node.get("eth_getStorageAt", json!([echo, "0x1", "latest"])).await, json!(B256::ZERO));
    assert_eq!(node.get("eth_getStorageAt", json!([echo, "0x0", "0x2"])).await, json!(B256::ZERO));
}

#[tokio::test]
async fn state_too_old_or_yet_to_come_says_so() {
    let node = Node::start().await;
    let latest = node.chain.mine_many(KEPT);
    let oldest = latest - KEPT;
    let methods = [
        ("eth_getBalance", vec![]),
        ("eth_getTransactionCount", vec![]),
        ("eth_getCode", vec![]),
        ("eth_getStorageAt", vec![json!("0x0")]),
    ];
    for (method, between) in methods {
        let at = |block: Value| {
            let params = [vec![json!(alice().address)], between.clone(), vec![block]].concat();
            node.call(method, json!(params))
        };
        at(json!(hex(oldest))).await.unwrap();
        let error = at(json!(hex(oldest - 1))).await.unwrap_err();
        assert_eq!(error.code, -32000);
        assert_eq!(error.message, "state of block 0 is pruned: the oldest state kept is that of block 1");
        let error = at(json!(hex(latest + 1))).await.unwrap_err();
        assert_eq!((error.code, &error.message[..16]), (-32000, "header not found"));
        let error = at(json!(B256::repeat_byte(9))).await.unwrap_err();
        assert_eq!((error.code, &error.message[..16]), (-32000, "header not found"));
    }
}
