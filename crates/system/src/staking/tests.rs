use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{SolCall, SolError};
use ballast_bitcoin_staking::Slashed;
use ballast_types::interfaces::IStaking::{self, Exit as Left, Status as Is};

use crate::contract::CallError;

mod inputs;
mod life;
mod power;
mod providers;
mod reorg;
mod staked;
mod status;
pub(crate) mod world;

use staked::Staked;
use world::{COVENANT, PROVIDER, STAKER, World, key_word, owner, secret};

const VALUE: u64 = 100_000;

/// What a call must be refused with.
fn revert<T>(error: &impl SolError) -> Result<T, CallError> {
    Err(CallError::revert(error))
}
