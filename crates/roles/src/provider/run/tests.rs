use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    thread,
};

use tempfile::TempDir;

use super::*;

const CHAIN_ID: u64 = 840_099;

/// A node that says only which chain it is of, as often as it is asked; it goes with the test's process.
fn node() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let answer = r#"{"jsonrpc":"2.0","id":0,"result":"0xcd1a3"}"#;
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{answer}", answer.len());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            _ = stream.read(&mut [0; 4096]);
            _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

fn config(folder: &Path, rpc_url: String) -> ProviderConfig {
    let key_file = folder.join("provider.key");
    fs::write(&key_file, "07".repeat(32)).unwrap();
    let data_dir = folder.join("data");
    ProviderConfig { rpc_url, key_file, data_dir, commit_blocks: 100, tick_ms: 200, resume_above: None }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[tokio::test]
async fn a_node_that_is_away_is_waited_for_until_told_to_stop() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let folder = folder();
    run(config(folder.path(), url), async {}).await.unwrap();
    assert!(!folder.path().join("data").exists());
}

#[tokio::test]
async fn an_address_that_is_none_is_refused() {
    let folder = folder();
    let refused = run(config(folder.path(), "nonsense".into()), std::future::pending()).await;
    assert!(matches!(refused, Err(ProviderError::Chain(ChainError::Exchange { .. }))), "{refused:?}");
}

#[tokio::test]
async fn a_missing_key_is_named() {
    let folder = folder();
    let config = config(folder.path(), node());
    fs::remove_file(&config.key_file).unwrap();
    let refused = run(config, std::future::pending()).await;
    assert!(matches!(refused, Err(ProviderError::Key(KeyFileError::Unreadable { .. }))), "{refused:?}");
}

#[tokio::test]
async fn a_store_in_use_is_refused() {
    let folder = folder();
    let config = config(folder.path(), node());
    let _store = open(&config, CHAIN_ID).unwrap();
    let refused = run(config, std::future::pending()).await;
    assert!(matches!(refused, Err(ProviderError::Store(StoreError::InUse { .. }))), "{refused:?}");
}

#[tokio::test]
async fn a_node_of_another_chain_is_refused() {
    let folder = folder();
    let config = config(folder.path(), node());
    drop(open(&config, 1).unwrap());
    let refused = run(config, std::future::pending()).await;
    let Err(ProviderError::Store(StoreError::OtherChain { expected, found })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((expected, found), (CHAIN_ID, 1));
}

#[tokio::test]
async fn a_provider_that_is_told_to_stop_leaves_its_store() {
    let folder = folder();
    let config = ProviderConfig { resume_above: Some(50), ..config(folder.path(), node()) };
    run(config.clone(), async {}).await.unwrap();
    assert_eq!(open(&config, CHAIN_ID).unwrap().highest().unwrap(), 50);
}
