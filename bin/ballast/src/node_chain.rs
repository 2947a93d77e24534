//! The node behind the JSON-RPC server: the server's port, implemented by the node's chain.

use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use alloy_primitives::{Address, B256};
use anyhow::Result;
use ballast_evm::{State, TransactionRejection};
use ballast_node::index::IndexError;
use ballast_node::mempool::MempoolError;
use ballast_node::{ChainEvent, SubmitError};
use ballast_rpc::{Chain, ChainError, DepositAddress, Refusal, Syncing, WatchedDeposit};
use ballast_system::finality::Vote;
use ballast_types::{
    Block, Header, LogEntry, LogFilter, Receipt, Transaction, TransactionPlace, parameters::ChainParameters,
};
use tokio::sync::{broadcast, watch};

use crate::watched_deposits::{self, WatchedDeposits};

/// Hashes that a slow listener may fall behind before it loses some.
const PENDING_BEHIND: usize = 4_096;

/// The name of the list of watched deposits in a node's data folder.
const WATCHED_DEPOSITS: &str = "watched-deposits.redb";

/// A node's chain with the two feeds that the server wants, and the list of watched deposits.
pub(crate) struct NodeChain {
    chain: Arc<ballast_node::Chain>,
    deposits: Arc<WatchedDeposits>,
    head: watch::Receiver<u64>,
    pending: broadcast::Sender<B256>,
}

impl NodeChain {
    /// Must be called on a tokio runtime, on which it follows the node's events. `data_dir` is the node's.
    pub(crate) fn new(chain: Arc<ballast_node::Chain>, data_dir: &Path) -> Result<Arc<Self>> {
        let list = data_dir.join(WATCHED_DEPOSITS);
        let deposits = Arc::new(WatchedDeposits::open(&list, watched_deposits::CAPACITY)?);
        let mut events = chain.subscribe();
        let (send_head, head) = watch::channel(chain.latest()?);
        let pending = broadcast::Sender::new(PENDING_BEHIND);
        let (source, sink, list) = (chain.clone(), pending.clone(), deposits.clone());
        tokio::spawn(async move {
            loop {
                match events.recv().await {
                    Ok(ChainEvent::Block(block)) => {
                        note_deposits(&list, &block.block);
                        _ = send_head.send(block.block.header.number);
                    }
                    Ok(ChainEvent::Pending(transaction)) => _ = sink.send(transaction.hash()),
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        if let Ok(latest) = source.latest() {
                            _ = send_head.send(latest);
                        }
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
        Ok(Arc::new(Self { chain, deposits, head, pending }))
    }
}

/// Tells the list which of its addresses a block has used. One that it is not told of may be forgotten sooner, no more.
fn note_deposits(list: &WatchedDeposits, block: &Block) {
    if let Err(error) = list.used(&watched_deposits::deposited(block)) {
        tracing::warn!(%error, "the list of watched deposits cannot be written");
    }
}

fn store(error: IndexError) -> ChainError {
    match error {
        IndexError::Unknown { number, latest } => ChainError::Unknown { number, latest },
        IndexError::Pruned { number, oldest } => ChainError::Pruned { number, oldest },
        IndexError::TooManyLogs { limit } => ChainError::TooManyLogs { limit },
        other => ChainError::Store(other.to_string()),
    }
}

fn unreadable(error: SubmitError) -> ChainError {
    match error {
        SubmitError::Index(error) => store(error),
        other => ChainError::Store(other.to_string()),
    }
}

fn refusal(error: SubmitError) -> Refusal {
    match error {
        SubmitError::Transaction(rejection) => Refusal::Transaction(rejection),
        SubmitError::Duty(rejection) => Refusal::Duty(rejection),
        SubmitError::Malformed(malformed) => Refusal::Malformed(malformed),
        SubmitError::Mempool(error) => match error {
            MempoolError::Known(hash) => Refusal::Known(hash),
            MempoolError::FactWaiting { waiting } => Refusal::FactWaiting { waiting },
            MempoolError::Underpriced { replaced } => Refusal::Underpriced { replaced },
            MempoolError::NonceTooLow { expected, found } => {
                Refusal::Transaction(TransactionRejection::NonceTooLow { expected, found })
            }
            far @ MempoolError::NonceTooHigh { .. } => {
                Refusal::Transaction(TransactionRejection::Other(far.to_string()))
            }
            MempoolError::InsufficientFunds { balance, cost } => {
                Refusal::Transaction(TransactionRejection::InsufficientFunds { balance, needed: cost })
            }
            full => Refusal::Full(full.to_string()),
        },
        other => Refusal::Unavailable(other.to_string()),
    }
}

impl Chain for NodeChain {
    fn parameters(&self) -> &ChainParameters {
        &self.chain.genesis().parameters.chain
    }

    fn latest(&self) -> Result<u64, ChainError> {
        self.chain.latest().map_err(store)
    }

    fn finalized(&self) -> Result<u64, ChainError> {
        self.chain.finalized().map_err(unreadable)
    }

    fn header(&self, number: u64) -> Result<Option<Header>, ChainError> {
        self.chain.index().header(number).map_err(store)
    }

    fn block(&self, number: u64) -> Result<Option<Block>, ChainError> {
        self.chain.index().block(number).map_err(store)
    }

    fn receipts(&self, number: u64) -> Result<Option<Vec<Receipt>>, ChainError> {
        self.chain.receipts(number).map_err(store)
    }

    fn number(&self, hash: B256) -> Result<Option<u64>, ChainError> {
        self.chain.index().number(hash).map_err(store)
    }

    fn transaction(&self, hash: B256) -> Result<Option<TransactionPlace>, ChainError> {
        self.chain.transaction(hash).map_err(store)
    }

    fn logs(
        &self,
        range: RangeInclusive<u64>,
        filter: &LogFilter,
        limit: usize,
    ) -> Result<Vec<LogEntry>, ChainError> {
        self.chain.logs(range, filter, limit).map_err(store)
    }

    fn state_at(&self, number: u64) -> Result<Box<dyn State>, ChainError> {
        Ok(Box::new(self.chain.state_at(number).map_err(store)?))
    }

    fn pending(&self, hash: B256) -> Option<Transaction> {
        self.chain.pending(hash)
    }

    fn pending_nonce(&self, address: Address) -> Result<u64, ChainError> {
        self.chain.pending_nonce(address).map_err(unreadable)
    }

    fn submit(&self, bytes: &[u8]) -> Result<B256, Refusal> {
        self.chain.submit(bytes).map_err(refusal)
    }

    fn refused_votes(&self, from: u64, most: usize) -> (u64, Vec<Vote>) {
        self.chain.refused_votes(from, most)
    }

    fn watch_deposit(&self, address: DepositAddress) -> Result<u64, ChainError> {
        self.deposits.watch(address).map_err(|error| ChainError::Store(format!("{error:#}")))
    }

    fn watched_deposits(&self, after: u64, limit: usize) -> Result<Vec<WatchedDeposit>, ChainError> {
        Ok(self.deposits.after(after, limit))
    }

    fn syncing(&self) -> Option<Syncing> {
        None
    }

    fn peers(&self) -> usize {
        self.chain.genesis().validators.len().saturating_sub(1)
    }

    fn new_head(&self) -> watch::Receiver<u64> {
        self.head.clone()
    }

    fn new_pending(&self) -> broadcast::Receiver<B256> {
        self.pending.subscribe()
    }
}
