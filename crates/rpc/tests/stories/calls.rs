use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{Panic, PanicKind, Revert, SolCall, SolError};
use ballast_types::interfaces::ILightClient;
use serde_json::{Value, json};

use crate::{
    client::{Node, number},
    fake::{KEPT, PBTC},
    wallet::{alice, creation, headers, paying},
};

/// Returns the base fee, the block number, the time, the balance of the called account and slot 1.
const LOOK: &str = "0x4860005243602052426040524760605260015460805260a06000f3";

async fn with_echo() -> (Node, Address) {
    let node = Node::start().await;
    node.include(alice().sign(creation(0))).await;
    (node, alice().address.create(0))
}

fn words(output: &Value) -> Vec<u128> {
    let bytes: Bytes = serde_json::from_value(output.clone()).unwrap();
    bytes.chunks(32).map(|word| U256::from_be_slice(word).to()).collect()
}

#[tokio::test]
async fn a_revert_carries_its_data_and_its_reason() {
    let (node, echo) = with_echo().await;
    let cases = [
        (Revert::from("value must not be zero").abi_encode(), "execution reverted: value must not be zero"),
        (
            Panic::from(PanicKind::UnderOverflow).abi_encode(),
            "execution reverted: arithmetic underflow or overflow",
        ),
        (vec![0xde, 0xad, 0xbe, 0xef], "execution reverted"),
    ];
    for (data, message) in cases {
        let data = Bytes::from(data);
        for method in ["eth_call", "eth_estimateGas"] {
            let error = node.fail(method, json!([{"to": echo, "input": data}])).await;
            assert_eq!((error.code, error.message.as_str()), (3, message));
            assert_eq!(error.data, Some(json!(data)));
        }
    }
}

#[tokio::test]
async fn a_call_sees_the_block_that_it_names() {
    let (node, echo) = with_echo().await;
    node.include(alice().sign(paying(1, echo, 7))).await;
    let code = json!({echo.to_string(): {"code": LOOK}});
    for block in ["latest", "0x2", "pending"] {
        let header = node.get("eth_getBlockByNumber", json!([block])).await;
        let seen = words(&node.get("eth_call", json!([{"to": echo}, block, code])).await);
        assert_eq!(seen[1], u128::from(number(&header["number"])));
        assert_eq!(seen[2], u128::from(number(&header["timestamp"])));
        assert_eq!(seen[3], if block == "0x2" { 0 } else { 7 });
    }
    let by_hash = json!({"blockHash": node.chain.hash(2), "requireCanonical": true});
    assert_eq!(words(&node.get("eth_call", json!([{"to": echo}, by_hash, code])).await)[1], 2);
}

#[tokio::test]
async fn a_call_changes_nothing() {
    let (node, echo) = with_echo().await;
    node.get("eth_call", json!([{"to": echo, "from": alice().address, "value": "0x5"}])).await;
    assert_eq!(node.get("eth_getBalance", json!([echo])).await, "0x0");
}

#[tokio::test]
async fn state_can_be_wished_for_one_call() {
    let (node, echo) = with_echo().await;
    let (nobody, slot) = (Address::repeat_byte(0xdd), B256::with_last_byte(1));
    let value = B256::with_last_byte(9);
    let account = |extra: Value| {
        let mut account = json!({"code": LOOK, "balance": "0x64", "nonce": "0x5"});
        account.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ nobody.to_string(): account })
    };
    for words_of in ["state", "stateDiff"] {
        let wish = account(json!({words_of: {slot.to_string(): value}}));
        let seen = words(&node.get("eth_call", json!([{"to": nobody}, "latest", wish])).await);
        assert_eq!((seen[3], seen[4]), (100, 9), "{words_of}");
    }
    // Alice's own balance is not enough; a wished one is
    let rich = json!({alice().address.to_string(): {"balance": format!("{:#x}", 5_000 * PBTC)}});
    let payment = json!({"from": alice().address, "to": nobody, "value": format!("{:#x}", 4_000 * PBTC)});
    node.fail("eth_estimateGas", json!([payment, "latest"])).await;
    assert_eq!(node.get("eth_estimateGas", json!([payment, "latest", rich])).await, "0x5208");
    // a whole storage has no other slots, a difference leaves them
    node.include(alice().sign(paying(1, echo, 3))).await;
    let code = "0x60005460005260206000f3";
    for (words_of, expected) in [("state", 0), ("stateDiff", 3)] {
        let wish = json!({echo.to_string(): {"code": code, words_of: {slot.to_string(): value}}});
        assert_eq!(words(&node.get("eth_call", json!([{"to": echo}, "latest", wish])).await), [expected]);
    }
}

#[tokio::test]
async fn a_block_can_be_wished_for_one_call() {
    let (node, echo) = with_echo().await;
    let code = json!({echo.to_string(): {"code": LOOK}});
    let block =
        json!({"number": "0x64", "time": "0xffffff", "baseFeePerGas": "0x1e8480", "gasLimit": "0x1000000"});
    let call = json!({"to": echo, "from": alice().address, "gasPrice": "0x2dc6c0", "gas": "0x186a0"});
    let seen = words(&node.get("eth_call", json!([call, "latest", code, block])).await);
    assert_eq!(seen[..3], [2_000_000, 100, 0xff_ffff]);
}

