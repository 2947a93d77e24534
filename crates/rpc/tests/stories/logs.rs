use alloy_primitives::{Address, B256};
use ballast_rpc::Limits;
use serde_json::{Value, json};

use crate::{
    client::{Node, hex},
    wallet::{alice, bob, creation, paying, topic},
};

/// Blocks 3 and 4 hold logs of Alice, block 5 one of Bob and of Alice, block 6 none.
async fn with_logs(limits: Limits) -> (Node, Address) {
    let node = Node::with(limits).await;
    node.include(alice().sign(creation(0))).await;
    let echo = alice().address.create(0);
    node.include(alice().sign(paying(1, echo, 1))).await;
    node.include(alice().sign(paying(2, echo, 2))).await;
    node.send(bob().sign(paying(0, echo, 3))).await;
    node.send(alice().sign(paying(3, echo, 4))).await;
    node.chain.mine_many(2);
    (node, echo)
}

/// Block and value of each log.
fn seen(logs: &Value) -> Vec<(String, u64)> {
    let value = |log: &Value| {
        let word: B256 = serde_json::from_value(log["data"].clone()).unwrap();
        (log["blockNumber"].as_str().unwrap().to_owned(), u64::from(word[31]))
    };
    logs.as_array().unwrap().iter().map(value).collect()
}

fn entries(expected: &[(u64, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(block, value)| (hex(*block), *value)).collect()
}

#[tokio::test]
async fn logs_are_found_by_range_address_topic_and_block() {
    let (node, echo) = with_logs(Limits::default()).await;
    let (from_alice, from_bob) = (topic(alice().address), topic(bob().address));
    let all = [(3, 1), (4, 2), (5, 3), (5, 4)];
    for (filter, expected) in [
        (json!({"fromBlock": "earliest", "toBlock": "latest"}), &all[..]),
        (json!({"fromBlock": "0x0", "address": echo}), &all),
        (json!({"fromBlock": "0x0", "address": [Address::ZERO, echo]}), &all),
        (json!({"fromBlock": "0x0", "address": Address::ZERO}), &[]),
        (json!({"fromBlock": "0x4", "toBlock": "0x4"}), &all[1..2]),
        (json!({"fromBlock": "0x4", "toBlock": "0xffff"}), &all[1..]),
        (json!({"fromBlock": "0x0", "topics": [from_bob]}), &all[2..3]),
        (json!({"fromBlock": "0x0", "topics": [[from_bob, from_alice]]}), &all),
        (json!({"fromBlock": "0x0", "topics": [null]}), &all),
        (json!({"fromBlock": "0x0", "topics": [null, from_bob]}), &[]),
        (json!({"blockHash": node.chain.hash(5)}), &all[2..]),
        (json!({"fromBlock": "0xfff0", "toBlock": "latest"}), &[]),
        (json!({}), &[]),
    ] {
        let logs = node.get("eth_getLogs", json!([filter])).await;
        assert_eq!(seen(&logs), entries(expected), "{filter}");
    }
}

#[tokio::test]
async fn a_log_says_where_it_is() {
    let (node, echo) = with_logs(Limits::default()).await;
    let logs = node.get("eth_getLogs", json!([{"fromBlock": "0x5", "toBlock": "0x5"}])).await;
    let block = node.get("eth_getBlockByNumber", json!(["0x5"])).await;
    let mut word = B256::ZERO;
    word[31] = 4;
    let expected = json!({
        "address": echo,
        "topics": [topic(alice().address)],
        "data": word,
        "blockHash": block["hash"],
        "blockNumber": "0x5",
        "blockTimestamp": block["timestamp"],
        "transactionHash": block["transactions"][1],
        "transactionIndex": "0x1",
        "logIndex": "0x1",
        "removed": false,
    });
    assert_eq!(logs[1], expected);
    let receipt = node.get("eth_getTransactionReceipt", json!([block["transactions"][1]])).await;
    assert_eq!(receipt["logs"][0], expected);
}

#[tokio::test]
async fn a_query_for_too_much_says_to_narrow_it() {
    let limits = Limits { log_blocks: 4, logs: 2, ..Limits::default() };
    let (node, _) = with_logs(limits).await;
    let error = node.fail("eth_getLogs", json!([{"fromBlock": "0x0", "toBlock": "latest"}])).await;
    assert_eq!(error.code, -32005);
    assert!(
        error.message.starts_with("exceed maximum block range: 4; 7 blocks asked for, narrow"),
        "{error:?}"
    );
    let error = node.fail("eth_getLogs", json!([{"fromBlock": "0x3", "toBlock": "0x6"}])).await;
    assert_eq!(error.code, -32005);
    assert!(error.message.starts_with("query returned more than 2 results: narrow"), "{error:?}");
    let narrow = node.get("eth_getLogs", json!([{"fromBlock": "0x5", "toBlock": "0x6"}])).await;
    assert_eq!(seen(&narrow).len(), 2);
}

#[tokio::test]
async fn one_block_is_never_too_much() {
    let (node, _) = with_logs(Limits { logs: 1, ..Limits::default() }).await;
    let logs = node.get("eth_getLogs", json!([{"fromBlock": "0x5", "toBlock": "0x5"}])).await;
    assert_eq!(seen(&logs).len(), 2);
    node.fail("eth_getLogs", json!([{"fromBlock": "0x5", "toBlock": "0x6"}])).await;
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused() {
    let (node, echo) = with_logs(Limits::default()).await;
    for (filter, message) in [
        (json!({"fromBlock": "0x4", "toBlock": "0x3"}), "invalid block range params"),
        (json!({"blockHash": B256::ZERO, "fromBlock": "0x1"}), "invalid argument 0: cannot specify both"),
        (json!({"address": "0x12"}), "invalid argument 0"),
        (json!({"topics": [null, null, null, null, null]}), "invalid argument 0: exceeded maximum topics"),
        (json!({"address": addresses(1_001)}), "exceed max addresses or topics per search position"),
        (json!("latest"), "invalid argument 0"),
    ] {
        let error = node.fail("eth_getLogs", json!([filter])).await;
        assert_eq!(error.code, -32602, "{error:?}");
        assert!(error.message.starts_with(message), "{error:?}");
    }
    let error = node.fail("eth_getLogs", json!([{"blockHash": B256::ZERO, "address": echo}])).await;
    assert_eq!(error.code, -32000);
}

fn addresses(count: u64) -> Vec<Address> {
    (0..count).map(|number| Address::left_padding_from(&number.to_be_bytes())).collect()
}
