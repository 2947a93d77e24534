//! Bitcoin in, pBTC, bitcoin out.
//!
//! Custodians hold bitcoin by one threshold key; this contract says what for. All that it knows of Bitcoin are
//! transactions proven to be in blocks of the light client's best chain; all that it does is written here once and
//! follows from state alone.
//!
//! 0. **Ceremony** (`ceremony`): the custodians make their key in public. Nothing below happens before.
//! 1. **Coins** (`coin`): outputs of custody's, each with the blocks it was proven in. A coin whose block left the best
//!    chain is no reserve until it is proven in another. Identity is the outpoint.
//! 2. **Deposits** (`deposit`): a proven output that pays a deposit address becomes a coin and mints pBTC once.
//! 3. **Payouts** (`payout`): pBTC goes into escrow and waits.
//! 4. **Intents** (`intent`): the exact transactions for custody to sign. A proven one burns the escrow it paid, and its
//!    change is a coin.
//! 5. **Fees** (`fees`): the median of what custodians attest.
//! 6. **Books** (`books`): what was issued against what is there, to the sat. Nothing is minted while they are short.
//!
//! What is trusted: t of n custodians (`docs/spec/liquid-staking.md` §3.5). A duty never fails for a reason that others
//! than the prover control.

use alloy_primitives::B256;
use ballast_custody::{Action, Deposit, Recovery, Refund, Treasury};
use ballast_types::{
    Parameters,
    parameters::{DepositDepth, SWEEP_VBYTES},
};
use bitcoin::{BlockHash, Transaction, Txid, XOnlyPublicKey, hashes::Hash};

use crate::{
    light_client,
    storage::{Storage, StorageError},
};

mod books;
mod ceremony;
mod coin;
mod deposit;
pub(crate) mod dispatch;
mod error;
pub(crate) mod fees;
mod intent;
mod payout;
mod store;

pub use books::{Books, books};
pub use ceremony::CeremonyError;
pub use coin::follow;
pub(crate) use deposit::wei;
pub use error::{CustodyError, PayoutError};
use store::*;

/// Weight units of a virtual byte, times a thousand weight units: sats per virtual byte to sats per 1,000 weight units.
const KWU_PER_VB: u64 = 250;
/// Gas for computing an output script: a multiplication on the curve, priced like ECRECOVER.
const SCRIPT_GAS: u64 = 3_000;

/// Writes the parameters and begins the first key ceremony. Runs once, in block 1.
///
/// # Errors
/// The port refused.
pub fn initialise(storage: &mut dyn Storage, parameters: &Parameters) -> Result<(), StorageError> {
    let custody = &parameters.custody;
    MIN_DEPOSIT.store(storage, &custody.min_deposit_sat)?;
    MIN_PAYOUT.store(storage, &custody.min_payout_sat)?;
    for DepositDepth { up_to_sat, depth } in &custody.deposit_depths {
        TIERS.push(storage, &Tier { up_to: up_to_sat.unwrap_or(u64::MAX), depth: *depth })?;
    }
    REFUND_BLOCKS.store(storage, &custody.refund_blocks)?;
    SWEEP_FEE.store(storage, &custody.sweep_fee_rate_sat_vb.saturating_mul(SWEEP_VBYTES))?;
    let kwu = |sat_vb: u64| sat_vb.saturating_mul(KWU_PER_VB);
    MIN_FEE_RATE.store(storage, &kwu(custody.min_fee_rate_sat_vb))?;
    MAX_FEE_RATE.store(storage, &kwu(custody.max_fee_rate_sat_vb))?;
    FEE_RATE.store(storage, &kwu(custody.min_fee_rate_sat_vb))?;
    INTERVAL.store(storage, &custody.intent_interval_blocks)?;
    MAX_INPUTS.store(storage, &custody.max_inputs)?;
    MAX_PAYOUTS.store(storage, &custody.max_payouts)?;
    RUNG_BLOCKS.store(storage, &custody.rung_blocks)?;
    DEFICIT_CAP.store(storage, &custody.deficit_cap_sat)?;
    ROUND_BLOCKS.store(storage, &custody.ceremony_round_blocks)?;
    RECOVERY_BLOCKS.store(storage, &custody.recovery_blocks)?;
    RECOVERY_QUORUM.store(storage, &custody.recovery_quorum)?;
    for key in &custody.recovery_keys {
        RECOVERY_KEYS.push(storage, key)?;
    }
    for key in &custody.identities {
        IDENTITIES.push(storage, key)?;
    }
    QUORUM.store(storage, &custody.custodians.quorum)?;
    DEPTH.store(storage, &parameters.bitcoin.confirmation_depth)?;
    ceremony::begin_with_all(storage)
}

