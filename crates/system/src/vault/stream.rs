//! Income raises the rate block by block.
//!
//! What is streamed counts linearly: of a stream, ceil(amount × blocks left / blocks) does not count yet. A new part joins
//! what is left and what waits, and the stream starts anew. A stream is at most `STREAM_BP` of what all shares are worth,
//! the least fee of the pool, and the rest waits for the next one: who buys shares before a rise and sells them after it
//! has gained nothing. Hence two more rules.
//!
//! - What a leaver leaves behind, the rise since its request, waits as well, instead of raising the rate at once
//!   ([`defer`]).
//! - When shares leave, what flows on is cut to what may flow to those that stay ([`fit`]).

use alloy_primitives::U256;
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IStkBtc;

use super::{price::total_assets, store::*};
use crate::{
    mul_div,
    storage::{Storage, StorageError},
};

/// Basis points of one.
const BASIS: U256 = U256::from_limbs([10_000, 0, 0, 0]);

/// Income that has not raised the rate yet, in wei.
pub(super) fn unvested(storage: &mut dyn Storage) -> Result<U256, StorageError> {
    Ok(streaming(storage)?.saturating_add(WAITING.load(storage)?))
}

/// What flows, until which block, and what waits.
pub(super) fn show(storage: &mut dyn Storage) -> Result<(U256, u64, U256), StorageError> {
    Ok((streaming(storage)?, STREAM.load(storage)?.until, WAITING.load(storage)?))
}

/// Takes up income that is at the vault's address already, and lets flow what waits. Each settlement of an epoch calls
/// it, even with nothing.
///
/// # Errors
/// The port refused.
pub fn income(storage: &mut dyn Storage, epoch: u64, wei: U256) -> Result<(), StorageError> {
    let most = most(storage)?;
    let rest = unvested(storage)?.saturating_add(wei);
    if rest.is_zero() {
        return Ok(());
    }
    increase(&BOOKED, storage, wei)?;
    let streamed: u128 = rest.min(most).saturating_to();
    let until = storage.block().number.saturating_add(STREAM_BLOCKS.load(storage)?);
    STREAM.store(storage, &Stream { amount: streamed, until })?;
    let streamed = U256::from(streamed);
    WAITING.store(storage, &(rest - streamed))?;
    let event = IStkBtc::Income { epoch, assets: wei, streamed, until };
    storage.emit(CONTRACT, event.encode_log_data())
}

/// Takes what is booked out of the rate; it comes back as income does.
pub(super) fn defer(storage: &mut dyn Storage, wei: U256) -> Result<(), StorageError> {
    increase(&WAITING, storage, wei)
}

/// Cuts the stream to what the shares may have of it.
pub(super) fn fit(storage: &mut dyn Storage) -> Result<(), StorageError> {
    let (stream, most) = (STREAM.load(storage)?, most(storage)?);
    if U256::from(stream.amount) <= most {
        return Ok(());
    }
    let before = streaming(storage)?;
    STREAM.store(storage, &Stream { amount: most.saturating_to(), ..stream })?;
    let after = streaming(storage)?;
    increase(&WAITING, storage, before.saturating_sub(after))
}

fn streaming(storage: &mut dyn Storage) -> Result<U256, StorageError> {
    let Stream { amount, until } = STREAM.load(storage)?;
    let left = U256::from(until.saturating_sub(storage.block().number));
    let blocks = U256::from(STREAM_BLOCKS.load(storage)?);
    // none before the parameters are written, when nothing flows either
    Ok(mul_div::ceil(U256::from(amount), left, blocks).unwrap_or_default())
}

/// The most that one stream may be.
fn most(storage: &mut dyn Storage) -> Result<U256, StorageError> {
    let (total, bp) = (total_assets(storage)?, U256::from(STREAM_BP.load(storage)?));
    Ok(mul_div::floor(total, bp, BASIS).unwrap_or_default())
}
