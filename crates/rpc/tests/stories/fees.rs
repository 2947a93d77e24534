use alloy_consensus::TxEip1559;
use alloy_primitives::TxKind;
use serde_json::{Value, json};

use crate::{
    client::{Node, number},
    wallet::{alice, bob, headers, payment},
};

/// A transaction that fails and uses sixteen million gas, with this tip.
fn burning(nonce: u64, tip: u128) -> TxEip1559 {
    TxEip1559 {
        gas_limit: 16_000_000,
        max_fee_per_gas: 50_000_000,
        max_priority_fee_per_gas: tip,
        to: TxKind::Create,
        // JUMPDEST PUSH1 0 JUMP
        input: [0x5b, 0x60, 0x00, 0x56].into(),
        ..payment(nonce)
    }
}

#[tokio::test]
async fn while_blocks_have_room_no_tip_is_suggested() {
    let node = Node::start().await;
    let generous =
        TxEip1559 { max_fee_per_gas: 1_000_000_000, max_priority_fee_per_gas: 900_000_000, ..payment(0) };
    node.include(alice().sign(generous)).await;
    assert_eq!(node.get("eth_maxPriorityFeePerGas", json!([])).await, "0x0");
    assert_eq!(node.get("eth_gasPrice", json!([])).await, "0xf4240", "the floor of the base fee");
}

#[tokio::test]
async fn in_a_rush_the_suggestion_follows_what_others_pay() {
    let node = Node::start().await;
    for (nonce, tip) in [(0, 1_000), (1, 2_000), (2, 3_000)] {
        node.send(alice().sign(burning(nonce, tip))).await;
    }
    node.chain.mine();
    assert_eq!(node.get("eth_maxPriorityFeePerGas", json!([])).await, "0x7d0");
    let price = number(&node.get("eth_gasPrice", json!([])).await);
    node.chain.mine();
    let next = node.get("eth_getBlockByNumber", json!(["latest"])).await;
    assert!(number(&next["baseFeePerGas"]) > 1_000_000);
    assert_eq!(price, number(&next["baseFeePerGas"]) + 2_000);
}

#[tokio::test]
async fn history_has_one_base_fee_more_than_blocks_and_a_tip_for_each_percentile() {
    let node = Node::start().await;
    node.send(headers(1, 0)).await;
    node.send(alice().sign(burning(0, 500))).await;
    node.send(bob().sign(payment(0))).await;
    node.chain.mine_many(2);
    let history = node.get("eth_feeHistory", json!(["0x3", "latest", [0, 50, 100]])).await;
    assert_eq!(history["oldestBlock"], "0x1");
    let bases = history["baseFeePerGas"].as_array().unwrap();
    assert_eq!(bases.len(), 4);
    for (block, base) in (1..=3).zip(bases) {
        let block = node.get("eth_getBlockByNumber", json!([format!("{block:#x}")])).await;
        assert_eq!(&block["baseFeePerGas"], base);
    }
    let ratios: Vec<f64> = serde_json::from_value(history["gasUsedRatio"].clone()).unwrap();
    assert_eq!((ratios[0], ratios[2]), (0.0, 0.0));
    assert!((ratios[1] - 16_021_000.0 / 60e6).abs() < 1e-9, "duties are not counted: {ratios:?}");
    assert_eq!(
        history["reward"],
        json!([["0x0", "0x0", "0x0"], ["0x1f4", "0x1f4", "0x3e8"], ["0x0", "0x0", "0x0"]])
    );
}

#[tokio::test]
async fn history_ends_where_the_chain_begins_and_where_it_ends() {
    let node = Node::start().await;
    let latest = node.chain.mine_many(300);
    let history = node.get("eth_feeHistory", json!([5, "0x2"])).await;
    assert_eq!(
        (&history["oldestBlock"], history["gasUsedRatio"].as_array().unwrap().len()),
        (&json!("0x0"), 3)
    );
    assert_eq!(history.get("reward"), None);
    let history = node.get("eth_feeHistory", json!(["0x400", "pending", []])).await;
    assert_eq!(number(&history["oldestBlock"]), latest - 255);
    assert_eq!(node.get("eth_feeHistory", json!(["0x0", "latest"])).await["gasUsedRatio"], json!([]));
    let error = node.fail("eth_feeHistory", json!(["0x1", format!("{:#x}", latest + 1)])).await;
    assert_eq!(error.code, -32000);
}

#[tokio::test]
async fn percentiles_that_make_no_sense_are_refused() {
    let node = Node::start().await;
    for percentiles in [json!([101]), json!([-1]), json!([50, 25]), json!(vec![1; 101]), json!(["a"])] {
        let error = node.fail("eth_feeHistory", json!(["0x1", "latest", percentiles])).await;
        assert_eq!(error.code, -32602, "{error:?}");
    }
    let history: Value = node.get("eth_feeHistory", json!(["0x1", "latest", [25, 25.5]])).await;
    assert_eq!(history["reward"].as_array().unwrap().len(), 1);
}
