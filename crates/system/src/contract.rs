//! The table of system contracts: from an address and an input to a rule.
//!
//! Every function has one [`Access`]. A view never writes. A write is an ordinary transaction's business and
//! pays gas. A duty proves itself, so it does not matter who carries it: a duty transaction may call nothing
//! else, and an ordinary transaction or a contract may call it too and then pays for it as for any write.
//! Inputs are decoded strictly: one meaning, one encoding.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, SolError};
use ballast_types::{DutyKind, SystemContract, interfaces::ISystem};
use thiserror::Error;

use crate::{
    custody,
    duty::DutyFact,
    finality, light_client, pool, rewards, staking,
    storage::{Storage, StorageError},
    vault,
};

/// Gas for each 32 bytes of input: what reading, checking and decoding a word costs, priced like KECCAK256's
/// per-word cost.
pub const INPUT_WORD_GAS: u64 = 6;

/// What a function may do and who may carry the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads only; may run in a static call.
    View,
    /// Writes; ordinary transactions and contracts only.
    Write,
    /// Writes and takes pBTC; ordinary transactions and contracts only.
    Payable,
    /// Proves itself: duty transactions, and whoever wants to pay for carrying it.
    Duty(DutyKind),
}

/// How a call reached the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// From an ordinary transaction, directly or through contracts.
    Ordinary,
    /// Under STATICCALL: nothing may be written.
    Static,
    /// As the whole of a duty transaction.
    Duty,
}

/// One call of a system contract.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The account or contract that calls; the zero address for a duty.
    pub caller: Address,
    /// The pBTC that comes with the call, in wei.
    pub value: U256,
    /// Selector and ABI-encoded arguments.
    pub input: &'a [u8],
    /// How the call got here.
    pub mode: Mode,
}

/// How a call failed. Either way its writes must be undone, which is the caller's work.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CallError {
    /// The rule said no; the bytes are the ABI-encoded Solidity error.
    #[error("reverted: {0}")]
    Revert(Bytes),
    /// The port said no.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl CallError {
    /// A revert with a Solidity error.
    #[must_use]
    pub fn revert(error: &impl SolError) -> Self {
        Self::Revert(error.abi_encode().into())
    }
}

/// The access of the function of `contract` with `selector`, `None` when there is no such function.
#[must_use]
pub fn access(contract: SystemContract, selector: [u8; 4]) -> Option<Access> {
    match contract {
        SystemContract::LightClient => light_client::dispatch::access(selector),
        SystemContract::Staking => staking::dispatch::access(selector),
        SystemContract::Finality => finality::dispatch::access(selector),
        SystemContract::Custody => custody::dispatch::access(selector),
        SystemContract::Rewards => rewards::dispatch::access(selector),
        SystemContract::StkBtc => vault::dispatch::access(selector),
        SystemContract::Pool => pool::dispatch::access(selector),
        _ => None,
    }
}

/// The fact and the signer of the duty of `contract` that `input` encodes; `None` when it encodes none.
pub(crate) fn duty_fact(contract: SystemContract, input: &[u8]) -> Option<DutyFact> {
    match contract {
        SystemContract::LightClient => light_client::dispatch::duty_fact(input),
        SystemContract::Staking => staking::dispatch::duty_fact(input),
        SystemContract::Finality => finality::dispatch::duty_fact(input),
        SystemContract::Custody => custody::dispatch::duty_fact(input),
        SystemContract::Rewards => rewards::dispatch::duty_fact(input),
        SystemContract::StkBtc => vault::dispatch::duty_fact(input),
        SystemContract::Pool => pool::dispatch::duty_fact(input),
        _ => None,
    }
}

/// Runs `call` against `contract` and returns the ABI-encoded result.
///
/// # Errors
/// [`CallError::Revert`] with the contract's own error or one of [`ISystem`]'s; [`CallError::Storage`] when
/// the port refused. The caller undoes what was written.
pub fn dispatch(
    contract: SystemContract,
    storage: &mut dyn Storage,
    call: &Call<'_>,
) -> Result<Bytes, CallError> {
    let words = u64::try_from(call.input.len().div_ceil(32)).unwrap_or(u64::MAX);
    storage.charge(words.saturating_mul(INPUT_WORD_GAS))?;
    let selector = selector(call.input);
    let unknown = || CallError::revert(&ISystem::UnknownSelector { selector: selector.into() });
    admit(access(contract, selector).ok_or_else(unknown)?, selector, call)?;
    match contract {
        SystemContract::LightClient => light_client::dispatch::call(storage, call),
        SystemContract::Staking => staking::dispatch::call(storage, call),
        SystemContract::Finality => finality::dispatch::call(storage, call),
        SystemContract::Custody => custody::dispatch::call(storage, call),
        SystemContract::Rewards => rewards::dispatch::call(storage, call),
        SystemContract::StkBtc => vault::dispatch::call(storage, call),
        SystemContract::Pool => pool::dispatch::call(storage, call),
        _ => Err(unknown()),
    }
}

/// The first four bytes of `input`; zero when it is shorter.
#[must_use]
pub fn selector(input: &[u8]) -> [u8; 4] {
    input.first_chunk().copied().unwrap_or_default()
}

/// Decodes the arguments of `C`, or `None` when `input` is not exactly what encoding them again yields.
pub(crate) fn decode_strict<C: SolCall>(input: &[u8]) -> Option<C> {
    let call = C::abi_decode_validate(input).ok()?;
    (call.abi_encode() == input).then_some(call)
}

/// Decodes the arguments of `C`, asks `rule`, and encodes what it returns.
pub(crate) fn answer<C: SolCall, E>(
    input: &[u8],
    rule: impl FnOnce(C) -> Result<C::Return, E>,
) -> Result<Bytes, CallError>
where
    CallError: From<E>,
{
    let malformed = || CallError::revert(&ISystem::MalformedInput { selector: C::SELECTOR.into() });
    let returned = rule(decode_strict(input).ok_or_else(malformed)?)?;
    Ok(C::abi_encode_returns(&returned).into())
}

/// What a view answers without asking the storage.
pub(crate) fn known<T>(value: T) -> Result<T, StorageError> {
    Ok(value)
}

fn admit(access: Access, selector: [u8; 4], call: &Call<'_>) -> Result<(), CallError> {
    let selector = selector.into();
    match (call.mode, access) {
        (Mode::Duty, Access::View | Access::Write | Access::Payable) => {
            return Err(CallError::revert(&ISystem::NotADuty { selector }));
        }
        (Mode::Static, Access::Write | Access::Payable | Access::Duty(_)) => {
            return Err(CallError::revert(&ISystem::StaticCall { selector }));
        }
        _ => {}
    }
    if access != Access::Payable && !call.value.is_zero() {
        return Err(CallError::revert(&ISystem::NotPayable { value: call.value }));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
