//! Ordinary transactions that wait: one queue of nonces per sender.
//!
//! A transaction is *ready* when every nonce between the sender's account and it is in the queue; builders take ready
//! transactions by effective tip. A second transaction with the same nonce replaces the first only if it bids at least
//! a tenth more. When the pool is full, the lowest bid at the end of any queue goes, gapped queues first, so that
//! dropping one transaction never makes another unready. Nothing here reads a clock: order is by bid, then by arrival.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, VecDeque},
    sync::Arc,
};

use alloy_primitives::{Address, B256, U256};

use super::{Limits, MempoolError, Signed};

/// What the pool must know of a sender's account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sender {
    /// Next nonce.
    pub nonce: u64,
    /// Balance in wei.
    pub balance: U256,
}

#[derive(Debug, Default)]
struct Queue {
    sender: Sender,
    waiting: BTreeMap<u64, Waiting>,
}

#[derive(Clone, Debug)]
struct Waiting {
    signed: Arc<Signed>,
    arrival: u64,
}

/// How little the pool wants to keep a transaction: the smallest goes first.
type Worth = (bool, u128, Reverse<u64>);

impl Queue {
    /// First nonce that is missing.
    fn gap(&self) -> u64 {
        let ready = self.waiting.range(self.sender.nonce..).zip(self.sender.nonce..);
        ready
            .take_while(|((nonce, _), expected)| **nonce == *expected)
            .last()
            .map_or(self.sender.nonce, |(_, n)| n + 1)
    }

    fn ready(&self) -> VecDeque<Waiting> {
        self.waiting.range(self.sender.nonce..self.gap()).map(|(_, waiting)| waiting.clone()).collect()
    }

    fn tail_worth(&self, base_fee: u64) -> Option<Worth> {
        let (nonce, tail) = self.waiting.last_key_value()?;
        Some((*nonce < self.gap(), tail.signed.effective_tip(base_fee).unwrap_or(0), Reverse(tail.arrival)))
    }
}

/// The pool of ordinary transactions.
#[derive(Debug)]
pub struct Ordinary {
    limits: Limits,
    base_fee: u64,
    queues: BTreeMap<Address, Queue>,
    by_hash: HashMap<B256, (Address, u64)>,
    bytes: usize,
    arrivals: u64,
}

impl Ordinary {
    /// An empty pool.
    pub fn new(limits: Limits) -> Self {
        Self { limits, base_fee: 0, queues: BTreeMap::new(), by_hash: HashMap::new(), bytes: 0, arrivals: 0 }
    }

    /// Adds a transaction of a sender whose account is `sender`.
    ///
    /// # Errors
    /// [`MempoolError`] names the limit or rule that keeps it out; the pool is then as before.
    pub fn insert(&mut self, signed: Arc<Signed>, sender: Sender) -> Result<(), MempoolError> {
        self.check(&signed, sender)?;
        let (hash, address, nonce, size) = (signed.hash(), signed.sender(), signed.nonce(), signed.size());
        let waiting = Waiting { signed, arrival: self.arrivals };
        let queue = self.queues.entry(address).or_default();
        queue.sender = sender;
        let replaced = queue.waiting.insert(nonce, waiting);
        if let Some(old) = &replaced {
            self.by_hash.remove(&old.signed.hash());
            self.bytes -= old.signed.size();
        }
        self.by_hash.insert(hash, (address, nonce));
        self.bytes += size;
        self.arrivals += 1;
        self.update(address, sender);
        let dropped = self.shrink();
        if self.by_hash.contains_key(&hash) {
            return Ok(());
        }
        for waiting in dropped.into_iter().chain(replaced).filter(|waiting| waiting.signed.hash() != hash) {
            self.put_back(waiting);
        }
        Err(MempoolError::Full { transactions: self.limits.transactions, bytes: self.limits.bytes })
    }

    fn check(&self, signed: &Signed, sender: Sender) -> Result<(), MempoolError> {
        if self.by_hash.contains_key(&signed.hash()) {
            return Err(MempoolError::Known(signed.hash()));
        }
        if signed.nonce() < sender.nonce {
            return Err(MempoolError::NonceTooLow { expected: sender.nonce, found: signed.nonce() });
        }
        let limit = sender.nonce.saturating_add(self.limits.per_sender as u64);
        if signed.nonce() >= limit {
            return Err(MempoolError::NonceTooHigh { limit, found: signed.nonce() });
        }
        if signed.cost() > sender.balance {
            return Err(MempoolError::InsufficientFunds { balance: sender.balance, cost: signed.cost() });
        }
        let old = self.queues.get(&signed.sender()).and_then(|queue| queue.waiting.get(&signed.nonce()));
        match old {
            Some(old) if !signed.outbids(&old.signed) => {
                Err(MempoolError::Underpriced { replaced: old.signed.hash() })
            }
            _ => Ok(()),
        }
    }

