//! What every method sees: the chain, the filters, the limits; and how block ids become blocks.
//!
//! `latest`, `safe` and `pending` are one block, the last that the consensus engine finalised: there are no blocks
//! that could still be lost, and none is shown before it is final. Only `eth_getTransactionCount` looks into the
//! mempool for `pending`. `finalized` is the last block that bitcoin stake, or a checkpoint on Bitcoin, has made final.

use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use ballast_evm::State;
use ballast_types::{Block, Header, LogEntry, Receipt};
use tokio::sync::broadcast;

use crate::{
    chain::{Chain, ChainError},
    error::RpcError,
    filters::Filters,
    lane::Lane,
    server::Limits,
};

/// Shared by all methods.
pub(crate) struct Context {
    pub(crate) chain: Arc<dyn Chain>,
    pub(crate) limits: Limits,
    pub(crate) filters: Filters,
    /// For quick methods.
    pub(crate) reads: Lane,
    /// For methods that execute or search.
    pub(crate) executions: Lane,
    /// Every new block, for subscriptions.
    pub(crate) new_blocks: broadcast::Sender<Arc<Executed>>,
}

/// A block with its hash and receipts.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) hash: B256,
    pub(crate) block: Block,
    pub(crate) receipts: Vec<Receipt>,
}

impl Executed {
    /// Block `number` of `chain`, if there is one.
    pub(crate) fn read(chain: &dyn Chain, number: u64) -> Result<Option<Self>, ChainError> {
        let Some(block) = chain.block(number)? else { return Ok(None) };
        let receipts = chain.receipts(number)?.unwrap_or_default();
        let (expected, found) = (block.transactions.len(), receipts.len());
        if expected != found {
            return Err(ChainError::Store(format!("block {number} has {found} receipts, not {expected}")));
        }
        Ok(Some(Self { hash: block.hash(), block, receipts }))
    }

    /// Every log of the block, in order.
    pub(crate) fn logs(&self) -> impl Iterator<Item = LogEntry> {
        LogEntry::of_block(self.hash, &self.block, &self.receipts)
    }
}

impl Context {
    /// The number that `tag` stands for. There may be no such block yet.
    pub(crate) fn number(&self, tag: BlockNumberOrTag) -> Result<u64, RpcError> {
        Ok(match tag {
            BlockNumberOrTag::Number(number) => number,
            BlockNumberOrTag::Earliest => 0,
            BlockNumberOrTag::Finalized => self.chain.finalized()?,
            BlockNumberOrTag::Latest | BlockNumberOrTag::Safe | BlockNumberOrTag::Pending => {
                self.chain.latest()?
            }
        })
    }

    /// The number that `id` stands for; none for an unknown hash.
    pub(crate) fn find(&self, id: BlockId) -> Result<Option<u64>, RpcError> {
        match id {
            BlockId::Number(tag) => self.number(tag).map(Some),
            BlockId::Hash(hash) => Ok(self.chain.number(hash.block_hash)?),
        }
    }

    /// Header of the block `id`, which must exist.
    pub(crate) fn header(&self, id: BlockId) -> Result<Header, RpcError> {
        let number = self.find(id)?.ok_or(RpcError::UnknownHash)?;
        match self.chain.header(number)? {
            Some(header) => Ok(header),
            None => Err(ChainError::Unknown { number, latest: self.chain.latest()? }.into()),
        }
    }

    /// State after the block `id`, that of the latest block if none is given.
    pub(crate) fn state(&self, id: Option<BlockId>) -> Result<Box<dyn State>, RpcError> {
        let number = self.find(id.unwrap_or_default())?.ok_or(RpcError::UnknownHash)?;
        Ok(self.chain.state_at(number)?)
    }

    /// The block `id` with its receipts; none if there is no such block.
    pub(crate) fn executed(&self, id: BlockId) -> Result<Option<Executed>, RpcError> {
        let Some(number) = self.find(id)? else { return Ok(None) };
        Ok(Executed::read(self.chain.as_ref(), number)?)
    }
}
