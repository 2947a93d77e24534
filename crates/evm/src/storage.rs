//! The storage port of the system contracts over the EVM journal.
//!
//! Words and logs of a rule are ordinary storage and ordinary logs, so that a revert undoes them and indexers see them.
//! The journal itself charges nothing. Here every access pays what the same access pays in bytecode: SLOAD by
//! EIP-2929, SSTORE by EIP-2200 and EIP-3529 with its refund and its stipend guard, LOG by its topics and bytes, BALANCE
//! by EIP-2929. Minting or burning pays for the access and what CALL pays for a value, and for a new account as CALL does.

use alloy_primitives::{Address, KECCAK256_EMPTY, Log, LogData, U256};
use ballast_system::{BlockEnv, Storage, StorageError};
use revm::{
    context_interface::{
        Block, Cfg, ContextTr, JournalTr,
        cfg::gas::{CALLVALUE, LOG, NEWACCOUNT},
        journaled_state::{JournalLoadError, account::JournaledAccountTr},
    },
    interpreter::Gas,
};

/// The port during one call.
pub(crate) struct JournalStorage<'a, CTX> {
    ctx: &'a mut CTX,
    is_static: bool,
    /// Gas of the call.
    pub(crate) gas: Gas,
}

impl<'a, CTX: ContextTr> JournalStorage<'a, CTX> {
    pub(crate) fn new(ctx: &'a mut CTX, gas: Gas, is_static: bool) -> Self {
        Self { ctx, is_static, gas }
    }

    /// The journal with `contract` in it. A rule may use another contract's storage than the called one's, and the
    /// journal takes a slot of an account that it has not loaded for a cold load that was to be skipped. System
    /// contracts are always warm, so this costs nothing.
    fn account(&mut self, contract: Address) -> Result<&mut CTX::Journal, StorageError> {
        let journal = self.ctx.journal_mut();
        journal.load_account(contract).map_err(|error| StorageError::Database(error.to_string()))?;
        Ok(journal)
    }

    /// Changes a balance; `change` says whether it could.
    fn change(
        &mut self,
        account: Address,
        wei: U256,
        change: impl FnOnce(U256) -> Option<U256>,
    ) -> Result<(), StorageError> {
        self.writable(account)?;
        let balance = self.balance(account)?;
        self.charge(CALLVALUE)?;
        let changed = change(balance).ok_or(StorageError::Funds { account, balance, wei })?;
        let database = |error: &dyn std::fmt::Display| StorageError::Database(error.to_string());
        let journal = self.ctx.journal_mut();
        let mut loaded = journal.load_account_mut(account).map_err(|error| database(&error))?;
        let (nonce, code_hash) = (loaded.data.nonce(), *loaded.data.code_hash());
        let is_new = balance.is_zero() && nonce == 0 && code_hash == KECCAK256_EMPTY;
        // the journal touches what changes, and undoes it with the call
        loaded.data.set_balance(changed);
        drop(loaded);
        if is_new { self.charge(NEWACCOUNT) } else { Ok(()) }
    }

    fn writable(&self, contract: Address) -> Result<(), StorageError> {
        if self.is_static { Err(StorageError::StaticWrite { contract }) } else { Ok(()) }
    }
}

impl<CTX: ContextTr> Storage for JournalStorage<'_, CTX> {
    fn block(&self) -> BlockEnv {
        BlockEnv {
            number: self.ctx.block().number().saturating_to(),
            timestamp: self.ctx.block().timestamp().saturating_to(),
            chain_id: self.ctx.cfg().chain_id(),
        }
    }

    fn load(&mut self, contract: Address, slot: U256) -> Result<U256, StorageError> {
        let prices = self.ctx.cfg().gas_params();
        let (warm, cold) = (prices.warm_storage_read_cost(), prices.cold_storage_additional_cost());
        self.charge(warm)?;
        let poor = self.gas.remaining() < cold;
        let loaded = self.account(contract)?.sload_skip_cold_load(contract, slot, poor).map_err(refused)?;
        if loaded.is_cold {
            self.charge(cold)?;
        }
        Ok(loaded.data)
    }

    fn store(&mut self, contract: Address, slot: U256, word: U256) -> Result<(), StorageError> {
        self.writable(contract)?;
        let prices = self.ctx.cfg().gas_params();
        if self.gas.remaining() <= prices.call_stipend() {
            return Err(StorageError::OutOfGas);
        }
        let (fixed, cold) = (prices.sstore_static_gas(), prices.cold_storage_cost());
        self.charge(fixed)?;
        let poor = self.gas.remaining() < cold;
        let journal = self.account(contract)?;
        let stored = journal.sstore_skip_cold_load(contract, slot, word, poor).map_err(refused)?;
        // the journal forgets what happened to an account that was not touched
        journal.touch_account(contract);
        let prices = self.ctx.cfg().gas_params();
        let dynamic = prices.sstore_dynamic_gas(true, &stored.data, stored.is_cold);
        let refund = prices.sstore_refund(true, &stored.data);
        self.charge(dynamic)?;
        self.gas.record_refund(refund);
        Ok(())
    }

    fn emit(&mut self, contract: Address, log: LogData) -> Result<(), StorageError> {
        self.writable(contract)?;
        // LogData holds at most four topics
        let (topics, bytes) = (log.topics().len() as u8, log.data.len() as u64);
        let price = self.ctx.cfg().gas_params().log_cost(topics, bytes);
        self.charge(LOG.saturating_add(price))?;
        self.ctx.journal_mut().log(Log { address: contract, data: log });
        Ok(())
    }

    fn balance(&mut self, account: Address) -> Result<U256, StorageError> {
        let prices = self.ctx.cfg().gas_params();
        let (warm, cold) = (prices.warm_storage_read_cost(), prices.cold_account_additional_cost());
        self.charge(warm)?;
        let journal = self.ctx.journal_mut();
        let loaded =
            journal.load_account(account).map_err(|error| StorageError::Database(error.to_string()))?;
        let (is_cold, balance) = (loaded.is_cold, loaded.data.info.balance);
        if is_cold {
            self.charge(cold)?;
        }
        Ok(balance)
    }

    fn mint(&mut self, account: Address, wei: U256) -> Result<(), StorageError> {
        self.change(account, wei, |balance| balance.checked_add(wei))
    }

    fn burn(&mut self, account: Address, wei: U256) -> Result<(), StorageError> {
        self.change(account, wei, |balance| balance.checked_sub(wei))
    }

    fn charge(&mut self, gas: u64) -> Result<(), StorageError> {
        if self.gas.record_regular_cost(gas) { Ok(()) } else { Err(StorageError::OutOfGas) }
    }
}

fn refused<E: std::error::Error>(error: JournalLoadError<E>) -> StorageError {
    match error {
        JournalLoadError::ColdLoadSkipped => StorageError::OutOfGas,
        JournalLoadError::DBError(error) => StorageError::Database(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
