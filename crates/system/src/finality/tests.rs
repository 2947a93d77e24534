use alloy_primitives::B256;
use alloy_sol_types::SolError;
use ballast_types::interfaces::IFinality;

use super::*;
use crate::contract::CallError;

mod evidence;
mod inputs;
mod jail;
mod quorum;
mod votes;
pub(crate) mod world;

use world::{Chain, K, RULES_OF_TESTS, key_word, owner};

/// What a call must be refused with.
fn revert<T>(error: &impl SolError) -> Result<T, CallError> {
    Err(CallError::revert(error))
}
