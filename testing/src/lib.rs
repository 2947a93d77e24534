//! Story tests and what they share.
//!
//! Stories live in `tests/`, one file each, named by what happens. They run the real binary ([`Cli`]) against a real
//! bitcoind (`ballast_regtest::Regtest`).

mod cli;
mod devnet;
mod staking;

pub use cli::Cli;
pub use devnet::Devnet;
pub use staking::{StakingScene, txid};
