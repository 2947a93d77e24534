//! What is hashed, signed or called: blocks, transactions, receipts, genesis and system-contract interfaces.
//!
//! Two nodes that disagree about a byte in this crate are two chains. Everything here is a pure codec or a
//! plain value; nothing reads a clock, a file or a socket, and no engine type (consensus, EVM) appears.

mod address;
mod block;
mod duty;
mod extra;
pub mod genesis;
pub mod interfaces;
pub mod limits;
mod logs;
pub mod parameters;
mod receipt;
mod transaction;

pub use address::SystemContract;
pub use alloy_consensus::Header;
pub use block::{Block, BlockError};
pub use duty::{DUTY_TYPE, Duty, DutyError, DutyKind};
pub use extra::{ConsensusContext, Extra, ExtraError, OperationRange, ValidatorKeys};
pub use genesis::{Genesis, GenesisError};
pub use logs::{LogEntry, LogFilter, TransactionPlace};
pub use parameters::{Network, Parameters, ParametersError};
pub use receipt::{Receipt, ReceiptError};
pub use transaction::{Transaction, TransactionError};
