//! A server over the fake chain, and clients that speak to it over real sockets.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use ballast_rpc::{Limits, Server};
use jsonrpsee::{client_transport::ws::WsTransportClientBuilder, core::client::Client};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::fake::Fake;

/// A running server and the chain behind it.
pub(crate) struct Node {
    pub(crate) chain: Arc<Fake>,
    pub(crate) server: Server,
}

/// An error as a client sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    pub(crate) message: String,
    pub(crate) data: Option<Value>,
}

/// Status line, headers and body of an HTTP response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Node {
    pub(crate) async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub(crate) async fn with(limits: Limits) -> Self {
        let chain = Fake::new();
        let server = Server::start("127.0.0.1:0".parse().unwrap(), limits, chain.clone()).await.unwrap();
        Self { chain, server }
    }

    /// Result of one call over HTTP.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let request = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
        let answer = self.post(&request.to_string()).await.json();
        assert_eq!(answer["id"], 7);
        result(&answer)
    }

    /// Result of a call that has one.
    pub(crate) async fn get(&self, method: &str, params: Value) -> Value {
        self.call(method, params).await.unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// Error of a call that has one.
    pub(crate) async fn fail(&self, method: &str, params: Value) -> RpcError {
        self.call(method, params).await.expect_err(method)
    }

    /// Sends a raw transaction that must be taken.
    pub(crate) async fn send(&self, raw: Bytes) -> B256 {
        serde_json::from_value(self.get("eth_sendRawTransaction", json!([raw])).await).unwrap()
    }

    /// Sends a raw transaction, mines it and returns its receipt.
    pub(crate) async fn include(&self, raw: Bytes) -> Value {
        let hash = self.send(raw).await;
        self.chain.mine();
        self.get("eth_getTransactionReceipt", json!([hash])).await
    }

    pub(crate) async fn post(&self, body: &str) -> Response {
        self.http("POST /", &["content-type: application/json"], body).await
    }

    /// One HTTP exchange on a connection of its own.
    pub(crate) async fn http(&self, request: &str, headers: &[&str], body: &str) -> Response {
        let mut stream = TcpStream::connect(self.server.address()).await.unwrap();
        let headers = headers.iter().map(|header| format!("{header}\r\n")).collect::<String>();
        let length = body.len();
        let request = format!(
            "{request} HTTP/1.1\r\nhost: node\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
        );
        // a server that refuses a large body may close before all of it is written
        let _ = stream.write_all(request.as_bytes()).await;
        let mut response = String::new();
        let _ = stream.read_to_string(&mut response).await;
        let (head, body) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{response:?}"));
        Response { head: head.to_lowercase(), body: body.to_owned() }
    }

    /// A WebSocket connection.
    pub(crate) async fn socket(&self) -> Client {
        let url = format!("ws://{}", self.server.address()).parse().unwrap();
        let (sender, receiver) = WsTransportClientBuilder::default().build(url).await.unwrap();
        Client::builder().build_with_tokio(sender, receiver)
    }
}

/// The result in a response, or its error.
pub(crate) fn result(answer: &Value) -> Result<Value, RpcError> {
    match answer.get("error") {
        None => Ok(answer["result"].clone()),
        Some(error) => Err(RpcError {
            code: error["code"].as_i64().unwrap(),
            message: error["message"].as_str().unwrap().to_owned(),
            data: error.get("data").cloned(),
        }),
    }
}

/// A quantity.
pub(crate) fn hex(number: u64) -> String {
    format!("{number:#x}")
}

/// The number in a quantity.
pub(crate) fn number(quantity: &Value) -> u64 {
    let digits = quantity.as_str().and_then(|text| text.strip_prefix("0x"));
    u64::from_str_radix(digits.unwrap_or_else(|| panic!("{quantity} is no quantity")), 16).unwrap()
}
