//! The two kinds of transaction: Ethereum's, which pay gas, and duties, which prove themselves.
//!
//! Ethereum's types 0 (with EIP-155), 1, 2 and 4 are accepted. Type 3 is refused, since this chain has no
//! blobs, and so is a legacy transaction without chain id, since it could be replayed from any other chain.

use alloy_consensus::{Transaction as _, TxEnvelope, transaction::SignerRecoverable};
use alloy_eips::eip2718::{
    Decodable2718, EIP1559_TX_TYPE_ID, EIP2930_TX_TYPE_ID, EIP7702_TX_TYPE_ID, Eip2718Error, Encodable2718,
    Typed2718,
};
use alloy_primitives::{Address, B256, ChainId};
use alloy_rlp::BufMut;
use thiserror::Error;

use crate::{
    duty::{DUTY_TYPE, Duty, DutyError},
    limits::MAX_TRANSACTION_SIZE,
};

/// A transaction of a block.
#[expect(clippy::large_enum_variant, reason = "a box per ordinary transaction would cost more than it saves")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Transaction {
    /// An ordinary, signed, gas-paying transaction.
    Ethereum(TxEnvelope),
    /// A fee-free call to a system contract.
    Duty(Duty),
}

/// Why bytes are not a transaction of this chain.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum TransactionError {
    /// The encoding is longer than a transaction may be.
    #[error("transaction has {found} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Length found, in bytes.
        found: usize,
        /// Length allowed, in bytes.
        limit: usize,
    },
    /// The EIP-2718 type is not one of this chain.
    #[error("transaction type {0:#04x} is not supported; use type 0 with chain id, 1, 2, 4 or a duty (0x42)")]
    Type(u8),
    /// Not the RLP of its type.
    #[error("transaction is not valid RLP: {0}")]
    Rlp(alloy_rlp::Error),
    /// Decodes, but is not the one encoding of what it decodes to.
    #[error("transaction is not in its canonical encoding")]
    NotCanonical,
    /// A legacy transaction without chain id.
    #[error("legacy transaction has no chain id (EIP-155); sign it for this chain")]
    Unprotected,
    /// A malformed duty.
    #[error(transparent)]
    Duty(#[from] DutyError),
    /// The signature does not recover a sender, or its s is in the upper half (EIP-2).
    #[error("transaction signature is invalid")]
    Signature,
}

impl Transaction {
    /// Parses the EIP-2718 encoding; nothing may follow it.
    ///
    /// # Errors
    /// [`TransactionError`] for an unsupported type or bytes that are not the one encoding of a transaction.
    pub fn decode_exact(bytes: &[u8]) -> Result<Self, TransactionError> {
        if bytes.len() > MAX_TRANSACTION_SIZE {
            return Err(TransactionError::TooLarge { found: bytes.len(), limit: MAX_TRANSACTION_SIZE });
        }
        match bytes.first() {
            Some(&DUTY_TYPE) => return Ok(Self::Duty(Duty::decode_exact(bytes)?)),
            Some(&(EIP2930_TX_TYPE_ID | EIP1559_TX_TYPE_ID | EIP7702_TX_TYPE_ID)) => {}
            // a legacy transaction is an RLP list, which starts at 0xc0
            Some(&ty) if ty < 0xc0 => return Err(TransactionError::Type(ty)),
            Some(_) => {}
            None => return Err(TransactionError::Rlp(alloy_rlp::Error::InputTooShort)),
        }
        let envelope = TxEnvelope::decode_2718_exact(bytes).map_err(|error| match error {
            Eip2718Error::RlpError(error) => TransactionError::Rlp(error),
            _ => TransactionError::NotCanonical,
        })?;
        if envelope.chain_id().is_none() {
            return Err(TransactionError::Unprotected);
        }
        if envelope.encoded_2718() != bytes {
            return Err(TransactionError::NotCanonical);
        }
        Ok(Self::Ethereum(envelope))
    }

    /// The EIP-2718 encoding.
    pub fn encoded(&self) -> Vec<u8> {
        self.encoded_2718()
    }

    /// keccak256 of the encoding.
    pub fn hash(&self) -> B256 {
        match self {
            Self::Ethereum(envelope) => *envelope.tx_hash(),
            Self::Duty(duty) => duty.hash(),
        }
    }

    /// Chain the transaction is for; `None` only for a value that [`Transaction::decode_exact`] refuses.
    pub fn chain_id(&self) -> Option<ChainId> {
        match self {
            Self::Ethereum(envelope) => envelope.chain_id(),
            Self::Duty(duty) => Some(duty.chain_id),
        }
    }

    /// Who sent it: the signer, or the zero address for a duty. Recovering a signer costs an elliptic-curve operation.
    ///
    /// # Errors
    /// [`TransactionError::Signature`] if no signer can be recovered or s is in the upper half.
    pub fn sender(&self) -> Result<Address, TransactionError> {
        match self {
            Self::Ethereum(envelope) => envelope.recover_signer().map_err(|_| TransactionError::Signature),
            Self::Duty(_) => Ok(Address::ZERO),
        }
    }
}

impl Typed2718 for Transaction {
    fn ty(&self) -> u8 {
        match self {
            Self::Ethereum(envelope) => envelope.ty(),
            Self::Duty(_) => DUTY_TYPE,
        }
    }
}

impl Encodable2718 for Transaction {
    fn encode_2718_len(&self) -> usize {
        match self {
            Self::Ethereum(envelope) => envelope.encode_2718_len(),
            Self::Duty(duty) => 1 + alloy_rlp::Encodable::length(duty),
        }
    }

    fn encode_2718(&self, out: &mut dyn BufMut) {
        match self {
            Self::Ethereum(envelope) => envelope.encode_2718(out),
            Self::Duty(duty) => {
                out.put_u8(DUTY_TYPE);
                alloy_rlp::Encodable::encode(duty, out);
            }
        }
    }
}

#[cfg(test)]
mod tests;
