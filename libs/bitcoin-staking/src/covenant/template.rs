//! The covenant without a committee: the script itself fixes unbonding and slashing (BIP-119).
//!
//! Each restricted leaf ends with the hash of the only transaction that may spend by it. The hashes are
//! made inside out: the slashing change gives the slashing of the unbonding output, that gives the unbonding
//! output's tree, and this gives the two hashes in the staking output's tree. Nothing points outwards, so
//! there is no circle.
//!
//! A template commits to no input amount. The staked value must therefore be exactly what the template was
//! made for: with less the transactions could never confirm, so the stake could never be slashed; of more,
//! the rest would go to fees. Every template transaction has version 3, one input, and a pay-to-anchor
//! output, so that anybody can raise its fee.

use bitcoin::transaction::Version;
use bitcoin::{Amount, Network, OutPoint, ScriptBuf, Sequence, Transaction, TxOut, WitnessProgram};
use secp256k1::SECP256K1;
use thiserror::Error;

use crate::shape;
use crate::slashing::{self, SlashingError, SlashingRule};
use crate::template_hash::TemplateHash;
use crate::terms::Terms;
use crate::tree;
use crate::unbonding::{self, UnbondingError};

#[cfg(test)]
mod tests;

/// Value in sats of the anchor: what pay-to-anchor needs in order not to be dust.
pub const ANCHOR: Amount = Amount::from_sat(240);

/// Proof that a network enforces OP_CHECKTEMPLATEVERIFY. Without the opcode it is OP_NOP4: the leaves would
/// pay anybody whom their signatures allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bip119(());

impl Bip119 {
    /// For a network whose nodes have BIP-119 in force: `active` is what they answer, `deployments.ctv.active`
    /// of `getdeploymentinfo`.
    ///
    /// # Errors
    /// [`TemplateError::NoOpcode`] everywhere but on regtest, whatever a node says: no public network has
    /// activated it for all. [`TemplateError::Inactive`] on a regtest without it.
    pub fn on(network: Network, active: bool) -> Result<Self, TemplateError> {
        match (network, active) {
            (Network::Regtest, true) => Ok(Self(())),
            (Network::Regtest, false) => Err(TemplateError::Inactive),
            _ => Err(TemplateError::NoOpcode { network }),
        }
    }
}

/// What the scripts of one stake fix: the staked value and, from it, every amount of its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    value: Amount,
    unbonded: Amount,
    slashing: SlashingRule,
}

impl Template {
    /// For a stake of exactly `value` sats, whose unbonding pays `unbonding_fee` sats.
    ///
    /// # Errors
    /// [`TemplateError::Unbonding`] or [`TemplateError::Slashing`] when the value is too small for one of the
    /// transactions.
    pub fn new(
        _: Bip119,
        value: Amount,
        unbonding_fee: Amount,
        slashing: SlashingRule,
    ) -> Result<Self, TemplateError> {
        let fee = unbonding_fee.checked_add(ANCHOR).filter(|_| value <= Amount::MAX_MONEY);
        let unbonded = fee.and_then(|fee| value.checked_sub(fee)).filter(|rest| *rest > Amount::ZERO);
        let unbonded = unbonded.ok_or(UnbondingError::Unaffordable { value, fee: unbonding_fee })?;
        let template = Self { value, unbonded, slashing };
        // Dust depends on the kind of a script alone, and all trees give the same kind.
        let taproot = |value| TxOut { value, script_pubkey: any_taproot() };
        unbonding::refuse_dust(&taproot(unbonded))?;
        for value in [value, unbonded] {
            slashing::refuse_dust(&template.slashing_outputs(value, any_taproot())?)?;
        }
        Ok(template)
    }

    /// The exact value of the stake in sats.
    pub fn value(&self) -> Amount {
        self.value
    }

    /// The value of the unbonding output in sats: the stake less fee and anchor.
    pub fn unbonded(&self) -> Amount {
        self.unbonded
    }

    /// Rate, destination and exact fee of slashing.
    pub fn slashing(&self) -> &SlashingRule {
        &self.slashing
    }

