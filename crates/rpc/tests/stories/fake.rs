//! A chain in memory that executes real blocks and mines when it is told to.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{Arc, Mutex, MutexGuard},
};

use alloy_consensus::{Transaction as _, transaction::Recovered};
use alloy_primitives::{Address, B256, FixedBytes, U256};
use ballast_evm::{
    Candidates, Environment, Seal, State, build_block, check_duty, check_transaction, memory::MemoryState,
    time_ms,
};
use ballast_rpc::{Chain, ChainError, DepositAddress, Refusal, Syncing, WatchedDeposit};
use ballast_system::finality::Vote;
use ballast_types::{
    Block, Genesis, Header, LogEntry, LogFilter, Network, OperationRange, Parameters, Receipt,
    SystemContract, Transaction, TransactionPlace, genesis::BitcoinBase, parameters::ChainParameters,
};
use bitcoin::{consensus::serialize, constants::genesis_block};
use tokio::sync::{broadcast, watch};

use crate::wallet::{alice, bob};

/// Blocks whose state is kept.
pub(crate) const KEPT: u64 = 4;
/// 1 pBTC in wei.
pub(crate) const PBTC: u128 = 1_000_000_000_000_000_000;

pub(crate) struct Fake {
    genesis: Genesis,
    inner: Mutex<Inner>,
    head: watch::Sender<u64>,
    new_pending: broadcast::Sender<B256>,
}

struct Inner {
    blocks: Vec<(Block, Vec<Receipt>)>,
    states: Vec<MemoryState>,
    pool: Vec<Transaction>,
    finalized: Option<u64>,
    refused_votes: Vec<Vote>,
    syncing: Option<Syncing>,
    watched: Vec<DepositAddress>,
}

/// Where custody keeps its group key.
const GROUP_SLOT: U256 = U256::from_limbs([20, 0, 0, 0]);

impl Fake {
    /// A chain at block 1, on which Alice and Bob have 1,000 pBTC each.
    pub(crate) fn new() -> Arc<Self> {
        let base = genesis_block(bitcoin::Network::Regtest).header;
        let funds = U256::from(1_000 * PBTC);
        let genesis = Genesis {
            timestamp_ms: u64::from(base.time + 60) * 1_000,
            parameters: Parameters::of(Network::Devnet),
            validators: Vec::new(),
            bitcoin: BitcoinBase { height: 0, headers: vec![FixedBytes::from_slice(&serialize(&base))] },
            providers: Vec::new(),
            alloc: BTreeMap::from([(alice().address, funds), (bob().address, funds)]),
        };
        let first = (genesis.block(B256::ZERO, OperationRange::default()), Vec::new());
        let inner = Inner {
            blocks: vec![first],
            states: vec![MemoryState::default()],
            pool: Vec::new(),
            finalized: None,
            refused_votes: Vec::new(),
            syncing: None,
            watched: Vec::new(),
        };
        let (head, _) = watch::channel(0);
        let (new_pending, _) = broadcast::channel(64);
        let chain = Self { genesis, inner: Mutex::new(inner), head, new_pending };
        chain.mine();
        Arc::new(chain)
    }

    /// Mines a block with what waits, and returns its number.
    pub(crate) fn mine(&self) -> u64 {
        let mut inner = self.inner();
        let mut candidates = Candidates::default();
        for transaction in std::mem::take(&mut inner.pool) {
            match transaction {
                Transaction::Duty(duty) => candidates.duties.push(duty),
                Transaction::Ethereum(envelope) => {
                    let sender = Transaction::Ethereum(envelope.clone()).sender().unwrap();
                    candidates.transactions.push(Recovered::new_unchecked(envelope, sender));
                }
            }
        }
        let environment = inner.next(self.parameters());
        let built = build_block(inner.state(), &environment, &self.genesis, candidates).unwrap();
        assert_eq!(built.left_out, [], "what the pool took gets into the block");
        let block = environment.seal(built.transactions, &built.outcome, Seal::default());
        let mut state = inner.state().clone();
        state.apply(&built.outcome.changes);
        let number = block.header.number;
        inner.states.push(state);
        inner.blocks.push((block, built.outcome.receipts));
        drop(inner);
        self.head.send_replace(number);
        number
    }

