//! Blocks: an Ethereum-shaped header and the transactions it commits to.
//!
//! The block hash, which is also the digest the consensus engine finalises, is keccak256(RLP(header)).
//! A block is RLP `[header, [transaction, …]]`, each transaction a byte string holding its EIP-2718 encoding.
//! Header fields that have no meaning here are fixed: no ommers, nonce and difficulty zero, none of the fields that
//! Ethereum added for its beacon chain. `stateRoot` is the root of the node's state store, not of a Merkle Patricia trie.

use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header, proofs::calculate_transaction_root};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{B64, B256, Bytes, U256};
use alloy_rlp::{BufMut, Decodable, Encodable, Header as ListHeader};
use thiserror::Error;

use crate::{
    extra::{Extra, ExtraError},
    limits::{MAX_BLOCK_SIZE, MAX_BLOCK_TRANSACTIONS},
    transaction::{Transaction, TransactionError},
};

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What the block hash commits to.
    pub header: Header,
    /// Duties first, then ordinary transactions.
    pub transactions: Vec<Transaction>,
}

/// Why bytes are not a block.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum BlockError {
    /// More bytes than a block may have.
    #[error("block has {found} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Length found, in bytes.
        found: usize,
        /// Length allowed, in bytes.
        limit: usize,
    },
    /// More transactions than a block may have.
    #[error("block has {found} transactions, at most {limit} are allowed")]
    TooMany {
        /// Transactions found.
        found: usize,
        /// Transactions allowed.
        limit: usize,
    },
    /// Not RLP `[header, [transaction, …]]`.
    #[error("block is not canonical RLP [header, transactions]: {0}")]
    Rlp(alloy_rlp::Error),
    /// Bytes follow the block.
    #[error("{0} bytes follow the block")]
    Trailing(usize),
    /// A header field that is fixed on this chain has another value.
    #[error("header field {0} must have its fixed value on this chain")]
    Field(&'static str),
    /// `extraData` is malformed.
    #[error(transparent)]
    Extra(#[from] ExtraError),
    /// A transaction is malformed.
    #[error("transaction {index}: {source}")]
    Transaction {
        /// Position in the block.
        index: usize,
        /// What is wrong with it.
        source: TransactionError,
    },
    /// The transactions are not those the header commits to.
    #[error("header commits to transactions root {expected}, the block's transactions have {found}")]
    TransactionsRoot {
        /// Root in the header.
        expected: B256,
        /// Root of the transactions.
        found: B256,
    },
}

impl Block {
    /// keccak256 of the RLP-encoded header.
    pub fn hash(&self) -> B256 {
        self.header.hash_slow()
    }

    /// Decoded `extraData`.
    ///
    /// # Errors
    /// [`ExtraError`], which [`Block::decode_exact`] already rules out.
    pub fn extra(&self) -> Result<Extra, ExtraError> {
        Extra::decode(&self.header.extra_data)
    }

    /// Root of the trie of the EIP-2718 encodings of `transactions`.
    pub fn transactions_root(transactions: &[Transaction]) -> B256 {
        calculate_transaction_root(transactions)
    }

    /// The one encoding.
    pub fn encoded(&self) -> Vec<u8> {
        let transactions = self.transaction_bytes();
        let payload_length = self.header.length() + transactions.length();
        let list = ListHeader { list: true, payload_length };
        let mut out = Vec::with_capacity(list.length() + payload_length);
        list.encode(&mut out);
        self.header.encode(&mut out);
        transactions.encode(&mut out);
        out
    }

    /// Length of [`Block::encoded`], in bytes.
    pub fn encoded_len(&self) -> usize {
        let payload_length = self.header.length() + self.transaction_bytes().length();
        ListHeader { list: true, payload_length }.length() + payload_length
    }

    /// Parses a block and checks everything that needs no state: the fixed header fields, `extraData`,
    /// every transaction's form, and that the transactions are those of the header. So one hash has one encoding.
    ///
    /// # Errors
    /// [`BlockError`] names the first rule that is broken.
    pub fn decode_exact(bytes: &[u8]) -> Result<Self, BlockError> {
        if bytes.len() > MAX_BLOCK_SIZE {
            return Err(BlockError::TooLarge { found: bytes.len(), limit: MAX_BLOCK_SIZE });
        }
        let (header, raw) = split(bytes)?;
        check_fixed_fields(&header)?;
        Extra::decode(&header.extra_data)?;
        if raw.len() > MAX_BLOCK_TRANSACTIONS {
            return Err(BlockError::TooMany { found: raw.len(), limit: MAX_BLOCK_TRANSACTIONS });
        }
        let parse = |(index, bytes): (usize, &Bytes)| {
            Transaction::decode_exact(bytes).map_err(|source| BlockError::Transaction { index, source })
        };
        let transactions = raw.iter().enumerate().map(parse).collect::<Result<Vec<_>, _>>()?;
        let block = Self { header, transactions };
        let (expected, found) =
            (block.header.transactions_root, Self::transactions_root(&block.transactions));
        if expected != found {
            return Err(BlockError::TransactionsRoot { expected, found });
        }
        Ok(block)
    }

    fn transaction_bytes(&self) -> Vec<Bytes> {
        self.transactions.iter().map(|transaction| transaction.encoded_2718().into()).collect()
    }
}

fn split(bytes: &[u8]) -> Result<(Header, Vec<Bytes>), BlockError> {
    let mut rest = bytes;
    let mut payload = ListHeader::decode_bytes(&mut rest, true).map_err(BlockError::Rlp)?;
    if !rest.is_empty() {
        return Err(BlockError::Trailing(rest.len()));
    }
    let header = Header::decode(&mut payload).map_err(BlockError::Rlp)?;
    let transactions = Vec::<Bytes>::decode(&mut payload).map_err(BlockError::Rlp)?;
    if !payload.is_empty() {
        return Err(BlockError::Trailing(payload.len()));
    }
    Ok((header, transactions))
}

/// Checks the header fields that have one value on this chain.
fn check_fixed_fields(header: &Header) -> Result<(), BlockError> {
    let later_fields = [
        header.withdrawals_root.is_some(),
        header.blob_gas_used.is_some(),
        header.excess_blob_gas.is_some(),
        header.parent_beacon_block_root.is_some(),
        header.requests_hash.is_some(),
        header.block_access_list_hash.is_some(),
        header.slot_number.is_some(),
    ];
    let field = if header.ommers_hash != EMPTY_OMMER_ROOT_HASH {
        "sha3Uncles"
    } else if header.difficulty != U256::ZERO {
        "difficulty"
    } else if header.nonce != B64::ZERO {
        "nonce"
    } else if header.base_fee_per_gas.is_none() {
        "baseFeePerGas"
    } else if later_fields.contains(&true) {
        "withdrawalsRoot and later"
    } else {
        return Ok(());
    };
    Err(BlockError::Field(field))
}

impl Encodable for Block {
    fn encode(&self, out: &mut dyn BufMut) {
        out.put_slice(&self.encoded());
    }

    fn length(&self) -> usize {
        self.encoded_len()
    }
}

#[cfg(test)]
mod tests;
