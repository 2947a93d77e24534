//! The whole custodian, as a binary starts it.

use std::{collections::BTreeMap, fs, net::TcpListener, path::Path};

use ballast_custody::Member;
use tokio::sync::oneshot;

use super::world::*;
use crate::custodian::{
    CustodianConfig, CustodianError, HttpPeers,
    question::{NoAnswer, Peers},
    run,
    store::StoreError,
};

/// A custodian between nodes that are away.
fn config(folder: &Path) -> CustodianConfig {
    let away = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    fs::write(folder.join("key"), "01".repeat(32)).unwrap();
    let file = format!(
        "member = 1\nkey_file = {:?}\ndata_dir = {:?}\nrpc_url = \"http://{away}\"\nlisten = \"{listen}\"\n\
         tick_ms = 5\n[bitcoin]\nurl = \"http://{away}\"\nuser = \"u\"\npassword = \"p\"\n[peers]\n2 = \"http://{away}\"\n",
        folder.join("key"),
        folder.join("data"),
    );
    toml::from_str(&file).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_answers_while_its_nodes_are_away_and_stops_when_told() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let address = config.listen;
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(run(config.clone(), async { _ = stopped.await }));

    let world = tokio::task::spawn_blocking(World::with_intent).await.unwrap();
    let question = asked(world.0.commit_question(&world.1, 3), 3);
    let urls: BTreeMap<Member, String> = [(member(1), format!("http://{address}"))].into();
    let answers = HttpPeers::new(urls).ask(&[member(1)], &question);
    let Err(NoAnswer::Refused { name, .. }) = &answers[&member(1)] else { panic!("{answers:?}") };
    assert_eq!(name, "no_share");

    let second =
        run(CustodianConfig { listen: "127.0.0.1:0".parse().unwrap(), ..config.clone() }, async {}).await;
    assert!(matches!(second, Err(CustodianError::Store(StoreError::InUse { .. }))), "{second:?}");
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    // and again, at the same address and with the same folder
    run(config, async {}).await.unwrap();
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let good = config(folder.path());
    let no_key = CustodianConfig { key_file: folder.path().join("none"), ..good.clone() };
    assert!(matches!(run(no_key, async {}).await, Err(CustodianError::Key(_))));
    let nobody = CustodianConfig { member: 0, ..good.clone() };
    assert!(matches!(run(nobody, async {}).await, Err(CustodianError::Member(_))));
    let mut no_login = good.clone();
    no_login.bitcoin.password = None;
    assert!(matches!(run(no_login, async {}).await, Err(CustodianError::Login(_))));
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = CustodianConfig { listen: holder.local_addr().unwrap(), ..good };
    assert!(matches!(run(taken, async {}).await, Err(CustodianError::Server(_))));
}
