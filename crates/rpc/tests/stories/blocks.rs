use alloy_consensus::TxEip2930;
use alloy_primitives::{B256, TxKind};
use ballast_rpc::Chain as _;
use serde_json::{Value, json};

use crate::{
    client::{Node, hex, number},
    wallet::{CHAIN_ID, alice, bob, creation, headers, paying, payment},
};

const NOWHERE: B256 = B256::repeat_byte(7);

/// Block 2 holds a duty, a creation, and two payments; block 3 a call that logs and one that reverts.
async fn busy() -> Node {
    let node = Node::start().await;
    node.send(alice().sign(creation(0))).await;
    node.send(headers(2, 0)).await;
    let old = TxEip2930 {
        chain_id: CHAIN_ID,
        gas_price: 3_000_000,
        gas_limit: 21_000,
        to: TxKind::Call(alice().address),
        ..Default::default()
    };
    node.send(bob().sign(old)).await;
    node.send(alice().sign(payment(1))).await;
    node.chain.mine();
    let echo = alice().address.create(0);
    node.send(alice().sign(paying(2, echo, 5))).await;
    node.send(alice().sign(paying(3, echo, 6))).await;
    let failing = alloy_consensus::TxEip1559 { input: [1].into(), ..paying(1, echo, 0) };
    node.send(bob().sign(failing)).await;
    node.chain.mine();
    node
}

#[tokio::test]
async fn every_tag_names_a_block() {
    let node = busy().await;
    node.chain.finalize(1);
    assert_eq!(node.get("eth_blockNumber", json!([])).await, "0x3");
    for (tag, expected) in
        [("earliest", 0), ("finalized", 1), ("safe", 3), ("latest", 3), ("pending", 3), ("0x2", 2)]
    {
        let block = node.get("eth_getBlockByNumber", json!([tag, false])).await;
        assert_eq!(number(&block["number"]), expected, "{tag}");
    }
}

