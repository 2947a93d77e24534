//! The state that block 1 begins with.
//!
//! The genesis block commits to the empty database, so what the genesis file allocates is written at the start of block 1:
//! the native system contracts, each with code `0xef` and nonce 1 (an empty account would be deleted with its storage
//! by EIP-161, and `0xef` can be no deployed code), wpBTC, the history contract of EIP-2935, the light client's first headers,
//! the parameters of the contracts, the first providers, and on a devnet the test funds.

use std::collections::BTreeMap;

use alloy_eips::eip2935::{HISTORY_STORAGE_ADDRESS, HISTORY_STORAGE_CODE};
use alloy_primitives::{Address, Bytes, LogData, U256, bytes};
use ballast_system::{
    BlockEnv, Storage, StorageError, custody, finality, light_client, pool, rewards,
    staking::{self, parameters::first_version},
    vault,
};
use ballast_types::{Genesis, SystemContract};
use revm::{
    bytecode::Bytecode,
    primitives::AddressMap,
    state::{Account, AccountInfo, EvmStorageSlot, TransactionId},
};

use crate::{environment::Environment, machine::Machine, precompiles::native_contracts, state::StateError};

mod wpbtc;

/// Code of a native system contract. No contract can be deployed with it (EIP-3541).
pub(crate) const NATIVE_CODE: Bytes = bytes!("ef");

/// Writes the genesis state.
pub(crate) fn apply(
    machine: &mut Machine<'_>,
    environment: &Environment,
    genesis: &Genesis,
) -> Result<(), StateError> {
    let mut words = Words::new(environment, genesis);
    initialise(&mut words, genesis).map_err(|reason| StateError(format!("genesis: {reason}")))?;
    let mut accounts = AddressMap::default();
    for contract in native_contracts().map(SystemContract::address) {
        accounts.insert(contract, contract_account(&NATIVE_CODE));
    }
    accounts.insert(SystemContract::WpBtc.address(), contract_account(&wpbtc::code()));
    accounts.insert(HISTORY_STORAGE_ADDRESS, contract_account(&HISTORY_STORAGE_CODE));
    for (address, balance) in &genesis.alloc {
        let account: &mut Account = accounts.entry(*address).or_default();
        account.info.balance = *balance;
    }
    for ((contract, slot), word) in words.words {
        let slot_value = EvmStorageSlot::new_changed(U256::ZERO, word, TransactionId::ZERO);
        accounts.entry(contract).or_default().storage.insert(slot, slot_value);
    }
    for account in accounts.values_mut() {
        account.mark_touch();
        account.mark_created();
    }
    machine.put(accounts)
}

/// Lets each system contract write what it begins with; staking reads the light client, finality reads staking.
fn initialise(words: &mut Words, genesis: &Genesis) -> Result<(), String> {
    let Genesis { parameters, bitcoin, providers, .. } = genesis;
    light_client::initialise(words, &parameters.bitcoin, bitcoin).map_err(|error| error.to_string())?;
    let versions = match parameters.staking.covenant_keys.is_empty() {
        true => Vec::new(),
        false => vec![first_version(&parameters.staking).map_err(|error| error.to_string())?],
    };
    staking::initialise(words, &versions, providers).map_err(|error| error.to_string())?;
    finality::initialise(words, &parameters.finality, providers).map_err(|error| error.to_string())?;
    custody::initialise(words, parameters).map_err(|error| error.to_string())?;
    rewards::initialise(words, parameters).map_err(|error| error.to_string())?;
    vault::initialise(words, parameters).map_err(|error| error.to_string())?;
    pool::initialise(words, parameters).map_err(|error| error.to_string())?;
    wpbtc::initialise(words).map_err(|error| error.to_string())
}

fn contract_account(code: &Bytes) -> Account {
    let code = Bytecode::new_raw(code.clone());
    Account::from(AccountInfo::new(U256::ZERO, 1, code.hash_slow(), code))
}

/// The storage port before there is a journal: nothing is charged, and logs have no block to be in.
struct Words {
    block: BlockEnv,
    words: BTreeMap<(Address, U256), U256>,
}

impl Words {
    fn new(environment: &Environment, genesis: &Genesis) -> Self {
        let block = BlockEnv {
            number: environment.number,
            timestamp: environment.timestamp_ms / 1_000,
            chain_id: genesis.parameters.chain.chain_id,
        };
        Self { block, words: BTreeMap::new() }
    }
}

impl Storage for Words {
    fn block(&self) -> BlockEnv {
        self.block
    }

    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, StorageError> {
        Ok(self.words.get(&(contract, slot)).copied().unwrap_or_default())
    }

    fn store(&mut self, contract: Address, slot: U256, word: U256) -> Result<(), StorageError> {
        self.words.insert((contract, slot), word);
        Ok(())
    }

    fn emit(&mut self, _: Address, _: LogData) -> Result<(), StorageError> {
        Ok(())
    }

    fn balance(&mut self, _: Address) -> Result<U256, StorageError> {
        Ok(U256::ZERO)
    }

    fn mint(&mut self, account: Address, wei: U256) -> Result<(), StorageError> {
        // no rule mints at genesis: bitcoin enters by deposits only
        Err(StorageError::Funds { account, balance: U256::ZERO, wei })
    }

    fn burn(&mut self, account: Address, wei: U256) -> Result<(), StorageError> {
        Err(StorageError::Funds { account, balance: U256::ZERO, wei })
    }

    fn charge(&mut self, _: u64) -> Result<(), StorageError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
