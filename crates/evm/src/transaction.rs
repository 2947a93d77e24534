//! Ordinary transactions: what makes one valid, in words that a wallet understands.

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::eip2718::{EIP4844_TX_TYPE_ID, Typed2718};
use alloy_primitives::{Address, ChainId, U256};
use revm::{
    context::{TxEnv, result::InvalidTransaction},
    context_interface::either::Either,
};
use thiserror::Error;

use crate::environment::Environment;

/// Why an ordinary transaction cannot be in a block.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum TransactionRejection {
    /// Signed for another chain, or for any.
    #[error("transaction is for chain {found:?}, this is chain {expected}")]
    ChainId {
        /// This chain.
        expected: ChainId,
        /// Chain of the transaction.
        found: Option<ChainId>,
    },
    /// The nonce was used.
    #[error("nonce too low: next nonce {expected}, tx nonce {found}")]
    NonceTooLow {
        /// Next nonce of the sender.
        expected: u64,
        /// Nonce of the transaction.
        found: u64,
    },
    /// An earlier transaction is missing.
    #[error("nonce too high: next nonce {expected}, tx nonce {found}")]
    NonceTooHigh {
        /// Next nonce of the sender.
        expected: u64,
        /// Nonce of the transaction.
        found: u64,
    },
    /// The sender cannot pay value plus gas limit × fee.
    #[error("insufficient funds for gas * price + value: balance {balance} wei, needed {needed} wei")]
    InsufficientFunds {
        /// Balance of the sender, in wei.
        balance: U256,
        /// Most that the transaction can cost, in wei.
        needed: U256,
    },
    /// The gas limit does not cover what is charged before execution.
    #[error("intrinsic gas too low: gas limit {found}, needed {needed}")]
    IntrinsicGas {
        /// Gas charged before execution, or the floor of EIP-7623.
        needed: u64,
        /// Gas limit of the transaction.
        found: u64,
    },
    /// The gas limit exceeds what one transaction may use.
    #[error("gas limit {found} exceeds {limit}, the most that one transaction may use")]
    GasLimit {
        /// The block's gas limit or EIP-7825's cap, whichever is lower.
        limit: u64,
        /// Gas limit of the transaction.
        found: u64,
    },
    /// The fee does not reach the base fee.
    #[error("max fee per gas {max_fee} wei is less than the base fee {base_fee} wei")]
    FeeTooLow {
        /// Base fee, in wei per gas.
        base_fee: u64,
        /// Fee of the transaction, in wei per gas.
        max_fee: u128,
    },
    /// The tip exceeds the fee.
    #[error("max priority fee per gas {priority_fee} wei exceeds max fee per gas {max_fee} wei")]
    PriorityFee {
        /// Tip, in wei per gas.
        priority_fee: u128,
        /// Fee, in wei per gas.
        max_fee: u128,
    },
    /// A contract cannot send (EIP-3607).
    #[error("sender {0} is a contract and cannot send transactions")]
    SenderIsContract(Address),
    /// No such type here.
    #[error("transaction type {0:#04x} is not supported; this chain has no blobs")]
    Type(u8),
    /// Any other rule of Ethereum.
    #[error("{0}")]
    Other(String),
}

/// The transaction as revm takes it.
pub(crate) fn tx_env(
    transaction: &TxEnvelope,
    sender: Address,
    chain_id: ChainId,
) -> Result<TxEnv, TransactionRejection> {
    if transaction.ty() == EIP4844_TX_TYPE_ID {
        return Err(TransactionRejection::Type(EIP4844_TX_TYPE_ID));
    }
    if transaction.chain_id() != Some(chain_id) {
        return Err(TransactionRejection::ChainId { expected: chain_id, found: transaction.chain_id() });
    }
    let authorizations = transaction.authorization_list().unwrap_or_default();
    Ok(TxEnv {
        tx_type: transaction.ty(),
        caller: sender,
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        blob_hashes: Vec::new(),
        max_fee_per_blob_gas: 0,
        authorization_list: authorizations.iter().cloned().map(Either::Left).collect(),
    })
}

/// revm's verdict in our words.
pub(crate) fn rejection(
    error: InvalidTransaction,
    tx: &TxEnv,
    environment: &Environment,
    gas_cap: u64,
) -> TransactionRejection {
    match error {
        InvalidTransaction::NonceTooLow { tx, state } => {
            TransactionRejection::NonceTooLow { expected: state, found: tx }
        }
        InvalidTransaction::NonceTooHigh { tx, state } => {
            TransactionRejection::NonceTooHigh { expected: state, found: tx }
        }
        InvalidTransaction::LackOfFundForMaxFee { fee, balance } => {
            TransactionRejection::InsufficientFunds { balance: *balance, needed: *fee }
        }
        InvalidTransaction::CallGasCostMoreThanGasLimit { initial_gas, gas_limit } => {
            TransactionRejection::IntrinsicGas { needed: initial_gas, found: gas_limit }
        }
        InvalidTransaction::GasFloorMoreThanGasLimit { gas_floor, gas_limit } => {
            TransactionRejection::IntrinsicGas { needed: gas_floor, found: gas_limit }
        }
        InvalidTransaction::CallerGasLimitMoreThanBlock
        | InvalidTransaction::TxGasLimitGreaterThanCap { .. } => {
            let limit = environment.gas_limit.min(gas_cap);
            TransactionRejection::GasLimit { limit, found: tx.gas_limit }
        }
        InvalidTransaction::GasPriceLessThanBasefee => {
            TransactionRejection::FeeTooLow { base_fee: environment.base_fee, max_fee: tx.gas_price }
        }
        InvalidTransaction::PriorityFeeGreaterThanMaxFee => TransactionRejection::PriorityFee {
            priority_fee: tx.gas_priority_fee.unwrap_or_default(),
            max_fee: tx.gas_price,
        },
        InvalidTransaction::RejectCallerWithCode => TransactionRejection::SenderIsContract(tx.caller),
        other => TransactionRejection::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests;
