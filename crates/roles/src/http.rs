//! [`Chain`] over a node's JSON-RPC interface.

use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, U64};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::chain::{Chain, ChainError};

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The largest answer read, in bytes.
const MAX_ANSWER: usize = 8 << 20;

/// A client of one node.
#[derive(Debug, Clone)]
pub struct HttpChain {
    url: String,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    message: String,
    #[serde(default)]
    data: Value,
}

impl HttpChain {
    /// A client of the node at `url`, e.g. `http://127.0.0.1:8545`. It has not talked to it yet.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into() }
    }

    /// Calls any method of the node.
    ///
    /// # Errors
    /// [`ChainError`].
    pub fn ask<T: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<T, ChainError> {
        let question = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": params });
        let answer = bitreq::post(&self.url)
            .with_header("Content-Type", "application/json")
            .with_body(question.to_string())
            .with_timeout(TIMEOUT)
            .with_max_redirects(0)
            .with_max_body_size(MAX_ANSWER)
            .send()
            .map_err(|error| self.failure(error))?;
        let malformed = |error: serde_json::Error| {
            let reason = format!("http status {}: {error}", answer.status_code);
            ChainError::Malformed { method, reason }
        };
        let Answer { result, error } = serde_json::from_slice(answer.as_bytes()).map_err(malformed)?;
        match error {
            Some(Refusal { code, message, data }) => {
                let data = serde_json::from_value(data).unwrap_or_default();
                Err(ChainError::Refused { method, code, message, data })
            }
            None => serde_json::from_value(result).map_err(malformed),
        }
    }

    fn failure(&self, error: bitreq::Error) -> ChainError {
        let url = self.url.clone();
        match error {
            bitreq::Error::IoError(source) => ChainError::Unreachable { url, source },
            other => ChainError::Exchange { url, reason: other.to_string() },
        }
    }
}

impl Chain for HttpChain {
    fn chain_id(&self) -> Result<u64, ChainError> {
        self.ask::<U64>("eth_chainId", json!([])).map(|id| id.to())
    }

    fn block_number(&self) -> Result<u64, ChainError> {
        self.ask::<U64>("eth_blockNumber", json!([])).map(|number| number.to())
    }

    fn call(&self, to: Address, input: Bytes) -> Result<Bytes, ChainError> {
        self.ask("eth_call", json!([{ "to": to, "data": input }, "latest"]))
    }

    fn send(&self, transaction: Bytes) -> Result<B256, ChainError> {
        self.ask("eth_sendRawTransaction", json!([transaction]))
    }
}

#[cfg(test)]
mod tests;