#[tokio::test]
async fn a_block_is_one_by_number_and_by_hash_and_links_to_its_parent() {
    let node = busy().await;
    let block = node.get("eth_getBlockByNumber", json!(["0x3", true])).await;
    assert_eq!(block["hash"], json!(node.chain.hash(3)));
    assert_eq!(block, node.get("eth_getBlockByHash", json!([block["hash"], true])).await);
    let parent = node.get("eth_getBlockByNumber", json!(["0x2"])).await;
    assert_eq!(parent["hash"], block["parentHash"]);
    let hashes = parent["transactions"].as_array().unwrap();
    let full = node.get("eth_getBlockByNumber", json!(["0x2", true])).await;
    let full: Vec<&Value> = full["transactions"].as_array().unwrap().iter().map(|tx| &tx["hash"]).collect();
    assert_eq!(full, hashes.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn a_block_has_the_fields_of_ethereum_and_no_others() {
    let node = busy().await;
    let block = node.get("eth_getBlockByNumber", json!(["0x3", false])).await;
    let mut fields: Vec<&String> = block.as_object().unwrap().keys().collect();
    fields.sort();
    let expected = "baseFeePerGas difficulty extraData gasLimit gasUsed hash logsBloom miner mixHash nonce number \
                    parentHash receiptsRoot sha3Uncles size stateRoot timestamp transactions transactionsRoot uncles";
    assert_eq!(fields, expected.split_whitespace().collect::<Vec<_>>());
    let stored = node.chain.block(3).unwrap().unwrap();
    assert_eq!(number(&block["size"]), stored.encoded().len() as u64);
    assert_eq!(number(&block["timestamp"]), stored.header.timestamp);
    assert_eq!(number(&block["gasUsed"]), stored.header.gas_used);
    assert_eq!(block["mixHash"], json!(stored.header.mix_hash));
    assert_eq!(block["uncles"], json!([]));
    assert_eq!(block["nonce"], "0x0000000000000000");
    assert_eq!(block["difficulty"], "0x0");
}

#[tokio::test]
async fn a_duty_looks_like_a_transaction_from_nobody() {
    let node = busy().await;
    let block = node.get("eth_getBlockByNumber", json!(["0x2", true])).await;
    let duty = &block["transactions"][0];
    let transaction = &node.chain.block(2).unwrap().unwrap().transactions[0];
    let expected = json!({
        "type": "0x42",
        "hash": transaction.hash(),
        "chainId": hex(CHAIN_ID),
        "from": "0x0000000000000000000000000000000000000000",
        "to": "0xba11a57000000000000000000000000000000001",
        "input": duty["input"],
        "value": "0x0",
        "nonce": "0x0",
        "gas": "0x0",
        "gasPrice": "0x0",
        "v": "0x0",
        "r": "0x0",
        "s": "0x0",
        "blockHash": block["hash"],
        "blockNumber": "0x2",
        "transactionIndex": "0x0",
    });
    assert_eq!(duty, &expected);
    assert_eq!(&node.get("eth_getTransactionByHash", json!([duty["hash"]])).await, duty);
    let receipt = node.get("eth_getTransactionReceipt", json!([duty["hash"]])).await;
    for (field, value) in
        [("type", "0x42"), ("status", "0x1"), ("gasUsed", "0x0"), ("effectiveGasPrice", "0x0")]
    {
        assert_eq!(receipt[field], value, "{field}");
    }
    assert_eq!(receipt["logs"][0]["address"], duty["to"], "the light client says what it took");
}

#[tokio::test]
async fn a_transaction_shows_its_sender_its_place_and_what_it_paid() {
    let node = busy().await;
    let block = node.get("eth_getBlockByNumber", json!(["0x2", true])).await;
    let [_, creation, old, payment] = block["transactions"].as_array().unwrap().as_slice() else {
        panic!("{block}");
    };
    assert_eq!(creation["from"], json!(alice().address));
    assert_eq!(creation["to"], Value::Null);
    assert_eq!(number(&payment["transactionIndex"]), 3);
    assert_eq!(payment["type"], "0x2");
    let base_fee = number(&block["baseFeePerGas"]);
    assert_eq!(number(&payment["gasPrice"]), base_fee + 1_000);
    assert_eq!((&old["type"], number(&old["gasPrice"])), (&json!("0x1"), 3_000_000));
    let by_place = ["eth_getTransactionByBlockNumberAndIndex", "eth_getTransactionByBlockHashAndIndex"];
    for (method, id) in by_place.into_iter().zip([&json!("0x2"), &block["hash"]]) {
        assert_eq!(&node.get(method, json!([id, "0x3"])).await, payment);
        assert_eq!(node.get(method, json!([id, "0x4"])).await, Value::Null);
    }
    assert_eq!(&node.get("eth_getTransactionByHash", json!([payment["hash"]])).await, payment);
}

#[tokio::test]
async fn receipts_of_a_block_are_those_of_its_transactions() {
    let node = busy().await;
    for block in ["0x2", "0x3"] {
        let receipts = node.get("eth_getBlockReceipts", json!([block])).await;
        let receipts = receipts.as_array().unwrap();
        let mut cumulative = 0;
        for (index, receipt) in receipts.iter().enumerate() {
            let single = node.get("eth_getTransactionReceipt", json!([receipt["transactionHash"]])).await;
            assert_eq!(receipt, &single);
            cumulative += number(&receipt["gasUsed"]);
            assert_eq!(number(&receipt["cumulativeGasUsed"]), cumulative);
            assert_eq!(number(&receipt["transactionIndex"]), index as u64);
        }
        let whole = node.get("eth_getBlockByNumber", json!([block])).await;
        assert_eq!(number(&whole["gasUsed"]), cumulative);
        let by_hash = node.get("eth_getBlockReceipts", json!([whole["hash"]])).await;
        assert_eq!(by_hash.as_array().unwrap(), receipts);
    }
}

#[tokio::test]
async fn a_receipt_says_what_was_created_what_failed_and_counts_logs_across_the_block() {
    let node = busy().await;
    let created = &node.get("eth_getBlockReceipts", json!(["0x2"])).await[1];
    assert_eq!(created["contractAddress"], json!(alice().address.create(0)));
    assert_eq!(created["to"], Value::Null);
    let receipts = node.get("eth_getBlockReceipts", json!(["0x3"])).await;
    let statuses: Vec<_> = receipts.as_array().unwrap().iter().map(|receipt| &receipt["status"]).collect();
    assert_eq!(statuses, ["0x1", "0x1", "0x0"]);
    assert_eq!(receipts[2]["logs"], json!([]));
    let logs: Vec<_> = (0..2).map(|index| &receipts[index]["logs"][0]["logIndex"]).collect();
    assert_eq!(logs, ["0x0", "0x1"]);
    let log = &receipts[1]["logs"][0];
    assert_eq!(log["transactionHash"], receipts[1]["transactionHash"]);
    assert_eq!(log["removed"], false);
    assert_eq!(number(&receipts[0]["effectiveGasPrice"]), {
        let block = node.get("eth_getBlockByNumber", json!(["0x3"])).await;
        number(&block["baseFeePerGas"]) + 1_000
    });
}

#[tokio::test]
async fn a_block_counts_its_transactions() {
    let node = busy().await;
    assert_eq!(node.get("eth_getBlockTransactionCountByNumber", json!(["0x2"])).await, "0x4");
    assert_eq!(node.get("eth_getBlockTransactionCountByHash", json!([node.chain.hash(3)])).await, "0x3");
}

#[tokio::test]
async fn what_does_not_exist_is_null() {
    let node = busy().await;
    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0xffffffff", true])),
        ("eth_getBlockByHash", json!([NOWHERE, false])),
        ("eth_getBlockTransactionCountByNumber", json!(["0xffffffff"])),
        ("eth_getBlockTransactionCountByHash", json!([NOWHERE])),
        ("eth_getBlockReceipts", json!(["0xffffffff"])),
        ("eth_getBlockReceipts", json!([NOWHERE])),
        ("eth_getTransactionByHash", json!([NOWHERE])),
        ("eth_getTransactionReceipt", json!([NOWHERE])),
        ("eth_getTransactionByBlockNumberAndIndex", json!(["0xffffffff", "0x0"])),
        ("eth_getTransactionByBlockHashAndIndex", json!([NOWHERE, "0x0"])),
    ] {
        assert_eq!(node.get(method, params).await, Value::Null, "{method}");
    }
}

#[tokio::test]
async fn a_damaged_store_is_an_internal_error_not_a_wrong_answer() {
    let node = busy().await;
    node.chain.damage(3);
    let error = node.fail("eth_getBlockReceipts", json!(["latest"])).await;
    assert_eq!(error.code, -32603);
    assert!(error.message.contains("block 3 has 0 receipts, not 3"), "{error:?}");
}
