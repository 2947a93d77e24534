//! Logs and transactions by where they are: what the stores index and the JSON-RPC asks for.

use alloy_primitives::{Address, B256, Bloom, BloomInput, Log};

use crate::{block::Block, receipt::Receipt};

#[cfg(test)]
mod tests;

/// Where a transaction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransactionPlace {
    /// Number of its block.
    pub block: u64,
    /// Position in the block.
    pub index: usize,
}

/// Which logs are wanted. An empty list accepts anything; a list accepts any of its members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Contracts.
    pub addresses: Vec<Address>,
    /// Topics by position.
    pub topics: [Vec<B256>; 4],
}

impl LogFilter {
    /// True if a block with this bloom may have a matching log.
    pub fn may_match(&self, bloom: &Bloom) -> bool {
        let holds = |input: &[u8]| bloom.contains_input(BloomInput::Raw(input));
        let addresses =
            self.addresses.is_empty() || self.addresses.iter().any(|address| holds(address.as_slice()));
        let topic =
            |wanted: &Vec<B256>| wanted.is_empty() || wanted.iter().any(|topic| holds(topic.as_slice()));
        addresses && self.topics.iter().all(topic)
    }

    /// True if the log is wanted.
    pub fn matches(&self, log: &Log) -> bool {
        let address = self.addresses.is_empty() || self.addresses.contains(&log.address);
        let topic = |(position, wanted): (usize, &Vec<B256>)| {
            wanted.is_empty() || log.topics().get(position).is_some_and(|topic| wanted.contains(topic))
        };
        address && self.topics.iter().enumerate().all(topic)
    }
}

/// A log and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The log.
    pub log: Log,
    /// Number of its block.
    pub block_number: u64,
    /// Hash of its block.
    pub block_hash: B256,
    /// Time of its block, in seconds since the Unix epoch.
    pub block_timestamp: u64,
    /// Hash of its transaction.
    pub transaction_hash: B256,
    /// Position of its transaction in the block.
    pub transaction_index: usize,
    /// Position of the log in the block.
    pub log_index: usize,
}

impl LogEntry {
    /// Every log of the block with this hash and these receipts, in order.
    pub fn of_block(hash: B256, block: &Block, receipts: &[Receipt]) -> impl Iterator<Item = Self> {
        let transactions = block.transactions.iter().zip(receipts).enumerate();
        let logs = transactions.flat_map(|(index, (transaction, receipt))| {
            // a hash is not for nothing, and most transactions have no log
            let hash = if receipt.logs.is_empty() { B256::ZERO } else { transaction.hash() };
            receipt.logs.iter().map(move |log| (index, hash, log))
        });
        logs.enumerate().map(move |(log_index, (transaction_index, transaction_hash, log))| Self {
            log: log.clone(),
            block_number: block.header.number,
            block_hash: hash,
            block_timestamp: block.header.timestamp,
            transaction_hash,
            transaction_index,
            log_index,
        })
    }
}
