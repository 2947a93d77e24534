//! Calls that change nothing: `eth_call`, `eth_estimateGas`, and the mempool's checks.
//!
//! A call runs with the code of a block, except that the sender needs no signature, may be a contract, and has any nonce.
//! Without a gas price the base fee is taken as zero, as in other clients, so that a caller without funds can look.

use alloy_consensus::TxEnvelope;
use alloy_eips::{eip2930::AccessList, eip7702::SignedAuthorization};
use alloy_primitives::{Address, Bytes, ChainId, Log, TxKind, U256};
use alloy_sol_types::{Panic, Revert, SolError};
use ballast_system::{
    StorageError,
    duty::DutyKey,
    finality::{self, Vote},
};
use ballast_types::{Duty, Genesis, parameters::ChainParameters};
use revm::{
    context::{
        TxEnv,
        result::{ExecutionResult, HaltReason},
    },
    context_interface::either::Either,
};
use thiserror::Error;

use crate::{
    block::Run,
    duty::{DutyLedger, DutyRejection},
    environment::Environment,
    machine::{Failure, Machine, TX_GAS_CAP},
    state::{Account, State, StateError},
    transaction::{TransactionRejection, rejection, tx_env},
};

/// The message of a simulated call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallRequest {
    /// Sender; the zero address if nobody in particular.
    pub from: Address,
    /// Called account, or a contract creation.
    pub to: TxKind,
    /// Value in wei.
    pub value: U256,
    /// Call data or init code.
    pub input: Bytes,
    /// Gas limit; as much as one transaction may use if none.
    pub gas: Option<u64>,
    /// Fee in wei per gas; none for a call that pays nothing.
    pub gas_price: Option<u128>,
    /// EIP-2930 access list.
    pub access_list: AccessList,
    /// EIP-7702 authorizations.
    pub authorizations: Vec<SignedAuthorization>,
}

/// What a call that succeeded did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOutcome {
    /// Return data, or the code of the created contract.
    pub output: Bytes,
    /// Gas used after refunds.
    pub gas_used: u64,
    /// Logs that it would have emitted.
    pub logs: Vec<Log>,
}

