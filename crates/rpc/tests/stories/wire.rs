use ballast_rpc::{DEFAULT_ADDRESS, Limits, Server, ServerError, Syncing};
use serde_json::{Value, json};

use crate::client::{Node, result};

/// Every method, and whether it takes parameters.
const METHODS: [(&str, bool); 37] = [
    ("ballast_watchDeposit", true),
    ("ballast_watchedDeposits", true),
    ("eth_accounts", false),
    ("eth_blockNumber", false),
    ("eth_call", true),
    ("eth_chainId", false),
    ("eth_estimateGas", true),
    ("eth_feeHistory", true),
    ("eth_gasPrice", false),
    ("eth_getBalance", true),
    ("eth_getBlockByHash", true),
    ("eth_getBlockByNumber", true),
    ("eth_getBlockReceipts", true),
    ("eth_getBlockTransactionCountByHash", true),
    ("eth_getBlockTransactionCountByNumber", true),
    ("eth_getCode", true),
    ("eth_getFilterChanges", true),
    ("eth_getFilterLogs", true),
    ("eth_getLogs", true),
    ("eth_getStorageAt", true),
    ("eth_getTransactionByBlockHashAndIndex", true),
    ("eth_getTransactionByBlockNumberAndIndex", true),
    ("eth_getTransactionByHash", true),
    ("eth_getTransactionCount", true),
    ("eth_getTransactionReceipt", true),
    ("eth_maxPriorityFeePerGas", false),
    ("eth_newBlockFilter", false),
    ("eth_newFilter", true),
    ("eth_newPendingTransactionFilter", false),
    ("eth_sendRawTransaction", true),
    ("eth_syncing", false),
    ("eth_uninstallFilter", true),
    ("net_listening", false),
    ("net_peerCount", false),
    ("net_version", false),
    ("web3_clientVersion", false),
    ("web3_sha3", true),
];

#[tokio::test]
async fn the_node_says_who_it_is() {
    let node = Node::start().await;
    for (method, expected) in [
        ("eth_chainId", json!("0xcd1a3")),
        ("eth_accounts", json!([])),
        ("eth_syncing", json!(false)),
        ("net_version", json!("840099")),
        ("net_listening", json!(true)),
        ("net_peerCount", json!("0x3")),
    ] {
        assert_eq!(node.get(method, json!([])).await, expected);
    }
    let version = node.get("web3_clientVersion", json!([])).await;
    assert!(version.as_str().unwrap().starts_with("ballast/v0."), "{version}");
    let hash = node.get("web3_sha3", json!(["0x68656c6c6f20776f726c64"])).await;
    assert_eq!(hash, "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad");
}

#[tokio::test]
async fn a_node_that_is_behind_says_how_far() {
    let node = Node::start().await;
    node.chain.fall_behind(Syncing { starting: 1, current: 16, highest: 255 });
    let expected = json!({"startingBlock": "0x1", "currentBlock": "0x10", "highestBlock": "0xff"});
    assert_eq!(node.get("eth_syncing", json!([])).await, expected);
}

#[tokio::test]
async fn every_method_refuses_wrong_parameters() {
    let node = Node::start().await;
    for (method, takes) in METHODS {
        let error = node.fail(method, json!([1, 2, 3, 4, 5, 6])).await;
        let counted = error.message.starts_with("too many arguments, want at most ");
        assert_eq!((error.code, counted), (-32602, true), "{method}: {error:?}");
        let error = node.fail(method, json!({"block": "latest"})).await;
        assert_eq!((error.code, error.message.as_str()), (-32602, "params must be an array"), "{method}");
        if takes {
            let error = node.fail(method, json!([true])).await;
            let named = error.message.starts_with("invalid argument 0: ");
            assert_eq!((error.code, named), (-32602, true), "{method}: {error:?}");
        }
        if takes && method != "eth_newFilter" {
            let error = node.fail(method, json!([])).await;
            assert_eq!(
                (error.code, error.message.as_str()),
                (-32602, "missing value for required argument 0")
            );
        }
    }
}

#[tokio::test]
async fn the_position_of_a_wrong_parameter_is_named() {
    let node = Node::start().await;
    let address = "0x0000000000000000000000000000000000000001";
    for (method, params, message) in [
        ("eth_getBalance", json!([address, "newest"]), "invalid argument 1: "),
        ("eth_getBalance", json!(["0x12", "latest"]), "invalid argument 0: "),
        ("eth_getBlockByNumber", json!(["latest", "yes"]), "invalid argument 1: "),
        ("eth_getBlockByNumber", json!(["12"]), "invalid argument 0: "),
        ("eth_getStorageAt", json!([address]), "missing value for required argument 1"),
        ("eth_getStorageAt", json!([address, "zero"]), "invalid argument 1: "),
        ("eth_getTransactionByHash", json!(["0x00"]), "invalid argument 0: "),
        ("eth_feeHistory", json!(["0x1", "latest", 50]), "invalid argument 2: "),
    ] {
        let error = node.fail(method, params).await;
        assert_eq!((error.code, error.message.starts_with(message)), (-32602, true), "{method}: {error:?}");
    }
}

