//! The rules of the chain: system contracts over a storage port
//!
//! A rule is a plain function over [`storage::Storage`]. [`contract::dispatch`] leads from an address and an
//! input to a rule, [`duty`] says which calls are duties. There is no EVM, no network, no clock and no
//! randomness in this crate.

pub mod block;
pub mod contract;
pub mod custody;
pub mod duty;
pub mod finality;
pub mod layout;
pub mod light_client;
pub mod memory;
#[cfg(test)]
mod mining;
mod mul_div;
pub mod pool;
mod price;
pub mod rewards;
pub mod staking;
pub mod storage;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
pub mod vault;
mod wpbtc;

pub use block::begin_block;
pub use contract::{Call, CallError, Mode, dispatch};
pub use storage::{BlockEnv, Storage, StorageError};
