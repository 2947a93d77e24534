//! Logs by block range, address and topics: a block's bloom says whether its receipts are worth reading.

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, Bloom, BloomInput, Log};
use redb::ReadableDatabase as _;

use super::{HEADERS, Index, IndexError, blocks::decode_header};

/// Which logs are wanted. An empty list accepts anything; a list accepts any of its members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Contracts.
    pub addresses: Vec<Address>,
    /// Topics by position.
    pub topics: [Vec<B256>; 4],
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

impl LogFilter {
    /// True if a block with this bloom may have a matching log.
    pub fn may_match(&self, bloom: &Bloom) -> bool {
        let any = |mut inputs: Box<dyn Iterator<Item = &[u8]> + '_>, empty: bool| {
            empty || inputs.any(|input| bloom.contains_input(BloomInput::Raw(input)))
        };
        let addresses = Box::new(self.addresses.iter().map(|address| address.as_slice()));
        let topics =
            |list: &Vec<B256>| any(Box::new(list.iter().map(|topic| topic.as_slice())), list.is_empty());
        any(addresses, self.addresses.is_empty()) && self.topics.iter().all(topics)
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

impl Index {
    /// Logs of the blocks in `range` that `filter` wants, in chain order, at most `limit`.
    ///
    /// # Errors
    /// [`IndexError::TooManyLogs`] beyond the limit; [`IndexError`] if the file cannot be read.
    pub fn logs(
        &self,
        range: RangeInclusive<u64>,
        filter: &LogFilter,
        limit: usize,
    ) -> Result<Vec<LogEntry>, IndexError> {
        let mut found = Vec::new();
        let headers = self.database.begin_read()?.open_table(HEADERS)?;
        for entry in headers.range(range)? {
            let (number, header) = entry?;
            let header = decode_header(header.value())?;
            if !filter.may_match(&header.logs_bloom) {
                continue;
            }
            let stored = self.stored(number.value())?.ok_or(IndexError::Damaged("block of a header"))?;
            found.extend(stored.logs().filter(|entry| filter.matches(&entry.log)));
            if found.len() > limit {
                return Err(IndexError::TooManyLogs { limit });
            }
        }
        Ok(found)
    }
}

impl super::StoredBlock {
    /// Every log of the block, in order.
    pub fn logs(&self) -> impl Iterator<Item = LogEntry> {
        let transactions = self.block.transactions.iter().zip(&self.receipts).enumerate();
        let logs = transactions.flat_map(|(transaction_index, (transaction, receipt))| {
            let transaction_hash = transaction.hash();
            receipt.logs.iter().map(move |log| (transaction_index, transaction_hash, log))
        });
        logs.enumerate().map(|(log_index, (transaction_index, transaction_hash, log))| LogEntry {
            log: log.clone(),
            block_number: self.block.header.number,
            block_hash: self.hash,
            block_timestamp: self.block.header.timestamp,
            transaction_hash,
            transaction_index,
            log_index,
        })
    }
}
