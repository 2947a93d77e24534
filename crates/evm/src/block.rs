//! Executing a block, whether to check one or to build one.
//!
//! A block begins with what the protocol itself does: block 1 writes the genesis state, and every block stores its
//! parent's hash in the history contract (EIP-2935) and lets the system contracts begin
//! ([`ballast_system::begin_block`]). Duties follow, then ordinary transactions by Ethereum's rules.
//! Execution is a function of the state before the block, the environment and the transactions: every validator gets
//! the same receipts and the same changes, byte by byte.

use alloy_consensus::TxEnvelope;
use alloy_eips::{eip2718::Typed2718, eip2935::HISTORY_STORAGE_ADDRESS};
use alloy_primitives::{Address, B256, Bloom, Bytes};
use ballast_system::duty::DutyKey;
use ballast_types::{Block, DUTY_TYPE, Duty, Genesis, Receipt, Transaction, TransactionError};
use revm::{context::result::ExecutionResult, handler::SYSTEM_ADDRESS};
use thiserror::Error;

use crate::{
    duty::{DutyLedger, DutyRejection},
    environment::{Environment, HeaderError},
    genesis,
    machine::{Failure, Machine, TX_GAS_CAP},
    state::{State, StateChanges, StateError},
    transaction::{TransactionRejection, rejection, tx_env},
};

/// Gas for the protocol's own call at the start of a block, as in Ethereum.
const PROTOCOL_GAS: u64 = 30_000_000;

/// What a block does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// One receipt for each transaction.
    pub receipts: Vec<Receipt>,
    /// Gas of the ordinary transactions.
    pub gas_used: u64,
    /// Changes to the state.
    pub changes: StateChanges,
}

/// Why a block is not one of this chain.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum InvalidBlock {
    /// The header cannot follow its parent.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// A duty is refused.
    #[error("transaction {index}: {source}")]
    Duty {
        /// Position in the block.
        index: usize,
        /// Why.
        source: DutyRejection,
    },
    /// A signature recovers no sender.
    #[error("transaction {index}: {source}")]
    Signature {
        /// Position in the block.
        index: usize,
        /// Why.
        source: TransactionError,
    },
    /// An ordinary transaction is refused.
    #[error("transaction {index}: {source}")]
    Transaction {
        /// Position in the block.
        index: usize,
        /// Why.
        source: TransactionRejection,
    },
    /// The gas limit of a transaction does not fit into what the block has left.
    #[error("transaction {index} may use {needed} gas, the block has {left} left")]
    NoGasLeft {
        /// Position in the block.
        index: usize,
        /// Gas limit of the transaction.
        needed: u64,
        /// Gas left.
        left: u64,
    },
    /// Other gas than the header says.
    #[error("block used {found} gas, its header says {expected}")]
    GasUsed {
        /// Gas in the header.
        expected: u64,
        /// Gas used.
        found: u64,
    },
    /// Other receipts than the header commits to.
    #[error("receipts root is {found}, the header says {expected}")]
    ReceiptsRoot {
        /// Root in the header.
        expected: B256,
        /// Root of the receipts.
        found: B256,
    },
    /// Other logs than the header's bloom says.
    #[error("the bloom of the logs is not the header's")]
    LogsBloom {
        /// Bloom in the header.
        expected: Box<Bloom>,
        /// Bloom of the logs.
        found: Box<Bloom>,
    },
}

/// Why a block could not be executed.
#[derive(Debug, Error)]
pub enum ExecutionError {
    /// The block is wrong: vote against it.
    #[error("invalid block: {0}")]
    Invalid(#[from] InvalidBlock),
    /// The state could not be read: no verdict. Stop.
    #[error(transparent)]
    State(#[from] StateError),
}

/// A block in the making.
pub(crate) struct Run<'a> {
    machine: Machine<'a>,
    environment: &'a Environment,
    chain_id: u64,
    duties: DutyLedger,
    receipts: Vec<Receipt>,
    gas_used: u64,
}

/// Why a transaction did not become part of the run.
pub(crate) enum Refused {
    Rejected(TransactionRejection),
    NoGasLeft { needed: u64, left: u64 },
}

impl<'a> Run<'a> {
    pub(crate) fn start(
        state: &'a dyn State,
        environment: &'a Environment,
        genesis: &Genesis,
    ) -> Result<Self, StateError> {
        let chain = &genesis.parameters.chain;
        let mut machine = Machine::new(state, environment, chain.chain_id);
        if environment.number == 1 {
            genesis::apply(&mut machine, environment, genesis)?;
        }
        store_parent_hash(&mut machine, environment)?;
        machine.begin_block()?;
        let duties = DutyLedger::new(chain.chain_id, chain.duty_gas);
        let chain_id = chain.chain_id;
        Ok(Self { machine, environment, chain_id, duties, receipts: Vec::new(), gas_used: 0 })
    }

