//! Questions and answers over a real socket.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
};

use ballast_custody::Member;

use super::world::*;
use crate::custodian::{
    HttpPeers, Server,
    question::{Commit, NoAnswer, Peers, Sign},
};

const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// Sends bytes to an address and gives the answer.
fn raw(address: SocketAddr, body: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n";
    // the server may close before all of a large body is written
    let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_over_http_is_signed() {
    let (world, intent) = World::with_intent();
    let mut urls: BTreeMap<Member, String> = BTreeMap::new();
    let mut servers = Vec::new();
    for number in 1..=3 {
        let server = Server::start(LOCAL, world.actors[&number].hands.responder.clone()).await.unwrap();
        urls.insert(member(number), format!("http://{}", server.address()));
        servers.push(server);
    }
    let peers = HttpPeers::new(urls.clone());
    let commit = world.commit_question(&intent, 1);
    let everybody = [1, 2, 3].map(member);
    let answers = peers.ask(&everybody, &asked(commit.clone(), 1));
    let commitments = answers.iter().map(|(member, said)| (member.get(), said.clone().unwrap())).collect();
    let Commit { intent: number, rung, attempt, .. } = commit;
    let sign = asked(Sign { intent: number, rung, attempt, commitments }, 1);
    let shares = peers.ask(&everybody, &sign);
    assert!(shares.len() == 3 && shares.values().all(Result::is_ok), "{shares:?}");

    let again = peers.ask(&everybody, &sign);
    for answer in again.values() {
        let Err(NoAnswer::Refused { name, message }) = answer else { panic!("{answer:?}") };
        assert_eq!(name, "not_committed");
        assert!(message.contains("no nonces"), "{message}");
    }
    let forged = peers.ask(&[member(2)], &asked(commit, 2));
    let Err(NoAnswer::Refused { name, .. }) = &forged[&member(2)] else { panic!("{forged:?}") };
    assert_eq!(name, "not_asked");
    for server in servers {
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_or_no_question_is_not_looked_at() {
    let (world, intent) = World::with_intent();
    let server = Server::start(LOCAL, world.actors[&1].hands.responder.clone()).await.unwrap();
    let address = server.address();
    let post = move |body: String| tokio::task::spawn_blocking(move || raw(address, &body));
    let question = serde_json::to_value(asked(world.commit_question(&intent, 3), 3)).unwrap();
    let call = |params: serde_json::Value| serde_json::json!({ "jsonrpc": "2.0", "id": 0, "method": "custody_commit", "params": params });

    let good = post(call(question.clone()).to_string()).await.unwrap();
    assert!(good.contains("\"payload\""), "{good}");
    let padded = format!("{}{}", call(question.clone()), " ".repeat(300 << 10));
    let oversized = post(padded).await.unwrap();
    assert!(oversized.is_empty() || oversized.starts_with("HTTP/1.1 413"), "{oversized}");
    let mut unknown = question.clone();
    unknown[0]["hurry"] = true.into();
    for bad in [unknown, serde_json::json!([question[0]]), serde_json::json!([]), question[0].clone()] {
        let answer = post(call(bad).to_string()).await.unwrap();
        assert!(answer.contains("-32602"), "{answer}");
    }
    let batch = serde_json::json!([call(question.clone()), call(question)]);
    let answer = post(batch.to_string()).await.unwrap();
    assert!(!answer.contains("\"payload\""), "{answer}");
    server.stop().await;
}

#[test]
fn who_is_away_or_talks_nonsense_is_silent() {
    let (world, intent) = World::with_intent();
    let away = TcpListener::bind(LOCAL).unwrap();
    let nonsense = TcpListener::bind(LOCAL).unwrap();
    let url = |listener: &TcpListener| format!("http://{}", listener.local_addr().unwrap());
    let peers = HttpPeers::new([(member(1), url(&away)), (member(2), url(&nonsense))].into());
    drop(away);
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = nonsense.accept().unwrap();
        let _ = stream.read(&mut [0; 4_096]).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>").unwrap();
    });
    let question = asked(world.commit_question(&intent, 3), 3);
    let answers = peers.ask(&[1, 2, 3].map(member), &question);
    assert!(answers.values().all(|answer| matches!(answer, Err(NoAnswer::Silent(_)))), "{answers:?}");
    answering.join().unwrap();
}
