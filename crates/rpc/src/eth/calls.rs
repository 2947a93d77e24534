//! `eth_call` and `eth_estimateGas`: execution on a stored state, forgotten at once.
//!
//! A call runs in the block that it names, after its last transaction. It can use at most the gas of one transaction,
//! which bounds its time; a gas limit above that is lowered in silence, as in other nodes.

use alloy_eips::BlockId;
use alloy_primitives::{Bytes, TxKind, U64};
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest, state::StateOverride};
use ballast_evm::{CallError, CallRequest, Environment, State, TransactionRejection, call, estimate_gas};
use ballast_types::parameters::ChainParameters;

use super::overrides;
use crate::{context::Context, error::RpcError, methods::Methods};

type Parameters = (TransactionRequest, Option<BlockId>, Option<StateOverride>, Option<BlockOverrides>);

pub(super) fn register(methods: &mut Methods) {
    methods.execute("eth_call", eth_call);
    methods.execute("eth_estimateGas", eth_estimate_gas);
}

fn eth_call(context: &Context, parameters: Parameters) -> Result<Bytes, RpcError> {
    let Prepared { state, environment, request } = prepare(context, parameters)?;
    Ok(call(state.as_ref(), &environment, context.chain.parameters(), &request)?.output)
}

fn eth_estimate_gas(context: &Context, parameters: Parameters) -> Result<U64, RpcError> {
    let Prepared { state, environment, request } = prepare(context, parameters)?;
    Ok(U64::from(estimate_gas(state.as_ref(), &environment, context.chain.parameters(), &request)?))
}

struct Prepared {
    state: Box<dyn State>,
    environment: Environment,
    request: CallRequest,
}

fn prepare(
    context: &Context,
    (request, block, state_overrides, block_overrides): Parameters,
) -> Result<Prepared, RpcError> {
    let header = context.header(block.unwrap_or_default())?;
    let mut environment = Environment::of(&header).map_err(|error| RpcError::Internal(error.to_string()))?;
    overrides::apply(&mut environment, block_overrides.unwrap_or_default())?;
    let request = call_request(request, context.chain.parameters(), environment.base_fee)?;
    let state = context.chain.state_at(header.number)?;
    let state = match state_overrides {
        None => state,
        Some(accounts) => overrides::over(state, accounts)?,
    };
    Ok(Prepared { state, environment, request })
}

fn call_request(
    request: TransactionRequest,
    parameters: &ChainParameters,
    base_fee: u64,
) -> Result<CallRequest, RpcError> {
    let refused = |text: &str| RpcError::InvalidParams(text.to_owned());
    if request.blob_versioned_hashes.is_some() || request.max_fee_per_blob_gas.is_some() {
        return Err(refused("blob transactions are not supported: this chain has no blobs"));
    }
    if let Some(found) = request.chain_id.filter(|id| *id != parameters.chain_id) {
        let rejection = TransactionRejection::ChainId { expected: parameters.chain_id, found: Some(found) };
        return Err(CallError::from(rejection).into());
    }
    let gas_price = gas_price(&request, base_fee)?;
    let input = request.input.try_into_unique_input();
    let input = input.map_err(|_| refused("both input and data are set and not equal"))?;
    Ok(CallRequest {
        from: request.from.unwrap_or_default(),
        to: request.to.unwrap_or(TxKind::Create),
        value: request.value.unwrap_or_default(),
        input: input.unwrap_or_default(),
        gas: request.gas,
        gas_price,
        access_list: request.access_list.unwrap_or_default(),
        authorizations: request.authorization_list.unwrap_or_default(),
    })
}

/// What the call pays per gas by EIP-1559; none if it names no fee.
fn gas_price(request: &TransactionRequest, base_fee: u64) -> Result<Option<u128>, RpcError> {
    let (max_fee, priority_fee) = (request.max_fee_per_gas, request.max_priority_fee_per_gas);
    if request.gas_price.is_some() && (max_fee.is_some() || priority_fee.is_some()) {
        let text = "both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified";
        return Err(RpcError::InvalidParams(text.to_owned()));
    }
    let tip = priority_fee.unwrap_or_default();
    match max_fee {
        None => Ok(request.gas_price),
        Some(max_fee) if tip > max_fee => {
            let rejection = TransactionRejection::PriorityFee { priority_fee: tip, max_fee };
            Err(CallError::from(rejection).into())
        }
        Some(max_fee) => Ok(Some(max_fee.min(tip.saturating_add(base_fee.into())))),
    }
}
