//! revm, put together for this chain: the state below, the system contracts in it, and where fees go.

use std::marker::PhantomData;

use alloy_eips::eip2935::{HISTORY_SERVE_WINDOW, HISTORY_STORAGE_ADDRESS};
use alloy_primitives::{Address, B256, Bytes, ChainId, KECCAK256_EMPTY, U256};
use ballast_system::{Storage, begin_block};
use revm::{
    Context, Database, DatabaseCommit,
    bytecode::Bytecode,
    context::{
        BlockEnv, CfgEnv, ContextSetters, ContextTr, Evm, JournalTr, TxEnv,
        result::{EVMError, ExecutionResult, HaltReason, InvalidTransaction},
    },
    context_interface::{
        Block, Transaction, block::BlobExcessGasAndPrice, journaled_state::account::JournaledAccountTr,
    },
    database::{State as Overlay, states::bundle_state::BundleRetention},
    database_interface::{DBErrorMarker, bal::EvmDatabaseError},
    handler::{EthFrame, FrameResult, Handler, instructions::EthInstructions},
    interpreter::{Gas, interpreter::EthInterpreter},
    primitives::{AddressMap, TxKind, hardfork::SpecId},
    state::{Account as EvmAccount, AccountInfo},
};

use crate::{
    environment::{BENEFICIARY, Environment},
    precompiles::SystemPrecompiles,
    state::{Account, Change, State, StateChanges, StateError},
    storage::JournalStorage,
};

/// The rules of the EVM: Ethereum's Osaka fork, the latest that is live on Ethereum's mainnet.
pub(crate) const SPEC: SpecId = SpecId::OSAKA;

/// Most gas that one ordinary transaction may use (EIP-7825).
pub(crate) const TX_GAS_CAP: u64 = revm::primitives::eip7825::TX_GAS_LIMIT_CAP;

type Db<'a> = Overlay<Store<'a>>;
type Ctx<'a> = Context<BlockEnv, TxEnv, CfgEnv, Db<'a>>;
type Vm<'a> =
    Evm<Ctx<'a>, (), EthInstructions<EthInterpreter, Ctx<'a>>, SystemPrecompiles, EthFrame<EthInterpreter>>;
type VmError = EVMError<EvmDatabaseError<StateError>>;

/// Why a transaction did not run.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It breaks a rule of Ethereum; nothing has changed.
    Invalid(InvalidTransaction),
    /// The state could not be read.
    State(StateError),
}

impl From<VmError> for Failure {
    fn from(error: VmError) -> Self {
        match error {
            EVMError::Transaction(error) => Self::Invalid(error),
            EVMError::Database(EvmDatabaseError::Database(error)) => Self::State(error),
            other => Self::State(StateError(other.to_string())),
        }
    }
}

/// One block's, or one call's, worth of execution over a state.
pub(crate) struct Machine<'a> {
    vm: Vm<'a>,
}

impl<'a> Machine<'a> {
    pub(crate) fn new(state: &'a dyn State, environment: &Environment, chain_id: ChainId) -> Self {
        let store = Store { state, number: environment.number, parent_hash: environment.parent_hash };
        let overlay = Overlay::builder().with_database(store).with_bundle_update().build();
        let mut ctx: Ctx<'a> = Context::new(overlay, SPEC);
        ctx.cfg.chain_id = chain_id;
        ctx.block = block_env(environment);
        let instructions = EthInstructions::new_mainnet_with_spec(SPEC);
        Self { vm: Evm::new(ctx, instructions, SystemPrecompiles::new(SPEC)) }
    }

    /// The switches of revm that a simulated call needs.
    pub(crate) fn cfg(&mut self) -> &mut CfgEnv {
        &mut self.vm.ctx.cfg
    }

    /// Runs an ordinary transaction and keeps what it changed, reverted or not.
    pub(crate) fn transact(&mut self, tx: TxEnv) -> Result<ExecutionResult, Failure> {
        self.vm.ctx.set_tx(tx);
        let result = FeesToRewards::default().run(&mut self.vm);
        self.settle(result)
    }

    /// Checks an ordinary transaction against the state without running it.
    pub(crate) fn validate(&mut self, tx: TxEnv) -> Result<(), Failure> {
        self.vm.ctx.set_tx(tx);
        let result = FeesToRewards::default().validate(&mut self.vm);
        self.vm.ctx.journal_mut().discard_tx();
        self.vm.ctx.journal_mut().finalize();
        Ok(result.map(drop)?)
    }

    /// Calls `to` without sender, nonce or fee, as a duty or for the protocol itself, and keeps what it changed.
    pub(crate) fn system_call(
        &mut self,
        caller: Address,
        to: Address,
        input: Bytes,
        gas_limit: u64,
        is_duty: bool,
    ) -> Result<ExecutionResult, Failure> {
        let kind = TxKind::Call(to);
        self.vm.ctx.set_tx(TxEnv { caller, kind, data: input, gas_limit, ..TxEnv::default() });
        self.vm.precompiles.next_is_duty = is_duty;
        let result = FeesToRewards::default().run_system_call(&mut self.vm);
        self.vm.precompiles.next_is_duty = false;
        self.settle(result)
    }

    /// The storage of the system contracts, for the protocol itself.
    pub(crate) fn storage(&mut self) -> impl Storage + use<'_, 'a> {
        JournalStorage::new(&mut self.vm.ctx, Gas::new(u64::MAX), false)
    }

