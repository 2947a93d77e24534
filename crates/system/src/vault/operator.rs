//! Who may act for a controller or an owner (ERC-7540): itself, and whom it names.

use alloy_primitives::Address;
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IStkBtc;

use super::{QueueError, store::*};
use crate::storage::{Storage, StorageError};

pub(super) fn set(
    storage: &mut dyn Storage,
    controller: Address,
    operator: Address,
    approved: bool,
) -> Result<(), StorageError> {
    OPERATORS.at(&controller).at(&operator).store(storage, &approved)?;
    let event = IStkBtc::OperatorSet { controller, operator, approved };
    storage.emit(CONTRACT, event.encode_log_data())
}

pub(super) fn is_set(
    storage: &mut dyn Storage,
    controller: Address,
    operator: Address,
) -> Result<bool, StorageError> {
    OPERATORS.at(&controller).at(&operator).load(storage)
}

/// # Errors
/// [`QueueError::NotOperator`] unless the caller may act for the controller.
pub(super) fn authorise(
    storage: &mut dyn Storage,
    controller: Address,
    caller: Address,
) -> Result<(), QueueError> {
    if caller == controller || is_set(storage, controller, caller)? {
        return Ok(());
    }
    Err(QueueError::NotOperator { controller, caller })
}