    /// Mines so many blocks.
    pub(crate) fn mine_many(&self, count: u64) -> u64 {
        (0..count).map(|_| self.mine()).last().unwrap()
    }

    /// Keeps votes as refused.
    pub(crate) fn refuse(&self, votes: impl Iterator<Item = Vote>) {
        self.inner().refused_votes.extend(votes);
    }

    /// Says that bitcoin stake has made block `number` final.
    pub(crate) fn finalize(&self, number: u64) {
        self.inner().finalized = Some(number);
    }

    /// Says that the node is behind.
    pub(crate) fn fall_behind(&self, syncing: Syncing) {
        self.inner().syncing = Some(syncing);
    }

    /// Gives custody a group key in the latest block.
    pub(crate) fn give_key(&self, key: B256) {
        let custody = SystemContract::Custody.address();
        self.inner().states.last_mut().unwrap().storage.insert((custody, GROUP_SLOT), key.into());
    }

    /// Breaks the store: block `number` loses its receipts.
    pub(crate) fn damage(&self, number: u64) {
        self.inner().blocks[number as usize].1.clear();
    }

    pub(crate) fn hash(&self, number: u64) -> B256 {
        self.inner().blocks[number as usize].0.hash()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }
}

impl Inner {
    fn state(&self) -> &MemoryState {
        self.states.last().unwrap()
    }

    fn latest(&self) -> u64 {
        self.blocks.len() as u64 - 1
    }

    fn next(&self, parameters: &ChainParameters) -> Environment {
        let (head, _) = self.blocks.last().unwrap();
        let time = time_ms(&head.header).unwrap() + 1_000;
        Environment::child_of(&head.header, head.hash(), time, parameters)
    }

    fn pending_nonce(&self, address: Address) -> u64 {
        let account = State::account(self.state(), address).unwrap().unwrap_or_default();
        let own = |transaction: &&Transaction| transaction.sender() == Ok(address);
        account.nonce + self.pool.iter().filter(own).count() as u64
    }

    fn check(&self, transaction: &Transaction, genesis: &Genesis) -> Result<(), Refusal> {
        let parameters = &genesis.parameters.chain;
        let environment = self.next(parameters);
        match transaction {
            Transaction::Duty(duty) => {
                check_duty(self.state(), &environment, genesis, duty).unwrap()?;
            }
            Transaction::Ethereum(envelope) => {
                let sender = transaction.sender()?;
                check_transaction(self.state(), &environment, parameters, envelope, sender).unwrap()?;
                let mut own = self.pool.iter().filter(|other| other.sender() == Ok(sender));
                let same = |other: &&Transaction| match other {
                    Transaction::Ethereum(other) => other.nonce() == envelope.nonce(),
                    Transaction::Duty(_) => false,
                };
                if let Some(rival) = own.find(same) {
                    return Err(Refusal::Underpriced { replaced: rival.hash() });
                }
            }
        }
        Ok(())
    }
}

impl Chain for Fake {
    fn parameters(&self) -> &ChainParameters {
        &self.genesis.parameters.chain
    }

    fn latest(&self) -> Result<u64, ChainError> {
        Ok(self.inner().latest())
    }

    fn finalized(&self) -> Result<u64, ChainError> {
        let inner = self.inner();
        Ok(inner.finalized.unwrap_or(inner.latest()))
    }

    fn header(&self, number: u64) -> Result<Option<Header>, ChainError> {
        Ok(self.block(number)?.map(|block| block.header))
    }

    fn block(&self, number: u64) -> Result<Option<Block>, ChainError> {
        Ok(self.inner().blocks.get(number as usize).map(|(block, _)| block.clone()))
    }

    fn receipts(&self, number: u64) -> Result<Option<Vec<Receipt>>, ChainError> {
        Ok(self.inner().blocks.get(number as usize).map(|(_, receipts)| receipts.clone()))
    }