#[tokio::test]
async fn wishes_that_cannot_be_granted_are_refused_by_name() {
    let (node, echo) = with_echo().await;
    let call = json!({"to": echo});
    let system = "0xba11a57000000000000000000000000000000001";
    for (account, wish, text) in [
        (system, json!({"code": "0x00"}), "system contract"),
        (system, json!({"movePrecompileToAddress": system}), "movePrecompileToAddress"),
        (system, json!({"state": {}, "stateDiff": {}}), "both"),
        (system, json!({"colour": "red"}), "colour"),
    ] {
        let error = node.fail("eth_call", json!([call, "latest", {account: wish}])).await;
        assert_eq!(error.code, -32602);
        assert!(error.message.contains(text), "{error:?}");
    }
    for (field, value) in
        [("feeRecipient", json!(system)), ("difficulty", json!("0x1")), ("blobBaseFee", json!("0x1"))]
    {
        let error = node.fail("eth_call", json!([call, "latest", {}, {field: value}])).await;
        assert_eq!((error.code, error.message), (-32602, format!("block override {field} is not supported")));
    }
}

#[tokio::test]
async fn a_plain_payment_is_estimated_at_21000() {
    let node = Node::start().await;
    let call = json!({"from": alice().address, "to": Address::repeat_byte(1), "value": "0x1"});
    assert_eq!(node.get("eth_estimateGas", json!([call])).await, "0x5208");
    let with_fee =
        json!({"from": alice().address, "to": Address::repeat_byte(1), "maxFeePerGas": "0x2dc6c0"});
    assert_eq!(node.get("eth_estimateGas", json!([with_fee, "latest"])).await, "0x5208");
}

#[tokio::test]
async fn an_estimate_is_enough_and_no_less_would_be() {
    let (node, echo) = with_echo().await;
    let call = |gas: Option<&str>| json!({"from": alice().address, "to": echo, "value": "0x1", "gas": gas});
    let enough = node.get("eth_estimateGas", json!([call(None)])).await;
    let less = format!("{:#x}", number(&enough) - 1);
    node.get("eth_call", json!([call(enough.as_str())])).await;
    let error = node.fail("eth_call", json!([call(Some(&less))])).await;
    assert_eq!((error.code, error.message.as_str()), (-32000, "out of gas"));
}

#[tokio::test]
async fn a_call_that_cannot_begin_says_why_in_words_that_wallets_know() {
    let (node, echo) = with_echo().await;
    let alice = alice().address;
    for (call, code, message) in [
        (
            json!({"from": Address::repeat_byte(3), "to": echo, "value": "0xff"}),
            -32000,
            "insufficient funds for gas * price + value",
        ),
        (json!({"from": alice, "to": echo, "gas": "0x5207"}), -32000, "intrinsic gas too low"),
        (
            json!({"from": alice, "to": echo, "gasPrice": "0x1"}),
            -32000,
            "max fee per gas less than block base fee",
        ),
        (
            json!({"from": alice, "to": echo, "maxFeePerGas": "0x1", "maxPriorityFeePerGas": "0x2"}),
            -32000,
            "max priority fee per gas higher than max fee per gas",
        ),
        (
            json!({"from": alice, "to": echo, "chainId": "0x1"}),
            -32000,
            "invalid chain id for signer: have 1 want 840099",
        ),
        (
            json!({"to": echo, "gasPrice": "0x1", "maxFeePerGas": "0x1"}),
            -32602,
            "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified",
        ),
        (
            json!({"to": echo, "data": "0x01", "input": "0x02"}),
            -32602,
            "both input and data are set and not equal",
        ),
        (
            json!({"to": echo, "blobVersionedHashes": [B256::ZERO]}),
            -32602,
            "blob transactions are not supported",
        ),
        (json!({"to": "0x12"}), -32602, "invalid argument 0"),
    ] {
        let error = node.fail("eth_call", json!([call, "latest"])).await;
        assert_eq!(error.code, code, "{error:?}");
        assert!(error.message.starts_with(message), "{error:?}");
    }
}

#[tokio::test]
async fn a_call_on_a_block_without_state_says_so() {
    let (node, echo) = with_echo().await;
    let latest = node.chain.mine_many(KEPT + 1);
    for (block, message) in [
        (json!("0x2"), "state of block 2 is pruned"),
        (json!(format!("{:#x}", latest + 1)), "header not found"),
        (json!({"blockHash": B256::ZERO}), "header not found"),
    ] {
        for method in ["eth_call", "eth_estimateGas"] {
            let error = node.fail(method, json!([{"to": echo}, block])).await;
            assert_eq!(error.code, -32000);
            assert!(error.message.starts_with(message), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_system_contract_answers_a_call() {
    let node = Node::start().await;
    node.include(headers(2, 0)).await;
    let tip = Bytes::from(ILightClient::tipCall {}.abi_encode());
    let call = json!({"to": "0xba11a57000000000000000000000000000000001", "data": tip});
    let answer: Bytes = serde_json::from_value(node.get("eth_call", json!([call])).await).unwrap();
    assert_eq!(ILightClient::tipCall::abi_decode_returns(&answer).unwrap().height, 2);
}
