//! Rungs of custody's intents: any of them may confirm.
//!
//! The events of the chain name every rung. Kept are those of live intents and of the [`RECENT`] newest ones, whose
//! settlement a reorganisation of Bitcoin could still undo.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::Txid;
use serde::{Deserialize, Serialize};

use super::scan::Watch;

/// Intents whose rungs are kept after they are settled.
const RECENT: u64 = 1_000;

/// The most live intents that the chain lists.
const LISTED: usize = 100;

/// A transaction that custody was told to sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rung {
    /// Its intent.
    pub intent: u64,
    /// Its id.
    pub txid: Txid,
    /// The output that pays the treasury: its last one.
    pub change: u32,
    /// What that one is worth, in sats.
    pub value: u64,
}

/// All rungs that may have to be proven.
#[derive(Debug, Default)]
pub(super) struct Rungs {
    by_txid: BTreeMap<Txid, Rung>,
}

impl Rungs {
    pub(super) fn new(rungs: Vec<Rung>) -> Self {
        Self { by_txid: rungs.into_iter().map(|rung| (rung.txid, rung)).collect() }
    }

    /// Takes in new rungs and lets go of old ones; whether that changed anything.
    pub(super) fn learn(&mut self, new: Vec<Rung>, live: &BTreeSet<u64>) -> bool {
        let before: Vec<Txid> = self.by_txid.keys().copied().collect();
        self.by_txid.extend(new.into_iter().map(|rung| (rung.txid, rung)));
        let newest = self.by_txid.values().map(|rung| rung.intent).max().unwrap_or_default();
        let is_recent = |rung: &Rung| rung.intent + RECENT > newest || live.contains(&rung.intent);
        if live.len() < LISTED {
            self.by_txid.retain(|_, rung| is_recent(rung));
        }
        !self.by_txid.keys().eq(&before)
    }

    /// The rung with this id.
    pub(super) fn at(&self, txid: &Txid) -> Option<&Rung> {
        self.by_txid.get(txid)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Rung> {
        self.by_txid.values()
    }

    /// What to watch for.
    pub(super) fn watches(&self) -> impl Iterator<Item = Watch> {
        self.by_txid.keys().copied().map(Watch::Transaction)
    }
}
