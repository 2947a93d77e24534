//! A custodian's verdict: sign, or a named reason not to.
//!
//! No message is authority. The custodian derives the intent itself, from the finalised chain that it follows;
//! somebody else's transaction, a coordinator's say, must be that one to the byte. Then it looks at its own
//! Bitcoin node: are the inputs there, deep, of this value and under this script? Then at its own limits. Only
//! what passes all three comes out as an [`Unsigned`] transaction. Stakes have verdicts of their own: [`staking`].

use std::collections::{BTreeMap, BTreeSet};

use bitcoin::hex::DisplayHex;
use bitcoin::{Amount, OutPoint, Transaction, TxOut, XOnlyPublicKey};
use thiserror::Error;

use crate::intent::{Intent, IntentError, Kind};
use crate::payee::{self, PayeeError};
use crate::policy::{Policy, PolicyRefusal, Signed};
use crate::treasury::Treasury;
use crate::unsigned::Unsigned;

mod difference;
mod input;
pub mod staking;

#[cfg(test)]
mod tests;

pub use difference::{Difference, compare};
pub use input::InputRefusal;
use input::Inputs;

/// An unspent output, as a custodian's own node sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The output.
    pub output: TxOut,
    /// Blocks on top of and including its own.
    pub confirmations: u32,
}

/// Everything that a verdict rests on.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The intent, as the custodian itself derived it.
    pub intent: &'a Intent,
    /// The transaction that it is asked to sign.
    pub proposed: &'a Transaction,
    /// The rung before, if this custodian knows it.
    pub previous: Option<&'a Intent>,
    /// The group key of the custodian's share.
    pub group: XOnlyPublicKey,
    /// The treasury that change has to go to.
    pub treasury: &'a Treasury,
    /// The inputs, as far as the custodian's own node knows them as unspent and confirmed.
    pub seen: &'a BTreeMap<OutPoint, Seen>,
    /// What other live intents spend.
    pub reserved: &'a BTreeSet<OutPoint>,
    /// The custodian's limits.
    pub policy: &'a Policy,
    /// What it has signed in this epoch.
    pub signed: &'a Signed,
}

/// Judges a proposed transaction.
///
/// # Errors
/// [`Refusal`] names the first thing that is wrong.
pub fn judge(facts: &Facts<'_>) -> Result<Unsigned, Refusal> {
    let Facts { intent, previous, group, treasury, .. } = *facts;
    compare(facts.proposed, &intent.transaction())?;
    let parts = intent.parts();
    if parts.group != group {
        return Err(Refusal::Group { expected: group.serialize(), found: parts.group.serialize() });
    }
    if parts.treasury != *treasury {
        return Err(Refusal::Treasury);
    }
    if previous.is_some_and(|previous| previous.bump(parts.fee_rate).as_ref() != Ok(intent)) {
        return Err(Refusal::Rung { rung: parts.rung });
    }
    let inputs = Inputs { group, seen: facts.seen, reserved: facts.reserved, depth: facts.policy.depth };
    for coin in intent.inputs() {
        input::check(&inputs, coin, |last, found| may_race(intent, last, found))?;
    }
    for payout in intent.payouts() {
        payee::check(&payout.script_pubkey, payout.amount, Amount::ZERO, &treasury.script_pubkey())
            .map_err(|error| Refusal::Payee { id: payout.id, error })?;
    }
    facts.policy.check(intent, facts.signed)?;
    Ok(intent.unsigned())
}

/// A first rung must not race a refund. Later rungs and a cancel replace one that was in time.
fn may_race(intent: &Intent, last: u32, confirmations: u32) -> bool {
    match intent.kind() {
        Kind::Payout => false,
        Kind::Sweep => confirmations <= last || intent.parts().rung > 0,
        Kind::Cancel => true,
    }
}

/// Why a custodian does not sign.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The facts give no intent at all.
    #[error("the chain's facts give no intent: {0}")]
    NoIntent(#[from] IntentError),
    /// Somebody changed the transaction.
    #[error("this is not the transaction that follows from the chain: {0}")]
    Transaction(#[from] Difference),
    /// Another key's intent.
    #[error("this intent is for group key {}, this custodian signs for {}", found.as_hex(), expected.as_hex())]
    Group {
        /// The custodian's group key.
        expected: [u8; 32],
        /// The intent's.
        found: [u8; 32],
    },
    /// Change would leave custody.
    #[error("the change does not go to the present treasury: check key rotation and recovery keys")]
    Treasury,
    /// No fee bump of what was signed before.
    #[error(
        "rung {rung} is no fee bump of the one before: inputs and payouts must stay, only change may shrink"
    )]
    Rung {
        /// The rung.
        rung: u32,
    },
    /// An input.
    #[error(transparent)]
    Input(#[from] InputRefusal),
    /// A payout that no node would relay, or that nobody owns.
    #[error("payout {id}: {error}")]
    Payee {
        /// The payout.
        id: u64,
        /// What is wrong with it.
        error: PayeeError,
    },
    /// One of the custodian's own limits.
    #[error(transparent)]
    Policy(#[from] PolicyRefusal),
}

impl Refusal {
    /// The name in logs and reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::NoIntent(_) => "no_intent",
            Self::Transaction(difference) => difference.name(),
            Self::Group { .. } => "other_group",
            Self::Treasury => "other_treasury",
            Self::Rung { .. } => "not_a_rung",
            Self::Input(refusal) => refusal.name(),
            Self::Payee { .. } => "payee_refused",
            Self::Policy(refusal) => refusal.name(),
        }
    }
}
