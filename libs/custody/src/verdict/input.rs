//! What is wrong with an input, as the custodian's own node sees it.

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::{Amount, OutPoint, ScriptBuf, XOnlyPublicKey};
use thiserror::Error;

use super::Seen;
use crate::coin::Coin;

/// What a custodian knows about inputs.
pub(super) struct Inputs<'a> {
    pub(super) group: XOnlyPublicKey,
    pub(super) seen: &'a BTreeMap<OutPoint, Seen>,
    pub(super) reserved: &'a BTreeSet<OutPoint>,
    pub(super) depth: u32,
}

/// Checks one input. `may_race` says, of the last number of confirmations at which a refundable deposit may be swept
/// and of those that it has, whether this transaction may spend it.
pub(super) fn check(
    inputs: &Inputs<'_>,
    coin: &Coin,
    may_race: impl FnOnce(u32, u32) -> bool,
) -> Result<(), InputRefusal> {
    let outpoint = coin.outpoint;
    let Seen { output, confirmations } =
        inputs.seen.get(&outpoint).ok_or(InputRefusal::Missing { outpoint })?;
    let expected = coin.output(inputs.group);
    if output.script_pubkey != expected.script_pubkey {
        let (expected, found) = (expected.script_pubkey, output.script_pubkey.clone());
        return Err(InputRefusal::NotOurs { outpoint, expected, found });
    }
    if output.value != expected.value {
        return Err(InputRefusal::Value { outpoint, expected: expected.value, found: output.value });
    }
    let (needed, found) = (inputs.depth, *confirmations);
    if found < needed {
        return Err(InputRefusal::NotDeep { outpoint, needed, found });
    }
    if inputs.reserved.contains(&outpoint) {
        return Err(InputRefusal::Reserved { outpoint });
    }
    let Some(last) = coin.lock.spend_by().filter(|_| coin.lock.is_refundable()) else { return Ok(()) };
    if may_race(last, found) {
        Ok(())
    } else {
        Err(InputRefusal::Refundable { outpoint, last, confirmations: found })
    }
}

/// Why a custodian does not spend an input.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InputRefusal {
    /// Spent, unconfirmed or never there.
    #[error("input {outpoint} is not among the confirmed unspent outputs: wait until the node has caught up")]
    Missing {
        /// The input.
        outpoint: OutPoint,
    },
    /// Not the script that its terms give.
    #[error("input {outpoint} is not custody's: its terms give script {expected}, the node has {found}")]
    NotOurs {
        /// The input.
        outpoint: OutPoint,
        /// The script that the terms give.
        expected: ScriptBuf,
        /// The script on Bitcoin.
        found: ScriptBuf,
    },
    /// Not the stated value.
    #[error("input {outpoint} is worth {found}, the intent says {expected}")]
    Value {
        /// The input.
        outpoint: OutPoint,
        /// The value in the intent.
        expected: Amount,
        /// The value on Bitcoin.
        found: Amount,
    },
    /// Too few confirmations.
    #[error("input {outpoint} has {found} confirmations, this custodian wants {needed}: wait")]
    NotDeep {
        /// The input.
        outpoint: OutPoint,
        /// Confirmations needed.
        needed: u32,
        /// Confirmations that it has.
        found: u32,
    },
    /// Another intent spends it.
    #[error("input {outpoint} is spent by another live intent")]
    Reserved {
        /// The input.
        outpoint: OutPoint,
    },
    /// The depositor may take it back.
    #[error(
        "input {outpoint} with {confirmations} confirmations may be refunded: sweep only, and only up to {last}"
    )]
    Refundable {
        /// The input.
        outpoint: OutPoint,
        /// Last number of confirmations at which it may be swept.
        last: u32,
        /// Confirmations that it has.
        confirmations: u32,
    },
}

impl InputRefusal {
    /// The name in logs and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "input_missing",
            Self::NotOurs { .. } => "input_not_ours",
            Self::Value { .. } => "input_value_differs",
            Self::NotDeep { .. } => "input_not_deep",
            Self::Reserved { .. } => "input_reserved",
            Self::Refundable { .. } => "input_refundable",
        }
    }
}
