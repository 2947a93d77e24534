//! Stories told over a real socket: what a wallet, an explorer and a careless client see.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its tools too")]

mod accounts;
mod blocks;
mod calls;
mod client;
mod deposits;
mod fake;
mod fees;
mod filters;
mod logs;
mod sending;
mod subscriptions;
mod votes;
mod wallet;
mod wire;
