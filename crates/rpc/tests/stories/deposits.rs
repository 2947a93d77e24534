use alloy_primitives::{Address, B256};
use bitcoin::{
    Address as BitcoinAddress, Network, ScriptBuf,
    secp256k1::{Keypair, SECP256K1, SecretKey},
};
use serde_json::{Value, json};

use crate::client::{Node, hex};

/// The public key of a secret of ours.
fn key(byte: u8) -> B256 {
    let secret = SecretKey::from_slice(&[byte; 32]).unwrap();
    Keypair::from_secret_key(SECP256K1, &secret).x_only_public_key().0.serialize().into()
}

async fn with_key() -> Node {
    let node = Node::start().await;
    node.chain.give_key(key(77));
    node
}

fn script(answer: &Value) -> ScriptBuf {
    ScriptBuf::from_hex(answer["scriptPubKey"].as_str().unwrap().trim_start_matches("0x")).unwrap()
}

#[tokio::test]
async fn whoever_wants_to_deposit_gets_an_address_and_its_price() {
    let node = with_key().await;
    let answer = node.get("ballast_watchDeposit", json!([Address::repeat_byte(1), 0, null])).await;
    let address: BitcoinAddress<_> = answer["address"].as_str().unwrap().parse().unwrap();
    let address = address.require_network(Network::Regtest).unwrap();
    assert_eq!(address.script_pubkey(), script(&answer));
    assert!(script(&answer).is_p2tr());
    // 111 virtual bytes at 5 sats
    let numbers = ["number", "minimum", "fee"].map(|name| answer[name].clone());
    assert_eq!(numbers, [1, 20_000, 555].map(|number| json!(hex(number))));
}

#[tokio::test]
async fn the_relayer_reads_the_list_from_where_it_was() {
    let node = with_key().await;
    let asked = [
        json!([Address::repeat_byte(1), 0, null]),
        json!([Address::repeat_byte(1), 1]),
        json!([Address::repeat_byte(1), 0, key(3)]),
        json!([Address::repeat_byte(2), 0, null]),
    ];
    let mut scripts = Vec::new();
    for params in &asked {
        scripts.push(script(&node.get("ballast_watchDeposit", params.clone()).await));
    }
    let list = node.get("ballast_watchedDeposits", json!(["0x0"])).await;
    for (index, deposit) in list.as_array().unwrap().iter().enumerate() {
        assert_eq!(deposit["number"], hex(index as u64 + 1));
        assert_eq!((&deposit["recipient"], &deposit["action"]), (&asked[index][0], &asked[index][1]));
        assert_eq!(deposit["refundKey"], asked[index].get(2).cloned().unwrap_or_default());
        assert_eq!(script(deposit), scripts[index]);
    }
    scripts.dedup();
    assert_eq!(scripts.len(), 4, "every deposit has an address of its own");
    let rest = node.get("ballast_watchedDeposits", json!(["0x3"])).await;
    assert_eq!(rest, json!([list[3]]));
    assert_eq!(node.get("ballast_watchedDeposits", json!(["0x4"])).await, json!([]));
}

#[tokio::test]
async fn to_ask_twice_changes_nothing() {
    let node = with_key().await;
    let params = json!([Address::repeat_byte(1), 0, null]);
    let first = node.get("ballast_watchDeposit", params.clone()).await;
    assert_eq!(node.get("ballast_watchDeposit", params).await, first);
    assert_eq!(node.get("ballast_watchedDeposits", json!(["0x0"])).await.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_makes_no_deposit_is_refused_with_what_to_do() {
    let node = with_key().await;
    let somebody = Address::repeat_byte(1);
    for (params, words) in [
        (json!([Address::ZERO, 0]), "give your own"),
        (json!([somebody, 2]), "the action is 0 to mint pBTC or 1 to stake it too"),
        (json!([somebody, 0, B256::repeat_byte(0xff)]), "the refund key is no x-only public key"),
    ] {
        let error = node.fail("ballast_watchDeposit", params).await;
        assert_eq!((error.code, error.message.contains(words)), (-32602, true), "{error:?}");
    }
    assert_eq!(node.get("ballast_watchedDeposits", json!(["0x0"])).await, json!([]));
}

#[tokio::test]
async fn before_the_custodians_have_a_key_there_is_no_address() {
    let node = Node::start().await;
    let error = node.fail("ballast_watchDeposit", json!([Address::repeat_byte(1), 0])).await;
    assert_eq!((error.code, &error.message[..23]), (-32000, "no deposit address yet:"));
}