/// The group key.
///
/// # Errors
/// [`CustodyError::NoKey`] before there is one.
pub fn group(storage: &mut dyn Storage) -> Result<XOnlyPublicKey, CustodyError> {
    key(GROUP.load(storage)?).ok_or(CustodyError::NoKey)
}

/// The treasury, where change and sweeps go.
///
/// # Errors
/// [`CustodyError::NoKey`] before there is a group key.
pub fn treasury(storage: &mut dyn Storage) -> Result<Treasury, CustodyError> {
    let group = group(storage)?;
    storage.charge(SCRIPT_GAS)?;
    Ok(Treasury { group, recovery: recovery(storage)? })
}

fn recovery(storage: &mut dyn Storage) -> Result<Recovery, StorageError> {
    let keys = all(&RECOVERY_KEYS, storage)?.into_iter().filter_map(key).collect();
    let (blocks, quorum) = (RECOVERY_BLOCKS.load(storage)?, RECOVERY_QUORUM.load(storage)?);
    Recovery::new(blocks, quorum, keys).map_err(|error| StorageError::Database(error.to_string()))
}

/// What a deposit address stands for.
///
/// # Errors
/// [`CustodyError::Malformed`] for an unknown action or a refund key that is no point.
fn terms(storage: &mut dyn Storage, word: DepositWord, refund: B256) -> Result<Deposit, CustodyError> {
    let action = Action::try_from(word.action).map_err(|_| CustodyError::Malformed)?;
    let refund = if refund.is_zero() {
        None
    } else {
        let key = key(refund).ok_or(CustodyError::Malformed)?;
        let blocks = REFUND_BLOCKS.load(storage)?;
        Some(Refund::new(key, blocks, 1).map_err(|_| CustodyError::Malformed)?)
    };
    let chain_id = storage.block().chain_id;
    Ok(Deposit { chain_id, recipient: word.recipient.into_array(), action, refund })
}

/// A transaction as a duty proves it.
struct Proven {
    transaction: Transaction,
    txid: Txid,
    /// The block, as the bytes that are hashed.
    block: B256,
    /// Blocks on top of it.
    depth: u32,
}

/// Checks a proof; a coinbase is refused.
fn prove(
    storage: &mut dyn Storage,
    bytes: &[u8],
    hash: BlockHash,
    proof: &ballast_bitcoin_light::InclusionProof,
) -> Result<Proven, CustodyError> {
    let (transaction, txid) = light_client::verify_inclusion(storage, bytes, hash, proof)?;
    if transaction.is_coinbase() {
        return Err(CustodyError::Coinbase);
    }
    let depth = light_client::confirmations(storage, hash)?.saturating_sub(1);
    Ok(Proven { transaction, txid, block: hash.to_byte_array().into(), depth })
}

fn deep(expected: u32, found: u32) -> Result<(), CustodyError> {
    if found < expected { Err(CustodyError::Shallow { expected, found }) } else { Ok(()) }
}

fn key(word: B256) -> Option<XOnlyPublicKey> {
    XOnlyPublicKey::from_slice(word.as_slice()).ok()
}

fn word(txid: Txid) -> B256 {
    txid.to_byte_array().into()
}

#[cfg(test)]
mod tests;
