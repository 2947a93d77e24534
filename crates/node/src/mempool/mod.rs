//! Transactions that wait for a block: duties and ordinary ones, each under rules of its own.
//!
//! A pure data structure: no clock, no lock, no I/O. What comes here was checked against the latest state by the
//! functions that `ballast_evm` has for it; what remains is order, replacement and limits. Every collection is bounded.

mod duties;
mod ordinary;

use std::sync::Arc;

use alloy_consensus::{
    Transaction as _, TxEnvelope,
    transaction::{Recovered, SignerRecoverable},
};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, B256, U256};
use ballast_types::{Duty, DutyKind, Transaction, TransactionError};
use thiserror::Error;

pub use duties::Duties;
pub use ordinary::{Ordinary, Sender};

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Ordinary transactions.
    pub transactions: usize,
    /// Bytes of all ordinary transactions.
    pub bytes: usize,
    /// Ordinary transactions of one sender; also how far a nonce may run ahead of its account.
    pub per_sender: usize,
    /// Duties of one kind.
    pub duties: usize,
    /// Bytes of the duties of one kind.
    pub duty_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { transactions: 10_000, bytes: 64 << 20, per_sender: 64, duties: 4_096, duty_bytes: 16 << 20 }
    }
}

/// Why the mempool refuses a transaction.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum MempoolError {
    /// It already waits.
    #[error("already known: {0}")]
    Known(B256),
    /// The nonce is used.
    #[error("nonce too low: next nonce {expected}, tx nonce {found}")]
    NonceTooLow {
        /// Next nonce of the account.
        expected: u64,
        /// Nonce of the transaction.
        found: u64,
    },
    /// The nonce is too far ahead of the account.
    #[error("nonce too high: {found} is not below {limit}; send the transactions before it first")]
    NonceTooHigh {
        /// First nonce that is refused.
        limit: u64,
        /// Nonce of the transaction.
        found: u64,
    },
    /// The account cannot pay for it.
    #[error("insufficient funds for gas * price + value: balance {balance}, tx cost {cost}")]
    InsufficientFunds {
        /// Balance, in wei.
        balance: U256,
        /// Most that the transaction can cost, in wei.
        cost: U256,
    },
    /// Another transaction with this nonce bids nearly as much.
    #[error("replacement transaction underpriced: raise both fees of {replaced} by at least 10 %")]
    Underpriced {
        /// Transaction that stays.
        replaced: B256,
    },
    /// Everything that waits bids more.
    #[error("mempool is full ({transactions} transactions, {bytes} bytes): raise the fee")]
    Full {
        /// Most ordinary transactions.
        transactions: usize,
        /// Most bytes.
        bytes: usize,
    },
    /// What the duty proves is already waiting to be proven.
    #[error("duty {waiting} already proves this")]
    FactWaiting {
        /// Duty that waits.
        waiting: B256,
    },
    /// No room for more duties of this kind.
    #[error("mempool holds {limit} duties of kind {kind:?} or their bytes: try again after the next block")]
    DutiesFull {
        /// Kind of the duty.
        kind: DutyKind,
        /// Most duties of this kind.
        limit: usize,
    },
}

/// An ordinary transaction with its recovered sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    transaction: Recovered<TxEnvelope>,
    size: usize,
}

impl Signed {
    /// Recovers the sender.
    ///
    /// # Errors
    /// [`TransactionError::Signature`] if there is none.
    pub fn new(envelope: TxEnvelope) -> Result<Self, TransactionError> {
        let size = envelope.encode_2718_len();
        let sender = envelope.recover_signer().map_err(|_| TransactionError::Signature)?;
        Ok(Self { transaction: Recovered::new_unchecked(envelope, sender), size })
    }

    /// The transaction with its sender.
    pub fn recovered(&self) -> &Recovered<TxEnvelope> {
        &self.transaction
    }

    /// Transaction hash.
    pub fn hash(&self) -> B256 {
        *self.envelope().tx_hash()
    }

    /// Recovered sender.
    pub fn sender(&self) -> Address {
        self.transaction.signer()
    }

    fn envelope(&self) -> &TxEnvelope {
        self.transaction.inner()
    }

    /// Nonce.
    pub fn nonce(&self) -> u64 {
        self.envelope().nonce()
    }

    /// Size of the encoding, in bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Most that the transaction can cost, in wei.
    pub fn cost(&self) -> U256 {
        let gas = U256::from(self.envelope().gas_limit())
            .saturating_mul(U256::from(self.envelope().max_fee_per_gas()));
        gas.saturating_add(self.envelope().value())
    }

    /// What the proposer gets per gas at `base_fee`, in wei; `None` if the fee does not cover the base fee.
    pub fn effective_tip(&self, base_fee: u64) -> Option<u128> {
        self.envelope().effective_tip_per_gas(base_fee)
    }

    /// True if this transaction may replace `old`: both of its fees are at least a tenth higher.
    pub fn outbids(&self, old: &Self) -> bool {
        let higher = |new: u128, old: u128| new > old && new.saturating_mul(10) >= old.saturating_mul(11);
        let tip = |signed: &Self| {
            signed
                .envelope()
                .max_priority_fee_per_gas()
                .unwrap_or_else(|| signed.envelope().max_fee_per_gas())
        };
        higher(self.envelope().max_fee_per_gas(), old.envelope().max_fee_per_gas())
            && higher(tip(self), tip(old))
    }
}

/// Both pools.
#[derive(Debug)]
pub struct Mempool {
    /// Duties.
    pub duties: Duties,
    /// Ordinary transactions.
    pub ordinary: Ordinary,
}

impl Mempool {
    /// Two empty pools.
    pub fn new(limits: Limits) -> Self {
        Self { duties: Duties::new(limits), ordinary: Ordinary::new(limits) }
    }

    /// The waiting transaction with this hash.
    pub fn get(&self, hash: B256) -> Option<Transaction> {
        let ordinary = || {
            self.ordinary.get(hash).map(|signed| Transaction::Ethereum(signed.recovered().inner().clone()))
        };
        let duty = |duty: Arc<Duty>| Transaction::Duty(Arc::unwrap_or_clone(duty));
        ordinary().or_else(|| self.duties.get(hash).map(duty))
    }

    /// Drops what a block carries or a builder found invalid.
    pub fn remove(&mut self, hashes: impl IntoIterator<Item = B256>) {
        for hash in hashes {
            self.ordinary.remove(hash);
            self.duties.remove(hash);
        }
    }
}

#[cfg(test)]
mod tests;