    /// Lets the system contracts do what they do before the first transaction of a block. Its logs are in no receipt.
    pub(crate) fn begin_block(&mut self) -> Result<(), StateError> {
        let begun = begin_block(&mut self.storage());
        let changes = self.vm.ctx.journal_mut().finalize();
        begun.map_err(|error| StateError(format!("beginning of a block: {error}")))?;
        self.vm.ctx.db_mut().commit(changes);
        Ok(())
    }

    /// Writes accounts as they are, past the EVM.
    pub(crate) fn put(&mut self, accounts: AddressMap<EvmAccount>) -> Result<(), StateError> {
        for address in accounts.keys() {
            self.vm.ctx.db_mut().basic(*address).map_err(|error| StateError(error.to_string()))?;
        }
        self.vm.ctx.db_mut().commit(accounts);
        Ok(())
    }

    /// All changes since the machine was made.
    pub(crate) fn into_changes(mut self) -> StateChanges {
        let overlay = self.vm.ctx.db_mut();
        overlay.merge_transitions(BundleRetention::PlainState);
        let bundle = overlay.take_bundle();
        let mut changes = StateChanges::default();
        for (address, account) in bundle.state {
            let (before, after) = (account.original_info.as_ref(), account.info.as_ref());
            let (before, after) = (before.and_then(existing), after.and_then(existing));
            if before != after {
                changes.accounts.insert(address, Change { before, after });
            }
            for (slot, word) in account.storage {
                let (before, after) = (word.previous_or_original_value, word.present_value);
                if before != after {
                    changes.storage.insert((address, slot), Change { before, after });
                }
            }
        }
        let known = |(hash, code): (B256, Bytecode)| (hash, code.original_bytes());
        changes.code = bundle.contracts.into_iter().map(known).filter(|(_, code)| !code.is_empty()).collect();
        changes
    }

    /// Keeps what the call or transaction changed; what reverted has undone its own changes.
    fn settle(&mut self, result: Result<ExecutionResult, VmError>) -> Result<ExecutionResult, Failure> {
        // the journal holds one transaction only: its notes on accounts must not outlive it
        let changes = self.vm.ctx.journal_mut().finalize();
        let result = result?;
        self.vm.ctx.db_mut().commit(changes);
        Ok(result)
    }
}

fn block_env(environment: &Environment) -> BlockEnv {
    BlockEnv {
        number: U256::from(environment.number),
        beneficiary: BENEFICIARY,
        timestamp: U256::from(environment.timestamp_ms / 1_000),
        gas_limit: environment.gas_limit,
        basefee: environment.base_fee,
        difficulty: U256::ZERO,
        prevrandao: Some(environment.prevrandao),
        // there are no blobs, so their price stays at its minimum of 1 wei
        blob_excess_gas_and_price: Some(BlobExcessGasAndPrice::new_with_spec(0, SPEC)),
        slot_num: 0,
    }
}

/// An account that exists by EIP-161; an empty one does not.
fn existing(info: &AccountInfo) -> Option<Account> {
    let AccountInfo { nonce, balance, code_hash, .. } = *info;
    (!info.is_empty()).then_some(Account { nonce, balance, code_hash })
}

/// Ethereum's handling of a transaction, except that the whole fee, base fee included, goes to the rewards contract.
/// Burning the base fee would break 1 pBTC = 1 bitcoin.
struct FeesToRewards<'a>(PhantomData<fn(&'a ())>);

impl Default for FeesToRewards<'_> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<'a> Handler for FeesToRewards<'a> {
    type Evm = Vm<'a>;
    type Error = VmError;
    type HaltReason = HaltReason;

    fn reward_beneficiary(&self, vm: &mut Vm<'a>, result: &mut FrameResult) -> Result<(), VmError> {
        let price = vm.ctx.tx().effective_gas_price(vm.ctx.block().basefee().into());
        let fee = U256::from(price).saturating_mul(U256::from(result.gas().used()));
        vm.ctx.journal_mut().load_account_mut(BENEFICIARY)?.incr_balance(fee);
        Ok(())
    }
}

/// The state before the block, as revm reads it.
struct Store<'a> {
    state: &'a dyn State,
    number: u64,
    parent_hash: B256,
}

impl DBErrorMarker for StateError {}

impl Database for Store<'_> {
    type Error = StateError;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, StateError> {
        let account = self.state.account(address)?;
        let info = |Account { nonce, balance, code_hash }| AccountInfo {
            nonce,
            balance,
            code_hash,
            code: (code_hash == KECCAK256_EMPTY).then(Bytecode::default),
            account_id: None,
        };
        Ok(account.map(info))
    }

    fn code_by_hash(&mut self, code_hash: B256) -> Result<Bytecode, StateError> {
        let code = self.state.code(code_hash)?;
        Bytecode::new_raw_checked(code).map_err(|error| StateError(format!("code {code_hash}: {error}")))
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, StateError> {
        self.state.storage(address, slot)
    }

    /// Hashes come from the history contract (EIP-2935), so that they are a function of the state: a node that synced its
    /// state yesterday has them too. The state before the block does not hold the parent's hash yet.
    fn block_hash(&mut self, number: u64) -> Result<B256, StateError> {
        if number.checked_add(1) == Some(self.number) {
            return Ok(self.parent_hash);
        }
        let slot = U256::from(number % HISTORY_SERVE_WINDOW as u64);
        self.state.storage(HISTORY_STORAGE_ADDRESS, slot).map(B256::from)
    }
}

#[cfg(test)]
mod tests;
