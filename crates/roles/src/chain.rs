//! The port: what a role asks of the Ballast chain.

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, Bytes, LogData};
use alloy_sol_types::{SolCall, SolEvent};
use ballast_types::{Duty, SystemContract};
use bitcoin::ScriptBuf;
use thiserror::Error;

/// Whose state a call reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// After the latest block: ordered, not yet secured by bitcoin stake.
    Latest,
    /// After the latest block that bitcoin stake has made final. Whatever moves bitcoin reads this.
    Finalized,
    /// After the block of this height.
    Block(u64),
}

/// A log of a system contract and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainLog {
    /// The height of its block.
    pub block: u64,
    /// Topics and data.
    pub data: LogData,
}

/// A deposit address that somebody asked the node to watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedDeposit {
    /// The node's number for it, from 1; they rise.
    pub number: u64,
    /// Who gets the pBTC.
    pub recipient: Address,
    /// 0 to mint pBTC, 1 to stake it too.
    pub action: u8,
    /// Who can take the deposit back, x-only; `None` if nobody can.
    pub refund_key: Option<B256>,
    /// The script of the address.
    pub script: ScriptBuf,
}

/// A Ballast node, as a role sees it.
///
/// # Errors
/// Every method fails with [`ChainError`] when the node cannot be reached, refuses, or answers something that
/// is no answer.
pub trait Chain {
    /// The EVM chain id.
    ///
    /// # Errors
    /// See the trait.
    fn chain_id(&self) -> Result<u64, ChainError>;

    /// The height of the latest block.
    ///
    /// # Errors
    /// See the trait.
    fn block_number(&self) -> Result<u64, ChainError>;

    /// The height of the latest block that bitcoin stake has made final.
    ///
    /// # Errors
    /// See the trait.
    fn finalized(&self) -> Result<u64, ChainError>;

    /// The hash of the block of a height; `None` if there is none yet.
    ///
    /// # Errors
    /// See the trait.
    fn block_hash(&self, height: u64) -> Result<Option<B256>, ChainError>;

    /// Calls the contract at `to` and returns what it returns.
    ///
    /// # Errors
    /// See the trait; [`ChainError::Refused`] with the revert data when the contract says no.
    fn call(&self, at: At, to: Address, input: Bytes) -> Result<Bytes, ChainError>;

    /// The logs of `contract` in blocks of these heights whose first topic is `event`, in their order.
    ///
    /// # Errors
    /// See the trait; [`ChainError::Refused`] when there are too many: ask for fewer blocks.
    fn logs(
        &self,
        blocks: RangeInclusive<u64>,
        contract: Address,
        event: B256,
    ) -> Result<Vec<ChainLog>, ChainError>;

    /// As [`Chain::logs`], of those whose topics after the first are these; `None` stands for any.
    ///
    /// # Errors
    /// See [`Chain::logs`].
    fn find_logs(
        &self,
        blocks: RangeInclusive<u64>,
        contract: Address,
        event: B256,
        indexed: &[Option<B256>],
    ) -> Result<Vec<ChainLog>, ChainError> {
        let mut logs = self.logs(blocks, contract, event)?;
        logs.retain(|log| has_topics(log, indexed));
        Ok(logs)
    }

    /// Hands an encoded transaction to the mempool and returns its hash.
    ///
    /// # Errors
    /// See the trait; [`ChainError::Refused`] when the mempool does not take it.
    fn send(&self, transaction: Bytes) -> Result<B256, ChainError>;

    /// Some of the deposit addresses that the node was asked to watch, with numbers above `after`, the lowest first; none
    /// if there are no more.
    ///
    /// # Errors
    /// See the trait.
    fn watched_deposits(&self, after: u64) -> Result<Vec<WatchedDeposit>, ChainError>;
}

/// Calls a view of a system contract.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn read<C: SolCall>(
    chain: &impl Chain,
    at: At,
    contract: SystemContract,
    call: &C,
) -> Result<C::Return, ChainError> {
    let returned = chain.call(at, contract.address(), call.abi_encode().into())?;
    C::abi_decode_returns_validate(&returned)
        .map_err(|error| ChainError::Malformed { method: "eth_call", reason: error.to_string() })
}

/// The events of one kind that a system contract has emitted, each with the height of its block.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn events<E: SolEvent>(
    chain: &impl Chain,
    blocks: RangeInclusive<u64>,
    contract: SystemContract,
) -> Result<Vec<(u64, E)>, ChainError> {
    let logs = chain.logs(blocks, contract.address(), E::SIGNATURE_HASH)?;
    logs.into_iter().map(decode).collect()
}

/// The events of one kind with these indexed fields, `None` for any, each with the height of its block.
///
/// # Errors
/// [`ChainError`] of the node.
pub fn find_events<E: SolEvent>(
    chain: &impl Chain,
    blocks: RangeInclusive<u64>,
    contract: SystemContract,
    indexed: &[Option<B256>],
) -> Result<Vec<(u64, E)>, ChainError> {
    let logs = chain.find_logs(blocks, contract.address(), E::SIGNATURE_HASH, indexed)?;
    logs.into_iter().map(decode).collect()
}

fn decode<E: SolEvent>(log: ChainLog) -> Result<(u64, E), ChainError> {
    E::decode_log_data_validate(&log.data)
        .map(|event| (log.block, event))
        .map_err(|error| ChainError::Malformed { method: "eth_getLogs", reason: error.to_string() })
}

/// Whether the topics after the first are `indexed`.
fn has_topics(log: &ChainLog, indexed: &[Option<B256>]) -> bool {
    let topics = &log.data.topics()[1..];
    indexed.iter().enumerate().all(|(place, wanted)| wanted.is_none() || topics.get(place) == wanted.as_ref())
}

/// Hands a call in as a duty and returns its hash.
///
/// # Errors
/// [`ChainError::Refused`] when the mempool does not take it, or whatever keeps the node from answering.
pub fn send_duty<C: SolCall>(
    chain: &impl Chain,
    contract: SystemContract,
    call: &C,
) -> Result<B256, ChainError> {
    let duty = Duty { chain_id: chain.chain_id()?, to: contract.address(), input: call.abi_encode().into() };
    chain.send(duty.encoded().into())
}

/// Whether a mempool refuses because what it was given waits there already, from us or from another: "already known",
/// "already proves this".
#[must_use]
pub fn waits_already(message: &str) -> bool {
    message.contains("already")
}

/// Why the chain gave no answer.
#[derive(Debug, Error)]
pub enum ChainError {
    /// Nobody answers at the address.
    #[error("cannot reach the node at {url}: {source}; is it running?")]
    Unreachable {
        /// The address asked.
        url: String,
        /// What went wrong.
        source: std::io::Error,
    },
    /// The address or the HTTP exchange is unusable.
    #[error("cannot use {url}: {reason}; the address must look like http://127.0.0.1:8545")]
    Exchange {
        /// The address asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// The node understood and says no.
    #[error("the node refuses {method} with error {code}: {message}")]
    Refused {
        /// The method called.
        method: &'static str,
        /// The JSON-RPC error code.
        code: i64,
        /// The node's own words.
        message: String,
        /// Revert data; empty when there is none.
        data: Bytes,
    },
    /// The answer is not what the call asked for.
    #[error("the node answers {method} with something else: {reason}; is it a Ballast node of this version?")]
    Malformed {
        /// The method called.
        method: &'static str,
        /// What does not fit.
        reason: String,
    },
}
