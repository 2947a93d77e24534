//! Claiming: a provider's commission to its account, what a stake earned to the account that registered it.
//!
//! A stake may count, cease and count again. Each span is paid up to the first epoch that is not settled, and what is
//! paid is taken off the span; so a second claim finds nothing.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IRewards;

use super::{
    Epochs, RewardsError, gain,
    store::{COMMISSION, CONTRACT, NEXT, OWED, SPAN, SPANS, Span, Spans},
};
use crate::{
    staking::{self, register::Registered},
    storage::{Storage, StorageError},
};

/// The most spans of one stake that one claim pays; another one pays the next.
pub const MAX_SPANS: u64 = 16;

/// What a stake has to claim, and what is left when it is claimed.
struct Due {
    wei: U256,
    /// The number of the first span that is not paid in full.
    first: u64,
    /// That span, if a part of it is paid.
    rest: Option<Span>,
}

/// Pays what the caller's provider and these stakes of the caller's have earned, in wei.
///
/// # Errors
/// [`RewardsError::NotOwner`], or the port refused.
pub fn claim(
    storage: &mut dyn Storage,
    caller: Address,
    stakes: &[B256],
    receiver: Address,
) -> Result<U256, RewardsError> {
    let mut amount = U256::ZERO;
    if let Some(provider) = staking::provider::of_owner(storage, caller)? {
        amount += COMMISSION.at(&provider).load(storage)?;
        COMMISSION.at(&provider).clear(storage)?;
    }
    for stake in stakes.iter().copied().collect::<BTreeSet<_>>() {
        let due = due(storage, caller, stake)?;
        amount += due.wei;
        take_off(storage, &stake, &due)?;
    }
    if !amount.is_zero() {
        let owed = OWED.load(storage)?;
        OWED.store(storage, &owed.saturating_sub(amount))?;
        storage.transfer(CONTRACT, receiver, amount)?;
        storage.emit(CONTRACT, IRewards::Claimed { account: caller, amount }.encode_log_data())?;
    }
    Ok(amount)
}

/// What [`claim`] would pay, in wei.
///
/// # Errors
/// [`RewardsError::NotOwner`], or the port refused.
pub fn earned(storage: &mut dyn Storage, account: Address, stakes: &[B256]) -> Result<U256, RewardsError> {
    let mut amount = match staking::provider::of_owner(storage, account)? {
        Some(provider) => COMMISSION.at(&provider).load(storage)?,
        None => U256::ZERO,
    };
    for stake in stakes.iter().copied().collect::<BTreeSet<_>>() {
        amount += due(storage, account, stake)?.wei;
    }
    Ok(amount)
}

fn due(storage: &mut dyn Storage, account: Address, stake: B256) -> Result<Due, RewardsError> {
    let none = RewardsError::NotOwner { stake, owner: Address::ZERO };
    let Registered { owner, provider, value } = staking::register::registered(storage, stake)?.ok_or(none)?;
    if owner != account {
        return Err(RewardsError::NotOwner { stake, owner });
    }
    let next = NEXT.load(storage)?;
    let settled = Epochs::load(storage)?.first(next);
    let spans = SPANS.at(&stake).load(storage)?;
    let mut due = Due { wei: U256::ZERO, first: spans.first, rest: None };
    let mut per_sat = U256::ZERO;
    for number in spans.first..spans.next.min(spans.first.saturating_add(MAX_SPANS)) {
        let span = SPAN.at(&stake).at(&number).load(storage)?;
        let to = if span.to == 0 { settled } else { span.to.min(settled) };
        if to > span.from {
            per_sat += gain::per_sat(storage, &provider, to)? - gain::per_sat(storage, &provider, span.from)?;
        }
        if to != span.to {
            due.rest = (to > span.from).then_some(Span { from: to, ..span });
            break;
        }
        due.first = number + 1;
    }
    due.wei = gain::whole(per_sat * U256::from(value));
    Ok(due)
}

fn take_off(storage: &mut dyn Storage, stake: &B256, due: &Due) -> Result<(), StorageError> {
    let spans = SPANS.at(stake).load(storage)?;
    for number in spans.first..due.first {
        SPAN.at(stake).at(&number).clear(storage)?;
    }
    if due.first != spans.first {
        SPANS.at(stake).store(storage, &Spans { first: due.first, ..spans })?;
    }
    match due.rest {
        Some(rest) => SPAN.at(stake).at(&due.first).store(storage, &rest),
        None => Ok(()),
    }
}
