//! Looking something up in a list that grows with time.

use crate::{
    layout::{List, Word},
    storage::{Storage, StorageError},
};

/// The last element of a list whose `time` is at most `limit`, and its index. Times ascend. The steps are logarithmic
/// in the length, so a list may grow for ever.
pub(super) fn last_until<T: Word>(
    storage: &mut dyn Storage,
    list: &List<T>,
    time: impl Fn(&T) -> u64,
    limit: u64,
) -> Result<Option<(u64, T)>, StorageError> {
    let (mut low, mut high) = (0, list.len(storage)?);
    // most often it is the last one
    let mut index = high.saturating_sub(1);
    let mut found = None;
    while low < high {
        match list.get(storage, index)? {
            Some(element) if time(&element) <= limit => {
                low = index + 1;
                found = Some((index, element));
            }
            _ => high = index,
        }
        index = low + (high - low) / 2;
    }
    Ok(found)
}
