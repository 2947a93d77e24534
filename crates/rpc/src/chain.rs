//! What the server needs to know of a node: a port that the binary implements.
//!
//! Every block that a [`Chain`] shows is final in the consensus engine, so there are no reorgs and nothing here has a
//! word for one. Methods are synchronous and may touch the disk; the server calls them on threads that may block.

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, Bytes};
use ballast_evm::{DutyRejection, State, TransactionRejection};
use ballast_system::finality::Vote;
use ballast_types::{
    Block, Header, LogEntry, LogFilter, Receipt, Transaction, TransactionError, TransactionPlace,
    parameters::ChainParameters,
};
use thiserror::Error;
use tokio::sync::{broadcast, watch};

/// A node, as the server sees it.
pub trait Chain: Send + Sync + 'static {
    /// The chain's numbers: chain id, gas limit, base-fee floor.
    fn parameters(&self) -> &ChainParameters;

    /// Number of the latest block.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn latest(&self) -> Result<u64, ChainError>;

    /// Number of the latest block that bitcoin stake, or a checkpoint on Bitcoin, has made final; that of the latest
    /// block until the first provider is active (DESIGN §4). Never above [`Chain::latest`].
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn finalized(&self) -> Result<u64, ChainError>;

    /// Header of block `number`; none if there is no such block.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn header(&self, number: u64) -> Result<Option<Header>, ChainError>;

    /// Block `number`; none if there is no such block.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn block(&self, number: u64) -> Result<Option<Block>, ChainError>;

    /// Receipts of block `number`, one per transaction; none if there is no such block.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn receipts(&self, number: u64) -> Result<Option<Vec<Receipt>>, ChainError>;

    /// Number of the block with this hash.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn number(&self, hash: B256) -> Result<Option<u64>, ChainError>;

    /// Where the transaction with this hash is.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn transaction(&self, hash: B256) -> Result<Option<TransactionPlace>, ChainError>;

    /// Logs of the blocks in `range` that `filter` wants, in chain order. Blocks that do not exist have none.
    ///
    /// # Errors
    /// [`ChainError::TooManyLogs`] if there are more than `limit`; [`ChainError::Store`].
    fn logs(
        &self,
        range: RangeInclusive<u64>,
        filter: &LogFilter,
        limit: usize,
    ) -> Result<Vec<LogEntry>, ChainError>;

    /// The state after block `number`, unmoved by later blocks.
    ///
    /// # Errors
    /// [`ChainError::Unknown`], [`ChainError::Pruned`], [`ChainError::Store`].
    fn state_at(&self, number: u64) -> Result<Box<dyn State>, ChainError>;

    /// The transaction or duty with this hash that waits for a block.
    fn pending(&self, hash: B256) -> Option<Transaction>;

    /// The next nonce of `address`, with its transactions that are ready for a block counted.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn pending_nonce(&self, address: Address) -> Result<u64, ChainError>;

    /// Takes a transaction or duty, in its EIP-2718 encoding, into the mempool and spreads it. Returns its hash.
    ///
    /// # Errors
    /// [`Refusal`] says why it was not taken.
    fn submit(&self, bytes: &[u8]) -> Result<B256, Refusal>;

    /// Votes that the mempool refused and that are half of an evidence, from vote number `from` on, at most `most`, and
    /// the number to go on with. That is below `from` if the node was started anew.
    fn refused_votes(&self, from: u64, most: usize) -> (u64, Vec<Vote>);

    /// Remembers a deposit address for the relayer, durably, and returns its number. One that is remembered already keeps
    /// its number. The number of addresses is bounded; old ones to which nothing was ever deposited go first.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn watch_deposit(&self, address: DepositAddress) -> Result<u64, ChainError>;

    /// At most `limit` remembered deposit addresses with numbers above `after`, the lowest first.
    ///
    /// # Errors
    /// [`ChainError::Store`].
    fn watched_deposits(&self, after: u64, limit: usize) -> Result<Vec<WatchedDeposit>, ChainError>;

    /// How far the node is behind, if it knows that it is.
    fn syncing(&self) -> Option<Syncing>;

    /// Number of connected peers.
    fn peers(&self) -> usize;

    /// Number of the latest block, as it rises. It may skip a number; all blocks up to it can be read.
    fn new_head(&self) -> watch::Receiver<u64>;

    /// Hashes of transactions and duties as the mempool takes them, from now on.
    fn new_pending(&self) -> broadcast::Receiver<B256>;
}

/// A deposit address and whom it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepositAddress {
    /// Who gets the pBTC.
    pub recipient: Address,
    /// 0 to mint pBTC, 1 to stake it too.
    pub action: u8,
    /// Who can take a deposit back, x-only; none if nobody can.
    pub refund_key: Option<B256>,
    /// Script of the address.
    pub script: Bytes,
}

/// A deposit address that a node remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchedDeposit {
    /// The node's number for it, from 1; they rise.
    pub number: u64,
    /// The address.
    pub address: DepositAddress,
}

/// Progress of a node that is behind. All are block numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syncing {
    /// Where it began.
    pub starting: u64,
    /// Where it is.
    pub current: u64,
    /// Where it has to get.
    pub highest: u64,
}

/// Why the chain cannot answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ChainError {
    /// There is no such block.
    #[error("header not found: block {number} is not known, the latest is {latest}")]
    Unknown {
        /// Number asked for.
        number: u64,
        /// Number of the latest block.
        latest: u64,
    },
    /// The state is too old.
    #[error("state of block {number} is pruned: the oldest state kept is that of block {oldest}")]
    Pruned {
        /// Number asked for.
        number: u64,
        /// Oldest number with state.
        oldest: u64,
    },
    /// More logs than asked for at most.
    #[error(
        "query returned more than {limit} results: narrow the range of blocks or ask for fewer addresses or topics"
    )]
    TooManyLogs {
        /// Most logs.
        limit: usize,
    },
    /// The node's files cannot be read or contradict each other.
    #[error("internal error: {0}")]
    Store(String),
}

/// Why the mempool does not take a transaction.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Not a transaction of this chain.
    #[error(transparent)]
    Malformed(#[from] TransactionError),
    /// It breaks a rule of ordinary transactions, or can never pay the base fee.
    #[error("{}", crate::error::wording(.0))]
    Transaction(#[from] TransactionRejection),
    /// The duty breaks a rule, or its system contract refuses it.
    #[error(transparent)]
    Duty(#[from] DutyRejection),
    /// It waits already, or is in a block.
    #[error("already known: {0}")]
    Known(B256),
    /// Another duty that proves the same waits already.
    #[error("already known: duty {waiting} proves the same")]
    FactWaiting {
        /// Duty that waits.
        waiting: B256,
    },
    /// Another transaction with this nonce bids nearly as much.
    #[error("replacement transaction underpriced: raise both fees of {replaced} by at least 10 %")]
    Underpriced {
        /// Transaction that stays.
        replaced: B256,
    },
    /// No room; the text says of what, and what to do.
    #[error("txpool is full: {0}")]
    Full(String),
    /// The node cannot judge it now: it is starting, stopping or damaged.
    #[error("internal error: {0}")]
    Unavailable(String),
}