    fn number(&self, hash: B256) -> Result<Option<u64>, ChainError> {
        let found = self.inner().blocks.iter().position(|(block, _)| block.hash() == hash);
        Ok(found.map(|number| number as u64))
    }

    fn transaction(&self, hash: B256) -> Result<Option<TransactionPlace>, ChainError> {
        let inner = self.inner();
        let blocks = inner.blocks.iter().zip(0..);
        let place = |(block, number): (&Block, u64)| {
            let index = block.transactions.iter().position(|transaction| transaction.hash() == hash)?;
            Some(TransactionPlace { block: number, index })
        };
        Ok(blocks.map(|((block, _), number)| (block, number)).find_map(place))
    }

    fn logs(
        &self,
        range: RangeInclusive<u64>,
        filter: &LogFilter,
        limit: usize,
    ) -> Result<Vec<LogEntry>, ChainError> {
        let inner = self.inner();
        let mut found = Vec::new();
        for (block, receipts) in &inner.blocks {
            if !range.contains(&block.header.number) {
                continue;
            }
            let mut log_index = 0;
            for (transaction_index, receipt) in receipts.iter().enumerate() {
                for log in &receipt.logs {
                    let entry = LogEntry {
                        log: log.clone(),
                        block_number: block.header.number,
                        block_hash: block.hash(),
                        block_timestamp: block.header.timestamp,
                        transaction_hash: block.transactions[transaction_index].hash(),
                        transaction_index,
                        log_index,
                    };
                    log_index += 1;
                    found.extend(filter.matches(log).then_some(entry));
                }
            }
        }
        if found.len() > limit { Err(ChainError::TooManyLogs { limit }) } else { Ok(found) }
    }

    fn state_at(&self, number: u64) -> Result<Box<dyn State>, ChainError> {
        let inner = self.inner();
        let latest = inner.latest();
        let oldest = latest.saturating_sub(KEPT);
        if number > latest {
            return Err(ChainError::Unknown { number, latest });
        }
        if number < oldest {
            return Err(ChainError::Pruned { number, oldest });
        }
        Ok(Box::new(inner.states[number as usize].clone()))
    }

    fn pending(&self, hash: B256) -> Option<Transaction> {
        self.inner().pool.iter().find(|transaction| transaction.hash() == hash).cloned()
    }

    fn pending_nonce(&self, address: Address) -> Result<u64, ChainError> {
        Ok(self.inner().pending_nonce(address))
    }

    fn submit(&self, bytes: &[u8]) -> Result<B256, Refusal> {
        let transaction = Transaction::decode_exact(bytes)?;
        let hash = transaction.hash();
        if self.pending(hash).is_some() {
            return Err(Refusal::Known(hash));
        }
        let mut inner = self.inner();
        inner.check(&transaction, &self.genesis)?;
        inner.pool.push(transaction);
        drop(inner);
        let _ = self.new_pending.send(hash);
        Ok(hash)
    }

    fn refused_votes(&self, from: u64, most: usize) -> (u64, Vec<Vote>) {
        let votes = &self.inner().refused_votes;
        let first = votes.len().min(from as usize);
        let page: Vec<Vote> = votes[first..].iter().take(most).cloned().collect();
        ((first + page.len()) as u64, page)
    }

    fn watch_deposit(&self, address: DepositAddress) -> Result<u64, ChainError> {
        let watched = &mut self.inner().watched;
        let known = watched.iter().position(|other| *other == address);
        let index = known.unwrap_or_else(|| {
            watched.push(address);
            watched.len() - 1
        });
        Ok(index as u64 + 1)
    }

    fn watched_deposits(&self, after: u64, limit: usize) -> Result<Vec<WatchedDeposit>, ChainError> {
        let watched = self.inner().watched.clone();
        let numbered = (1..).zip(watched).map(|(number, address)| WatchedDeposit { number, address });
        Ok(numbered.skip(after as usize).take(limit).collect())
    }

    fn syncing(&self) -> Option<Syncing> {
        self.inner().syncing
    }

    fn peers(&self) -> usize {
        3
    }

    fn new_head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    fn new_pending(&self) -> broadcast::Receiver<B256> {
        self.new_pending.subscribe()
    }
}
