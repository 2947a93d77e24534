//! Settling an epoch: who gets how much of the budget.
//!
//! An epoch can be settled when its last height is judged, the oldest first. The first call fixes the budget: everything
//! that belongs to nobody then. One call settles at most [`MAX_PROVIDERS`] providers or passes over at most [`MAX_EMPTY`]
//! epochs in which nobody earned anything; those leave the budget as it is. A provider that was removed by then gets
//! nothing.

use alloy_primitives::{B256, U256};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IRewards;

use super::{
    Epochs, RewardsError, gain, meter,
    store::{ALL_CREDITS, BUDGET, COMMISSION, CONTRACT, CREDITS, EARNERS, NEXT, OWED, PLACE},
};
use crate::{
    finality,
    staking::{self, provider::Provider},
    storage::{Storage, StorageError},
    vault,
};

/// The most providers that one call settles.
pub const MAX_PROVIDERS: u64 = 8;
/// The most epochs without credits that one call passes over.
pub const MAX_EMPTY: u64 = 64;
/// All of a part, in basis points.
const WHOLE: u16 = 10_000;

/// All pBTC of the contract that belongs to nobody, in wei.
///
/// # Errors
/// The port refused.
pub fn budget(storage: &mut dyn Storage) -> Result<U256, StorageError> {
    let owed = OWED.load(storage)?;
    Ok(storage.balance(CONTRACT)?.saturating_sub(owed))
}

/// The oldest epoch that is not settled, and the block from which on it can be if its last height is final.
///
/// # Errors
/// The port refused.
pub fn next(storage: &mut dyn Storage) -> Result<(u64, u64), StorageError> {
    let epoch = NEXT.load(storage)?;
    let grace = finality::grace_blocks(storage)?;
    Ok((epoch, Epochs::load(storage)?.last(epoch).saturating_add(grace)))
}

/// Settles some providers of the oldest epoch that is over.
///
/// # Errors
/// [`RewardsError::NothingDue`] or [`RewardsError::NotJudged`] while there is none.
pub fn settle(storage: &mut dyn Storage) -> Result<(), RewardsError> {
    check_due(storage)?;
    for _ in 0..MAX_EMPTY {
        let epoch = NEXT.load(storage)?;
        if ALL_CREDITS.at(&epoch).load(storage)? != 0 {
            return Ok(settle_some(storage, epoch)?);
        }
        let budget = budget(storage)?;
        fixed(storage, epoch, budget, 0)?;
        close(storage, epoch)?;
        if !is_judged(storage, epoch + 1)? {
            break;
        }
    }
    Ok(())
}

fn check_due(storage: &mut dyn Storage) -> Result<(), RewardsError> {
    let (epoch, from_block) = next(storage)?;
    if storage.block().number < from_block {
        return Err(RewardsError::NothingDue { from_block });
    }
    if !is_judged(storage, epoch)? {
        let height = Epochs::load(storage)?.last(epoch);
        return Err(RewardsError::NotJudged { height });
    }
    Ok(())
}

/// Whether all credits of an epoch are given.
fn is_judged(storage: &mut dyn Storage, epoch: u64) -> Result<bool, StorageError> {
    Ok(finality::judged(storage)? >= Epochs::load(storage)?.last(epoch))
}

fn settle_some(storage: &mut dyn Storage, epoch: u64) -> Result<(), StorageError> {
    let all = ALL_CREDITS.at(&epoch).load(storage)?;
    let place = PLACE.load(storage)?;
    if place == 0 {
        let budget = budget(storage)?.min(gain::MAX_BUDGET);
        BUDGET.store(storage, &budget)?;
        fixed(storage, epoch, budget, all)?;
    }
    let budget = BUDGET.load(storage)?;
    let earners = EARNERS.at(&epoch);
    let count = earners.len(storage)?;
    let end = count.min(place + MAX_PROVIDERS);
    let mut given = U256::ZERO;
    for index in place..end {
        let Some(provider) = earners.get(storage, index)? else { break };
        let credits = CREDITS.at(&epoch).at(&provider).load(storage)?;
        // credits are below 2^115
        let part = budget * U256::from(credits) / U256::from(all);
        given += give(storage, epoch, provider, U256::from(credits), part)?;
    }
    let owed = OWED.load(storage)?;
    OWED.store(storage, &(owed + given))?;
    if end < count {
        return PLACE.store(storage, &end);
    }
    PLACE.clear(storage)?;
    close(storage, epoch)
}

/// Ends an epoch; in the vault, what leavers gave up begins to raise the rate.
fn close(storage: &mut dyn Storage, epoch: u64) -> Result<(), StorageError> {
    NEXT.store(storage, &(epoch + 1))?;
    vault::income(storage, epoch, U256::ZERO)
}

fn fixed(storage: &mut dyn Storage, epoch: u64, budget: U256, credits: u128) -> Result<(), StorageError> {
    let event = IRewards::BudgetFixed { epoch, budget, credits: U256::from(credits) };
    storage.emit(CONTRACT, event.encode_log_data())
}

/// Gives a provider its part of an epoch; what its owner and its stakes have of it, in wei.
fn give(
    storage: &mut dyn Storage,
    epoch: u64,
    provider: B256,
    credits: U256,
    part: U256,
) -> Result<U256, StorageError> {
    let found = staking::provider::provider(storage, provider)?;
    let Some(Provider { commission: rate, removed: false, .. }) = found else { return Ok(U256::ZERO) };
    let commission = part * U256::from(rate) / U256::from(WHOLE);
    if !commission.is_zero() {
        let before = COMMISSION.at(&provider).load(storage)?;
        COMMISSION.at(&provider).store(storage, &(before + commission))?;
    }
    let counted = meter::counted(storage, &provider, epoch)?;
    let stakes = gain::give(storage, &provider, epoch, part - commission, counted)?;
    let event = IRewards::Earned { epoch, provider, credits, commission, stakes, vault: U256::ZERO };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(commission + stakes)
}
