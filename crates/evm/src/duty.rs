//! Duties in a block: their order, their budgets, and when one is refused.
//!
//! Duties come first, sorted by kind, so that no duty depends on a user's transaction. Each kind has a gas budget of its
//! own (`chain.duty_gas` of the parameters), outside EIP-1559: a duty's gas is in neither `gasUsed` nor any receipt. It pays
//! the same intrinsic gas for its bytes as an ordinary transaction and then for what its rule does, and gets no refund.
//! A duty that fails makes its block invalid; a builder leaves it out.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, Bytes, ChainId};
use ballast_system::duty::{DutyKey, NotADuty, classify};
use ballast_types::{Duty, DutyKind, parameters::DutyGas};
use revm::context::result::{ExecutionResult, HaltReason};
use thiserror::Error;

use crate::{
    machine::{Failure, Machine},
    state::StateError,
};

/// Gas that a duty pays before it runs, as an ordinary call does.
const BASE_GAS: u64 = 21_000;
/// Gas for each zero byte of input (EIP-2028).
const ZERO_BYTE_GAS: u64 = 4;
/// Gas for each other byte of input (EIP-2028).
const BYTE_GAS: u64 = 16;

/// Why a duty cannot be in a block.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DutyRejection {
    /// For another chain.
    #[error("duty is for chain {found}, this is chain {expected}")]
    ChainId {
        /// This chain.
        expected: ChainId,
        /// Chain of the duty.
        found: ChainId,
    },
    /// Not a call that proves itself.
    #[error(transparent)]
    NotADuty(#[from] NotADuty),
    /// The same duty is in the block already.
    #[error("the block has this duty already")]
    Repeated,
    /// A duty of a later kind, or an ordinary transaction, stands before it.
    #[error("duty of kind {found:?} stands after {before:?}; sort duties by kind and put them first")]
    Order {
        /// Kind before it; none for an ordinary transaction.
        before: Option<DutyKind>,
        /// Kind of the duty.
        found: DutyKind,
    },
    /// The gas left for its kind in this block does not suffice.
    #[error("duty needs more than the {left} gas left for {kind:?} in this block")]
    Budget {
        /// Kind of the duty.
        kind: DutyKind,
        /// Gas left in the block.
        left: u64,
    },
    /// It needs more gas than a whole block has for its kind.
    #[error("duty needs more than {budget} gas, the whole budget for {kind:?}; split it")]
    TooExpensive {
        /// Kind of the duty.
        kind: DutyKind,
        /// Budget of the kind.
        budget: u64,
    },
    /// Its rule refused it; the bytes are the ABI-encoded error.
    #[error("duty was refused by its rule: {0}")]
    Reverted(Bytes),
    /// It stopped for another reason.
    #[error("duty halted: {0}")]
    Halted(String),
}

impl DutyRejection {
    /// Whether a later block may take the duty as it is.
    pub fn is_for_lack_of_room(&self) -> bool {
        matches!(self, Self::Budget { .. })
    }
}

/// What has been admitted so far.
pub(crate) struct DutyLedger {
    chain_id: ChainId,
    budgets: DutyGas,
    left: DutyGas,
    last: Option<DutyKind>,
    closed: bool,
    seen: BTreeSet<B256>,
    /// Gas of the duties that were refused after they had begun to run.
    wasted: u64,
}

impl DutyLedger {
    pub(crate) fn new(chain_id: ChainId, budgets: DutyGas) -> Self {
        Self { chain_id, budgets, left: budgets, last: None, closed: false, seen: BTreeSet::new(), wasted: 0 }
    }

    /// From here on only ordinary transactions.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Whether refused duties have cost as much as all duties of a block may: a builder stops trying more.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.wasted >= DutyKind::ALL.iter().map(|kind| self.budgets.of(*kind)).sum()
    }

    /// Runs `duty` and keeps what it changed, or says why not and changes nothing.
    pub(crate) fn run(
        &mut self,
        machine: &mut Machine<'_>,
        duty: &Duty,
    ) -> Result<Result<(DutyKey, ExecutionResult), DutyRejection>, StateError> {
        let (key, gas_limit) = match self.admit(duty) {
            Ok(admitted) => admitted,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let caller = Address::ZERO;
        let result = match machine.system_call(caller, duty.to, duty.input.clone(), gas_limit, true) {
            Ok(result) => result,
            Err(Failure::State(error)) => return Err(error),
            Err(Failure::Invalid(error)) => return Ok(Err(DutyRejection::Halted(error.to_string()))),
        };
        let spent = self.left.of(key.kind) - gas_limit + result.gas().total_gas_spent();
        if !result.is_success() {
            self.wasted = self.wasted.saturating_add(spent);
        }
        Ok(match result {
            ExecutionResult::Success { .. } => {
                *self.left.of_mut(key.kind) -= spent;
                self.last = Some(key.kind);
                self.seen.insert(duty.hash());
                Ok((key, result))
            }
            ExecutionResult::Revert { output, .. } => Err(DutyRejection::Reverted(output)),
            ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. } => Err(self.no_room(key.kind)),
            ExecutionResult::Halt { reason, .. } => Err(DutyRejection::Halted(format!("{reason:?}"))),
        })
    }

    /// The key of the duty and the gas it may use after its intrinsic gas.
    pub(crate) fn admit(&self, duty: &Duty) -> Result<(DutyKey, u64), DutyRejection> {
        if duty.chain_id != self.chain_id {
            return Err(DutyRejection::ChainId { expected: self.chain_id, found: duty.chain_id });
        }
        let key = classify(duty.to, &duty.input)?;
        if self.closed || self.last.is_some_and(|last| last > key.kind) {
            let before = if self.closed { None } else { self.last };
            return Err(DutyRejection::Order { before, found: key.kind });
        }
        if self.seen.contains(&duty.hash()) {
            return Err(DutyRejection::Repeated);
        }
        let left = self.left.of(key.kind).checked_sub(intrinsic_gas(&duty.input));
        left.map(|left| (key, left)).ok_or_else(|| self.no_room(key.kind))
    }

    fn no_room(&self, kind: DutyKind) -> DutyRejection {
        let (left, budget) = (self.left.of(kind), self.budgets.of(kind));
        if left == budget {
            DutyRejection::TooExpensive { kind, budget }
        } else {
            DutyRejection::Budget { kind, left }
        }
    }
}

fn intrinsic_gas(input: &[u8]) -> u64 {
    let price = |byte: &u8| if *byte == 0 { ZERO_BYTE_GAS } else { BYTE_GAS };
    BASE_GAS + input.iter().map(price).sum::<u64>()
}

#[cfg(test)]
mod tests;
