//! What the pool bought goes into the vault's queue, and comes back as pBTC.

use alloy_primitives::U256;
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IPool;

use super::{PoolError, add, store::*};
use crate::{custody::wei, storage::Storage, vault};

/// Takes what is finished, and sends what was bought, once it is worth enough for a ticket.
///
/// # Errors
/// [`PoolError::NothingDue`] when there is neither.
pub(super) fn advance(storage: &mut dyn Storage) -> Result<(), PoolError> {
    let collected = collect(storage)?;
    let requested = request(storage)?;
    if collected || requested { Ok(()) } else { Err(PoolError::NothingDue) }
}

fn collect(storage: &mut dyn Storage) -> Result<bool, PoolError> {
    let (_, claimable) = vault::claim::claimable(storage, CONTRACT)?;
    if claimable.is_zero() {
        return Ok(false);
    }
    let (_, assets) = vault::claim::claim_all(storage, CONTRACT, CONTRACT)?;
    add(&CASH, storage, assets)?;
    storage.emit(CONTRACT, IPool::Collected { assets }.encode_log_data())?;
    Ok(true)
}

fn request(storage: &mut dyn Storage) -> Result<bool, PoolError> {
    let shares = HELD.load(storage)?;
    if vault::convert_to_assets(storage, shares)? < wei(MIN_REDEEM.load(storage)?) || shares.is_zero() {
        return Ok(false);
    }
    let ticket = vault::queue::request(storage, CONTRACT, CONTRACT, CONTRACT, shares)?;
    HELD.store(storage, &U256::ZERO)?;
    storage.emit(CONTRACT, IPool::Requested { requestId: U256::from(ticket), shares }.encode_log_data())?;
    Ok(true)
}
