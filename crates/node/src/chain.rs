//! What a node knows of its chain: finalised blocks, recent state, waiting transactions, and who wants to hear of them.
//!
//! The consensus engine writes here (what it executed, what became final, what it found invalid); RPC reads and submits.
//! Reads are synchronous and cheap, on snapshots that the writer never blocks.

use std::{
    collections::HashMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alloy_primitives::{Address, B256, Bytes};
use ballast_evm::{
    Candidates, DutyRejection, Environment, LeftOut, Outcome, Reason, State as _, StateError,
    TransactionRejection, check_duty, check_transaction, is_half_evidence, next_base_fee, staked_final,
};
use ballast_system::{duty::classify, finality::Vote};
use ballast_types::{
    Duty, Genesis, Header, LogEntry, LogFilter, Receipt, Transaction, TransactionError, TransactionPlace,
    limits::MAX_BLOCK_TRANSACTIONS,
};
use commonware_utils::channel::mpsc;
use thiserror::Error;
use tokio::sync::broadcast;

use crate::{
    block::ChainBlock,
    index::{Fault, Finalised, Index, IndexError, StateAt, StoredBlock},
    mempool::{Limits, Mempool, MempoolError, Sender, Signed},
    refused_votes::RefusedVotes,
};

/// Events that a slow listener may fall behind before it loses some.
const EVENTS: usize = 1_024;

/// What happened on the chain.
#[derive(Clone, Debug)]
pub enum ChainEvent {
    /// A block became final, and with it its logs.
    Block(Arc<StoredBlock>),
    /// A transaction waits for a block.
    Pending(Arc<Transaction>),
}

/// Why a submitted transaction is not taken.
#[derive(Debug, Error)]
pub enum SubmitError {
    /// Not a transaction of this chain; an honest peer never sends it.
    #[error(transparent)]
    Malformed(#[from] TransactionError),
    /// An ordinary transaction that no block could carry now.
    #[error(transparent)]
    Transaction(#[from] TransactionRejection),
    /// A duty that no block could carry now.
    #[error(transparent)]
    Duty(#[from] DutyRejection),
    /// No room, or a better one waits.
    #[error(transparent)]
    Mempool(#[from] MempoolError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] StateError),
}

/// The node's view of its chain.
#[derive(Debug)]
pub struct Chain {
    genesis: Arc<Genesis>,
    genesis_block: ChainBlock,
    index: Arc<Index>,
    mempool: Mutex<Mempool>,
    refused_votes: Mutex<RefusedVotes>,
    /// What executing a block yielded, by hash, until the block or a sibling is final.
    executed: Mutex<HashMap<B256, (u64, Arc<Outcome>)>>,
    events: broadcast::Sender<ChainEvent>,
    /// Accepted from clients, to be sent to peers.
    outgoing: Mutex<Option<mpsc::UnboundedSender<Bytes>>>,
}

/// A panic while a lock is held ends the node; until then readers may still look.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Chain {
    pub(crate) fn new(
        genesis: Arc<Genesis>,
        genesis_block: ChainBlock,
        index: Arc<Index>,
        limits: Limits,
    ) -> Self {
        Self {
            genesis,
            genesis_block,
            index,
            mempool: Mutex::new(Mempool::new(limits)),
            refused_votes: Mutex::default(),
            executed: Mutex::default(),
            events: broadcast::Sender::new(EVENTS),
            outgoing: Mutex::default(),
        }
    }

    /// The genesis with every parameter of the chain.
    pub fn genesis(&self) -> &Arc<Genesis> {
        &self.genesis
    }

    pub(crate) fn genesis_block(&self) -> &ChainBlock {
        &self.genesis_block
    }

    /// Blocks, receipts, transactions, logs and state.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Number of the latest final block.
    ///
    /// # Errors
    /// [`IndexError`] if the index cannot be read.
    pub fn latest(&self) -> Result<u64, IndexError> {
        self.index.latest()
    }

    /// Number of the latest block that bitcoin stake has made final; that of the latest block until there is such stake.
    ///
    /// # Errors
    /// [`IndexError`] or [`StateError`] if the state cannot be read.
    pub fn finalized(&self) -> Result<u64, SubmitError> {
        let latest = self.latest()?;
        if latest == 0 {
            return Ok(0);
        }
        let header = self.index.header(latest)?.ok_or(IndexError::Damaged("latest header"))?;
        let environment = Environment::of(&header).map_err(|_| IndexError::Damaged("latest header"))?;
        let state = self.index.state_at(latest)?;
        let staked = staked_final(&state, &environment, &self.genesis.parameters.chain)?;
        Ok(staked.unwrap_or(latest))
    }

    /// Header of the latest final block, with its hash.
    ///
    /// # Errors
    /// [`IndexError`] if the index cannot be read.
    pub fn head(&self) -> Result<(Header, B256), IndexError> {
        let header = self.index.header(self.latest()?)?.ok_or(IndexError::Damaged("latest header"))?;
        let hash = header.hash_slow();
        Ok((header, hash))
    }

    /// Environment of the block after the latest, one block time later.
    ///
    /// # Errors
    /// [`IndexError`] if the index cannot be read.
    pub fn next_environment(&self) -> Result<Environment, IndexError> {
        let (header, hash) = self.head()?;
        let parameters = &self.genesis.parameters.chain;
        let time = ballast_evm::time_ms(&header).map_err(|_| IndexError::Damaged("time of a header"))?;
        Ok(Environment::child_of(&header, hash, time + parameters.block_time_ms, parameters))
    }

    /// The waiting transaction with this hash.
    pub fn pending(&self, hash: B256) -> Option<Transaction> {
        lock(&self.mempool).get(hash)
    }

    /// Nonce after the transactions of `address` that are ready.
    ///
    /// # Errors
    /// [`IndexError`] or [`StateError`] if the state cannot be read.
    pub fn pending_nonce(&self, address: Address) -> Result<u64, SubmitError> {
        let account = self.index.state_at(self.latest()?)?.account(address)?.unwrap_or_default();
        Ok(lock(&self.mempool).ordinary.next_nonce(address).unwrap_or(account.nonce))
    }

    /// How many ordinary transactions and duties wait.
    pub fn waiting(&self) -> (usize, usize) {
        let mempool = lock(&self.mempool);
        (mempool.ordinary.len(), mempool.duties.len())
    }

    /// Events from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<ChainEvent> {
        self.events.subscribe()
    }

    /// Takes a transaction in its EIP-2718 encoding and passes it on to peers. Returns its hash.
    ///
    /// # Errors
    /// [`SubmitError`] says what is wrong with it.
    pub fn submit(&self, bytes: &[u8]) -> Result<B256, SubmitError> {
        let taken = self.submit_from_peer(bytes);
        // what is said again goes out again: a peer that is a block behind has refused it as too early
        let is_known = matches!(taken, Err(SubmitError::Mempool(MempoolError::Known(_))));
        if let Some(outgoing) = lock(&self.outgoing).as_ref().filter(|_| taken.is_ok() || is_known) {
            // an error means that the node stops
            let _ = outgoing.send(Bytes::copy_from_slice(bytes));
        }
        taken
    }

    /// As [`Chain::submit`], without passing it on.
    pub(crate) fn submit_from_peer(&self, bytes: &[u8]) -> Result<B256, SubmitError> {
        let transaction = Transaction::decode_exact(bytes)?;
        let hash = transaction.hash();
        match transaction.clone() {
            Transaction::Ethereum(envelope) => self.submit_ordinary(Signed::new(envelope)?)?,
            Transaction::Duty(duty) => {
                let vote = Vote::of(&duty);
                self.submit_duty(duty, hash, bytes.len()).inspect_err(|_| self.keep_refused(vote))?;
            }
        }
        // an error means that nobody listens
        let _ = self.events.send(ChainEvent::Pending(Arc::new(transaction)));
        Ok(hash)
    }

    fn submit_ordinary(&self, signed: Signed) -> Result<(), SubmitError> {
        let parameters = &self.genesis.parameters.chain;
        let environment = Environment { base_fee: parameters.base_fee_floor_wei, ..self.next_environment()? };
        let sender = signed.sender();
        let state = self.index.state_at(self.latest()?)?;
        check_transaction(&state, &environment, parameters, signed.recovered().inner(), sender)??;
        // read again under the lock: a block that became final meanwhile has updated the pool or is about to
        let mut mempool = lock(&self.mempool);
        let account = self.index.state_at(self.latest()?)?.account(sender)?.unwrap_or_default();
        let sender = Sender { nonce: account.nonce, balance: account.balance };
        Ok(mempool.ordinary.insert(Arc::new(signed), sender)?)
    }

    fn submit_duty(&self, duty: Duty, hash: B256, size: usize) -> Result<(), SubmitError> {
        let key = classify(duty.to, &duty.input).map_err(DutyRejection::from)?;
        lock(&self.mempool).duties.check(hash, key, size)?;
        let state = self.index.state_at(self.latest()?)?;
        check_duty(&state, &self.next_environment()?, &self.genesis, &duty)??;
        Ok(lock(&self.mempool).duties.insert(Arc::new(duty), hash, key)?)
    }

    /// Keeps a refused vote that is half of an evidence.
    fn keep_refused(&self, vote: Option<Vote>) {
        let Some(vote) = vote.filter(|vote| lock(&self.refused_votes).wants(vote)) else { return };
        match self.is_half_evidence(&vote) {
            Ok(true) => lock(&self.refused_votes).push(vote),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "a refused vote could not be judged"),
        }
    }

    fn is_half_evidence(&self, vote: &Vote) -> Result<bool, SubmitError> {
        // of a height that is to come, every hash is as good as any
        let is_canonical = |header: Header| header.hash_slow() == vote.block_hash;
        if self.index.header(vote.height)?.is_none_or(is_canonical) {
            return Ok(false);
        }
        let state = self.index.state_at(self.latest()?)?;
        Ok(is_half_evidence(&state, &self.next_environment()?, &self.genesis.parameters.chain, vote)?)
    }

    /// Refused votes from `number` on that are half of an evidence, at most `most`, and the number to go on with; it
    /// is below `number` if the node was started anew. They are in memory only.
    pub fn refused_votes(&self, number: u64, most: usize) -> (u64, Vec<Vote>) {
        lock(&self.refused_votes).from(number, most)
    }

    /// Logs of the blocks in `range` that `filter` wants, in chain order, at most `limit`.
    ///
    /// # Errors
    /// [`IndexError::TooManyLogs`] beyond the limit; [`IndexError`] if the index cannot be read.
    pub fn logs(
        &self,
        range: RangeInclusive<u64>,
        filter: &LogFilter,
        limit: usize,
    ) -> Result<Vec<LogEntry>, IndexError> {
        self.index.logs(range, filter, limit)
    }

    /// The state after block `number`.
    ///
    /// # Errors
    /// [`IndexError::Unknown`] for a block to come, [`IndexError::Pruned`] for one too far back.
    pub fn state_at(&self, number: u64) -> Result<StateAt, IndexError> {
        self.index.state_at(number)
    }

    /// Where the transaction with this hash is, once it is final.
    ///
    /// # Errors
    /// [`IndexError`] if the index cannot be read.
    pub fn transaction(&self, hash: B256) -> Result<Option<TransactionPlace>, IndexError> {
        self.index.transaction(hash)
    }

    /// Receipts of block `number`.
    ///
    /// # Errors
    /// [`IndexError`] if the index cannot be read.
    pub fn receipts(&self, number: u64) -> Result<Option<Vec<Receipt>>, IndexError> {
        self.index.receipts(number)
    }

    /// Transactions accepted from clients from now on, for the network to send.
    pub(crate) fn submitted(&self) -> mpsc::UnboundedReceiver<Bytes> {
        let (sender, receiver) = mpsc::unbounded_channel();
        *lock(&self.outgoing) = Some(sender);
        receiver
    }

    /// What a builder may put into a block with this base fee.
    pub(crate) fn candidates(&self, base_fee: u64) -> Candidates {
        let mempool = lock(&self.mempool);
        let transactions = mempool.ordinary.best(base_fee, MAX_BLOCK_TRANSACTIONS);
        Candidates {
            duties: mempool.duties.in_order().iter().map(|duty| Duty::clone(duty)).collect(),
            transactions: transactions.iter().map(|signed| signed.recovered().clone()).collect(),
        }
    }

    /// Drops what a builder found to be invalid for good. What may fit later, or is in a block that is not final yet, stays.
    pub(crate) fn drop_invalid(&self, left_out: &[LeftOut]) {
        let invalid = |left_out: &&LeftOut| match &left_out.reason {
            Reason::NoRoom => false,
            Reason::Duty(rejection) => !rejection.is_for_lack_of_room(),
            Reason::Transaction(rejection) => !matches!(
                rejection,
                TransactionRejection::NonceTooLow { .. }
                    | TransactionRejection::NonceTooHigh { .. }
                    | TransactionRejection::InsufficientFunds { .. }
                    | TransactionRejection::FeeTooLow { .. }
            ),
        };
        for dropped in left_out.iter().filter(invalid) {
            tracing::debug!(hash = %dropped.hash, reason = ?dropped.reason, "dropped from the mempool");
            lock(&self.mempool).remove([dropped.hash]);
        }
    }

    /// Remembers what executing a block yielded, until it is final.
    pub(crate) fn remember(&self, hash: B256, number: u64, outcome: Outcome) {
        lock(&self.executed).insert(hash, (number, Arc::new(outcome)));
    }

    /// Takes note of a final block: index, mempool, listeners. A block that is already in the index changes nothing.
    ///
    /// # Errors
    /// [`IndexError`] if the block does not follow or the index cannot be written. The node must stop.
    pub(crate) fn finalise(&self, block: &ChainBlock) -> Result<(), IndexError> {
        let (hash, number) = (block.hash(), block.block().header.number);
        let outcome = lock(&self.executed).get(&hash).map(|(_, outcome)| outcome.clone());
        let outcome = outcome.ok_or(IndexError::Damaged("outcome of a final block"))?;
        let finalised =
            Finalised { block: block.block(), hash, receipts: &outcome.receipts, changes: &outcome.changes };
        let is_new = self.index.apply(&finalised)?;
        lock(&self.executed).retain(|_, (other, _)| *other > number);
        if is_new {
            self.refresh_mempool(block, &outcome);
            let receipts = outcome.receipts.clone();
            let stored = StoredBlock { hash, block: block.block().clone(), receipts };
            // an error means that nobody listens
            let _ = self.events.send(ChainEvent::Block(Arc::new(stored)));
        }
        Ok(())
    }

    fn refresh_mempool(&self, block: &ChainBlock, outcome: &Outcome) {
        let mut mempool = lock(&self.mempool);
        for (address, change) in &outcome.changes.accounts {
            let account = change.after.unwrap_or_default();
            mempool.ordinary.update(*address, Sender { nonce: account.nonce, balance: account.balance });
        }
        let floor = self.genesis.parameters.chain.base_fee_floor_wei;
        mempool.ordinary.set_base_fee(next_base_fee(&block.block().header, floor));
        mempool.remove(block.block().transactions.iter().map(Transaction::hash));
    }

    /// Keeps evidence that a validator broke the consensus protocol.
    pub(crate) fn record_fault(&self, fault: Fault, evidence: &[u8]) {
        if let Err(error) = self.index.record_fault(fault, evidence) {
            tracing::error!(%error, ?fault, "evidence was not kept");
        }
    }
}

#[cfg(test)]
mod tests;
