use alloy_primitives::{Address, B256};
use ballast_rpc::{Chain as _, Limits};
use jsonrpsee::{
    core::client::{ClientT as _, Error, Subscription, SubscriptionClientT as _},
    rpc_params,
};
use serde_json::{Value, json};

use crate::{
    client::Node,
    wallet::{alice, bob, creation, paying, payment, topic},
};

async fn next(subscription: &mut Subscription<Value>) -> Value {
    subscription.next().await.expect("the subscription goes on").unwrap()
}

macro_rules! subscribe {
    ($client:expr, $($parameter:expr),+) => {
        $client.subscribe::<Value, _>("eth_subscribe", rpc_params![$($parameter),+], "eth_unsubscribe").await
    };
}

#[tokio::test]
async fn heads_arrive_in_order_and_none_is_left_out() {
    let node = Node::start().await;
    let client = node.socket().await;
    let mut heads = subscribe!(client, "newHeads").unwrap();
    node.chain.mine_many(5);
    for number in 2..=6 {
        let head = next(&mut heads).await;
        let block = node.get("eth_getBlockByNumber", json!([head["number"]])).await;
        assert_eq!(head["number"], format!("{number:#x}"));
        for (field, value) in head.as_object().unwrap() {
            assert_eq!(&block[field], value, "{field}");
        }
        assert_eq!(head.get("transactions"), None);
    }
}

#[tokio::test]
async fn only_the_logs_that_a_client_asked_for_arrive() {
    let node = Node::start().await;
    node.include(alice().sign(creation(0))).await;
    let echo = alice().address.create(0);
    let client = node.socket().await;
    let mut all = subscribe!(client, "logs").unwrap();
    let mut of_bob =
        subscribe!(client, "logs", json!({"address": echo, "topics": [topic(bob().address)]})).unwrap();
    let of_nobody = subscribe!(client, "logs", json!({"address": Address::ZERO})).unwrap();
    node.send(alice().sign(paying(1, echo, 1))).await;
    node.send(bob().sign(paying(0, echo, 2))).await;
    node.chain.mine();
    let expected = node.get("eth_getLogs", json!([{}])).await;
    assert_eq!([next(&mut all).await, next(&mut all).await], [expected[0].clone(), expected[1].clone()]);
    assert_eq!(next(&mut of_bob).await["topics"][0], json!(topic(bob().address)));
    of_nobody.unsubscribe().await.unwrap();
}

#[tokio::test]
async fn pending_transactions_arrive_as_hashes_or_in_full() {
    let node = Node::start().await;
    let client = node.socket().await;
    let mut hashes = subscribe!(client, "newPendingTransactions").unwrap();
    let mut full = subscribe!(client, "newPendingTransactions", true).unwrap();
    let hash = node.send(alice().sign(payment(0))).await;
    assert_eq!(next(&mut hashes).await, json!(hash));
    let transaction = next(&mut full).await;
    assert_eq!((&transaction["hash"], &transaction["from"]), (&json!(hash), &json!(alice().address)));
}

#[tokio::test]
async fn a_subscription_ends_when_the_client_says_so() {
    let node = Node::start().await;
    let client = node.socket().await;
    let subscription: String = client.request("eth_subscribe", rpc_params!["newHeads"]).await.unwrap();
    assert!(subscription.starts_with("0x"));
    assert!(client.request::<bool, _>("eth_unsubscribe", rpc_params![&subscription]).await.unwrap());
    assert!(!client.request::<bool, _>("eth_unsubscribe", rpc_params![&subscription]).await.unwrap());
}

#[tokio::test]
async fn calls_and_subscriptions_share_the_connection() {
    let node = Node::start().await;
    let client = node.socket().await;
    let mut heads = subscribe!(client, "newHeads").unwrap();
    let number: String = client.request("eth_blockNumber", rpc_params![]).await.unwrap();
    assert_eq!(number, "0x1");
    node.chain.mine();
    assert_eq!(next(&mut heads).await["number"], "0x2");
}

#[tokio::test]
async fn what_cannot_be_subscribed_to_is_refused() {
    let node = Node::start().await;
    let client = node.socket().await;
    let refused = |result: Result<Subscription<Value>, Error>| match result {
        Err(Error::Call(error)) => (error.code(), error.message().to_owned()),
        other => panic!("{other:?}"),
    };
    let (code, message) = refused(subscribe!(client, "weather"));
    assert_eq!(code, -32602);
    assert!(message.starts_with("no \"weather\" subscription in eth namespace"), "{message}");
    for (name, option) in [("logs", json!({"address": 5})), ("newPendingTransactions", json!("yes"))] {
        let (code, message) = refused(subscribe!(client, name, option));
        assert_eq!(code, -32602);
        assert!(message.starts_with("invalid argument 1"), "{message}");
    }
    assert_eq!(refused(subscribe!(client, "newHeads", B256::ZERO, 3)).0, -32602);
}

#[tokio::test]
async fn one_connection_holds_only_so_many() {
    let node = Node::with(Limits { subscriptions: 2, ..Limits::default() }).await;
    let client = node.socket().await;
    let first = subscribe!(client, "newHeads").unwrap();
    let _second = subscribe!(client, "newHeads").unwrap();
    assert!(subscribe!(client, "newHeads").is_err());
    first.unsubscribe().await.unwrap();
    assert!(subscribe!(node.socket().await, "newHeads").is_ok(), "another connection has its own");
}

#[tokio::test]
async fn a_subscriber_that_would_miss_something_is_cut_off() {
    let node = Node::start().await;
    let client = node.socket().await;
    let mut hashes = subscribe!(client, "newPendingTransactions").unwrap();
    // more than the channel holds, before the server gets to look at it
    for nonce in 0..100 {
        node.chain.submit(&alice().sign(payment(nonce))).unwrap();
    }
    assert!(hashes.next().await.is_none());
    let mut again = subscribe!(client, "newPendingTransactions").unwrap();
    let hash = node.send(bob().sign(payment(0))).await;
    assert_eq!(next(&mut again).await, json!(hash));
}

#[tokio::test]
async fn stopping_the_server_ends_subscriptions() {
    let node = Node::start().await;
    let client = node.socket().await;
    let mut heads = subscribe!(client, "newHeads").unwrap();
    node.server.stop().await;
    assert!(heads.next().await.is_none());
}
