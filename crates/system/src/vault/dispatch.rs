//! From the interface to the rule.

use alloy_primitives::Bytes;

use crate::{
    contract::{Access, Call, CallError},
    duty::DutyFact,
    storage::{Storage, StorageError},
};

pub(crate) fn access(_: [u8; 4]) -> Option<Access> {
    None
}

pub(crate) fn duty_fact(_: &[u8]) -> Option<DutyFact> {
    None
}

pub(crate) fn call(_: &mut dyn Storage, _: &Call<'_>) -> Result<Bytes, CallError> {
    Err(StorageError::OutOfGas.into())
}
