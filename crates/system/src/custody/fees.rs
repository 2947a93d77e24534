//! The fee rate: what custodians say about it, made harmless.
//!
//! A custodian attests a rate at a Bitcoin height, signed with its identity key ([`message::fee_rate`]); the newest one of
//! each counts for [`FRESH_BLOCKS`]. Once as many custodians as must sign a transaction have a fresh one, the chain's rate
//! moves to their median, within the network's bounds and by at most a factor of two for each attestation. A jump thus
//! needs many duties; but where few custodians attest, half of them can pull the rate to either bound.

use alloy_sol_types::SolEvent;
use ballast_schnorr::{bip340, message};
use ballast_types::interfaces::ICustody;
use bitcoin::secp256k1::schnorr::Signature;

use super::{CustodyError, key, store::*};
use crate::{
    light_client,
    storage::{Storage, StorageError},
};

/// Bitcoin blocks for which an attestation counts.
pub(crate) const FRESH_BLOCKS: u32 = 144;
/// Gas for checking one signature, priced like ECRECOVER.
const SIGNATURE_GAS: u64 = 3_000;

/// Takes a custodian's attestation and moves the rate.
///
/// # Errors
/// [`CustodyError::NotSigned`] if it is not that custodian's, [`CustodyError::AttestationHeight`] if it is not newer than
/// its last one, ahead of the tip, or no longer fresh.
pub(super) fn attest(
    storage: &mut dyn Storage,
    custodian: u16,
    height: u32,
    rate: u64,
    signature: &[u8; 64],
) -> Result<(), CustodyError> {
    storage.charge(SIGNATURE_GAS)?;
    let index = u64::from(custodian).checked_sub(1);
    let identity = match index {
        Some(index) => IDENTITIES.get(storage, index)?.and_then(key),
        None => None,
    };
    let digest = bip340::digest(&message::fee_rate(storage.block().chain_id, height, rate));
    let signature = Signature::from_slice(signature).ok();
    let signed =
        identity.zip(signature).is_some_and(|(key, sig)| bip340::verify(&key, &digest, &sig).is_ok());
    if !signed {
        return Err(CustodyError::NotSigned { custodian });
    }
    let tip = light_client::tip(storage)?.height;
    let last = ATTESTED.at(&custodian).load(storage)?.height;
    let lowest = last.saturating_add(1).max(tip.saturating_sub(FRESH_BLOCKS));
    if !(lowest..=tip).contains(&height) {
        return Err(CustodyError::AttestationHeight { lowest, highest: tip, found: height });
    }
    ATTESTED.at(&custodian).store(storage, &Attestation { height, rate })?;
    let moved = step(storage, tip)?;
    let event = ICustody::FeeRateAttested { custodian, height, attested: rate, feeRate: moved };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// Moves the rate towards the median, if enough custodians have a fresh attestation.
fn step(storage: &mut dyn Storage, tip: u32) -> Result<u64, StorageError> {
    let mut rates = Vec::new();
    for custodian in 1..=IDENTITIES.len(storage)? {
        let number = u16::try_from(custodian).unwrap_or(u16::MAX);
        let Attestation { height, rate } = ATTESTED.at(&number).load(storage)?;
        if height > 0 && height.saturating_add(FRESH_BLOCKS) >= tip {
            rates.push(rate);
        }
    }
    let present = FEE_RATE.load(storage)?;
    if rates.len() < usize::from(QUORUM.load(storage)?.max(1)) {
        return Ok(present);
    }
    let (lowest, highest) = (MIN_FEE_RATE.load(storage)?, MAX_FEE_RATE.load(storage)?);
    let moved = median(rates).clamp(present / 2, present.saturating_mul(2)).clamp(lowest, highest);
    FEE_RATE.store(storage, &moved)?;
    Ok(moved)
}

/// The lower of the two in the middle of an even number.
fn median(mut rates: Vec<u64>) -> u64 {
    rates.sort_unstable();
    rates.get(rates.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}
