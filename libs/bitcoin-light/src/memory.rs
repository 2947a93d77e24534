//! The best chain in memory, for a process that reads headers from Bitcoin itself.

use core::convert::Infallible;
use std::collections::HashMap;

use bitcoin::BlockHash;
use bitcoin::block::Header;

use crate::{ExtendError, Extension, HeaderChain, HeaderError, HeaderRules, StoredHeader, extend};

/// A chain of headers from its base to its tip, in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryChain {
    base: StoredHeader,
    above: Vec<StoredHeader>,
    heights: HashMap<BlockHash, u32>,
}

/// An extension was judged against another tip than the chain has now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change replaces tip {expected}, but the chain's tip is {found}: judge the headers again")]
pub struct StaleExtension {
    /// The tip that the change replaces.
    pub expected: BlockHash,
    /// The chain's tip.
    pub found: BlockHash,
}

impl MemoryChain {
    /// A chain of one header; [`StoredHeader::base`] makes it.
    pub fn new(base: StoredHeader) -> Self {
        Self { base, above: Vec::new(), heights: HashMap::from([(base.hash(), base.height)]) }
    }

    /// The header that the chain starts from.
    pub fn base(&self) -> &StoredHeader {
        &self.base
    }

    /// The header with the most work.
    pub fn tip(&self) -> &StoredHeader {
        self.above.last().unwrap_or(&self.base)
    }

    /// The header at `height`, or nothing below the base and above the tip.
    pub fn get(&self, height: u32) -> Option<&StoredHeader> {
        match height.checked_sub(self.base.height)? {
            0 => Some(&self.base),
            distance => self.above.get(distance as usize - 1),
        }
    }

    /// The height of a block, or nothing if it is not on the chain.
    pub fn find(&self, hash: &BlockHash) -> Option<u32> {
        self.heights.get(hash).copied()
    }

    /// Judges `headers` at the time `now` (see [`extend`](crate::extend())), and takes them if they are good.
    ///
    /// # Errors
    /// [`HeaderError`]; the chain is then as it was.
    pub fn extend(
        &mut self,
        rules: &HeaderRules,
        headers: &[Header],
        now: u64,
    ) -> Result<Extension, HeaderError> {
        let extension = extend(rules, self, headers, now).map_err(|error| match error {
            ExtendError::Header(error) => error,
            ExtendError::Chain(never) => match never {},
        })?;
        self.write(&extension);
        Ok(extension)
    }

    /// Takes a change that was judged against this very chain.
    ///
    /// # Errors
    /// [`StaleExtension`] if the chain has another tip by now; it is then as it was.
    pub fn apply(&mut self, extension: &Extension) -> Result<(), StaleExtension> {
        let (expected, found) = (extension.old_tip().hash(), self.tip().hash());
        if expected != found {
            return Err(StaleExtension { expected, found });
        }
        self.write(extension);
        Ok(())
    }

    fn write(&mut self, extension: &Extension) {
        for header in &extension.removed {
            self.heights.remove(&header.hash());
        }
        self.above.truncate(self.above.len().saturating_sub(extension.removed.len()));
        self.above.extend_from_slice(&extension.added);
        self.heights.extend(extension.added.iter().map(|header| (header.hash(), header.height)));
    }
}

impl HeaderChain for MemoryChain {
    type Error = Infallible;

    fn read_tip(&mut self) -> Result<StoredHeader, Infallible> {
        Ok(*self.tip())
    }

    fn read_header(&mut self, height: u32) -> Result<Option<StoredHeader>, Infallible> {
        Ok(self.get(height).copied())
    }

    fn read_height(&mut self, hash: &BlockHash) -> Result<Option<u32>, Infallible> {
        Ok(self.find(hash))
    }
}

#[cfg(test)]
mod tests;
