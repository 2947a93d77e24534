//! Duties that wait: at most one per (kind, fact, signer), in block order.
//!
//! A duty pays nothing, so what keeps it out of the pool must be cheap and what keeps it in must be proven: the caller
//! has parsed its one encoding, classified it and run it against the latest state before it comes here. The first duty
//! with a key stays until a block carries it or a builder finds it invalid. Each kind has room of its own, so that a
//! flood of one kind cannot crowd out another.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use alloy_primitives::B256;
use ballast_system::duty::DutyKey;
use ballast_types::{Duty, DutyKind};

use super::{Limits, MempoolError};

#[derive(Debug)]
struct Waiting {
    key: DutyKey,
    duty: Arc<Duty>,
    size: usize,
}

/// The pool of duties.
#[derive(Debug)]
pub struct Duties {
    limits: Limits,
    /// By kind, then arrival: the order of a block.
    queue: BTreeMap<(DutyKind, u64), Waiting>,
    by_hash: HashMap<B256, (DutyKind, u64)>,
    by_key: HashMap<DutyKey, B256>,
    /// Bytes and number of duties per kind.
    held: BTreeMap<DutyKind, (usize, usize)>,
    arrivals: u64,
}

impl Duties {
    /// An empty pool.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            queue: BTreeMap::new(),
            by_hash: HashMap::new(),
            by_key: HashMap::new(),
            held: BTreeMap::new(),
            arrivals: 0,
        }
    }

    /// Refuses a duty that the pool would not take, before it is simulated.
    ///
    /// # Errors
    /// [`MempoolError`]: already known, its fact is already waiting, or no room for its kind.
    pub fn check(&self, hash: B256, key: DutyKey, size: usize) -> Result<(), MempoolError> {
        if self.by_hash.contains_key(&hash) {
            return Err(MempoolError::Known(hash));
        }
        if let Some(waiting) = self.by_key.get(&key) {
            return Err(MempoolError::FactWaiting { waiting: *waiting });
        }
        let (bytes, count) = self.held.get(&key.kind).copied().unwrap_or_default();
        if bytes + size > self.limits.duty_bytes || count >= self.limits.duties {
            return Err(MempoolError::DutiesFull { kind: key.kind, limit: self.limits.duties });
        }
        Ok(())
    }

    /// Adds a duty that was run against the latest state.
    ///
    /// # Errors
    /// As [`Duties::check`].
    pub fn insert(&mut self, duty: Arc<Duty>, hash: B256, key: DutyKey) -> Result<(), MempoolError> {
        let size = duty.encoded().len();
        self.check(hash, key, size)?;
        let place = (key.kind, self.arrivals);
        self.arrivals += 1;
        let (bytes, count) = self.held.entry(key.kind).or_default();
        (*bytes, *count) = (*bytes + size, *count + 1);
        self.by_key.insert(key, hash);
        self.by_hash.insert(hash, place);
        self.queue.insert(place, Waiting { key, duty, size });
        Ok(())
    }

    /// Drops a duty that a block carries or a builder found invalid.
    pub fn remove(&mut self, hash: B256) {
        let Some(place) = self.by_hash.remove(&hash) else { return };
        let Some(waiting) = self.queue.remove(&place) else { return };
        self.by_key.remove(&waiting.key);
        if let Some((bytes, count)) = self.held.get_mut(&waiting.key.kind) {
            (*bytes, *count) = (*bytes - waiting.size, *count - 1);
        }
    }

    /// The duty with this hash.
    pub fn get(&self, hash: B256) -> Option<Arc<Duty>> {
        self.by_hash.get(&hash).and_then(|place| self.queue.get(place)).map(|waiting| waiting.duty.clone())
    }

    /// Every duty in block order: by kind, then arrival.
    pub fn in_order(&self) -> Vec<Arc<Duty>> {
        self.queue.values().map(|waiting| waiting.duty.clone()).collect()
    }

    /// Number of duties.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