/// Why a call failed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CallError {
    /// The contract said no; the bytes are its revert data.
    #[error("execution reverted{}", reason(.0))]
    Reverted(Bytes),
    /// It stopped: out of gas, invalid opcode and the like.
    #[error("execution halted: {0}")]
    Halted(String),
    /// It used up all the gas that it may be given.
    #[error("gas required exceeds allowance ({gas})")]
    Allowance {
        /// Gas that it may be given.
        gas: u64,
    },
    /// It could not begin.
    #[error(transparent)]
    Rejected(#[from] TransactionRejection),
    /// The state could not be read.
    #[error(transparent)]
    State(#[from] StateError),
}

fn reason(output: &Bytes) -> String {
    revert_reason(output).map(|reason| format!(": {reason}")).unwrap_or_default()
}

/// The text of `Error(string)` or the meaning of `Panic(uint256)` in revert data, if it is one of them.
pub fn revert_reason(output: &[u8]) -> Option<String> {
    let text = Revert::abi_decode(output).map(|revert| revert.reason);
    text.or_else(|_| Panic::abi_decode(output).map(|panic| panic.to_string())).ok()
}

/// Runs a call in `environment` and forgets what it did.
///
/// # Errors
/// [`CallError`]; revert data is in [`CallError::Reverted`].
pub fn call(
    state: &dyn State,
    environment: &Environment,
    parameters: &ChainParameters,
    request: &CallRequest,
) -> Result<CallOutcome, CallError> {
    let limit = gas_ceiling(environment);
    let gas_limit = request.gas.unwrap_or(limit).min(limit);
    let (result, _) = simulate(state, environment, parameters.chain_id, request, gas_limit)?;
    outcome(result)
}

/// The least gas limit with which the call succeeds, found by bisection. It can exceed the gas used, since a call within
/// a call gets at most 63/64 of what is left (EIP-150) and refunds come at the end.
///
/// # Errors
/// [`CallError`] if it fails with the most gas that it may be given.
pub fn estimate_gas(
    state: &dyn State,
    environment: &Environment,
    parameters: &ChainParameters,
    request: &CallRequest,
) -> Result<u64, CallError> {
    let ceiling = gas_ceiling(environment);
    let affordable = affordable_gas(state, request)?;
    let mut enough = request.gas.unwrap_or(ceiling).min(ceiling).min(affordable);
    let attempt = |gas_limit| simulate(state, environment, parameters.chain_id, request, gas_limit);
    let (result, spent) = attempt(enough)?;
    if let ExecutionResult::Halt { reason: HaltReason::OutOfGas(_), .. } = result {
        return Err(CallError::Allowance { gas: enough });
    }
    let used = outcome(result)?.gas_used;
    // below what was charged before refunds it cannot succeed
    let mut too_little = used.max(spent).saturating_sub(1).min(enough - 1);
    // what usually suffices, tried first: the charge and the 64th that a call within keeps back
    let likely = spent.saturating_add(spent / 63).saturating_add(2_300);
    let mut guess = likely.clamp(too_little + 1, enough);
    while too_little + 1 < enough {
        match attempt(guess) {
            Ok((result, _)) if result.is_success() => enough = guess,
            Ok(_) | Err(CallError::Rejected(TransactionRejection::IntrinsicGas { .. })) => too_little = guess,
            Err(error) => return Err(error),
        }
        guess = too_little + (enough - too_little) / 2;
    }
    Ok(enough)
}

/// Checks whether `transaction` could be in a block with `environment`, its nonce aside unless it is used already.
/// Returns the sender's account, so that a mempool can queue what is ahead of its nonce.
/// A mempool that keeps transactions until the base fee falls passes the floor as the base fee.
///
/// # Errors
/// `Ok(Err(_))` says what is wrong with the transaction; `Err(_)` that the state could not be read.
pub fn check_transaction(
    state: &dyn State,
    environment: &Environment,
    parameters: &ChainParameters,
    transaction: &TxEnvelope,
    sender: Address,
) -> Result<Result<Account, TransactionRejection>, StateError> {
    let tx = match tx_env(transaction, sender, parameters.chain_id) {
        Ok(tx) => tx,
        Err(rejected) => return Ok(Err(rejected)),
    };
    let account = state.account(sender)?.unwrap_or_default();
    if tx.nonce < account.nonce {
        return Ok(Err(TransactionRejection::NonceTooLow { expected: account.nonce, found: tx.nonce }));
    }
    let mut machine = Machine::new(state, environment, parameters.chain_id);
    machine.cfg().disable_nonce_check = true;
    match machine.validate(tx.clone()) {
        Ok(()) => Ok(Ok(account)),
        Err(Failure::Invalid(error)) => Ok(Err(rejection(error, &tx, environment, TX_GAS_CAP))),
        Err(Failure::State(error)) => Err(error),
    }
}

/// Runs `duty` as the first and only one of the block in `environment`, and forgets what it did.
///
/// # Errors
/// `Ok(Err(_))` says why it is refused; `Err(_)` that the state could not be read.
pub fn check_duty(
    state: &dyn State,
    environment: &Environment,
    genesis: &Genesis,
    duty: &Duty,
) -> Result<Result<DutyKey, DutyRejection>, StateError> {
    let chain = &genesis.parameters.chain;
    // before the block is begun, which costs more than any duty
    if let Err(rejection) = DutyLedger::new(chain.chain_id, chain.duty_gas).admit(duty) {
        return Ok(Err(rejection));
    }
    Run::start(state, environment, genesis)?.duty(duty)
}

/// The last height that votes have made final after the block of `environment`; none before the first snapshot with
/// power, when every block is final as soon as it is ordered.
///
/// # Errors
/// [`StateError`] if the state could not be read.
pub fn staked_final(
    state: &dyn State,
    environment: &Environment,
    parameters: &ChainParameters,
) -> Result<Option<u64>, StateError> {
    let mut machine = Machine::new(state, environment, parameters.chain_id);
    let mut storage = machine.storage();
    let refused = |error: StorageError| StateError(error.to_string());
    match finality::is_active(&mut storage).map_err(refused)? {
        true => finality::finalized(&mut storage).map(Some).map_err(refused),
        false => Ok(None),
    }
}

/// Whether a vote for a block that is not of this chain is half of an evidence, after the block of `environment`.
///
/// # Errors
/// [`StateError`] if the state could not be read.
pub fn is_half_evidence(
    state: &dyn State,
    environment: &Environment,
    parameters: &ChainParameters,
    vote: &Vote,
) -> Result<bool, StateError> {
    let mut machine = Machine::new(state, environment, parameters.chain_id);
    finality::evidence::is_half(&mut machine.storage(), vote).map_err(|error| StateError(error.to_string()))
}

fn gas_ceiling(environment: &Environment) -> u64 {
    environment.gas_limit.min(TX_GAS_CAP)
}

/// Gas that the sender can pay for, without limit if the call pays nothing.
fn affordable_gas(state: &dyn State, request: &CallRequest) -> Result<u64, CallError> {
    let Some(price) = request.gas_price.filter(|price| *price > 0) else { return Ok(u64::MAX) };
    let balance = state.account(request.from)?.unwrap_or_default().balance;
    let left = balance.checked_sub(request.value);
    let affordable = left.map(|left| (left / U256::from(price)).saturating_to::<u64>()).unwrap_or_default();
    if affordable == 0 {
        let needed = request.value.saturating_add(U256::from(price));
        return Err(TransactionRejection::InsufficientFunds { balance, needed }.into());
    }
    Ok(affordable)
}

/// Result of the call and the gas that it was charged before refunds.
fn simulate(
    state: &dyn State,
    environment: &Environment,
    chain_id: ChainId,
    request: &CallRequest,
    gas_limit: u64,
) -> Result<(ExecutionResult, u64), CallError> {
    let mut environment = environment.clone();
    if request.gas_price.unwrap_or_default() == 0 {
        environment.base_fee = 0;
    }
    let tx = simulated_tx(request, chain_id, gas_limit);
    let mut machine = Machine::new(state, &environment, chain_id);
    machine.cfg().disable_nonce_check = true;
    machine.cfg().disable_eip3607 = true;
    match machine.transact(tx.clone()) {
        Ok(result) => {
            let spent = result.gas().total_gas_spent();
            Ok((result, spent))
        }
        Err(Failure::Invalid(error)) => Err(rejection(error, &tx, &environment, TX_GAS_CAP).into()),
        Err(Failure::State(error)) => Err(error.into()),
    }
}

fn simulated_tx(request: &CallRequest, chain_id: ChainId, gas_limit: u64) -> TxEnv {
    let mut tx = TxEnv {
        caller: request.from,
        gas_limit,
        gas_price: request.gas_price.unwrap_or_default(),
        kind: request.to,
        value: request.value,
        data: request.input.clone(),
        chain_id: Some(chain_id),
        access_list: request.access_list.clone(),
        authorization_list: request.authorizations.iter().cloned().map(Either::Left).collect(),
        ..TxEnv::default()
    };
    tx.tx_type = match (tx.authorization_list.is_empty(), tx.access_list.is_empty()) {
        (false, _) => 4,
        (true, false) => 1,
        (true, true) => 0,
    };
    tx
}

fn outcome(result: ExecutionResult) -> Result<CallOutcome, CallError> {
    let gas_used = result.tx_gas_used();
    match result {
        ExecutionResult::Success { logs, output, .. } => {
            Ok(CallOutcome { output: output.into_data(), gas_used, logs })
        }
        ExecutionResult::Revert { output, .. } => Err(CallError::Reverted(output)),
        ExecutionResult::Halt { reason, .. } => Err(CallError::Halted(format!("{reason:?}"))),
    }
}

#[cfg(test)]
mod tests;
