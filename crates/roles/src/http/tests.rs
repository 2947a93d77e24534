use std::{
    io::{Read, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use alloy_primitives::{address, b256, bytes};
use ballast_types::{Duty, SystemContract, interfaces::IFinality};

use super::*;
use crate::{chain::send_duty, refused_votes::RefusedVotes};

/// A node that gives one answer, and what it was asked.
fn node(status: u16, answer: &str) -> (HttpChain, JoinHandle<Value>) {
    let (chain, asked) = node_of([(status, answer)]);
    (chain, thread::spawn(move || asked.join().unwrap().remove(0)))
}

/// A node that gives these answers one after the other, and what it was asked.
fn node_of<const N: usize>(answers: [(u16, &str); N]) -> (HttpChain, JoinHandle<Vec<Value>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answers = answers.map(|(status, answer)| {
        let close = "Connection: close";
        format!("HTTP/1.1 {status} X\r\n{close}\r\nContent-Length: {}\r\n\r\n{answer}", answer.len())
    });
    let asked = thread::spawn(move || {
        let answer = |answer: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let question = read_body(&mut stream);
            stream.write_all(answer.as_bytes()).unwrap();
            question
        };
        answers.into_iter().map(answer).collect()
    });
    (HttpChain::new(url), asked)
}

fn read_body(stream: &mut impl Read) -> Value {
    let mut text = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let count = stream.read(&mut chunk).unwrap();
        text.extend_from_slice(&chunk[..count]);
        let all = String::from_utf8_lossy(&text);
        if let Some((_, body)) = all.split_once("\r\n\r\n")
            && let Ok(question) = serde_json::from_str(body)
        {
            return question;
        }
        assert_ne!(count, 0, "the question breaks off: {all}");
    }
}

