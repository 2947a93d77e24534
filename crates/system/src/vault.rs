//! The vault: pBTC in, stkBTC out, and back through a queue (`docs/spec/liquid-staking.md`).
//!
//! stkBTC is a share of `totalAssets`. Only three things change its rate: income that streams in (`stream`), a loss, and
//! the rounding of every division against the caller. What the vault has is what it counted, never a balance.
//!
//! 1. **Stake** ([`mod@stake`]): pBTC, by itself or unwrapped from wpBTC, becomes shares at the present rate.
//! 2. **Queue** ([`queue`]): shares wait in a ticket that is worth no more than when it was made. `advance` completes
//!    tickets in order and sets their pBTC aside.
//! 3. **Claim** ([`claim`]): a controller, or its operator, takes what was set aside.
//!
//! Nothing here calls an account: a receiver cannot act in the middle of a rule.

use ballast_types::Parameters;

use crate::{
    custody::wei,
    storage::{Storage, StorageError},
    token::Token,
};

pub mod claim;
pub(crate) mod dispatch;
mod error;
mod operator;
mod price;
pub mod queue;
pub mod stake;
mod store;
mod stream;

pub use error::{QueueError, VaultError};
pub use price::{convert_to_assets, convert_to_shares, rate, total_assets};
pub use stake::stake;
pub(crate) use store::CONTRACT;
use store::*;
pub use stream::income;

pub use crate::token::TokenError;

/// The share token.
pub(crate) const STKBTC: Token = Token::new(CONTRACT, "Ballast staked BTC", "stkBTC");

/// Writes the parameters. Runs once, in block 1.
///
/// # Errors
/// The port refused.
pub fn initialise(storage: &mut dyn Storage, parameters: &Parameters) -> Result<(), StorageError> {
    CAP.store(storage, &wei(parameters.vault.cap_sat))?;
    LEAST.store(storage, &wei(parameters.vault.min_redeem_sat))?;
    STREAM_BLOCKS.store(storage, &parameters.chain.epoch_blocks)?;
    STREAM_BP.store(storage, &parameters.pool.min_fee_bp)?;
    HEAD.store(storage, &1)
}

#[cfg(test)]
mod tests;
