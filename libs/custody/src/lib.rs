//! Custody of bitcoin by t of n custodians: FROST over secp256k1 with taproot.
//!
//! One key that nobody has, addresses that say what a deposit is for, and transactions that follow from facts.
//! The crate is the Bitcoin side of it, without a chain: who may call what, and when, others decide.
//!
//! 1. A [`Roster`] of custodians makes a key in a [`ceremony`]: each ends up with a [`KeyShare`], all with one
//!    [`Group`].
//! 2. [`Deposit`] gives the address that bitcoin comes in by, [`Treasury`] the output that holds it. Both are a
//!    [`Lock`]; an unspent output with its lock is a [`Coin`].
//! 3. An [`Intent`] is the exact transaction that follows from coins, payouts and a fee rate: [`intent::payout`],
//!    [`intent::sweep`], [`intent::cancel`], and higher rungs of each.
//! 4. A custodian derives the intent itself and [`verdict::judge`] compares, looks at its own node and its own
//!    [`Policy`], and gives an [`Unsigned`] transaction or a named refusal.
//! 5. A [`signing`] session signs all its inputs in two rounds; who cheats is named.
//! 6. A stake of custody's is a [`StakingIntent`]; what is signed before it, [`presign`] lists, and
//!    [`verdict::staking`] judges both.
//!
//! Nothing here reads a clock, a file or a socket. Randomness is an argument, of the `rand_core` version that
//! FROST takes ([`rand_core`]).
//!
//! # What is trusted
//! Any t custodians together can take everything; fewer can take nothing and, as long as t others answer, stop
//! nothing. The FROST implementation is `frost-secp256k1-tr` 3.0.0 of the Zcash Foundation. Its core was audited
//! in version 0.6.0, its taproot variant never. It copies secrets on the stack, out of the reach of erasure.

pub mod ceremony;
pub mod coin;
pub mod deposit;
pub mod group;
pub mod intent;
pub mod key_share;
pub mod message;
pub mod payee;
pub mod policy;
pub mod presign;
pub mod roster;
pub mod signing;
pub mod statement;
mod stored;
pub mod treasury;
pub mod unsigned;
pub mod verdict;

#[cfg(test)]
mod testing;

pub use ceremony::{Ceremony, CeremonyId};
pub use coin::{Coin, Lock};
pub use deposit::{Action, Deposit, DepositError, Payment, Refund};
pub use frost_secp256k1_tr::rand_core;
pub use group::Group;
pub use intent::{Child, Intent, IntentError, Payout, Rules, StakingIntent};
pub use key_share::{KeyShare, KeyShareError};
pub use message::MessageError;
pub use policy::Policy;
pub use presign::{PresignError, Presigned, Presigning};
pub use roster::{Member, Roster, RosterError};
pub use signing::{Session, SessionId, Signer};
pub use statement::{Round, Statement};
pub use treasury::{Recovery, Treasury};
pub use unsigned::Unsigned;
pub use verdict::{Refusal, judge};