    pub(crate) fn duty(&mut self, duty: &Duty) -> Result<Result<DutyKey, DutyRejection>, StateError> {
        let run = self.duties.run(&mut self.machine, duty)?;
        Ok(run.map(|(key, result)| {
            self.note(DUTY_TYPE, result);
            key
        }))
    }

    pub(crate) fn transaction(
        &mut self,
        transaction: &TxEnvelope,
        sender: Address,
    ) -> Result<Result<(), Refused>, StateError> {
        self.duties.close();
        let tx = match tx_env(transaction, sender, self.chain_id) {
            Ok(tx) => tx,
            Err(rejected) => return Ok(Err(Refused::Rejected(rejected))),
        };
        let (needed, left) = (tx.gas_limit, self.gas_left());
        // a limit above the whole block's is for revm to refuse: it fits into no block
        if needed > left && needed <= self.environment.gas_limit {
            return Ok(Err(Refused::NoGasLeft { needed, left }));
        }
        match self.machine.transact(tx.clone()) {
            Ok(result) => {
                self.gas_used += result.tx_gas_used();
                self.note(transaction.ty(), result);
                Ok(Ok(()))
            }
            Err(Failure::State(error)) => Err(error),
            Err(Failure::Invalid(error)) => {
                Ok(Err(Refused::Rejected(rejection(error, &tx, self.environment, TX_GAS_CAP))))
            }
        }
    }

    pub(crate) fn is_tired_of_duties(&self) -> bool {
        self.duties.is_exhausted()
    }

    pub(crate) fn gas_left(&self) -> u64 {
        self.environment.gas_limit - self.gas_used
    }

    pub(crate) fn finish(self) -> Outcome {
        let Self { machine, receipts, gas_used, .. } = self;
        Outcome { receipts, gas_used, changes: machine.into_changes() }
    }

    fn note(&mut self, tx_type: u8, result: ExecutionResult) {
        self.receipts.push(Receipt {
            tx_type,
            success: result.is_success(),
            cumulative_gas_used: self.gas_used,
            // a reverted transaction has undone its logs
            logs: if result.is_success() { result.into_logs() } else { Vec::new() },
        });
    }
}

/// Executes `block` in `environment`, which [`crate::check_header`] gave for it. The block comes from
/// [`Block::decode_exact`] or [`Environment::seal`], so its transactions are those of its header.
/// The state root is not checked here: the store that owns it compares it after applying the changes.
///
/// # Errors
/// [`ExecutionError::Invalid`] if the block breaks a rule, [`ExecutionError::State`] if the state could not be read.
pub fn execute_block(
    state: &dyn State,
    environment: &Environment,
    genesis: &Genesis,
    block: &Block,
) -> Result<Outcome, ExecutionError> {
    let mut run = Run::start(state, environment, genesis)?;
    for (index, transaction) in block.transactions.iter().enumerate() {
        match transaction {
            Transaction::Duty(duty) => {
                run.duty(duty)?.map_err(|source| InvalidBlock::Duty { index, source })?;
            }
            Transaction::Ethereum(envelope) => {
                let sender =
                    transaction.sender().map_err(|source| InvalidBlock::Signature { index, source })?;
                run.transaction(envelope, sender)?.map_err(|refused| match refused {
                    Refused::Rejected(source) => InvalidBlock::Transaction { index, source },
                    Refused::NoGasLeft { needed, left } => InvalidBlock::NoGasLeft { index, needed, left },
                })?;
            }
        }
    }
    let outcome = run.finish();
    check_outcome(block, &outcome)?;
    Ok(outcome)
}

fn check_outcome(block: &Block, outcome: &Outcome) -> Result<(), InvalidBlock> {
    let header = &block.header;
    if header.gas_used != outcome.gas_used {
        return Err(InvalidBlock::GasUsed { expected: header.gas_used, found: outcome.gas_used });
    }
    let root = Receipt::root(&outcome.receipts);
    if header.receipts_root != root {
        return Err(InvalidBlock::ReceiptsRoot { expected: header.receipts_root, found: root });
    }
    let bloom = Receipt::block_bloom(&outcome.receipts);
    if header.logs_bloom != bloom {
        let expected = Box::new(header.logs_bloom);
        return Err(InvalidBlock::LogsBloom { expected, found: Box::new(bloom) });
    }
    Ok(())
}

/// EIP-2935: the history contract takes the parent's hash before anything else happens.
fn store_parent_hash(machine: &mut Machine<'_>, environment: &Environment) -> Result<(), StateError> {
    let hash = Bytes::from(environment.parent_hash.0);
    match machine.system_call(SYSTEM_ADDRESS, HISTORY_STORAGE_ADDRESS, hash, PROTOCOL_GAS, false) {
        Ok(result) if result.is_success() => Ok(()),
        Ok(result) => Err(StateError(format!("the history contract failed: {result:?}"))),
        Err(Failure::State(error)) => Err(error),
        Err(Failure::Invalid(error)) => Err(StateError(format!("the history contract failed: {error}"))),
    }
}

#[cfg(test)]
mod tests;