#[test]
fn questions_and_answers_are_ethereum_s() {
    let (chain, asked) = node(200, r#"{"jsonrpc":"2.0","id":0,"result":"0xcd1a3"}"#);
    assert_eq!(chain.chain_id().unwrap(), 840_099);
    let question = json!({ "jsonrpc": "2.0", "id": 0, "method": "eth_chainId", "params": [] });
    assert_eq!(asked.join().unwrap(), question);

    let (chain, asked) = node(200, r#"{"jsonrpc":"2.0","id":0,"result":"0x10"}"#);
    assert_eq!(chain.block_number().unwrap(), 16);
    assert_eq!(asked.join().unwrap()["method"], "eth_blockNumber");

    let (chain, asked) = node(200, r#"{"jsonrpc":"2.0","id":0,"result":"0xbeef"}"#);
    let to = address!("ba11a57000000000000000000000000000000001");
    assert_eq!(chain.call(At::Latest, to, bytes!("01020304")).unwrap(), bytes!("beef"));
    let params =
        json!([{ "to": "0xba11a57000000000000000000000000000000001", "data": "0x01020304" }, "latest"]);
    assert_eq!(asked.join().unwrap()["params"], params);

    let hash = b256!("1111111111111111111111111111111111111111111111111111111111111111");
    let (chain, asked) = node(200, &json!({ "jsonrpc": "2.0", "id": 0, "result": hash }).to_string());
    assert_eq!(chain.send(bytes!("42c0")).unwrap(), hash);
    assert_eq!(asked.join().unwrap()["params"], json!(["0x42c0"]));
}

#[test]
fn the_chain_id_is_asked_until_it_is_answered_and_then_remembered() {
    let hash = json!({ "id": 0, "result": B256::ZERO }).to_string();
    let (id, busy) =
        (r#"{"id":0,"result":"0xcd1a3"}"#, r#"{"id":0,"error":{"code":-32000,"message":"busy"}}"#);
    let (chain, asked) = node_of([(200, busy), (200, id), (200, &hash), (200, &hash)]);
    let call = IFinality::revealKeyCall { secret: B256::ZERO };
    send_duty(&chain, SystemContract::Finality, &call).unwrap_err();
    send_duty(&chain, SystemContract::Finality, &call).unwrap();
    send_duty(&chain.clone(), SystemContract::Finality, &call).unwrap();
    assert_eq!(chain.chain_id().unwrap(), 840_099);
    let asked = asked.join().unwrap();
    let methods: Vec<_> = asked.iter().map(|question| question["method"].as_str().unwrap()).collect();
    let send = "eth_sendRawTransaction";
    assert_eq!(methods, ["eth_chainId", "eth_chainId", send, send]);
    let sent: Bytes = serde_json::from_value(asked[3]["params"][0].clone()).unwrap();
    assert_eq!(Duty::decode_exact(&sent).unwrap().chain_id, 840_099);
}

#[test]
fn tags_blocks_and_logs_are_ethereum_s() {
    let hash = b256!("1111111111111111111111111111111111111111111111111111111111111111");
    let block = json!({ "id": 0, "result": { "number": "0x10", "hash": hash } }).to_string();
    let (chain, asked) = node(200, &block);
    assert_eq!(chain.finalized().unwrap(), 16);
    assert_eq!(asked.join().unwrap()["params"], json!(["finalized", false]));
    let (chain, asked) = node(200, &block);
    assert_eq!(chain.block_hash(16).unwrap(), Some(hash));
    assert_eq!(asked.join().unwrap()["params"], json!(["0x10", false]));
    let (chain, _asked) = node(200, r#"{"id":0,"result":null}"#);
    assert_eq!(chain.block_hash(17).unwrap(), None);

    let contract = address!("ba11a57000000000000000000000000000000001");
    let log = json!({ "blockNumber": "0x10", "topics": [hash], "data": "0xbeef" });
    let (chain, asked) = node(200, &json!({ "id": 0, "result": [log] }).to_string());
    let data = LogData::new_unchecked(vec![hash], bytes!("beef"));
    assert_eq!(chain.logs(3..=16, contract, hash).unwrap(), [ChainLog { block: 16, data }]);
    let filter = json!({ "fromBlock": "0x3", "toBlock": "0x10", "address": contract, "topics": [hash] });
    assert_eq!(asked.join().unwrap()["params"], json!([filter]));

    let (chain, asked) = node(200, r#"{"id":0,"result":[]}"#);
    assert_eq!(chain.find_logs(3..=16, contract, hash, &[None, Some(hash)]).unwrap(), []);
    assert_eq!(asked.join().unwrap()["params"][0]["topics"], json!([hash, null, hash]));
}

#[test]
fn watched_deposits_are_read_with_and_without_a_refund_key() {
    let key = b256!("1111111111111111111111111111111111111111111111111111111111111111");
    let deposit = |number: &str, key: Value| {
        let recipient = "0xba11a57000000000000000000000000000000001";
        json!({ "number": number, "recipient": recipient, "action": 1, "refundKey": key, "scriptPubKey": "0x5120" })
    };
    let list = [deposit("0x8", Value::Null), deposit("0x9", json!(key))];
    let (chain, asked) = node(200, &json!({ "id": 0, "result": list }).to_string());
    let read = chain.watched_deposits(7).unwrap();
    let question = asked.join().unwrap();
    assert_eq!(
        (&question["method"], &question["params"]),
        (&json!("ballast_watchedDeposits"), &json!(["0x7"]))
    );
    let expected = WatchedDeposit {
        number: 8,
        recipient: address!("ba11a57000000000000000000000000000000001"),
        action: 1,
        refund_key: None,
        script: ScriptBuf::from_bytes(vec![0x51, 0x20]),
    };
    assert_eq!(read, [expected.clone(), WatchedDeposit { number: 9, refund_key: Some(key), ..expected }]);
}

#[test]
fn a_refusal_keeps_its_revert_data() {
    let reverted = r#"{"id":0,"error":{"code":3,"message":"execution reverted","data":"0xdeadbeef"}}"#;
    let (chain, _asked) = node(200, reverted);
    let Err(ChainError::Refused { method, code, message, data }) = chain.send(Bytes::new()) else { panic!() };
    assert_eq!((method, code, message.as_str()), ("eth_sendRawTransaction", 3, "execution reverted"));
    assert_eq!(data, bytes!("deadbeef"));

    for plain in [
        r#"{"id":0,"error":{"code":-32000,"message":"no"}}"#,
        r#"{"id":0,"error":{"code":-32000,"message":"no","data":{"why":"no"}}}"#,
    ] {
        let (chain, _asked) = node(400, plain);
        let Err(ChainError::Refused { code: -32000, data, .. }) = chain.chain_id() else { panic!() };
        assert!(data.is_empty());
    }
}

#[test]
fn an_answer_to_something_else_is_malformed() {
    for (status, answer) in [
        (200, "<html>"),
        (404, ""),
        (200, r#"{"id":0}"#),
        (200, r#"{"id":0,"result":null}"#),
        (200, r#"{"id":0,"result":"latest"}"#),
        (200, r#"{"id":0,"result":"0x1ffffffffffffffff"}"#),
    ] {
        let (chain, _asked) = node(status, answer);
        let refused = chain.chain_id();
        assert!(matches!(refused, Err(ChainError::Malformed { method: "eth_chainId", .. })), "{refused:?}");
    }
}

#[test]
fn a_node_that_is_away_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    assert!(matches!(HttpChain::new(url).chain_id(), Err(ChainError::Unreachable { .. })));
    assert!(matches!(HttpChain::new("nonsense").chain_id(), Err(ChainError::Exchange { .. })));
}

#[test]
fn refused_votes_are_read() {
    let word = B256::repeat_byte(7);
    let vote = json!({
        "provider": word, "height": "0x10", "blockHash": word, "randomness": word, "signature": word,
    });
    let answer =
        json!({ "id": 0, "result": { "run": "0x0102030405060708", "next": "0x3", "votes": [vote] } });
    let (chain, asked) = node(200, &answer.to_string());
    let page = chain.refused_votes(2).unwrap();
    assert_eq!((page.next.to::<u64>(), page.votes.len()), (3, 1));
    assert_eq!(page.run.to_string(), "0x0102030405060708");
    assert_eq!((page.votes[0].height.to::<u64>(), page.votes[0].block_hash), (16, word));
    let asked = asked.join().unwrap();
    assert_eq!((&asked["method"], &asked["params"]), (&json!("ballast_refusedVotes"), &json!(["0x2"])));
}
