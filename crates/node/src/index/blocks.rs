//! Blocks, receipts and transactions by number and hash.

use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{B256, Bytes};
use alloy_rlp::Decodable as _;
use ballast_types::{Block, Header, Receipt, TransactionPlace};
use redb::ReadableDatabase as _;

use super::{BLOCKS, HEADERS, Index, IndexError, NUMBERS, RECEIPTS, TRANSACTIONS};

/// A finalised block with its receipts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Hash of the block.
    pub hash: B256,
    /// The block.
    pub block: Block,
    /// One receipt per transaction.
    pub receipts: Vec<Receipt>,
}

impl Index {
    /// Header of block `number`.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn header(&self, number: u64) -> Result<Option<Header>, IndexError> {
        let headers = self.database.begin_read()?.open_table(HEADERS)?;
        headers.get(number)?.map(|bytes| decode_header(bytes.value())).transpose()
    }

    /// Block `number`.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn block(&self, number: u64) -> Result<Option<Block>, IndexError> {
        let blocks = self.database.begin_read()?.open_table(BLOCKS)?;
        blocks.get(number)?.map(|bytes| Ok(Block::decode_exact(bytes.value())?)).transpose()
    }

    /// Receipts of block `number`, one per transaction.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn receipts(&self, number: u64) -> Result<Option<Vec<Receipt>>, IndexError> {
        let receipts = self.database.begin_read()?.open_table(RECEIPTS)?;
        receipts.get(number)?.map(|bytes| decode_receipts(bytes.value())).transpose()
    }

    /// Block `number` with its receipts.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn stored(&self, number: u64) -> Result<Option<StoredBlock>, IndexError> {
        let Some(block) = self.block(number)? else { return Ok(None) };
        let receipts = self.receipts(number)?.ok_or(IndexError::Damaged("receipts of a block"))?;
        Ok(Some(StoredBlock { hash: block.hash(), block, receipts }))
    }

    /// Number of the block with this hash.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn number(&self, hash: B256) -> Result<Option<u64>, IndexError> {
        let numbers = self.database.begin_read()?.open_table(NUMBERS)?;
        Ok(numbers.get(&hash.0)?.map(|number| number.value()))
    }

    /// Hash of block `number`.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn hash(&self, number: u64) -> Result<Option<B256>, IndexError> {
        Ok(self.header(number)?.map(|header| header.hash_slow()))
    }

    /// Where the transaction with this hash is.
    ///
    /// # Errors
    /// [`IndexError`] if the file cannot be read.
    pub fn transaction(&self, hash: B256) -> Result<Option<TransactionPlace>, IndexError> {
        let transactions = self.database.begin_read()?.open_table(TRANSACTIONS)?;
        let place = transactions.get(&hash.0)?.map(|place| place.value());
        Ok(place.map(|(block, index)| TransactionPlace { block, index: index as usize }))
    }
}

pub(super) fn decode_header(mut bytes: &[u8]) -> Result<Header, IndexError> {
    Header::decode(&mut bytes).map_err(|_| IndexError::Damaged("header"))
}

pub(super) fn encode_receipts(receipts: &[Receipt]) -> Vec<u8> {
    let receipts: Vec<Bytes> = receipts.iter().map(|receipt| receipt.encoded_2718().into()).collect();
    alloy_rlp::encode(receipts)
}

pub(super) fn decode_receipts(mut bytes: &[u8]) -> Result<Vec<Receipt>, IndexError> {
    let receipts = Vec::<Bytes>::decode(&mut bytes).map_err(|_| IndexError::Damaged("receipts"))?;
    receipts.iter().map(|bytes| Ok(Receipt::decode_exact(bytes)?)).collect()
}
