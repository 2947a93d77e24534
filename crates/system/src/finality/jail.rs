//! Judging heights: credits for votes, misses, and leaving the set for them.
//!
//! A height is judged when it is final without the vote and `grace_blocks` have passed: who was not needed had
//! time for a late vote, and nobody is blamed for a height that nobody could make final. Whose vote is there by then is
//! credited for it in `rewards`, whoever comes later is not. Misses are counted in
//! fixed windows of heights, the same for all, so that leaving and coming back starts no new one; more than
//! `max_missed` in a window mean jail, until the term is over and the provider's account asks.
//!
//! Jail never takes the active stake below two thirds of all ranked stake, the jailed included, so whoever
//! censors votes cannot remove provider after provider. Until there are checkpoints this sum stands for the last
//! timestamped set.

use alloy_primitives::{Address, B256};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IFinality;

use super::{
    FinalityError, JailError, snapshot,
    store::{CONDUCT, CONTRACT, Conduct, FINAL, JUDGED, RULES, SEAT, TALLY, VOTERS},
};
use crate::{
    rewards, staking,
    storage::{Storage, StorageError},
};

/// The heights that one block judges: more than the one that it adds.
const JUDGED_PER_BLOCK: usize = 4;

/// Judges heights whose time has come.
pub(super) fn judge(storage: &mut dyn Storage) -> Result<(), StorageError> {
    let grace = u64::from(RULES.load(storage)?.grace_blocks);
    let last = FINAL.load(storage)?.height.min(storage.block().number.saturating_sub(grace));
    for _ in 0..JUDGED_PER_BLOCK {
        let height = JUDGED.load(storage)? + 1;
        if height > last {
            break;
        }
        judge_height(storage, height)?;
        JUDGED.store(storage, &height)?;
    }
    Ok(())
}

fn judge_height(storage: &mut dyn Storage, height: u64) -> Result<(), StorageError> {
    let set = TALLY.at(&height).load(storage)?.set;
    let voters = VOTERS.at(&height).load(storage)?;
    let mut voted = Vec::new();
    for (place, key) in snapshot::members(storage, set)?.into_iter().enumerate() {
        if voters.bit(place) {
            voted.push((key, SEAT.at(&set).at(&key).load(storage)?.power));
        } else {
            miss(storage, key, height)?;
        }
    }
    rewards::credit::credit(storage, height, &voted)
}

fn miss(storage: &mut dyn Storage, key: B256, height: u64) -> Result<(), StorageError> {
    let conduct = CONDUCT.at(&key).load(storage)?;
    let removed = staking::provider::provider(storage, key)?.is_none_or(|provider| provider.removed);
    if conduct.jailed_until != 0 || removed {
        return Ok(());
    }
    let rules = RULES.load(storage)?;
    let window = height / u64::from(rules.window_blocks.max(1));
    let missed = if window == conduct.window { conduct.missed + 1 } else { 1 };
    let guilty = missed > rules.max_missed.into() && may_leave(storage, key)?;
    let conduct = if guilty {
        let until = storage.block().timestamp.saturating_add(rules.jail_s.into());
        Conduct { jailed_until: until.max(1), window, missed: 0 }
    } else {
        Conduct { window, missed, ..conduct }
    };
    CONDUCT.at(&key).store(storage, &conduct)
}

/// Whether at least two thirds of the ranked stake stay active without this provider.
fn may_leave(storage: &mut dyn Storage, leaving: B256) -> Result<bool, StorageError> {
    let (mut active, mut all) = (0_u128, 0_u128);
    for key in staking::rank::ranked(storage)? {
        let power = u128::from(staking::provider::power(storage, key)?);
        all += power;
        if key != leaving && CONDUCT.at(&key).load(storage)?.jailed_until == 0 {
            active += power;
        }
    }
    Ok(active * 3 >= all * 2)
}

/// Lets a provider out of jail.
///
/// # Errors
/// [`FinalityError`] with the first rule that is broken.
pub fn unjail(storage: &mut dyn Storage, caller: Address, key: B256) -> Result<(), FinalityError> {
    let provider =
        staking::provider::provider(storage, key)?.ok_or(FinalityError::UnknownProvider { provider: key })?;
    if provider.removed {
        return Err(FinalityError::Removed { provider: key });
    }
    if provider.owner != caller {
        return Err(JailError::NotOwner { expected: provider.owner, found: caller }.into());
    }
    let conduct = CONDUCT.at(&key).load(storage)?;
    if conduct.jailed_until == 0 {
        return Err(JailError::NotJailed { provider: key }.into());
    }
    if storage.block().timestamp < conduct.jailed_until {
        return Err(JailError::StillJailed { until: conduct.jailed_until }.into());
    }
    CONDUCT.at(&key).store(storage, &Conduct { jailed_until: 0, ..conduct })?;
    Ok(storage.emit(CONTRACT, IFinality::Unjailed { provider: key }.encode_log_data())?)
}
