//! From a typed error to Ethereum's: a code that clients branch on and words that they search for.
//!
//! Codes are those of JSON-RPC 2.0 and EIP-1474; 3 is a revert, with its data. The words are go-ethereum's, since viem,
//! ethers and wallets recognise an error by its text. Numbers behind the words are ours to add.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::{Panic, Revert, SolError};
use ballast_evm::{CallError, DutyRejection, StateError, TransactionRejection};
use ballast_types::TransactionError;
use jsonrpsee::types::{
    ErrorObjectOwned,
    error::{CALL_EXECUTION_FAILED_CODE, INTERNAL_ERROR_CODE, INVALID_PARAMS_CODE},
};
use thiserror::Error;

use crate::chain::{ChainError, Refusal};

/// A call reverted; `data` holds what it returned.
const REVERTED_CODE: i32 = 3;
/// A limit of the server is exceeded (EIP-1474).
const LIMIT_EXCEEDED_CODE: i32 = -32005;

/// Why a method has no result.
#[derive(Debug, Error)]
pub(crate) enum RpcError {
    /// The request is wrong and stays wrong.
    #[error("{0}")]
    InvalidParams(String),
    /// The request asks for more than the server gives at once.
    #[error("{0}")]
    LimitExceeded(String),
    /// There is no block with the hash.
    #[error("header not found: no block has this hash")]
    UnknownHash,
    /// There is no such filter, or not any more.
    #[error("filter not found: it was uninstalled, or not polled for 5 minutes")]
    UnknownFilter,
    /// The chain does not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The mempool does not take the transaction.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Custody cannot take deposits yet.
    #[error("no deposit address yet: the custodians have not made their key, try again in a minute")]
    NoDepositKey,
    /// A bug, or a broken file.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<StateError> for RpcError {
    fn from(error: StateError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<RpcError> for ErrorObjectOwned {
    fn from(error: RpcError) -> Self {
        let plain = |code| Self::owned(code, error.to_string(), None::<()>);
        match &error {
            RpcError::Refused(Refusal::Malformed(TransactionError::Signature)) => {
                plain(CALL_EXECUTION_FAILED_CODE)
            }
            RpcError::InvalidParams(_) | RpcError::Refused(Refusal::Malformed(_)) => {
                plain(INVALID_PARAMS_CODE)
            }
            RpcError::LimitExceeded(_) | RpcError::Chain(ChainError::TooManyLogs { .. }) => {
                plain(LIMIT_EXCEEDED_CODE)
            }
            RpcError::Call(CallError::Reverted(data)) => reverted(data),
            RpcError::Refused(Refusal::Duty(DutyRejection::Reverted(data))) => reverted(data),
            RpcError::Call(CallError::Rejected(rejection)) => {
                Self::owned(CALL_EXECUTION_FAILED_CODE, wording(rejection), None::<()>)
            }
            RpcError::Call(CallError::Halted(reason)) => {
                Self::owned(CALL_EXECUTION_FAILED_CODE, halted(reason), None::<()>)
            }
            RpcError::Internal(_)
            | RpcError::Chain(ChainError::Store(_))
            | RpcError::Refused(Refusal::Unavailable(_))
            | RpcError::Call(CallError::State(_)) => {
                tracing::error!(%error, "a request failed for a reason that is not its own");
                plain(INTERNAL_ERROR_CODE)
            }
            _ => plain(CALL_EXECUTION_FAILED_CODE),
        }
    }
}

fn reverted(data: &Bytes) -> ErrorObjectOwned {
    let message = match reason(data) {
        Some(reason) => format!("execution reverted: {reason}"),
        None => "execution reverted".to_owned(),
    };
    ErrorObjectOwned::owned(REVERTED_CODE, message, Some(data))
}

/// The text of `Error(string)` or `Panic(uint256)`; a custom error has none, clients decode it with their ABI.
fn reason(data: &[u8]) -> Option<String> {
    let panic = || {
        let panic = Panic::abi_decode(data).ok()?;
        Some(panic.kind().map_or_else(|| format!("panic code {:#x}", panic.code), |kind| kind.to_string()))
    };
    Revert::abi_decode(data).ok().map(|revert| revert.reason).or_else(panic)
}

fn halted(reason: &str) -> String {
    if reason.starts_with("OutOfGas") {
        "out of gas".to_owned()
    } else {
        format!("execution halted: {reason}")
    }
}

/// A rejection in go-ethereum's words.
pub(crate) fn wording(rejection: &TransactionRejection) -> String {
    use TransactionRejection as Rejection;
    match rejection {
        Rejection::ChainId { expected, found } => {
            format!("invalid chain id for signer: have {} want {expected}", found.unwrap_or_default())
        }
        Rejection::NonceTooLow { expected, found } => {
            format!("nonce too low: next nonce {expected}, tx nonce {found}")
        }
        Rejection::NonceTooHigh { expected, found } => {
            format!("nonce too high: next nonce {expected}, tx nonce {found}")
        }
        Rejection::InsufficientFunds { balance, needed } => {
            let short: U256 = needed.saturating_sub(*balance);
            format!(
                "insufficient funds for gas * price + value: balance {balance}, tx cost {needed}, overshot {short}"
            )
        }
        Rejection::IntrinsicGas { needed, found } => {
            format!("intrinsic gas too low: gas {found}, minimum needed {needed}")
        }
        Rejection::GasLimit { limit, found } => {
            format!("exceeds block gas limit: gas {found}, one transaction may use at most {limit}")
        }
        Rejection::FeeTooLow { base_fee, max_fee } => {
            format!("max fee per gas less than block base fee: maxFeePerGas: {max_fee}, baseFee: {base_fee}")
        }
        Rejection::PriorityFee { priority_fee, max_fee } => format!(
            "max priority fee per gas higher than max fee per gas: \
             maxPriorityFeePerGas: {priority_fee}, maxFeePerGas: {max_fee}"
        ),
        Rejection::SenderIsContract(address) => format!("sender not an eoa: address {address} has code"),
        Rejection::Type(found) => {
            format!("transaction type not supported: {found:#04x}; this chain has no blobs")
        }
        Rejection::Other(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests;
