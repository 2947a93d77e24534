//! The deposit addresses that a node was asked to watch, in a file of its own.
//!
//! An address is on the disk before it is answered. The list is bounded, since it is free to write to: when it is full, the
//! oldest address to which nothing was ever deposited goes, and only when there is none, the oldest of all. Numbers rise
//! and are never given twice.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::SolCall;
use anyhow::{Context, Result};
use ballast_rpc::{DepositAddress, WatchedDeposit};
use ballast_types::interfaces::ICustody;
use ballast_types::{Block, SystemContract, Transaction};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};
use serde::{Deserialize, Serialize};

/// Addresses that a node remembers.
pub(crate) const CAPACITY: usize = 10_000;

/// An [`Entry`] as JSON, by its number.
const ENTRIES: TableDefinition<u64, &[u8]> = TableDefinition::new("entries");
const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
/// The last number given.
const LAST: &str = "last";

/// An address on the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    recipient: Address,
    action: u8,
    refund_key: Option<B256>,
    script: Bytes,
    /// Whether something was deposited to it.
    is_used: bool,
}

/// The list.
pub(crate) struct WatchedDeposits {
    database: Database,
    capacity: usize,
    known: Mutex<Known>,
}

/// What makes a deposit address, besides the key of custody: recipient, action and refund key.
pub(crate) type Destination = (Address, u8, Option<B256>);

/// The same in memory.
#[derive(Default)]
struct Known {
    last: u64,
    entries: BTreeMap<u64, Entry>,
    numbers: HashMap<Bytes, u64>,
}

impl WatchedDeposits {
    /// Opens the list at `path`, an empty one if there is none.
    pub(crate) fn open(path: &Path, capacity: usize) -> Result<Self> {
        let open = || {
            let database = Database::create(path)?;
            let known = read(&database)?;
            Ok::<_, anyhow::Error>(Self { database, capacity, known: Mutex::new(known) })
        };
        open().with_context(|| {
            format!("cannot open {}: if it is damaged, remove it, and depositors ask again", path.display())
        })
    }

    /// Puts an address on the list; its number.
    pub(crate) fn watch(&self, address: DepositAddress) -> Result<u64> {
        let mut known = self.known();
        if let Some(number) = known.numbers.get(&address.script) {
            return Ok(*number);
        }
        let number = known.last + 1;
        let DepositAddress { recipient, action, refund_key, script } = address;
        let entry = Entry { recipient, action, refund_key, script, is_used: false };
        let full = known.entries.len() >= self.capacity;
        let evicted = if full { known.oldest() } else { None };
        self.write(&[(number, Some(&entry)), (evicted.unwrap_or_default(), None)], number)?;
        if let Some(entry) = evicted.and_then(|number| known.entries.remove(&number)) {
            known.numbers.remove(&entry.script);
        }
        known.numbers.insert(entry.script.clone(), number);
        known.entries.insert(number, entry);
        known.last = number;
        Ok(number)
    }

    /// At most `limit` addresses with numbers above `after`.
    pub(crate) fn after(&self, after: u64, limit: usize) -> Vec<WatchedDeposit> {
        let known = self.known();
        let above = known.entries.range(after.saturating_add(1)..).take(limit);
        let shown = |(number, entry): (&u64, &Entry)| {
            let Entry { recipient, action, refund_key, script, .. } = entry.clone();
            let address = DepositAddress { recipient, action, refund_key, script };
            WatchedDeposit { number: *number, address }
        };
        above.map(shown).collect()
    }

    /// Takes in that something was deposited to the addresses of `deposits`.
    pub(crate) fn used(&self, deposits: &BTreeSet<Destination>) -> Result<()> {
        let mut known = self.known();
        let is_new = |entry: &Entry| {
            !entry.is_used && deposits.contains(&(entry.recipient, entry.action, entry.refund_key))
        };
        let used: Vec<(u64, Entry)> = known
            .entries
            .iter()
            .filter(|(_, entry)| is_new(entry))
            .map(|(number, entry)| (*number, Entry { is_used: true, ..entry.clone() }))
            .collect();
        if !used.is_empty() {
            let changes: Vec<_> = used.iter().map(|(number, entry)| (*number, Some(entry))).collect();
            self.write(&changes, known.last)?;
            known.entries.extend(used);
        }
        Ok(())
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes entries, or removes them where there is none, on the disk.
    fn write(&self, changes: &[(u64, Option<&Entry>)], last: u64) -> Result<()> {
        let write = self.database.begin_write()?;
        {
            let mut entries = write.open_table(ENTRIES)?;
            for (number, entry) in changes {
                match entry {
                    Some(entry) => _ = entries.insert(number, serde_json::to_vec(entry)?.as_slice())?,
                    None => _ = entries.remove(number)?,
                }
            }
            write.open_table(META)?.insert(LAST, last)?;
        }
        Ok(write.commit()?)
    }
}

impl Known {
    /// Which address goes when there are too many.
    fn oldest(&self) -> Option<u64> {
        let unused = self.entries.iter().find(|(_, entry)| !entry.is_used);
        unused.or_else(|| self.entries.first_key_value()).map(|(number, _)| *number)
    }
}

/// What a block's deposits went to. Its duties say it, since one that fails is in no block; the event leaves out the
/// refund key.
pub(crate) fn deposited(block: &Block) -> BTreeSet<Destination> {
    let custody = SystemContract::Custody.address();
    let destination = |transaction: &Transaction| {
        let Transaction::Duty(duty) = transaction else { return None };
        let call = ICustody::proveDepositCall::abi_decode_validate(&duty.input).ok()?;
        let refund_key = Some(call.refundKey).filter(|key| !key.is_zero());
        (duty.to == custody).then_some((call.recipient, call.action, refund_key))
    };
    block.transactions.iter().filter_map(destination).collect()
}

fn read(database: &Database) -> Result<Known> {
    // a new file has no tables yet
    let write = database.begin_write()?;
    write.open_table(ENTRIES)?;
    write.open_table(META)?;
    write.commit()?;
    let read = database.begin_read()?;
    let last = read.open_table(META)?.get(LAST)?.map_or(0, |last| last.value());
    let mut known = Known { last, ..Known::default() };
    for row in read.open_table(ENTRIES)?.iter()? {
        let (number, bytes) = row?;
        let entry: Entry = serde_json::from_slice(bytes.value())?;
        known.numbers.insert(entry.script.clone(), number.value());
        known.entries.insert(number.value(), entry);
    }
    Ok(known)
}

#[cfg(test)]
mod tests;
