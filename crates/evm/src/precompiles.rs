//! From a call in the EVM to a precompile or a system contract.
//!
//! The precompiles are exactly those of Ethereum's Osaka fork. A native system contract answers at its own address
//! only: DELEGATECALL and CALLCODE, which would run it on another account's storage, are refused, and so is every write
//! under STATICCALL. What a rule refuses comes back as an ABI-encoded revert, as from any contract.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::{Revert, SolError};
use ballast_system::{Call, CallError, Mode, StorageError, dispatch};
use ballast_types::SystemContract;
use revm::{
    context_interface::{Cfg, ContextTr},
    handler::{EthPrecompiles, PrecompileProvider},
    interpreter::{CallInputs, CallScheme, Gas, InstructionResult, InterpreterResult},
    primitives::{AddressSet, hardfork::SpecId},
};

use crate::storage::JournalStorage;

/// Ethereum's precompiles and the native system contracts.
pub(crate) struct SystemPrecompiles {
    ethereum: EthPrecompiles,
    warm: AddressSet,
    /// Set before a duty is executed; the next call, which is the duty's own, takes it.
    pub(crate) next_is_duty: bool,
}

impl SystemPrecompiles {
    pub(crate) fn new(spec: SpecId) -> Self {
        let ethereum = EthPrecompiles::new(spec);
        let mut warm = ethereum.warm_addresses().clone();
        warm.extend(native_contracts().map(SystemContract::address));
        Self { ethereum, warm, next_is_duty: false }
    }
}

/// The system contracts that are Rust code.
pub(crate) fn native_contracts() -> impl Iterator<Item = SystemContract> {
    SystemContract::ALL.into_iter().filter(|contract| contract.is_native())
}

impl<CTX: ContextTr<Cfg: Cfg<Spec = SpecId>>> PrecompileProvider<CTX> for SystemPrecompiles {
    type Output = InterpreterResult;

    fn set_spec(&mut self, _: SpecId) -> bool {
        false
    }

    fn run(&mut self, ctx: &mut CTX, inputs: &CallInputs) -> Result<Option<InterpreterResult>, String> {
        let is_duty = std::mem::take(&mut self.next_is_duty);
        match SystemContract::at(inputs.bytecode_address).filter(|contract| contract.is_native()) {
            Some(contract) => call(ctx, contract, inputs, is_duty).map(Some),
            None => PrecompileProvider::<CTX>::run(&mut self.ethereum, ctx, inputs),
        }
    }

    fn warm_addresses(&self) -> &AddressSet {
        &self.warm
    }

    fn contains(&self, address: &Address) -> bool {
        self.warm.contains(address)
    }
}

fn call<CTX: ContextTr>(
    ctx: &mut CTX,
    contract: SystemContract,
    inputs: &CallInputs,
    is_duty: bool,
) -> Result<InterpreterResult, String> {
    let gas = Gas::new_with_regular_gas_and_reservoir(inputs.gas_limit, inputs.reservoir);
    let direct = matches!(inputs.scheme, CallScheme::Call | CallScheme::StaticCall);
    if !direct || inputs.target_address != inputs.bytecode_address {
        let reason = Revert::from("a system contract refuses DELEGATECALL and CALLCODE: use CALL");
        let output = Bytes::from(reason.abi_encode());
        return Ok(InterpreterResult::new(InstructionResult::Revert, output, gas));
    }
    let mode = match (is_duty, inputs.is_static) {
        (true, _) => Mode::Duty,
        (false, true) => Mode::Static,
        (false, false) => Mode::Ordinary,
    };
    let input = inputs.input.bytes(ctx);
    let call = Call { caller: inputs.caller, value: inputs.call_value(), input: &input, mode };
    let mut storage = JournalStorage::new(ctx, gas, inputs.is_static);
    let result = dispatch(contract, &mut storage, &call);
    answer(result, storage.gas)
}

/// The result of a call as the EVM sees it. `Err` stops execution of the block: the state could not be read.
fn answer(result: Result<Bytes, CallError>, mut gas: Gas) -> Result<InterpreterResult, String> {
    let halt = match result {
        Ok(output) => return Ok(InterpreterResult::new(InstructionResult::Return, output, gas)),
        Err(CallError::Revert(output)) => {
            return Ok(InterpreterResult::new(InstructionResult::Revert, output, gas));
        }
        Err(CallError::Storage(StorageError::OutOfGas)) => InstructionResult::PrecompileOOG,
        Err(CallError::Storage(StorageError::StaticWrite { .. })) => {
            InstructionResult::StateChangeDuringStaticCall
        }
        // a rule checks funds before it moves them; one that forgot must cost its caller a call, not everybody the chain
        Err(CallError::Storage(StorageError::Funds { .. })) => InstructionResult::OutOfFunds,
        Err(CallError::Storage(error @ (StorageError::Corrupt { .. } | StorageError::Database(_)))) => {
            return Err(error.to_string());
        }
    };
    gas.spend_all();
    Ok(InterpreterResult::new(halt, Bytes::new(), gas))
}

#[cfg(test)]
mod tests;
