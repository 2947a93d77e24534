//! A node that answers from a script: one connection, one reply.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Auth, Patience, RpcClient, RpcConfig};

/// What the fake does with the next connection.
pub(super) enum Reply {
    /// Answers the call with a result.
    Result(Value),
    /// Answers the call with an error.
    Error(i32, &'static str),
    /// Sends this status and body as they are.
    Raw(u16, String),
    /// Closes the connection in the middle of the answer.
    HangUp,
}

/// A request as it came.
pub(super) struct Seen {
    pub(super) login: String,
    pub(super) body: Value,
}

pub(super) struct Fake {
    url: String,
    thread: JoinHandle<Vec<Seen>>,
}

impl Fake {
    pub(super) fn start(replies: Vec<Reply>) -> Self {
        Self::start_with(replies, |_| ())
    }

    /// Calls `before` with the number of the request, from 0, before it is answered.
    pub(super) fn start_with(replies: Vec<Reply>, before: impl Fn(usize) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serve = move || {
            let one = |(number, reply)| {
                let (stream, _) = listener.accept().unwrap();
                let seen = read(&stream);
                before(number);
                answer(stream, reply, &seen.body);
                seen
            };
            replies.into_iter().enumerate().map(one).collect()
        };
        Self { url, thread: std::thread::spawn(serve) }
    }

    /// A client that logs in as `auth` and tries three times without a pause.
    pub(super) fn client_as(&self, auth: Auth) -> RpcClient {
        RpcClient::new(config(&self.url, auth))
    }

    pub(super) fn client(&self) -> RpcClient {
        self.client_as(user())
    }

    pub(super) fn config(&self) -> RpcConfig {
        config(&self.url, user())
    }

    /// The requests, once every reply was used.
    pub(super) fn seen(self) -> Vec<Seen> {
        self.thread.join().unwrap()
    }
}

pub(super) fn user() -> Auth {
    Auth::User { name: "alice".into(), password: "secret".into() }
}

pub(super) fn config(url: &str, auth: Auth) -> RpcConfig {
    let patience = Patience { tries: 3, first: Duration::ZERO, longest: Duration::ZERO };
    RpcConfig { patience, ..RpcConfig::new(url, auth) }
}

fn read(stream: &TcpStream) -> Seen {
    let mut reader = BufReader::new(stream);
    let (mut login, mut length, mut line) = (String::new(), 0, String::new());
    while reader.read_line(&mut line).unwrap() > 2 {
        let (name, value) = line.trim_end().split_once(": ").unwrap_or(("", ""));
        match name.to_ascii_lowercase().as_str() {
            "authorization" => login = value.into(),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
        line.clear();
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    Seen { login, body: serde_json::from_slice(&body).unwrap() }
}

fn answer(mut stream: TcpStream, reply: Reply, body: &Value) {
    let id = &body["id"];
    let (status, body) = match reply {
        Reply::Result(result) => (200, json!({ "jsonrpc": "2.0", "result": result, "id": id }).to_string()),
        Reply::Error(code, message) => {
            let error = json!({ "code": code, "message": message });
            (200, json!({ "jsonrpc": "2.0", "error": error, "id": id }).to_string())
        }
        Reply::Raw(status, body) => (status, body),
        Reply::HangUp => {
            return stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{").unwrap();
        }
    };
    write!(stream, "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
}
