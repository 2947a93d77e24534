//! Why the pool says no, in Rust and in Solidity.

use alloy_primitives::{Address, U256};
use ballast_types::interfaces::IPool;
use thiserror::Error;

use crate::{
    contract::CallError,
    price::LOCKED,
    storage::StorageError,
    token::TokenError,
    vault::{QueueError, VaultError},
};

/// Why the pool says no. Amounts are in wei of pBTC unless they are called shares.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PoolError {
    /// Worth nothing.
    #[error("the amount is worth nothing: take more")]
    Nothing,
    /// The first one has to leave something for ever.
    #[error("the first supply has to be more than {LOCKED} wei, which stay for ever")]
    FirstDeposit,
    /// The rate may be too high.
    #[error("no sales while Bitcoin's headers are old or custody's books are short: wait, or use the queue")]
    Closed,
    /// The price is too low for the seller.
    #[error("{asked} wei were asked for, the price is {price}: ask for less, or wait in the queue")]
    Slippage {
        /// What the seller wants at least.
        asked: U256,
        /// What the pool pays.
        price: U256,
    },
    /// Too much at once.
    #[error("a sale may be worth {most} wei, this one is worth {found}: sell in parts, or wait in the queue")]
    SaleTooLarge {
        /// The most.
        most: U256,
        /// What it is worth.
        found: U256,
    },
    /// Too much in a short time.
    #[error("{left} wei of {most} are left in this window: wait for the next one, or in the queue")]
    WindowFull {
        /// What a window takes.
        most: U256,
        /// What is left of it.
        left: U256,
    },
    /// Not enough at hand.
    #[error("the pool has {cash} wei at hand, {needed} are needed: sell less, or wait in the queue")]
    Short {
        /// What it has.
        cash: U256,
        /// What the shares are worth.
        needed: U256,
    },
    /// More than can be taken out now.
    #[error("{owner} can take {most} wei out now, {assets} were asked for")]
    MaxWithdraw {
        /// Whose shares.
        owner: Address,
        /// What was asked for.
        assets: U256,
        /// The most.
        most: U256,
    },
    /// More than can be given back now.
    #[error("{owner} can give back {most} shares now, {shares} were asked for")]
    MaxRedeem {
        /// Whose shares.
        owner: Address,
        /// What was asked for.
        shares: U256,
        /// The most.
        most: U256,
    },
    /// Nothing to collect and nothing to send.
    #[error("nothing to take out of the queue and nothing to send into it")]
    NothingDue,
    /// A token does not move.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The vault says no.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The vault's queue says no.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The port refused.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl From<PoolError> for CallError {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Nothing => Self::revert(&IPool::Nothing {}),
            PoolError::FirstDeposit => Self::revert(&IPool::FirstDeposit { minimum: LOCKED + U256::ONE }),
            PoolError::Closed => Self::revert(&IPool::Closed {}),
            PoolError::Slippage { asked, price } => Self::revert(&IPool::Slippage { asked, price }),
            PoolError::SaleTooLarge { most, found } => Self::revert(&IPool::SaleTooLarge { most, found }),
            PoolError::WindowFull { most, left } => Self::revert(&IPool::WindowFull { most, left }),
            PoolError::Short { cash, needed } => Self::revert(&IPool::Short { cash, needed }),
            PoolError::MaxWithdraw { owner, assets, most } => {
                Self::revert(&IPool::ERC4626ExceededMaxWithdraw { owner, assets, max: most })
            }
            PoolError::MaxRedeem { owner, shares, most } => {
                Self::revert(&IPool::ERC4626ExceededMaxRedeem { owner, shares, max: most })
            }
            PoolError::NothingDue => Self::revert(&IPool::NothingDue {}),
            PoolError::Token(error) => error.into(),
            PoolError::Vault(error) => error.into(),
            PoolError::Queue(error) => error.into(),
            PoolError::Storage(error) => error.into(),
        }
    }
}
