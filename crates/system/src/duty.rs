//! Duties: the calls that prove themselves and therefore need no sender, nonce or fee.
//!
//! A block carries its duties first, in the order of [`DutyKind`], so that no duty's validity depends on a
//! user's transaction. The mempool holds one duty per [`DutyKey`]. Both follow from the called address and
//! the input alone: nothing here reads state, so every node sorts and deduplicates alike.

use alloy_primitives::{Address, B256};
use ballast_types::{DutyKind, SystemContract};
use thiserror::Error;

use crate::contract::{self, Access};

/// Under what the mempool keeps a duty; a second duty with an equal key proves nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DutyKey {
    /// What is proven.
    pub kind: DutyKind,
    /// The fact: for headers the hash of the last one, for a proof the transaction id, for a vote its height
    /// and contract.
    pub fact: B256,
    /// Whose signature it carries; `None` where work or inclusion is the proof.
    pub signer: Option<B256>,
}

/// The fact and the signer of a duty, without its kind.
pub(crate) type DutyFact = (B256, Option<B256>);

/// The key of the duty that calls `to` with `input`.
///
/// # Errors
/// The call is no duty, or its input is not the canonical encoding of one. Such a transaction belongs in no
/// mempool and no block.
pub fn classify(to: Address, input: &[u8]) -> Result<DutyKey, NotADuty> {
    let contract = SystemContract::at(to).ok_or(NotADuty::NoContract { to })?;
    let selector = contract::selector(input);
    match contract::access(contract, selector) {
        Some(Access::Duty(kind)) => {
            let (fact, signer) = contract::duty_fact(contract, input).ok_or(NotADuty::Malformed { kind })?;
            Ok(DutyKey { kind, fact, signer })
        }
        _ => Err(NotADuty::Function { contract, selector }),
    }
}

/// Why a call is no duty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotADuty {
    /// The address is not that of a system contract.
    #[error("{to} is no system contract: send an ordinary transaction")]
    NoContract {
        /// The called address.
        to: Address,
    },
    /// The function does not prove itself, or does not exist.
    #[error("{contract:?} has no duty with selector 0x{}: send an ordinary transaction", alloy_primitives::hex::encode(.selector))]
    Function {
        /// The called contract.
        contract: SystemContract,
        /// The first four bytes of the input.
        selector: [u8; 4],
    },
    /// The arguments are not encoded canonically, or are empty.
    #[error(
        "input of a {kind:?} duty is not its canonical encoding: encode the arguments with the contract's ABI"
    )]
    Malformed {
        /// The kind that the selector stands for.
        kind: DutyKind,
    },
}

#[cfg(test)]
mod tests;
