//! Handing a duty about a stake in.

use alloy_sol_types::SolCall;
use anyhow::Result;
use ballast_roles::chain::send_duty;
use ballast_roles::staking::Refusal;
use ballast_roles::{Chain, ChainError};
use ballast_types::SystemContract;

use crate::chain::named;

/// Hands a duty to the staking contract. That the same waits already, or that it is too early for it, is no error: the
/// caller looks whether the chain has it, and hands it in again if not.
pub(crate) fn hand_in<C: SolCall>(chain: &impl Chain, call: &C) -> Result<()> {
    match send_duty(chain, SystemContract::Staking, call) {
        Ok(_) => Ok(()),
        Err(ChainError::Refused { method, code, message, data }) => match Refusal::read(&message, &data) {
            Refusal::Known | Refusal::Waiting => Ok(()),
            Refusal::Later(reason) => {
                tracing::debug!("not taken yet: {reason}");
                Ok(())
            }
            Refusal::Never(_) => {
                let error = ChainError::Refused { method, code, message, data };
                Err(named(SystemContract::Staking, error))
            }
        },
        Err(error) => Err(error.into()),
    }
}
