//! Snapshot(h): whose stake counts at height h, and how much.
//!
//! It is the state after block h − 1, written at the beginning of block h and never again: not when Bitcoin is
//! reorganised, not when a provider is slashed. If it were computed anew, two quorums for two blocks could come
//! from two sets and have nobody in common. In it is every ranked provider with power that is neither removed
//! nor in jail and has randomness for h that counts.

use alloy_primitives::{Address, B256, U256, address, keccak256};

use super::{
    commitment,
    store::{
        ACTIVATION, CONDUCT, DIGEST, FINAL, Final, HASH, JUDGED, MEMBERS, PRUNED, RULES, SEAT, SETS, Seat,
        TALLY, TOTAL, Tally, VOTERS,
    },
};
use crate::{
    light_client, staking,
    storage::{Storage, StorageError},
};

/// The contract that keeps the hashes of past blocks (EIP-2935); the chain writes the parent's before anything
/// else happens in a block.
pub const HISTORY: Address = address!("0000F90827F1C53a10cb7A02335B175320002935");
/// How many hashes that contract keeps.
pub const HISTORY_BLOCKS: u64 = 8191;

/// The heights that one block forgets: more than the one that it adds.
const PRUNED_PER_BLOCK: usize = 2;

/// Writes the snapshot of this block and the hash of the one before.
pub(super) fn take(storage: &mut dyn Storage) -> Result<(), StorageError> {
    let number = storage.block().number;
    let members = eligible(storage, number)?;
    let total: u64 = members.iter().map(|(_, power)| power).sum();
    let set = enter(storage, &members, total)?;
    if ACTIVATION.load(storage)? != 0 {
        let hash = storage.load(HISTORY, U256::from((number - 1) % HISTORY_BLOCKS))?;
        HASH.at(&(number - 1)).store(storage, &hash.into())?;
        let last = FINAL.load(storage)?;
        FINAL.store(storage, &Final { before: last.height, ..last })?;
    } else if total > 0 {
        let before = number.saturating_sub(1);
        ACTIVATION.store(storage, &number)?;
        FINAL.store(storage, &Final { height: before, before })?;
        JUDGED.store(storage, &before)?;
        PRUNED.store(storage, &before)?;
    } else {
        return Ok(());
    }
    TALLY.at(&number).store(storage, &Tally { set, voted: 0 })
}

fn eligible(storage: &mut dyn Storage, height: u64) -> Result<Vec<(B256, u64)>, StorageError> {
    let tip = light_client::tip_height(storage)?;
    let mut members = Vec::new();
    for key in staking::rank::ranked(storage)? {
        let free = CONDUCT.at(&key).load(storage)?.jailed_until == 0;
        // removed providers have no rank
        if free && commitment::covers(storage, key, height, tip)? {
            members.push((key, staking::provider::power(storage, key)?));
        }
    }
    members.retain(|(_, power)| *power > 0);
    Ok(members)
}

/// The number of the set with these members: the last one's, or a new one.
fn enter(storage: &mut dyn Storage, members: &[(B256, u64)], total: u64) -> Result<u64, StorageError> {
    let bytes: Vec<u8> =
        members.iter().flat_map(|(key, power)| [&key[..], &power.to_be_bytes()].concat()).collect();
    let digest = keccak256(bytes);
    let last = SETS.load(storage)?;
    if last != 0 && DIGEST.load(storage)? == digest {
        return Ok(last);
    }
    let set = last + 1;
    SETS.store(storage, &set)?;
    DIGEST.store(storage, &digest)?;
    TOTAL.at(&set).store(storage, &total)?;
    for (place, (key, power)) in (1..).zip(members) {
        MEMBERS.at(&set).push(storage, key)?;
        SEAT.at(&set).at(key).store(storage, &Seat { place, power: *power })?;
    }
    Ok(set)
}

/// The members of the snapshot of a height with their power, and the total; nothing for a height that is not
/// kept.
///
/// # Errors
/// The port refused.
pub fn snapshot(storage: &mut dyn Storage, height: u64) -> Result<(Vec<(B256, u64)>, u64), StorageError> {
    let set = TALLY.at(&height).load(storage)?.set;
    let keys = members(storage, set)?;
    let mut seats = Vec::with_capacity(keys.len());
    for key in keys {
        seats.push((key, SEAT.at(&set).at(&key).load(storage)?.power));
    }
    Ok((seats, TOTAL.at(&set).load(storage)?))
}

/// The members of a set, in the order of their places.
pub(super) fn members(storage: &mut dyn Storage, set: u64) -> Result<Vec<B256>, StorageError> {
    let list = MEMBERS.at(&set);
    let count = list.len(storage)?;
    (0..count).filter_map(|index| list.get(storage, index).transpose()).collect()
}

/// Forgets heights that are final, judged, and too old for late votes.
pub(super) fn prune(storage: &mut dyn Storage) -> Result<(), StorageError> {
    let late = u64::from(RULES.load(storage)?.late_blocks);
    let old = storage.block().number.saturating_sub(late + 1);
    let last = FINAL.load(storage)?.height.min(JUDGED.load(storage)?).min(old);
    for _ in 0..PRUNED_PER_BLOCK {
        let height = PRUNED.load(storage)? + 1;
        if height > last {
            break;
        }
        let set = TALLY.at(&height).load(storage)?.set;
        if TALLY.at(&(height + 1)).load(storage)?.set != set {
            forget_set(storage, set)?;
        }
        TALLY.at(&height).clear(storage)?;
        HASH.at(&height).clear(storage)?;
        VOTERS.at(&height).clear(storage)?;
        PRUNED.store(storage, &height)?;
    }
    Ok(())
}

fn forget_set(storage: &mut dyn Storage, set: u64) -> Result<(), StorageError> {
    while let Some(key) = MEMBERS.at(&set).pop(storage)? {
        SEAT.at(&set).at(&key).clear(storage)?;
    }
    TOTAL.at(&set).clear(storage)
}
