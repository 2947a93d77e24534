//! From facts to power: gathers what is known of a stake, and makes its value count or not.

use alloy_primitives::B256;
use alloy_sol_types::SolEvent;
use ballast_bitcoin_staking::{Params, Stake, Terms, Timelock};
use ballast_types::interfaces::IStaking;
use bitcoin::{Amount, OutPoint, Txid, hashes::Hash};

use super::{
    parameters, provider,
    status::{Facts, Status, judge},
    store::{
        ANCHOR, APPROVALS, CONTRACT, RECORD, Record, SPEND_ANCHOR, STAKED_ON, STAKER, standing, stored_key,
    },
};
use crate::{
    light_client, rewards,
    storage::{Storage, StorageError},
};

/// The status of a stake, `None` when there is none.
///
/// # Errors
/// The port refused.
pub fn status(storage: &mut dyn Storage, stake: B256) -> Result<Option<Status>, StorageError> {
    let Some(record) = RECORD.at(&stake).load(storage)? else { return Ok(None) };
    facts(storage, &stake, &record).map(|facts| Some(judge(&facts)))
}

/// What is known of a stake.
///
/// # Errors
/// The port refused.
pub(super) fn facts(storage: &mut dyn Storage, stake: &B256, record: &Record) -> Result<Facts, StorageError> {
    let params = parameters::version(storage, record.version)?;
    let approvals = APPROVALS.at(stake).load(storage)?.count_ones();
    Ok(Facts {
        quorum: approvals >= params.committee().quorum(),
        anchor: standing(storage, &ANCHOR.at(stake))?,
        exit: record.exit,
        spent: standing(storage, &SPEND_ANCHOR.at(stake))?,
        staking_time: record.staking_time.into(),
        unbonding_time: params.unbonding_time().blocks(),
        depth: light_client::confirmation_depth(storage)?,
        tip: light_client::tip_height(storage)?,
    })
}

/// Makes the stake's value count in its provider's power if and only if the stake is active.
pub(super) fn settle(storage: &mut dyn Storage, stake: &B256) -> Result<(), StorageError> {
    let Some(record) = RECORD.at(stake).load(storage)? else { return Ok(()) };
    let counts = judge(&facts(storage, stake, &record)?) == Status::Active;
    if counts == record.counts { Ok(()) } else { count(storage, stake, Record { counts, ..record }) }
}

/// Adds the stake's value to its provider's power or takes it off, as its new record says.
pub(super) fn count(storage: &mut dyn Storage, stake: &B256, record: Record) -> Result<(), StorageError> {
    let Record { counts, value, .. } = record;
    RECORD.at(stake).store(storage, &Some(record))?;
    let key = STAKED_ON.at(stake).load(storage)?;
    let before = provider::power(storage, key)?;
    // no provider has more than all bitcoin, and what is taken off was added before
    let power = if counts { before.saturating_add(value) } else { before.saturating_sub(value) };
    provider::set_power(storage, key, power)?;
    if counts {
        rewards::meter::begin(storage, stake, &key, value)?;
    } else {
        rewards::meter::cease(storage, stake, &key, value)?;
    }
    let event = IStaking::PowerChanged { stake: *stake, provider: key, counts, power };
    storage.emit(CONTRACT, event.encode_log_data())
}

/// The staking output and the parameters, as they were judged at registration.
pub(super) fn rebuild(
    storage: &mut dyn Storage,
    stake: &B256,
    record: &Record,
) -> Result<(Stake, Params), StorageError> {
    let params = parameters::version(storage, record.version)?;
    let slot = alloy_primitives::U256::from(8);
    let staker = stored_key(slot, STAKER.at(stake).load(storage)?)?;
    let provider = stored_key(slot, STAKED_ON.at(stake).load(storage)?)?;
    let time = Timelock::from_blocks(record.staking_time.into()).expect("judged at registration");
    let terms = Terms::new(staker, [provider], params.committee().clone(), time, params.unbonding_time())
        .expect("judged at registration");
    let outpoint = OutPoint::new(Txid::from_byte_array(stake.0), record.output_index);
    Ok((Stake::new(terms, outpoint, Amount::from_sat(record.value)), params))
}
