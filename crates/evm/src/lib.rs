//! EVM execution: the only importer of revm.
//!
//! Contracts run by the rules of Ethereum's Osaka fork, precompiles included, so unmodified code and tools work. What differs:
//!
//! - there are no blobs (type 3 is refused; BLOBBASEFEE is 1), and no beacon chain (`parentBeaconBlockRoot`, withdrawals, requests);
//! - fees are not burnt: base fee and tip go to the `rewards` contract, the chain's security budget, which is every
//!   block's COINBASE. The sum of all balances is constant but for what a rule mints or burns, and but for a contract that
//!   destroys itself in its own creation with itself as the heir (EIP-6780 burns its balance);
//! - the system contracts are Rust code at fixed addresses ([`ballast_system`]);
//! - duties come first and pay no gas ([`ballast_types::Duty`]).
//!
//! Entry points: [`check_header`] and [`execute_block`] to check a block, [`build_block`] and [`Environment::seal`] to make one,
//! [`call()`] and [`estimate_gas`] for RPC, [`check_transaction`] and [`check_duty`] for the mempool. All are synchronous
//! functions over [`State`]; [`on_reader`] runs any of them over an asynchronous [`StateReader`].

mod block;
mod build;
mod call;
mod duty;
mod environment;
mod fiber;
mod genesis;
mod machine;
pub mod memory;
mod precompiles;
mod state;
mod storage;
#[cfg(test)]
mod testing;
mod transaction;

pub use block::{ExecutionError, InvalidBlock, Outcome, execute_block};
pub use build::{Built, Candidates, LeftOut, Reason, build_block};
pub use call::{
    CallError, CallOutcome, CallRequest, call, check_duty, check_transaction, estimate_gas, is_half_evidence,
    revert_reason, staked_final,
};
pub use duty::DutyRejection;
pub use environment::{Environment, HeaderError, Seal, check_header, next_base_fee, time_ms};
pub use fiber::on_reader;
pub use state::{Account, Change, State, StateChanges, StateError, StateReader};
pub use transaction::TransactionRejection;
