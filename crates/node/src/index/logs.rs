//! Logs by block range, address and topics: a block's bloom says whether its receipts are worth reading.

use std::ops::RangeInclusive;

use ballast_types::{LogEntry, LogFilter};
use redb::ReadableDatabase as _;

use super::{HEADERS, Index, IndexError, blocks::decode_header};

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
        LogEntry::of_block(self.hash, &self.block, &self.receipts)
    }
}
