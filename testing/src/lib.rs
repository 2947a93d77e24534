//! Story tests and what they share.
//!
//! Stories live in `tests/`, one file each, named by what happens. They run the real binary ([`Cli`]) against a real
//! bitcoind (`ballast_regtest::Regtest`).

mod begun;
mod cli;
mod clients;
mod custody;
mod devnet;
mod interceptor;
mod role;
mod staker;
mod staking;
mod staking_chain;

pub use begun::Begun;
pub use cli::Cli;
pub use clients::npm;
pub use custody::{SAT, until};
pub use devnet::Devnet;
pub use interceptor::Interceptor;
pub use role::RoleProcess;
pub use staker::{DEPTH, Staker};
pub use staking::{StakingScene, txid};
pub use staking_chain::{only, provider_key};
