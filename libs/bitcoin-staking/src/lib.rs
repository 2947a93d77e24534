//! The Bitcoin staking contract: scripts, transactions, witnesses, parameters.
//!
//! Bitcoin is locked in a taproot output that opens three ways: by the staker alone after a
//! [`Timelock`], by the staker and a [`Covenant`] early (unbonding), and by the staker, the provider
//! and the covenant (slashing). The crate builds every transaction of that life, judges those made
//! by others, and completes their witnesses. Formats: `docs/spec/bitcoin-formats.md` §a and §f.
//!
//! The way through the crate:
//!
//! 1. [`ParamsSet`] says which [`Params`] hold at a Bitcoin height; [`networks`] and [`babylon`] have tables.
//! 2. [`Terms`] name staker, providers, covenant and times; they fix every script and output.
//! 3. [`StakingTx`] locks the coins; its [`Stake`] is what everything else starts from.
//! 4. [`UnbondingTx`], [`SlashingTx`] and [`WithdrawalTx`] each have a `build` and a `judge`.
//! 5. [`ExpansionTx`] turns a stake into a larger or longer one. [`Spend`] gives the sighash to sign; [`witness`] assembles what was signed.
//! 6. [`possession`] shows that a registered key is its owner's.
//! 7. [`delegation`] judges a stake as a whole, and signs for and completes the covenant's part.
//!
//! A [`Covenant`] is a committee, which works on Bitcoin today, or a [`Template`], where
//! OP_CHECKTEMPLATEVERIFY (BIP-119) fixes both restricted transactions in the script and nobody signs for
//! them: [`UnbondingTx::fixed`], [`SlashingTx::fixed`], [`delegation::template`].
//!
//! ```
//! use ballast_bitcoin_staking::{Stake, Terms, UnbondingTx, networks};
//! use ballast_schnorr::SigningKey;
//! use bitcoin::hashes::Hash;
//! use bitcoin::{Amount, Network, OutPoint, Txid};
//!
//! let keys = [1_u8, 2, 3, 4, 5].map(|number| SigningKey::from_bytes(&[number; 32]).unwrap().x_only());
//! let [staker, provider, covenant @ ..] = keys;
//! let set = networks::devnet(&covenant)?;
//! let params = set.at(1_000)?;
//!
//! let (staking_time, unbonding_time) = (params.min_staking_time(), params.unbonding_time());
//! let terms = Terms::new(staker, [provider], params.committee().clone(), staking_time, unbonding_time)?;
//! let address = terms.staking_output().taproot().address(Network::Regtest);
//! assert!(address.to_string().starts_with("bcrt1p"));
//!
//! let stake = Stake::new(terms, OutPoint::new(Txid::all_zeros(), 0), Amount::from_sat(100_000));
//! let unbonding = UnbondingTx::build(&stake, params.unbonding_fee())?;
//! assert_eq!(unbonding.output().value, Amount::from_sat(98_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There is no networking, clock or source of randomness here: heights, keys and auxiliary
//! randomness are arguments.

pub mod babylon;
pub mod coins;
pub mod covenant;
pub mod delegation;
pub mod dust;
pub mod expansion;
#[cfg(test)]
mod fixture;
pub mod networks;
pub mod op_return;
pub mod params;
pub mod params_set;
pub mod possession;
pub mod psbt;
pub mod rate;
pub mod scripts;
pub mod shape;
pub mod slashing;
pub mod spend;
pub mod staking;
pub mod template_hash;
pub mod terms;
pub mod tree;
pub mod unbonding;
pub mod withdrawal;
pub mod witness;

pub use coins::{Coin, CoinError, CoinPolicy};
pub use covenant::{Bip119, Committee, CommitteeError, Covenant, Template, TemplateError};
pub use delegation::{
    Approval, ApprovalError, Approvals, Delegation, DelegationError, Facts, Slashed, TemplateDelegation,
    TemplateDelegationError, TemplateFacts, TemplateLocks,
};
pub use expansion::{ExpansionError, ExpansionFunding, ExpansionTx};
pub use params::{Params, ParamsError, UncheckedParams};
pub use params_set::{ParamsSet, ParamsSetError};
pub use possession::{Account, Possession, PossessionError};
pub use rate::{RateError, SlashingRate};
pub use shape::ShapeError;
pub use slashing::{Slashable, SlashingError, SlashingRule, SlashingTx, SlashingVersion};
pub use spend::Spend;
pub use staking::{FundedStaking, Funding, Stake, StakingError, StakingTx};
pub use template_hash::TemplateHash;
pub use terms::{Terms, TermsError, Timelock};
pub use tree::{Leaf, SlashingChange, StakingOutput, Taproot, UnbondingOutput};
pub use unbonding::{UnbondingError, UnbondingTx};
pub use withdrawal::{Withdrawable, WithdrawalError, WithdrawalTx};
pub use witness::{CovenantSignatures, WitnessError};
