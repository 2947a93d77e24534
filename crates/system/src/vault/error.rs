//! Why the vault says no, in Rust and in Solidity.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{Panic, PanicKind};
use ballast_types::interfaces::IStkBtc;
use thiserror::Error;

use crate::{contract::CallError, storage::StorageError, token::TokenError};

/// Why the vault takes no deposit.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum VaultError {
    /// More than there is room for; nothing while deposits are closed.
    #[error("the vault takes at most {max} wei now, found {assets}: stake less, or wait")]
    MaxDeposit {
        /// Who would get the shares.
        receiver: Address,
        /// What would be staked, in wei.
        assets: U256,
        /// What can be, in wei.
        max: U256,
    },
    /// The same, in shares.
    #[error("the vault mints at most {max} shares now, found {shares}: mint less, or wait")]
    MaxMint {
        /// Who would get the shares.
        receiver: Address,
        /// Shares wanted.
        shares: U256,
        /// Shares that can be minted.
        max: U256,
    },
    /// Rounded down to nothing.
    #[error("the amount is worth no share: stake more")]
    Nothing,
    /// Too little for the shares that stay locked.
    #[error("the first deposit is at least {minimum} wei: stake more")]
    FirstDeposit {
        /// The least, in wei.
        minimum: U256,
    },
    /// A result that 256 bits do not hold, or a division by a worth of nothing.
    #[error("the result has more than 256 bits: ask for less")]
    Overflow,
    /// stkBTC or wpBTC does not move.
    #[error(transparent)]
    Token(TokenError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<TokenError> for VaultError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Storage(error) => Self::Storage(error),
            other => Self::Token(other),
        }
    }
}

impl From<VaultError> for CallError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::MaxDeposit { receiver, assets, max } => {
                Self::revert(&IStkBtc::ERC4626ExceededMaxDeposit { receiver, assets, max })
            }
            VaultError::MaxMint { receiver, shares, max } => {
                Self::revert(&IStkBtc::ERC4626ExceededMaxMint { receiver, shares, max })
            }
            VaultError::Nothing => Self::revert(&IStkBtc::Nothing {}),
            VaultError::FirstDeposit { minimum } => Self::revert(&IStkBtc::FirstDeposit { minimum }),
            VaultError::Overflow => Self::revert(&Panic::from(PanicKind::UnderOverflow)),
            VaultError::Token(error) => error.into(),
            VaultError::Storage(error) => error.into(),
        }
    }
}

/// Why the queue takes no request and pays no claim.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QueueError {
    /// More pBTC than was set aside.
    #[error("{max} wei are set aside for {controller}, found {assets}: claim less, or wait")]
    MaxWithdraw {
        /// Whose claim it is.
        controller: Address,
        /// What would be paid, in wei.
        assets: U256,
        /// What can be, in wei.
        max: U256,
    },
    /// More shares than were completed.
    #[error("{max} shares of {controller} are completed, found {shares}: claim less, or wait")]
    MaxRedeem {
        /// Whose claim it is.
        controller: Address,
        /// Shares to be paid for.
        shares: U256,
        /// Shares that were completed and not paid for.
        max: U256,
    },
    /// Rounded down to nothing.
    #[error("the amount is worth nothing: name more")]
    Nothing,
    /// Below the least.
    #[error("a request is worth at least {minimum} wei, or is all that its owner has; found {found}")]
    TooSmall {
        /// The least, in wei.
        minimum: U256,
        /// What it is worth, in wei.
        found: U256,
    },
    /// Somebody else's.
    #[error("{caller} may not act for {controller}: have it call setOperator")]
    NotOperator {
        /// Whose it is.
        controller: Address,
        /// Who calls.
        caller: Address,
    },
    /// Never made, completed, or given up.
    #[error("nothing waits in ticket {ticket}")]
    NoTicket {
        /// The ticket.
        ticket: U256,
    },
    /// Nothing waits, or there is no pBTC for it.
    #[error("no ticket can be completed now: wait for pBTC")]
    NothingDue,
    /// stkBTC does not move.
    #[error(transparent)]
    Token(TokenError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<TokenError> for QueueError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Storage(error) => Self::Storage(error),
            other => Self::Token(other),
        }
    }
}

impl From<QueueError> for CallError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::MaxWithdraw { controller: owner, assets, max } => {
                Self::revert(&IStkBtc::ERC4626ExceededMaxWithdraw { owner, assets, max })
            }
            QueueError::MaxRedeem { controller: owner, shares, max } => {
                Self::revert(&IStkBtc::ERC4626ExceededMaxRedeem { owner, shares, max })
            }
            QueueError::Nothing => Self::revert(&IStkBtc::Nothing {}),
            QueueError::TooSmall { minimum, found } => Self::revert(&IStkBtc::TooSmall { minimum, found }),
            QueueError::NotOperator { controller, caller } => {
                Self::revert(&IStkBtc::NotOperator { controller, caller })
            }
            QueueError::NoTicket { ticket } => Self::revert(&IStkBtc::NoTicket { requestId: ticket }),
            QueueError::NothingDue => Self::revert(&IStkBtc::NothingDue {}),
            QueueError::Token(error) => error.into(),
            QueueError::Storage(error) => error.into(),
        }
    }
}
