//! Filters that clients poll: a bounded number, each with the place up to which it has been read.
//!
//! Nothing is kept for a filter but that place. New blocks and logs are read from the chain when it is polled, new
//! transactions from the mempool's channel, whose capacity bounds them. A filter that nobody polls for [`LIFETIME`] is
//! gone.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use alloy_primitives::{B128, B256};
use jsonrpsee::{core::traits::IdProvider, types::SubscriptionId};
use tokio::sync::broadcast;

use crate::{error::RpcError, eth::LogQuery};

/// How long a filter lives without being polled.
pub(crate) const LIFETIME: Duration = Duration::from_secs(300);

/// What a filter waits for.
#[derive(Debug)]
pub(crate) enum Kind {
    /// Blocks from number `next` on.
    Blocks { next: u64 },
    /// Logs of blocks from number `next` on.
    Logs { next: u64, query: LogQuery },
    /// Transactions that the mempool takes.
    Pending(broadcast::Receiver<B256>),
}

/// What has to be read to answer a poll.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Hashes of the blocks from this number on.
    Blocks { next: u64 },
    /// Logs of the blocks from this number on.
    Logs { next: u64, query: LogQuery },
    /// These transactions.
    Pending(Vec<B256>),
}

struct Filter {
    kind: Kind,
    polled: Instant,
}

/// All filters of a server.
pub(crate) struct Filters {
    limit: usize,
    filters: Mutex<HashMap<String, Filter>>,
}

impl Filters {
    /// Room for `limit` filters.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, filters: Mutex::default() }
    }

    /// Adds a filter and returns its id.
    ///
    /// # Errors
    /// [`RpcError::LimitExceeded`] if there are too many that are still polled.
    pub(crate) fn install(&self, kind: Kind, now: Instant) -> Result<String, RpcError> {
        let mut filters = self.live(now);
        if filters.len() >= self.limit {
            let text =
                format!("server keeps at most {} filters: uninstall one or wait 5 minutes", self.limit);
            return Err(RpcError::LimitExceeded(text));
        }
        let id = B128::random().to_string();
        filters.insert(id.clone(), Filter { kind, polled: now });
        Ok(id)
    }

    /// Removes a filter; false if there is none.
    pub(crate) fn uninstall(&self, id: &str, now: Instant) -> bool {
        self.live(now).remove(id).is_some()
    }

    /// What is new for the filter since [`Filters::advance`] was called for it.
    ///
    /// # Errors
    /// [`RpcError::UnknownFilter`].
    pub(crate) fn poll(&self, id: &str, now: Instant) -> Result<News, RpcError> {
        let mut filters = self.live(now);
        let filter = filters.get_mut(id).ok_or(RpcError::UnknownFilter)?;
        filter.polled = now;
        Ok(match &mut filter.kind {
            Kind::Blocks { next } => News::Blocks { next: *next },
            Kind::Logs { next, query } => News::Logs { next: *next, query: query.clone() },
            Kind::Pending(receiver) => News::Pending(drain(receiver)),
        })
    }

    /// Notes that everything below `next` has been read; keeps a later place that another poll has noted.
    pub(crate) fn advance(&self, id: &str, read: u64) {
        let mut filters = self.lock();
        if let Some(Kind::Blocks { next } | Kind::Logs { next, .. }) =
            filters.get_mut(id).map(|f| &mut f.kind)
        {
            *next = read.max(*next);
        }
    }

    /// The query of a log filter.
    ///
    /// # Errors
    /// [`RpcError::UnknownFilter`]; [`RpcError::InvalidParams`] for another kind of filter.
    pub(crate) fn query(&self, id: &str, now: Instant) -> Result<LogQuery, RpcError> {
        let mut filters = self.live(now);
        let filter = filters.get_mut(id).ok_or(RpcError::UnknownFilter)?;
        filter.polled = now;
        match &filter.kind {
            Kind::Logs { query, .. } => Ok(query.clone()),
            _ => Err(RpcError::InvalidParams("not a log filter: poll it by eth_getFilterChanges".to_owned())),
        }
    }

    fn live(&self, now: Instant) -> MutexGuard<'_, HashMap<String, Filter>> {
        let mut filters = self.lock();
        filters.retain(|_, filter| now.saturating_duration_since(filter.polled) < LIFETIME);
        filters
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Filter>> {
        self.filters.lock().expect("nothing panics while it holds this lock")
    }
}

fn drain(receiver: &mut broadcast::Receiver<B256>) -> Vec<B256> {
    let mut hashes = Vec::new();
    loop {
        match receiver.try_recv() {
            Ok(hash) => hashes.push(hash),
            // the channel has dropped what came before its oldest
            Err(broadcast::error::TryRecvError::Lagged(_)) => {}
            Err(_) => return hashes,
        }
    }
}

/// Ids that nobody guesses, so that nobody can poll or end what another has.
#[derive(Debug)]
pub(crate) struct RandomIds;

impl IdProvider for RandomIds {
    fn next_id(&self) -> SubscriptionId<'static> {
        B128::random().to_string().into()
    }
}

#[cfg(test)]
mod tests;
