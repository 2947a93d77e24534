//! Deposit addresses: who wants one asks for it here, and the relayer proves what is sent to it.
//!
//! An address follows from whom it is for ([`ICustody::depositScriptCall`]); anybody can compute it alone and prove a
//! deposit without this node. The node's list saves the depositor that work. It is bounded and free to write to, so it
//! promises nothing: a depositor asks again, which changes nothing if the address is still on the list.

use alloy_primitives::{Address, B256, Bytes, TxKind, U64};
use alloy_sol_types::{SolCall, SolInterface};
use ballast_evm::{CallError, CallRequest, Environment, call};
use ballast_types::{
    SystemContract,
    interfaces::{
        ICustody::{self, ICustodyErrors},
        ILightClient,
    },
};
use bitcoin::{Address as BitcoinAddress, Network, Script, p2p::Magic};
use serde::Serialize;

use crate::{
    chain::{DepositAddress, WatchedDeposit},
    context::Context,
    error::RpcError,
    methods::Methods,
};

/// Most deposits that one answer lists.
const LISTED: usize = 1_000;

/// The highest action: mint and stake.
const LAST_ACTION: u8 = 1;

pub(super) fn register(methods: &mut Methods) {
    methods.execute("ballast_watchDeposit", watch_deposit);
    methods.read("ballast_watchedDeposits", watched_deposits);
}

/// Where to send bitcoin, and what becomes of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AddressView {
    number: U64,
    address: String,
    script_pub_key: Bytes,
    /// The least deposit, in sats.
    minimum: U64,
    /// What each deposit costs, in sats.
    fee: U64,
}

/// A deposit address as the relayer reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DepositView {
    number: U64,
    recipient: Address,
    action: u8,
    refund_key: Option<B256>,
    script_pub_key: Bytes,
}

fn watch_deposit(
    context: &Context,
    (recipient, action, refund_key): (Address, u8, Option<B256>),
) -> Result<AddressView, RpcError> {
    let invalid = |text: &str| RpcError::InvalidParams(text.to_owned());
    if recipient.is_zero() {
        return Err(invalid("invalid argument 0: the zero address can spend nothing, give your own"));
    }
    if action > LAST_ACTION {
        return Err(invalid("invalid argument 1: the action is 0 to mint pBTC or 1 to stake it too"));
    }
    let script = script(context, recipient, action, refund_key)?;
    let quote = view(context, SystemContract::Custody, &ICustody::quoteDepositCall { value: 0 })?;
    let address = BitcoinAddress::from_script(Script::from_bytes(&script), network(context)?)
        .map_err(|error| RpcError::Internal(format!("a deposit script is no address: {error}")))?;
    let deposit = DepositAddress { recipient, action, refund_key, script: script.clone() };
    let number = context.chain.watch_deposit(deposit)?;
    Ok(AddressView {
        number: U64::from(number),
        address: address.to_string(),
        script_pub_key: script,
        minimum: U64::from(quote.minimum),
        fee: U64::from(quote.fee),
    })
}

fn watched_deposits(context: &Context, (after,): (U64,)) -> Result<Vec<DepositView>, RpcError> {
    let shown = |WatchedDeposit { number, address }: WatchedDeposit| DepositView {
        number: U64::from(number),
        recipient: address.recipient,
        action: address.action,
        refund_key: address.refund_key,
        script_pub_key: address.script,
    };
    let deposits = context.chain.watched_deposits(after.to(), LISTED)?;
    Ok(deposits.into_iter().map(shown).collect())
}

fn script(
    context: &Context,
    recipient: Address,
    action: u8,
    refund_key: Option<B256>,
) -> Result<Bytes, RpcError> {
    let call = ICustody::depositScriptCall { recipient, action, refundKey: refund_key.unwrap_or_default() };
    view(context, SystemContract::Custody, &call).map_err(|error| match error {
        RpcError::Call(CallError::Reverted(data)) => match ICustodyErrors::abi_decode_validate(&data) {
            Ok(ICustodyErrors::NoKey(_)) => RpcError::NoDepositKey,
            Ok(ICustodyErrors::MalformedDeposit(_)) => RpcError::InvalidParams(
                "invalid argument 2: the refund key is no x-only public key".to_owned(),
            ),
            _ => RpcError::Call(CallError::Reverted(data)),
        },
        other => other,
    })
}

fn network(context: &Context) -> Result<Network, RpcError> {
    let parameters = view(context, SystemContract::LightClient, &ILightClient::parametersCall {})?;
    let magic = Magic::from_bytes(parameters.network.0);
    Network::try_from(magic).map_err(|error| RpcError::Internal(format!("no known network: {error}")))
}

/// What a system contract's view answers after the latest block.
fn view<C: SolCall>(context: &Context, contract: SystemContract, input: &C) -> Result<C::Return, RpcError> {
    let internal = |error: String| RpcError::Internal(error);
    let latest = context.chain.latest()?;
    let header = context.chain.header(latest)?.ok_or_else(|| internal(format!("block {latest} is gone")))?;
    let environment = Environment::of(&header).map_err(|error| internal(error.to_string()))?;
    let state = context.chain.state_at(latest)?;
    let request = CallRequest {
        from: Address::ZERO,
        to: TxKind::Call(contract.address()),
        value: Default::default(),
        input: input.abi_encode().into(),
        gas: None,
        gas_price: None,
        access_list: Default::default(),
        authorizations: Vec::new(),
    };
    let outcome = call(state.as_ref(), &environment, context.chain.parameters(), &request)?;
    C::abi_decode_returns_validate(&outcome.output).map_err(|error| internal(error.to_string()))
}
