//! JSON-RPC 2.0 as Bitcoin Core speaks it: single calls, batches, and patience with a node that is starting.

use std::fmt;
use std::thread::sleep;
use std::time::Duration;

use bitcoin::Network;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answers::{ChainInfo, NetworkInfo};
use crate::transport::{post, without_login};
use crate::{Auth, BitcoinError, RpcCode};

/// The oldest Bitcoin Core that serves, as it counts versions: 30.0, the first whose default policy relays the
/// checkpoints.
pub const OLDEST_VERSION: u32 = 300_000;

/// Where the node is and how to treat it.
#[derive(Clone)]
pub struct RpcConfig {
    /// The address, e.g. `http://127.0.0.1:8332`. One with a login in it is refused.
    pub url: String,
    /// The login.
    pub auth: Auth,
    /// How long one call may take.
    pub timeout: Duration,
    /// How long to wait for a node that is starting.
    pub patience: Patience,
}

impl RpcConfig {
    /// A node at `url`, with 30 seconds for a call and the default patience.
    #[must_use]
    pub fn new(url: impl Into<String>, auth: Auth) -> Self {
        Self { url: url.into(), auth, timeout: Duration::from_secs(30), patience: Patience::default() }
    }
}

impl fmt::Debug for RpcConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, auth, timeout, patience } = self;
        f.debug_struct("RpcConfig")
            .field("url", &without_login(url))
            .field("auth", auth)
            .field("timeout", timeout)
            .field("patience", patience)
            .finish()
    }
}

/// How often to try a call that certainly did not run. The pause doubles from `first` up to `longest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries in all, at least 1.
    pub tries: u32,
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

impl Patience {
    /// One try, no waiting.
    pub const NONE: Self = Self { tries: 1, first: Duration::ZERO, longest: Duration::ZERO };
}

impl Default for Patience {
    /// Eight tries within about eleven seconds: a node that restarts.
    fn default() -> Self {
        Self { tries: 8, first: Duration::from_millis(100), longest: Duration::from_secs(5) }
    }
}

/// A client of Bitcoin Core's RPC interface.
#[derive(Debug, Clone)]
pub struct RpcClient {
    config: RpcConfig,
}

/// One call of a batch: the method and its parameters.
pub(crate) type Call = (&'static str, Value);

#[derive(Deserialize)]
struct Answer {
    id: Value,
    #[serde(default)]
    result: Value,
    error: Option<Failure>,
}

#[derive(Deserialize)]
struct Failure {
    code: i32,
    message: String,
}

impl RpcClient {
    /// A client that has not talked to the node yet.
    #[must_use]
    pub fn new(config: RpcConfig) -> Self {
        Self { config }
    }

    /// A client of a node that answers, is new enough and runs on `network`.
    ///
    /// # Errors
    ///
    /// [`BitcoinError::WrongNetwork`], [`BitcoinError::TooOld`], or whatever keeps the node from answering.
    pub fn connect(config: RpcConfig, network: Network) -> Result<Self, BitcoinError> {
        let client = Self::new(config);
        let chain: ChainInfo = client.call("getblockchaininfo", json!([]))?;
        if chain.chain != network.to_core_arg() {
            return Err(BitcoinError::WrongNetwork { expected: network, found: chain.chain });
        }
        let info: NetworkInfo = client.call("getnetworkinfo", json!([]))?;
        if info.version < OLDEST_VERSION {
            return Err(BitcoinError::TooOld { found: info.version, needed: OLDEST_VERSION });
        }
        Ok(client)
    }

    /// Where the node is and how it is treated.
    #[must_use]
    pub fn config(&self) -> &RpcConfig {
        &self.config
    }

    /// Calls any method; `params` is a JSON array.
    ///
    /// # Errors
    ///
    /// [`BitcoinError::Rpc`] with the node's own error, [`BitcoinError::Malformed`] if the result is no `T`, or
    /// whatever keeps the node from answering.
    pub fn call<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<T, BitcoinError> {
        self.call_within(method, params, self.config.timeout)
    }

    /// [`RpcClient::call`] with a time limit of its own.
    pub(crate) fn call_within<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
        timeout: Duration,
    ) -> Result<T, BitcoinError> {
        let body = question(0, method, params);
        let result = self.patiently(|| {
            let answer = post(&self.config.url, &self.config.auth, &body, timeout)?;
            judge(method, 0, answer)
        })?;
        typed(method, result)
    }

    /// Makes all calls in one exchange. The outer error is the exchange's, the inner ones are the calls'.
    pub(crate) fn batch(&self, calls: &[Call]) -> Result<Vec<Result<Value, BitcoinError>>, BitcoinError> {
        let Some((first, _)) = calls.first() else { return Ok(Vec::new()) };
        let questions =
            calls.iter().enumerate().map(|(id, (method, params))| question(id, method, params.clone()));
        let body = Value::Array(questions.collect());
        self.patiently(|| {
            let answers = match post(&self.config.url, &self.config.auth, &body, self.config.timeout)? {
                Value::Array(answers) => answers,
                // The whole batch may fail with one error.
                one => {
                    return Err(judge(first, 0, one)
                        .err()
                        .unwrap_or_else(|| malformed(first, "not a batch")));
                }
            };
            if answers.len() != calls.len() {
                return Err(malformed(first, format!("{} answers to {} calls", answers.len(), calls.len())));
            }
            let judged: Vec<_> =
                answers.into_iter().zip(calls).enumerate().map(|(id, (a, c))| judge(c.0, id, a)).collect();
            if judged.iter().any(|one| matches!(one, Err(BitcoinError::NotReady { .. }))) {
                return Err(BitcoinError::NotReady { message: "it is starting".into() });
            }
            Ok(judged)
        })
    }

    /// Repeats `attempt` while its failure [may pass](BitcoinError::may_pass).
    fn patiently<T>(&self, attempt: impl Fn() -> Result<T, BitcoinError>) -> Result<T, BitcoinError> {
        let Patience { tries, first, longest } = self.config.patience;
        let mut pause = first;
        for _ in 1..tries {
            match attempt() {
                Err(error) if error.may_pass() => sleep(pause),
                done => return done,
            }
            pause = longest.min(pause * 2);
        }
        attempt()
    }
}

fn question(id: usize, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn judge(method: &'static str, id: usize, answer: Value) -> Result<Value, BitcoinError> {
    let answer: Answer = typed(method, answer)?;
    if answer.id != json!(id) && answer.error.is_none() {
        return Err(malformed(method, format!("id {} instead of {id}", answer.id)));
    }
    match answer.error {
        None => Ok(answer.result),
        Some(Failure { code, message }) => match RpcCode::from(code) {
            RpcCode::InWarmup => Err(BitcoinError::NotReady { message }),
            // One scan at a time: ours was not begun.
            RpcCode::InvalidParameter if message.starts_with("Scan already in progress") => {
                Err(BitcoinError::NotReady { message })
            }
            code => Err(BitcoinError::Rpc { method, code, message }),
        },
    }
}

/// Parses a result of `method`.
pub(crate) fn typed<T: DeserializeOwned>(method: &'static str, value: Value) -> Result<T, BitcoinError> {
    serde_json::from_value(value).map_err(|error| malformed(method, error))
}

/// An answer that does not fit `method`.
pub(crate) fn malformed(method: &'static str, reason: impl ToString) -> BitcoinError {
    BitcoinError::Malformed { method, reason: reason.to_string() }
}
