//! Another state and another block for one call, as the caller wishes them.
//!
//! What cannot be honoured is refused by name: a call that silently ran in another setting would give a wrong answer.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_rpc_types_eth::{
    BlockOverrides,
    state::{AccountOverride, StateOverride},
};
use ballast_evm::{Account, Environment, State, StateError};
use ballast_types::SystemContract;

use crate::error::RpcError;

/// Changes the block that a call runs in.
///
/// # Errors
/// [`RpcError::InvalidParams`] for a field that this chain has not or fixes.
pub(super) fn apply(environment: &mut Environment, overrides: BlockOverrides) -> Result<(), RpcError> {
    let BlockOverrides {
        number,
        difficulty,
        time,
        gas_limit,
        coinbase,
        random,
        base_fee,
        blob_base_fee,
        beacon_root,
        block_hash,
    } = overrides;
    let refused = [
        ("difficulty", difficulty.is_some()),
        ("feeRecipient", coinbase.is_some()),
        ("blobBaseFee", blob_base_fee.is_some()),
        ("beaconRoot", beacon_root.is_some()),
        ("blockHash", block_hash.is_some()),
    ];
    if let Some((name, _)) = refused.into_iter().find(|(_, present)| *present) {
        return Err(RpcError::InvalidParams(format!("block override {name} is not supported")));
    }
    environment.number = number.map_or(environment.number, |number| number.saturating_to());
    environment.timestamp_ms = time.map_or(environment.timestamp_ms, |time| time.saturating_mul(1_000));
    environment.gas_limit = gas_limit.unwrap_or(environment.gas_limit);
    environment.prevrandao = random.unwrap_or(environment.prevrandao);
    environment.base_fee = base_fee.map_or(environment.base_fee, |fee| fee.saturating_to());
    Ok(())
}

/// `below`, with some accounts as the caller wishes them.
///
/// # Errors
/// [`RpcError::InvalidParams`] for a field that is not supported or contradicts another.
pub(super) fn over(below: Box<dyn State>, accounts: StateOverride) -> Result<Box<dyn State>, RpcError> {
    let mut layer = Layer { below, accounts: HashMap::new(), code: HashMap::new() };
    for (address, wished) in accounts {
        layer.add(address, wished)?;
    }
    Ok(Box::new(layer))
}

struct Layer {
    below: Box<dyn State>,
    accounts: HashMap<Address, AccountOverride>,
    code: HashMap<B256, Bytes>,
}

impl Layer {
    fn add(&mut self, address: Address, wished: AccountOverride) -> Result<(), RpcError> {
        let refused = |text: &str| Err(RpcError::InvalidParams(format!("account {address}: {text}")));
        if wished.move_precompile_to.is_some() {
            return refused("movePrecompileToAddress is not supported");
        }
        if wished.state.is_some() && wished.state_diff.is_some() {
            return refused("has both 'state' and 'stateDiff'");
        }
        let native = SystemContract::at(address).is_some_and(SystemContract::is_native);
        if native && wished.code.is_some() {
            return refused("is a system contract, whose code cannot be overridden");
        }
        if let Some(code) = &wished.code {
            self.code.insert(keccak256(code), code.clone());
        }
        self.accounts.insert(address, wished);
        Ok(())
    }
}

impl State for Layer {
    fn account(&self, address: Address) -> Result<Option<Account>, StateError> {
        let below = self.below.account(address)?;
        let Some(wished) = self.accounts.get(&address) else { return Ok(below) };
        let below = below.unwrap_or_default();
        Ok(Some(Account {
            nonce: wished.nonce.unwrap_or(below.nonce),
            balance: wished.balance.unwrap_or(below.balance),
            code_hash: wished.code.as_ref().map_or(below.code_hash, keccak256),
        }))
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, StateError> {
        let wished = self.accounts.get(&address);
        let (all, some) =
            wished.map_or((None, None), |wished| (wished.state.as_ref(), wished.state_diff.as_ref()));
        let word = all.or(some).and_then(|words| words.get(&B256::from(slot)));
        match word {
            Some(word) => Ok((*word).into()),
            // a whole storage that lacks the slot
            None if all.is_some() => Ok(U256::ZERO),
            None => self.below.storage(address, slot),
        }
    }

    fn code(&self, code_hash: B256) -> Result<Bytes, StateError> {
        match self.code.get(&code_hash) {
            Some(code) => Ok(code.clone()),
            None => self.below.code(code_hash),
        }
    }
}
