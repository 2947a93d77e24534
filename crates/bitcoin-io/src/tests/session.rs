//! Login, patience, and what is wrong with a node as a whole.

use std::net::TcpListener;

use bitcoin::Network;
use serde_json::json;

use super::fake::{Fake, Reply, config, user};
use crate::{Auth, Bitcoin, BitcoinError, RpcClient, RpcCode, RpcConfig};

fn chain(name: &str) -> Reply {
    let hash = bitcoin::constants::genesis_block(Network::Regtest).block_hash();
    Reply::Result(json!({ "chain": name, "blocks": 0, "bestblockhash": hash, "warnings": [] }))
}

#[test]
fn logs_in_with_user_and_password() {
    let fake = Fake::start(vec![chain("regtest")]);
    assert_eq!(fake.client().tip().unwrap().height, 0);
    let seen = fake.seen();
    assert_eq!(seen[0].login, "Basic YWxpY2U6c2VjcmV0");
    assert_eq!(seen[0].body["method"], "getblockchaininfo");
    assert_eq!(seen[0].body["jsonrpc"], "2.0");
}

#[test]
fn a_wrong_password_is_tried_once() {
    let fake = Fake::start(vec![Reply::Raw(401, String::new())]);
    let error = fake.client().tip().unwrap_err();
    assert!(matches!(error, BitcoinError::Unauthorized { .. }), "{error}");
    assert_eq!(fake.seen().len(), 1);
}

#[test]
fn a_cookie_that_changed_during_the_call_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".cookie");
    std::fs::write(&path, "__cookie__:old\n").unwrap();
    let cookie = path.clone();
    let restart = move |number| {
        if number == 0 {
            std::fs::write(&cookie, "__cookie__:new").unwrap();
        }
    };
    let fake = Fake::start_with(vec![Reply::Raw(401, String::new()), chain("regtest")], restart);
    fake.client_as(Auth::Cookie(path)).tip().unwrap();
    let logins: Vec<_> = fake.seen().into_iter().map(|seen| seen.login).collect();
    assert_eq!(logins, ["Basic X19jb29raWVfXzpvbGQ=", "Basic X19jb29raWVfXzpuZXc="]);
}

#[test]
fn a_refused_cookie_that_stays_the_same_is_tried_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".cookie");
    std::fs::write(&path, "__cookie__:old").unwrap();
    let fake = Fake::start(vec![Reply::Raw(401, String::new())]);
    let error = fake.client_as(Auth::Cookie(path)).tip().unwrap_err();
    assert!(matches!(error, BitcoinError::Unauthorized { .. }), "{error}");
}

#[test]
fn a_missing_cookie_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".cookie");
    let error = RpcClient::new(config("http://127.0.0.1:1", Auth::Cookie(path.clone()))).tip().unwrap_err();
    assert!(matches!(&error, BitcoinError::Cookie { path: named, .. } if *named == path), "{error}");
}

#[test]
fn a_node_that_warms_up_or_is_busy_is_waited_for() {
    let busy = Reply::Raw(503, "Work queue depth exceeded".into());
    let fake = Fake::start(vec![Reply::Error(-28, "Loading block index…"), busy, chain("regtest")]);
    fake.client().tip().unwrap();
    assert_eq!(fake.seen().len(), 3);
}

#[test]
fn patience_ends() {
    let fake = Fake::start((0..3).map(|_| Reply::Error(-28, "Verifying blocks…")).collect());
    let error = fake.client().tip().unwrap_err();
    assert!(
        matches!(&error, BitcoinError::NotReady { message } if message == "Verifying blocks…"),
        "{error}"
    );
    assert_eq!(fake.seen().len(), 3);
}

#[test]
fn nobody_listening_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    let error = RpcClient::new(config(&url, user())).tip().unwrap_err();
    assert!(matches!(&error, BitcoinError::Unreachable { url: asked, .. } if *asked == url), "{error}");
}

#[test]
fn a_call_that_may_have_run_is_not_repeated() {
    let fake = Fake::start(vec![Reply::HangUp]);
    let error = fake.client().tip().unwrap_err();
    assert!(matches!(error, BitcoinError::Unreachable { .. }), "{error}");
    assert_eq!(fake.seen().len(), 1);
}

#[test]
fn other_servers_and_addresses_are_refused() {
    let fake = Fake::start(vec![Reply::Raw(404, "<html>".into()), Reply::Raw(200, "hello".into())]);
    let client = fake.client();
    for expected in [404, 200] {
        let error = client.tip().unwrap_err();
        assert!(matches!(error, BitcoinError::Http { status, .. } if status == expected), "{error}");
    }
    let error = RpcClient::new(config("bitcoind", user())).tip().unwrap_err();
    assert!(matches!(error, BitcoinError::Exchange { .. }), "{error}");
}

#[test]
fn connect_wants_the_right_network_and_version() {
    let version = |number: u32| Reply::Result(json!({ "version": number }));
    let connect = |replies| RpcClient::connect(Fake::start(replies).config(), Network::Bitcoin);

    assert!(connect(vec![chain("main"), version(300_000)]).is_ok());
    let error = connect(vec![chain("main"), version(299_900)]).unwrap_err();
    assert!(matches!(error, BitcoinError::TooOld { found: 299_900, needed: 300_000 }), "{error}");
    let error = connect(vec![chain("regtest")]).unwrap_err();
    assert!(matches!(&error, BitcoinError::WrongNetwork { found, .. } if found == "regtest"), "{error}");
}

#[test]
fn codes_keep_their_numbers() {
    for number in (-32_700..=-32_600).chain(-100..100) {
        assert_eq!(RpcCode::from(number).number(), number);
    }
    assert_eq!(RpcCode::from(-26), RpcCode::VerifyRejected);
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", RpcConfig::new("http://127.0.0.1:1", user()));
    assert!(shown.contains("alice") && !shown.contains("secret"), "{shown}");
}

#[test]
fn an_address_with_a_login_is_refused_and_not_repeated() {
    // The last one is no address at all, but somebody's password all the same.
    for url in
        ["http://alice:secret@127.0.0.1:1", "http://alice:s@secret@127.0.0.1:1/", "alice:secret@127.0.0.1:1"]
    {
        let client = RpcClient::new(config(url, user()));
        let error = client.tip().unwrap_err();
        assert!(
            matches!(&error, BitcoinError::Exchange { url, .. } if url.starts_with("127.0.0.1:1")),
            "{error}"
        );
        assert!(error.to_string().contains("--bitcoin-user"), "{error}");
        for shown in [format!("{error} {error:?}"), format!("{client:?}")] {
            assert!(!shown.contains("secret"), "{shown}");
        }
    }
}