#[tokio::test]
async fn what_is_no_request_gets_the_error_of_json_rpc() {
    let node = Node::start().await;
    for (body, code) in [
        ("{not json", -32700),
        ("", -32700),
        ("[1, 2", -32700),
        ("[]", -32600),
        (r#"{"jsonrpc": "2.0", "id": 1}"#, -32600),
        (r#"{"jsonrpc": "2.0", "id": 1, "method": "eth_nonsense"}"#, -32601),
        (r#"{"jsonrpc": "2.0", "id": 1, "method": "eth_sign", "params": []}"#, -32601),
    ] {
        let answer = node.post(body).await.json();
        assert_eq!(answer["error"]["code"], code, "{body}: {answer}");
    }
}

#[tokio::test]
async fn a_batch_answers_each_call_by_its_id_good_and_bad_side_by_side() {
    let node = Node::start().await;
    let batch = json!([
        {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"},
        {"jsonrpc": "2.0", "id": "two", "method": "eth_nonsense", "params": []},
        {"jsonrpc": "2.0", "method": "eth_chainId"},
        17,
        {"jsonrpc": "2.0", "id": 3, "method": "eth_blockNumber", "params": []},
    ]);
    let answers = node.post(&batch.to_string()).await.json();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 4, "a notification has no answer");
    let by_id = |id: Value| result(answers.iter().find(|answer| answer["id"] == id).unwrap());
    assert_eq!(by_id(json!(1)), Ok(json!("0xcd1a3")));
    assert_eq!(by_id(json!("two")).unwrap_err().code, -32601);
    assert_eq!(by_id(Value::Null).unwrap_err().code, -32600);
    assert_eq!(by_id(json!(3)), Ok(json!("0x1")));
}

#[tokio::test]
async fn too_much_at_once_is_refused() {
    let limits = Limits { batch: 3, request_bytes: 1_000, response_bytes: 1_500, ..Limits::default() };
    let node = Node::with(limits).await;
    let call = json!({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"});
    let answer = node.post(&json!([call, call, call]).to_string()).await.json();
    assert_eq!(answer.as_array().unwrap().len(), 3);
    let answer = node.post(&json!([call, call, call, call]).to_string()).await.json();
    assert_eq!(answer["error"]["code"], -32010);
    let long = "0".repeat(1_000);
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "web3_sha3", "params": [long]});
    let response = node.post(&request.to_string()).await;
    assert!(response.head.starts_with("http/1.1 413"), "{response:?}");
    // a block is larger than the response may be
    assert_eq!(node.fail("eth_getBlockByNumber", json!(["latest", true])).await.code, -32008);
}

#[tokio::test]
async fn a_page_in_a_browser_may_ask() {
    let node = Node::start().await;
    let preflight = [
        "origin: https://app.example",
        "access-control-request-method: POST",
        "access-control-request-headers: content-type",
    ];
    let response = node.http("OPTIONS /", &preflight, "").await;
    assert!(response.head.starts_with("http/1.1 200"), "{response:?}");
    for header in ["allow-origin: *", "allow-methods: *", "allow-headers: *"] {
        assert!(response.head.contains(&format!("access-control-{header}")), "{response:?}");
    }
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    let headers = ["origin: https://app.example", "content-type: application/json"];
    let response = node.http("POST /", &headers, body).await;
    assert!(response.head.contains("access-control-allow-origin: *"), "{response:?}");
    assert_eq!(result(&response.json()), Ok(json!("0xcd1a3")));
}

#[tokio::test]
async fn a_subscription_over_http_is_sent_to_the_websocket() {
    let node = Node::start().await;
    for (method, params) in [("eth_subscribe", json!(["newHeads"])), ("eth_unsubscribe", json!(["0x1"]))] {
        let error = node.fail(method, params).await;
        assert_eq!((error.code, error.message.contains("over WebSocket")), (-32601, true), "{error:?}");
    }
}

#[tokio::test]
async fn health_is_a_get() {
    let node = Node::start().await;
    let response = node.http("GET /health", &[], "").await;
    assert!(response.head.starts_with("http/1.1 200"), "{response:?}");
    assert_eq!(response.body, "false");
    let response = node.http("GET /", &[], "").await;
    assert!(response.head.starts_with("http/1.1 405"), "{response:?}");
    let response = node.http("POST /", &["content-type: text/plain"], "{}").await;
    assert!(response.head.starts_with("http/1.1 415"), "{response:?}");
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let node = Node::start().await;
    let address = node.server.address();
    assert!(address.ip().is_loopback() && DEFAULT_ADDRESS.ip().is_loopback());
    let error = Server::start(address, Limits::default(), node.chain.clone()).await.unwrap_err();
    let ServerError::Listen { address: named, .. } = error;
    assert_eq!(named, address);
}

#[tokio::test]
async fn connections_are_limited() {
    let node = Node::with(Limits { connections: 1, ..Limits::default() }).await;
    let socket = node.socket().await;
    let response = node.post("{}").await;
    assert!(response.head.starts_with("http/1.1 429"), "{response:?}");
    drop(socket);
}

#[tokio::test]
async fn a_stopped_server_frees_its_port() {
    let node = Node::start().await;
    let address = node.server.address();
    node.server.stop().await;
    let again = Server::start(address, Limits::default(), node.chain).await.unwrap();
    assert_eq!(again.address(), address);
}
