//! What changes because Bitcoin's chain moved, though nobody sent anything.
//!
//! A stake's status can flip at two heights of the tip only: where its anchor becomes k deep, and where it
//! expires. It waits in the lists of both. A cursor walks after the light client, one height at a time: up over
//! new blocks, down over blocks that are no longer on the best chain. At each height that it passes, in either
//! direction, it settles the stakes of that height's list. So after a reorganisation exactly the stakes that it
//! could have touched are judged again. A block that loses its place is passed on the way down, together with
//! every height at which something counted because of it.
//!
//! One block does at most [`MAX_STEPS`] heights and [`MAX_SETTLED`] stakes; the rest waits for the next one.
//! Until the cursor is at the tip nothing new begins to count. While the light client is stale
//! the cursor rests.

use super::{
    settle::settle,
    store::{CURSOR, Cursor, DUE, SEEN, word},
};
use crate::{
    light_client,
    storage::{Storage, StorageError},
};

/// The most heights that one block follows.
pub const MAX_STEPS: usize = 256;
/// The most stakes that one block settles.
pub const MAX_SETTLED: u32 = 256;

/// Starts at the tip, before there is any stake. All headers of the genesis are seen, so that a reorganisation
/// below that tip is noticed too.
pub(super) fn start(storage: &mut dyn Storage) -> Result<(), StorageError> {
    let height = light_client::tip_height(storage)?;
    let mut below = Some(height);
    while let Some(seen) = below {
        below = if see(storage, seen)? { seen.checked_sub(1) } else { None };
    }
    CURSOR.store(storage, &Cursor { height, down: false, unfinished: false, next: 0 })
}

/// Follows the light client and says whether its tip is reached.
pub(super) fn follow(storage: &mut dyn Storage) -> Result<bool, StorageError> {
    if light_client::is_stale(storage)? {
        return Ok(false);
    }
    let mut left = MAX_SETTLED;
    for _ in 0..MAX_STEPS {
        let cursor = CURSOR.load(storage)?;
        let cursor = turned(storage, cursor)?;
        let Some(cursor) = (if cursor.unfinished { Some(cursor) } else { step_up(storage, cursor)? }) else {
            return Ok(true);
        };
        if !settle_some(storage, cursor, &mut left)? {
            return Ok(false);
        }
    }
    is_current(storage)
}

/// Whether the cursor is at the tip and has nothing left to do there.
pub(super) fn is_current(storage: &mut dyn Storage) -> Result<bool, StorageError> {
    let cursor = CURSOR.load(storage)?;
    let at_tip = cursor.height == light_client::tip_height(storage)? && stands(storage, cursor.height)?;
    Ok(at_tip && !cursor.unfinished && !light_client::is_stale(storage)?)
}

/// The cursor, facing down if and only if its block left the best chain. Whoever turns begins the list anew.
fn turned(storage: &mut dyn Storage, cursor: Cursor) -> Result<Cursor, StorageError> {
    let down = !stands(storage, cursor.height)?;
    let turned = Cursor { down, unfinished: true, next: 0, ..cursor };
    Ok(if down == cursor.down { cursor } else { turned })
}

/// Settles the list at the cursor and says whether it is done.
fn settle_some(storage: &mut dyn Storage, cursor: Cursor, left: &mut u32) -> Result<bool, StorageError> {
    let list = DUE.at(&cursor.height);
    let mut next = cursor.next;
    while let Some(stake) = list.get(storage, next)? {
        if *left == 0 {
            CURSOR.store(storage, &Cursor { next, ..cursor })?;
            return Ok(false);
        }
        *left -= 1;
        next += 1;
        settle(storage, &stake)?;
    }
    let done = if cursor.down {
        SEEN.at(&cursor.height).clear(storage)?;
        // the base header never leaves, so there is a height below
        let height = cursor.height.saturating_sub(1);
        let down = !stands(storage, height)?;
        Cursor { height, down, unfinished: down, next: 0 }
    } else {
        Cursor { unfinished: false, next: 0, ..cursor }
    };
    CURSOR.store(storage, &done)?;
    Ok(true)
}

/// Steps onto the next block of the best chain, if there is one.
fn step_up(storage: &mut dyn Storage, cursor: Cursor) -> Result<Option<Cursor>, StorageError> {
    let height = cursor.height.saturating_add(1);
    let above = Cursor { height, down: false, unfinished: true, next: 0 };
    Ok(see(storage, height)?.then_some(above))
}

fn see(storage: &mut dyn Storage, height: u32) -> Result<bool, StorageError> {
    let Some(hash) = light_client::find_at(storage, height)? else { return Ok(false) };
    SEEN.at(&height).store(storage, &word(hash))?;
    Ok(true)
}

/// Whether the block that was seen at `height` is on the best chain. Nothing below the base header can be
/// reorganised.
fn stands(storage: &mut dyn Storage, height: u32) -> Result<bool, StorageError> {
    let seen = SEEN.at(&height).load(storage)?;
    Ok(seen.is_zero() || light_client::find_at(storage, height)?.map(word) == Some(seen))
}
