//! Receipts: EIP-2718 type byte, then RLP `[status, cumulative gas, bloom, logs]`, as Ethereum's.
//!
//! A duty's receipt has type `0x42` and leaves the cumulative gas as it was, since duties are outside
//! EIP-1559 accounting: its own gas, the difference to the receipt before it, is zero.

use alloy_consensus::{
    Eip658Value, Receipt as Body, ReceiptWithBloom, RlpDecodableReceipt, RlpEncodableReceipt, TxReceipt,
    proofs::calculate_receipt_root,
};
use alloy_eips::eip2718::{
    EIP1559_TX_TYPE_ID, EIP2930_TX_TYPE_ID, EIP7702_TX_TYPE_ID, Encodable2718, LEGACY_TX_TYPE_ID, Typed2718,
};
use alloy_primitives::{B256, Bloom, Log};
use alloy_rlp::BufMut;
use thiserror::Error;

use crate::duty::DUTY_TYPE;

/// Result of one transaction, as committed to by `receiptsRoot`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// EIP-2718 type of the transaction.
    pub tx_type: u8,
    /// False if the transaction was included but reverted.
    pub success: bool,
    /// Gas used in the block up to and including this transaction, duties not counted.
    pub cumulative_gas_used: u64,
    /// Logs in the order they were emitted; none if it reverted.
    pub logs: Vec<Log>,
}

/// Why bytes are not a receipt.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ReceiptError {
    /// Unknown type byte, or no bytes.
    #[error("receipt type {0:#04x} is unknown")]
    Type(u8),
    /// Not the RLP of a receipt.
    #[error("receipt is not valid RLP: {0}")]
    Rlp(alloy_rlp::Error),
    /// Bytes follow, the bloom is not that of the logs, or the status is a state root.
    #[error("receipt is not in its canonical encoding")]
    NotCanonical,
}

impl Receipt {
    /// Bloom filter of the logs.
    pub fn bloom(&self) -> Bloom {
        self.logs.iter().collect()
    }

    /// Root of the trie of the receipts of one block.
    pub fn root(receipts: &[Self]) -> B256 {
        calculate_receipt_root(receipts)
    }

    /// Bloom of a block: that of every log in it.
    pub fn block_bloom(receipts: &[Self]) -> Bloom {
        receipts.iter().flat_map(|receipt| &receipt.logs).collect()
    }

    /// Parses an encoded receipt; nothing may follow it.
    ///
    /// # Errors
    /// [`ReceiptError`] for an unknown type or bytes that are not the one encoding of a receipt.
    pub fn decode_exact(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let (tx_type, mut rest) = match bytes {
            [] => return Err(ReceiptError::Type(0)),
            [ty @ (EIP2930_TX_TYPE_ID | EIP1559_TX_TYPE_ID | EIP7702_TX_TYPE_ID | DUTY_TYPE), rest @ ..] => {
                (*ty, rest)
            }
            // an RLP list starts at 0xc0; below is a type byte
            [ty, ..] if *ty < 0xc0 => return Err(ReceiptError::Type(*ty)),
            _ => (LEGACY_TX_TYPE_ID, bytes),
        };
        let ReceiptWithBloom { receipt, .. } =
            Body::<Log>::rlp_decode_with_bloom(&mut rest).map_err(ReceiptError::Rlp)?;
        let receipt = Self {
            tx_type,
            success: receipt.status(),
            cumulative_gas_used: receipt.cumulative_gas_used,
            logs: receipt.logs,
        };
        if receipt.encoded_2718() == bytes { Ok(receipt) } else { Err(ReceiptError::NotCanonical) }
    }

    fn body(&self) -> Body<&Log> {
        Body {
            status: Eip658Value::Eip658(self.success),
            cumulative_gas_used: self.cumulative_gas_used,
            logs: self.logs.iter().collect(),
        }
    }
}

impl Typed2718 for Receipt {
    fn ty(&self) -> u8 {
        self.tx_type
    }
}

impl Encodable2718 for Receipt {
    fn encode_2718_len(&self) -> usize {
        usize::from(!self.is_legacy()) + self.body().rlp_encoded_length_with_bloom(&self.bloom())
    }

    fn encode_2718(&self, out: &mut dyn BufMut) {
        if !self.is_legacy() {
            out.put_u8(self.tx_type);
        }
        self.body().rlp_encode_with_bloom(&self.bloom(), out);
    }
}

#[cfg(test)]
mod tests;
