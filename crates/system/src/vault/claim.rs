//! What was set aside is paid whenever its controller wants it; nothing closes this.
//!
//! All that was completed for a controller is one sum of shares and wei. A claim takes of both in proportion, rounded
//! against the controller; the last one takes the rest.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IStkBtc;

use super::{QueueError, STKBTC, operator, store::*};
use crate::{
    mul_div,
    storage::{Storage, StorageError},
    wpbtc,
};

/// What is set aside for a controller: the shares that were completed, and the wei for them.
///
/// # Errors
/// The port refused.
pub fn claimable(storage: &mut dyn Storage, controller: Address) -> Result<(U256, U256), StorageError> {
    let pair = CLAIMABLE.at(&controller).load(storage)?;
    Ok((pair.shares(), pair.assets()))
}

/// Pays all that is set aside for a controller as pBTC, not wrapped, to `to`; gives the shares and the wei. The caller
/// answers for the controller.
///
/// # Errors
/// The port refused.
pub fn claim_all(
    storage: &mut dyn Storage,
    controller: Address,
    to: Address,
) -> Result<(U256, U256), StorageError> {
    let all = CLAIMABLE.at(&controller).load(storage)?;
    CLAIMABLE.at(&controller).clear(storage)?;
    storage.transfer(CONTRACT, to, all.assets())?;
    log(storage, controller, to, controller, &all)?;
    Ok((all.shares(), all.assets()))
}

/// Who claims, for whom, to where.
pub(super) struct Claim {
    pub(super) caller: Address,
    pub(super) controller: Address,
    pub(super) receiver: Address,
}

/// Pays for so many completed shares, as wpBTC; gives the wei.
///
/// # Errors
/// [`QueueError`] with the first rule that is broken.
pub(super) fn redeem(storage: &mut dyn Storage, claim: &Claim, shares: U256) -> Result<U256, QueueError> {
    let all = judge(storage, claim)?;
    let (max, controller) = (all.shares(), claim.controller);
    if shares > max {
        return Err(QueueError::MaxRedeem { controller, shares, max });
    }
    let assets = match shares == max {
        true => all.assets(),
        false => mul_div::floor(all.assets(), shares, max).unwrap_or_default(),
    };
    if shares.is_zero() || (assets.is_zero() && shares < max) {
        return Err(QueueError::Nothing);
    }
    pay(storage, claim, &all, Pair::new(shares, assets)?)?;
    Ok(assets)
}

/// Pays so many wei, as wpBTC; gives the shares that they were set aside for.
///
/// # Errors
/// [`QueueError`] with the first rule that is broken.
pub(super) fn withdraw(storage: &mut dyn Storage, claim: &Claim, assets: U256) -> Result<U256, QueueError> {
    let all = judge(storage, claim)?;
    let (max, controller) = (all.assets(), claim.controller);
    if assets > max {
        return Err(QueueError::MaxWithdraw { controller, assets, max });
    }
    if assets.is_zero() {
        return Err(QueueError::Nothing);
    }
    let shares = match assets == max {
        true => all.shares(),
        // what is left has a share, so that `redeem` finds it too
        false => mul_div::ceil(all.shares(), assets, max)
            .unwrap_or_default()
            .min(all.shares().saturating_sub(U256::ONE)),
    };
    pay(storage, claim, &all, Pair::new(shares, assets)?)?;
    Ok(shares)
}

fn judge(storage: &mut dyn Storage, claim: &Claim) -> Result<Pair, QueueError> {
    operator::authorise(storage, claim.controller, claim.caller)?;
    STKBTC.receiver(claim.receiver)?;
    Ok(CLAIMABLE.at(&claim.controller).load(storage)?)
}

fn pay(storage: &mut dyn Storage, claim: &Claim, all: &Pair, part: Pair) -> Result<(), StorageError> {
    CLAIMABLE.at(&claim.controller).store(storage, &all.minus(part)?)?;
    wpbtc::give(storage, CONTRACT, claim.receiver, part.assets())?;
    log(storage, claim.caller, claim.receiver, claim.controller, &part)
}

fn log(
    storage: &mut dyn Storage,
    sender: Address,
    receiver: Address,
    owner: Address,
    part: &Pair,
) -> Result<(), StorageError> {
    let event = IStkBtc::Withdraw { sender, receiver, owner, assets: part.assets(), shares: part.shares() };
    storage.emit(CONTRACT, event.encode_log_data())
}
