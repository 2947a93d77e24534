//! Why a token says no, in Rust and in Solidity.

use alloy_primitives::{Address, U256};
use ballast_types::interfaces::IToken;
use thiserror::Error;

use crate::{contract::CallError, storage::StorageError};

/// Why a token does not move.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TokenError {
    /// Less than what is to be sent.
    #[error("{sender} has {balance}, {needed} are needed")]
    Balance {
        /// Who would send.
        sender: Address,
        /// What it has.
        balance: U256,
        /// What would be sent.
        needed: U256,
    },
    /// Less than what is to be spent.
    #[error("{spender} may spend {allowance}, {needed} are needed: approve it first")]
    Allowance {
        /// Who would spend.
        spender: Address,
        /// What it may spend.
        allowance: U256,
        /// What would be spent.
        needed: U256,
    },
    /// The zero address, or the token itself.
    #[error("tokens sent to {to} would be lost: name another receiver")]
    Receiver {
        /// Who would receive.
        to: Address,
    },
    /// A permit of the past.
    #[error("the permit ended at {deadline}: sign another one")]
    Expired {
        /// The last second, since the Unix epoch, in which it could be used.
        deadline: U256,
    },
    /// The signature of somebody else or of nobody, who is the zero address; or under another nonce, chain or token.
    #[error(
        "the permit of {owner} is signed by {signer}: sign it with the present nonce, for this chain and token"
    )]
    Signer {
        /// Whose signature it is.
        signer: Address,
        /// Whose tokens the permit is about.
        owner: Address,
    },
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<TokenError> for CallError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Balance { sender, balance, needed } => {
                Self::revert(&IToken::ERC20InsufficientBalance { sender, balance, needed })
            }
            TokenError::Allowance { spender, allowance, needed } => {
                Self::revert(&IToken::ERC20InsufficientAllowance { spender, allowance, needed })
            }
            TokenError::Receiver { to } => Self::revert(&IToken::ERC20InvalidReceiver { receiver: to }),
            TokenError::Expired { deadline } => Self::revert(&IToken::ERC2612ExpiredSignature { deadline }),
            TokenError::Signer { signer, owner } => {
                Self::revert(&IToken::ERC2612InvalidSigner { signer, owner })
            }
            TokenError::Storage(error) => error.into(),
        }
    }
}