    /// Drops the least wanted transactions until the limits hold, and returns them.
    fn shrink(&mut self) -> Vec<Waiting> {
        let mut dropped = Vec::new();
        while self.by_hash.len() > self.limits.transactions || self.bytes > self.limits.bytes {
            let worth =
                |(address, queue): (&Address, &Queue)| Some((queue.tail_worth(self.base_fee)?, *address));
            let least = self.queues.iter().filter_map(worth).min();
            let Some(queue) = least.and_then(|(_, address)| self.queues.get_mut(&address)) else { break };
            let Some((_, waiting)) = queue.waiting.pop_last() else { break };
            self.forget(&waiting.signed);
            dropped.push(waiting);
        }
        self.queues.retain(|_, queue| !queue.waiting.is_empty());
        dropped
    }

    fn forget(&mut self, signed: &Signed) {
        self.by_hash.remove(&signed.hash());
        self.bytes -= signed.size();
    }

    /// Undoes a drop.
    fn put_back(&mut self, waiting: Waiting) {
        let signed = &waiting.signed;
        let (address, nonce) = (signed.sender(), signed.nonce());
        self.by_hash.insert(signed.hash(), (address, nonce));
        self.bytes += signed.size();
        self.queues.entry(address).or_default().waiting.insert(nonce, waiting);
    }

    /// Takes note of an account after a block and drops what it can no longer send.
    pub fn update(&mut self, address: Address, sender: Sender) {
        let Some(queue) = self.queues.get_mut(&address) else { return };
        queue.sender = sender;
        let stale = |nonce: &u64, waiting: &mut Waiting| {
            *nonce < sender.nonce || waiting.signed.cost() > sender.balance
        };
        let dropped: Vec<_> = queue.waiting.extract_if(.., stale).collect();
        if queue.waiting.is_empty() {
            self.queues.remove(&address);
        }
        for (_, waiting) in dropped {
            self.forget(&waiting.signed);
        }
    }

    /// Sets the base fee of the next block, in wei per gas.
    pub fn set_base_fee(&mut self, base_fee: u64) {
        self.base_fee = base_fee;
    }

    /// Drops one transaction, for a builder that found it invalid.
    pub fn remove(&mut self, hash: B256) {
        let Some((address, nonce)) = self.by_hash.remove(&hash) else { return };
        let Some(queue) = self.queues.get_mut(&address) else { return };
        if let Some(waiting) = queue.waiting.remove(&nonce) {
            self.bytes -= waiting.signed.size();
        }
        if queue.waiting.is_empty() {
            self.queues.remove(&address);
        }
    }

    /// The transaction with this hash.
    pub fn get(&self, hash: B256) -> Option<Arc<Signed>> {
        let (address, nonce) = self.by_hash.get(&hash)?;
        Some(self.queues.get(address)?.waiting.get(nonce)?.signed.clone())
    }

    /// The nonce after the sender's ready transactions, if it has any.
    pub fn next_nonce(&self, address: Address) -> Option<u64> {
        self.queues.get(&address).map(Queue::gap)
    }

    /// Number of transactions.
    pub fn len(&self) -> usize {
        self.by_hash.len()
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.by_hash.is_empty()
    }

    /// Size of all transactions, in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// At most `limit` ready transactions that pay `base_fee`, best first, those of one sender by rising nonce.
    pub fn best(&self, base_fee: u64, limit: usize) -> Vec<Arc<Signed>> {
        let mut queues: Vec<_> = self.queues.values().map(Queue::ready).collect();
        let bid = |place: usize, queue: &VecDeque<Waiting>| {
            let next = queue.front()?;
            // below the base fee its sender has to wait
            Some((next.signed.effective_tip(base_fee)?, Reverse(next.arrival), place))
        };
        let bids = queues.iter().enumerate().filter_map(|(place, queue)| bid(place, queue));
        let mut bids: BinaryHeap<_> = bids.collect();
        let mut best = Vec::new();
        while best.len() < limit
            && let Some((_, _, place)) = bids.pop()
        {
            best.extend(queues[place].pop_front().map(|next| next.signed));
            bids.extend(bid(place, &queues[place]));
        }
        best
    }
}
