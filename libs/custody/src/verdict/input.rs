//! What is wrong with an input, as the custodian's own node sees it.

use bitcoin::{Amount, OutPoint, ScriptBuf};
use thiserror::Error;

use super::{Facts, Seen};
use crate::coin::Coin;
use crate::intent::Kind;

/// Checks one input.
pub(super) fn check(facts: &Facts<'_>, coin: &Coin) -> Result<(), InputRefusal> {
    let outpoint = coin.outpoint;
    let Seen { output, confirmations } =
        facts.seen.get(&outpoint).ok_or(InputRefusal::Missing { outpoint })?;
    let expected = coin.output(facts.group);
    if output.script_pubkey != expected.script_pubkey {
        let (expected, found) = (expected.script_pubkey, output.script_pubkey.clone());
        return Err(InputRefusal::NotOurs { outpoint, expected, found });
    }
    if output.value != expected.value {
        return Err(InputRefusal::Value { outpoint, expected: expected.value, found: output.value });
    }
    let (needed, found) = (facts.policy.depth, *confirmations);
    if found < needed {
        return Err(InputRefusal::NotDeep { outpoint, needed, found });
    }
    if facts.reserved.contains(&outpoint) {
        return Err(InputRefusal::Reserved { outpoint });
    }
    check_refund(facts, coin, found)
}

/// A first rung must not race a refund. Later rungs and a cancel replace one that was in time.
fn check_refund(facts: &Facts<'_>, coin: &Coin, confirmations: u32) -> Result<(), InputRefusal> {
    let Some(last) = coin.lock.spend_by().filter(|_| coin.lock.is_refundable()) else { return Ok(()) };
    let spends = match facts.intent.kind() {
        Kind::Payout => false,
        Kind::Sweep => confirmations <= last || facts.intent.parts().rung > 0,
        Kind::Cancel => true,
    };
    if spends {
        Ok(())
    } else {
        Err(InputRefusal::Refundable { outpoint: coin.outpoint, last, confirmations })
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
