use std::{
    io::{Read, Write},
    net::TcpListener,
    thread::{self, JoinHandle},
};

use alloy_primitives::{address, b256, bytes};

use super::*;

/// A node that gives one answer, and what it was asked.
fn node(status: u16, answer: &str) -> (HttpChain, JoinHandle<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{answer}", answer.len());
    let asked = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let question = read_body(&mut stream);
        stream.write_all(answer.as_bytes()).unwrap();
        question
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
    assert_eq!(chain.call(to, bytes!("01020304")).unwrap(), bytes!("beef"));
    let params =
        json!([{ "to": "0xba11a57000000000000000000000000000000001", "data": "0x01020304" }, "latest"]);
    assert_eq!(asked.join().unwrap()["params"], params);

    let hash = b256!("1111111111111111111111111111111111111111111111111111111111111111");
    let (chain, asked) = node(200, &json!({ "jsonrpc": "2.0", "id": 0, "result": hash }).to_string());
    assert_eq!(chain.send(bytes!("42c0")).unwrap(), hash);
    assert_eq!(asked.join().unwrap()["params"], json!(["0x42c0"]));
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