    /// Judges the value of a staking output in sats.
    ///
    /// # Errors
    /// [`TemplateError::Underfunded`] or [`TemplateError::Overfunded`].
    pub fn judge_value(&self, found: Amount) -> Result<(), TemplateError> {
        let expected = self.value;
        match found.cmp(&expected) {
            std::cmp::Ordering::Less => Err(TemplateError::Underfunded { expected, found }),
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(TemplateError::Overfunded { expected, found }),
        }
    }

    /// What the staking output's unbonding leaf fixes.
    pub fn unbonding_hash(&self, terms: &Terms) -> TemplateHash {
        TemplateHash::of(&self.unbonding_tx(terms, OutPoint::null()), 0)
    }

    /// What the staking output's slashing leaf fixes.
    pub fn slashing_hash(&self, terms: &Terms) -> TemplateHash {
        TemplateHash::of(&self.slashing_tx(terms, OutPoint::null(), self.value), 0)
    }

    /// What the unbonding output's slashing leaf fixes.
    pub fn unbonding_slashing_hash(&self, terms: &Terms) -> TemplateHash {
        TemplateHash::of(&self.slashing_tx(terms, OutPoint::null(), self.unbonded), 0)
    }

    pub(crate) fn unbonding_tx(&self, terms: &Terms, spent: OutPoint) -> Transaction {
        let script_pubkey = terms.unbonding_output().taproot().script_pubkey();
        one_input(spent, vec![TxOut { value: self.unbonded, script_pubkey }, anchor()])
    }

    /// Slashes the output at `spent`, which holds `value`: the stake's or the unbonded one.
    pub(crate) fn slashing_tx(&self, terms: &Terms, spent: OutPoint, value: Amount) -> Transaction {
        let change = terms.slashing_change().taproot().script_pubkey();
        let outputs = self.slashing_outputs(value, change).expect("judged when the template was made");
        one_input(spent, outputs)
    }

    fn slashing_outputs(&self, value: Amount, change: ScriptBuf) -> Result<Vec<TxOut>, SlashingError> {
        let (penalty, rest) = self.slashing.split(value)?;
        let fee = self.slashing.min_fee + ANCHOR;
        let rest = rest.checked_sub(ANCHOR).ok_or(SlashingError::Unaffordable { value, penalty, fee })?;
        Ok(vec![
            TxOut { value: penalty, script_pubkey: self.slashing.script.clone() },
            TxOut { value: rest, script_pubkey: change },
            anchor(),
        ])
    }
}

fn one_input(spent: OutPoint, outputs: Vec<TxOut>) -> Transaction {
    shape::unsigned(Version(3), spent, Sequence::MAX, outputs)
}

/// Pay-to-anchor, which anybody can spend to raise the fee.
fn anchor() -> TxOut {
    TxOut { value: ANCHOR, script_pubkey: ScriptBuf::new_witness_program(&WitnessProgram::p2a()) }
}

/// A script of the kind that every tree here gives.
fn any_taproot() -> ScriptBuf {
    ScriptBuf::new_p2tr(SECP256K1, tree::internal_key(), None)
}

/// Why there is no template, or none for this output.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateError {
    /// The terms have a committee.
    #[error("the stake has a committee: its transactions are built and judged, not fixed by its script")]
    Committee,
    /// A node without the opcode.
    #[error(
        "this regtest does not enforce OP_CHECKTEMPLATEVERIFY: the script would pay anybody who can sign; run a node with BIP-119"
    )]
    Inactive,
    /// A network without the opcode.
    #[error(
        "{network} has no OP_CHECKTEMPLATEVERIFY: there it does nothing, and the script would pay anybody who can sign; use a committee"
    )]
    NoOpcode {
        /// The network.
        network: Network,
    },
    /// More than the template's value.
    #[error(
        "the staking output holds {found}: of more than {expected} the rest would be fee; stake exactly that"
    )]
    Overfunded {
        /// Value of the template.
        expected: Amount,
        /// Value of the output.
        found: Amount,
    },
    /// The value is too small to slash.
    #[error(transparent)]
    Slashing(#[from] SlashingError),
    /// The value is too small to unbond.
    #[error(transparent)]
    Unbonding(#[from] UnbondingError),
    /// Less than the template's value.
    #[error(
        "the staking output holds {found}: with less than {expected} it could never be slashed; stake exactly that"
    )]
    Underfunded {
        /// Value of the template.
        expected: Amount,
        /// Value of the output.
        found: Amount,
    },
}
