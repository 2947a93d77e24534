//! [`Chain`] over a node's JSON-RPC interface.

use std::{
    ops::RangeInclusive,
    sync::{Arc, OnceLock},
    time::Duration,
};

use alloy_primitives::{Address, B256, Bytes, LogData, U64};
use bitcoin::ScriptBuf;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::chain::{At, Chain, ChainError, ChainLog, WatchedDeposit};

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The largest answer read, in bytes.
const MAX_ANSWER: usize = 8 << 20;

/// A client of one node.
#[derive(Debug, Clone)]
pub struct HttpChain {
    url: String,
    /// What the node said first, for all clones: a node that changes its chain then refuses what is made for the old one.
    chain_id: Arc<OnceLock<u64>>,
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

#[derive(Deserialize)]
struct BlockId {
    number: U64,
    hash: B256,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Log {
    block_number: U64,
    topics: Vec<B256>,
    data: Bytes,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deposit {
    number: U64,
    recipient: Address,
    action: u8,
    refund_key: Option<B256>,
    script_pub_key: Bytes,
}

impl HttpChain {
    /// A client of the node at `url`, e.g. `http://127.0.0.1:8545`. It has not talked to it yet.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), chain_id: Arc::default() }
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

    fn block_id(&self, at: Value) -> Result<Option<BlockId>, ChainError> {
        self.ask("eth_getBlockByNumber", json!([at, false]))
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
        if let Some(id) = self.chain_id.get() {
            return Ok(*id);
        }
        let id: U64 = self.ask("eth_chainId", json!([]))?;
        Ok(*self.chain_id.get_or_init(|| id.to()))
    }

    fn block_number(&self) -> Result<u64, ChainError> {
        self.ask::<U64>("eth_blockNumber", json!([])).map(|number| number.to())
    }

    fn finalized(&self) -> Result<u64, ChainError> {
        self.block_id("finalized".into()).map(|block| block.map_or(0, |block| block.number.to()))
    }

    fn block_hash(&self, height: u64) -> Result<Option<B256>, ChainError> {
        self.block_id(quantity(height)).map(|block| block.map(|block| block.hash))
    }

    fn call(&self, at: At, to: Address, input: Bytes) -> Result<Bytes, ChainError> {
        let at = match at {
            At::Latest => "latest".into(),
            At::Finalized => "finalized".into(),
            At::Block(height) => quantity(height),
        };
        self.ask("eth_call", json!([{ "to": to, "data": input }, at]))
    }

    fn logs(
        &self,
        blocks: RangeInclusive<u64>,
        contract: Address,
        event: B256,
    ) -> Result<Vec<ChainLog>, ChainError> {
        self.find_logs(blocks, contract, event, &[])
    }

    fn find_logs(
        &self,
        blocks: RangeInclusive<u64>,
        contract: Address,
        event: B256,
        indexed: &[Option<B256>],
    ) -> Result<Vec<ChainLog>, ChainError> {
        let (from, to) = (quantity(*blocks.start()), quantity(*blocks.end()));
        let topics: Vec<_> = [&[Some(event)], indexed].concat();
        let filter = json!({ "fromBlock": from, "toBlock": to, "address": contract, "topics": topics });
        let logs: Vec<Log> = self.ask("eth_getLogs", json!([filter]))?;
        let log = |log: Log| {
            let data = LogData::new(log.topics, log.data);
            data.map(|data| ChainLog { block: log.block_number.to(), data }).ok_or_else(|| {
                let reason = "a log has more than four topics".to_owned();
                ChainError::Malformed { method: "eth_getLogs", reason }
            })
        };
        logs.into_iter().map(log).collect()
    }

    fn send(&self, transaction: Bytes) -> Result<B256, ChainError> {
        self.ask("eth_sendRawTransaction", json!([transaction]))
    }

    fn watched_deposits(&self, after: u64) -> Result<Vec<WatchedDeposit>, ChainError> {
        let deposits: Vec<Deposit> = self.ask("ballast_watchedDeposits", json!([U64::from(after)]))?;
        let deposit = |deposit: Deposit| WatchedDeposit {
            number: deposit.number.to(),
            recipient: deposit.recipient,
            action: deposit.action,
            refund_key: deposit.refund_key,
            script: ScriptBuf::from_bytes(deposit.script_pub_key.to_vec()),
        };
        Ok(deposits.into_iter().map(deposit).collect())
    }
}

fn quantity(number: u64) -> Value {
    json!(U64::from(number))
}

#[cfg(test)]
mod tests;
