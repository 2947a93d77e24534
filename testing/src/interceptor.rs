//! Somebody between a custodian and those who ask it: sees every answer, and may do something before it goes on.

use std::fmt::{self, Debug};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::Devnet;

/// Bytes of a question or an answer, at most.
const MOST: usize = 1 << 20;

/// From a question and its answer to the answer that goes on.
type Change = Box<dyn FnMut(&Value, Value) -> anyhow::Result<Value> + Send>;

/// Passes questions on to one custodian and its answers back.
#[derive(Clone)]
pub struct Interceptor {
    change: Arc<Mutex<Change>>,
}

impl Devnet {
    /// Where a custodian listens for the others.
    ///
    /// # Errors
    /// When its file does not say.
    pub fn custodian_address(&self, number: u16) -> anyhow::Result<SocketAddr> {
        let text = std::fs::read_to_string(self.custodian_file(number))?;
        let line = text.lines().find_map(|line| line.strip_prefix("listen = "));
        Ok(line.context("its file names no address")?.trim_matches('"').parse()?)
    }

    /// Lets the other custodians ask this one through an interceptor. Their files change, so it comes before their start.
    ///
    /// # Errors
    /// When there is no port, or no file.
    pub fn intercept(&self, number: u16) -> anyhow::Result<Interceptor> {
        let custodian = self.custodian_address(number)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (own, between) = (format!("http://{custodian}"), format!("http://{}", listener.local_addr()?));
        for other in (1..=3).filter(|other| *other != number) {
            let file = self.custodian_file(other);
            let text = std::fs::read_to_string(&file)?;
            ensure!(text.contains(&own), "{} does not name {own}", file.display());
            std::fs::write(&file, text.replace(&own, &between))?;
        }
        let interceptor = Interceptor { change: Arc::new(Mutex::new(Box::new(|_, answer| Ok(answer)))) };
        let serving = interceptor.clone();
        thread::spawn(move || serving.serve(&listener, custodian));
        Ok(interceptor)
    }

    fn custodian_file(&self, number: u16) -> std::path::PathBuf {
        self.data().join("roles").join(format!("custodian-{number}.toml"))
    }
}

impl Interceptor {
    /// From now on `change` sees each question with its answer, and gives the answer that goes on.
    pub fn on_answer(&self, change: impl FnMut(&Value, Value) -> anyhow::Result<Value> + Send + 'static) {
        *self.change.lock().unwrap_or_else(PoisonError::into_inner) = Box::new(change);
    }

    fn serve(&self, listener: &TcpListener, custodian: SocketAddr) {
        for client in listener.incoming().filter_map(Result::ok) {
            let serving = self.clone();
            // whoever asks hears nothing when this fails, as of a custodian that is away
            thread::spawn(move || serving.pass(client, custodian));
        }
    }

    fn pass(&self, mut client: TcpStream, custodian: SocketAddr) -> anyhow::Result<()> {
        let question: Value = serde_json::from_slice(&body(&mut client)?)?;
        let mut server = TcpStream::connect(custodian)?;
        let head =
            "POST / HTTP/1.1\r\nHost: custodian\r\nContent-Type: application/json\r\nConnection: close\r\n";
        send(&mut server, head, &question)?;
        let answer = serde_json::from_slice(&body(&mut server)?)?;
        let changed = self.change.lock().unwrap_or_else(PoisonError::into_inner)(&question, answer)?;
        send(
            &mut client,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n",
            &changed,
        )
    }
}

impl Debug for Interceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interceptor").finish_non_exhaustive()
    }
}

fn send(stream: &mut TcpStream, head: &str, body: &Value) -> anyhow::Result<()> {
    let body = body.to_string();
    Ok(stream.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes())?)
}

/// The body of the HTTP message that comes next.
fn body(stream: &mut TcpStream) -> anyhow::Result<Vec<u8>> {
    const END: &[u8] = b"\r\n\r\n";
    let mut bytes = Vec::new();
    let mut part = [0; 4_096];
    loop {
        let head = bytes.windows(END.len()).position(|window| window == END);
        if let Some(head) = head {
            let start = head + END.len();
            let length = length(&bytes[..head])?;
            ensure!(length <= MOST, "a body of {length} bytes");
            if bytes.len() >= start + length {
                return Ok(bytes[start..start + length].to_vec());
            }
        }
        let count = stream.read(&mut part)?;
        ensure!(count > 0 && bytes.len() < 2 * MOST, "the message is cut off");
        bytes.extend_from_slice(&part[..count]);
    }
}

fn length(head: &[u8]) -> anyhow::Result<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    Ok(line.context("the message has no length")?.trim().parse()?)
}
