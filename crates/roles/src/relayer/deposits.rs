//! Deposit addresses that the relayer's node was asked to watch.
//!
//! The node has the list and bounds it; what it forgets is forgotten here too, the next time the list is read from its
//! beginning.

use std::{collections::BTreeMap, mem};

use bitcoin::ScriptBuf;

use super::scan::Watch;
use crate::chain::WatchedDeposit;

/// Ticks between two readings of the whole list.
const REFRESH: u32 = 600;

/// The list, by script.
#[derive(Debug, Default)]
pub(super) struct Deposits {
    known: BTreeMap<ScriptBuf, WatchedDeposit>,
    /// The list as far as the present reading has come.
    reading: BTreeMap<ScriptBuf, WatchedDeposit>,
    /// The last number read.
    after: u64,
    /// Whether the present reading is at its end.
    is_complete: bool,
    ticks: u32,
}

impl Deposits {
    /// Takes in a tick: now and then the list is read from its beginning.
    pub(super) fn tick(&mut self) {
        self.ticks += 1;
        if self.ticks >= REFRESH {
            self.ticks = 0;
            self.after = 0;
            self.is_complete = false;
            self.reading.clear();
        }
    }

    /// After which number to ask for more.
    pub(super) fn after(&self) -> u64 {
        self.after
    }

    /// Whether the list has been read to its end.
    pub(super) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Takes in the next part of the list, an empty one being its end; whether that changed what is watched.
    pub(super) fn learn(&mut self, part: Vec<WatchedDeposit>) -> bool {
        let is_end = part.is_empty();
        for deposit in part {
            self.after = self.after.max(deposit.number);
            let into = if self.is_complete { &mut self.known } else { &mut self.reading };
            into.insert(deposit.script.clone(), deposit);
        }
        if is_end && !self.is_complete {
            self.is_complete = true;
            self.known = mem::take(&mut self.reading);
            return true;
        }
        self.is_complete && !is_end
    }

    /// The deposit whose address has this script.
    pub(super) fn at(&self, script: &ScriptBuf) -> Option<&WatchedDeposit> {
        self.known.get(script)
    }

    /// What to watch for.
    pub(super) fn watches(&self) -> impl Iterator<Item = Watch> {
        self.known.keys().cloned().map(Watch::Script)
    }
}
