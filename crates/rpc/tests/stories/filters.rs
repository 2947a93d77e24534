use alloy_primitives::Address;
use ballast_rpc::Limits;
use serde_json::{Value, json};

use crate::{
    client::Node,
    wallet::{alice, bob, creation, headers, paying, payment, topic},
};

async fn echo(node: &Node) -> Address {
    node.include(alice().sign(creation(0))).await;
    alice().address.create(0)
}

#[tokio::test]
async fn a_block_filter_hands_out_each_new_hash_once() {
    let node = Node::start().await;
    let filter = node.get("eth_newBlockFilter", json!([])).await;
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, json!([]));
    node.chain.mine_many(2);
    let expected = json!([node.chain.hash(2), node.chain.hash(3)]);
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, expected);
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, json!([]));
}

#[tokio::test]
async fn a_log_filter_hands_out_new_matches_once_and_all_on_request() {
    let node = Node::start().await;
    let echo = echo(&node).await;
    node.include(alice().sign(paying(1, echo, 1))).await;
    let wanted = json!({"fromBlock": "0x0", "address": echo, "topics": [topic(alice().address)]});
    let filter = node.get("eth_newFilter", json!([wanted])).await;
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, json!([]), "what was is not new");
    node.include(alice().sign(paying(2, echo, 2))).await;
    node.include(bob().sign(paying(0, echo, 3))).await;
    let changes = node.get("eth_getFilterChanges", json!([filter])).await;
    assert_eq!(changes.as_array().unwrap().len(), 1);
    assert_eq!(changes[0]["blockNumber"], "0x4");
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, json!([]));
    let all = node.get("eth_getFilterLogs", json!([filter])).await;
    assert_eq!(all, node.get("eth_getLogs", json!([wanted])).await);
    assert_eq!(all.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_log_filter_stays_within_its_range() {
    let node = Node::start().await;
    let echo = echo(&node).await;
    let filter = node.get("eth_newFilter", json!([{"fromBlock": "0x4", "toBlock": "0x4"}])).await;
    for nonce in 1..4 {
        node.include(alice().sign(paying(nonce, echo, nonce))).await;
    }
    let changes = node.get("eth_getFilterChanges", json!([filter])).await;
    assert_eq!(changes.as_array().unwrap().len(), 1);
    assert_eq!(changes[0]["blockNumber"], "0x4");
    node.include(alice().sign(paying(4, echo, 4))).await;
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, json!([]));
}

#[tokio::test]
async fn what_is_too_much_for_one_poll_comes_with_the_next() {
    let node = Node::with(Limits { log_blocks: 3, logs: 2, ..Limits::default() }).await;
    let echo = echo(&node).await;
    let blocks = node.get("eth_newBlockFilter", json!([])).await;
    let logs = node.get("eth_newFilter", json!([{"address": echo}])).await;
    for nonce in 1..=7 {
        node.include(alice().sign(paying(nonce, echo, nonce))).await;
    }
    for (filter, expected) in [(&blocks, [3, 3, 1, 0, 0]), (&logs, [2, 2, 2, 1, 0])] {
        let mut seen = Vec::new();
        for count in expected {
            let changes = node.get("eth_getFilterChanges", json!([filter])).await;
            let changes = changes.as_array().unwrap().clone();
            assert_eq!(changes.len(), count);
            seen.extend(changes);
        }
        seen.dedup();
        assert_eq!(seen.len(), 7, "each once");
    }
}

#[tokio::test]
async fn a_pending_filter_hands_out_transactions_and_duties_as_they_come() {
    let node = Node::start().await;
    let filter = node.get("eth_newPendingTransactionFilter", json!([])).await;
    let hashes = [node.send(alice().sign(payment(0))).await, node.send(headers(1, 0)).await];
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, json!(hashes));
    node.chain.mine();
    assert_eq!(node.get("eth_getFilterChanges", json!([filter])).await, json!([]));
}

#[tokio::test]
async fn a_filter_ends_once() {
    let node = Node::start().await;
    let filter = node.get("eth_newBlockFilter", json!([])).await;
    assert_eq!(node.get("eth_uninstallFilter", json!([filter])).await, json!(true));
    assert_eq!(node.get("eth_uninstallFilter", json!([filter])).await, json!(false));
    for method in ["eth_getFilterChanges", "eth_getFilterLogs"] {
        let error = node.fail(method, json!([filter])).await;
        assert_eq!((error.code, &error.message[..16]), (-32000, "filter not found"));
    }
}

#[tokio::test]
async fn only_a_log_filter_has_logs() {
    let node = Node::start().await;
    let filter = node.get("eth_newBlockFilter", json!([])).await;
    let error = node.fail("eth_getFilterLogs", json!([filter])).await;
    assert_eq!(error.code, -32602);
    let error = node.fail("eth_newFilter", json!([{"blockHash": node.chain.hash(1)}])).await;
    assert_eq!((error.code, error.message.contains("eth_getLogs")), (-32602, true));
}

#[tokio::test]
async fn filters_are_limited() {
    let node = Node::with(Limits { filters: 2, ..Limits::default() }).await;
    let first = node.get("eth_newBlockFilter", json!([])).await;
    node.get("eth_newFilter", json!([{}])).await;
    let error = node.fail("eth_newPendingTransactionFilter", json!([])).await;
    assert_eq!(error.code, -32005);
    assert!(error.message.contains("uninstall one"), "{error:?}");
    node.get("eth_uninstallFilter", json!([first])).await;
    assert!(matches!(node.get("eth_newPendingTransactionFilter", json!([])).await, Value::String(_)));
}
