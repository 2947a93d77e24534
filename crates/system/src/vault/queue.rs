//! Redemptions wait in a queue, first come, first served.
//!
//! A request moves shares into the vault, where they share losses, and makes a ticket that remembers their worth. A ticket
//! pays min(worth then, worth now). Whoever stays keeps the difference, though not at once: it joins the income that waits
//! (`vault/stream.rs`), so that completing a ticket never moves the rate.
//!
//! `advance` completes tickets from the head on while the vault has pBTC at hand; the last one in part, if that is worth
//! a request. Tickets that were given up leave holes, which it walks over. Each call does a bounded amount of work and is
//! refused when it would do none.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use ballast_types::{SystemContract, interfaces::IStkBtc};

use super::{QueueError, STKBTC, TokenError, operator, price::price, store::*, stream};
use crate::{
    mul_div,
    price::Price,
    storage::{Storage, StorageError},
};

/// Tickets that one call completes.
const MOST: u64 = 16;
/// Places of the queue that one call looks at.
const PLACES: u64 = 64;

/// Takes shares of `owner` into the queue, for `controller`; gives the ticket's number.
///
/// # Errors
/// [`QueueError`] with the first rule that is broken.
pub fn request(
    storage: &mut dyn Storage,
    sender: Address,
    controller: Address,
    owner: Address,
    shares: U256,
) -> Result<u64, QueueError> {
    STKBTC.receiver(controller)?;
    // a contract of the protocol counts what it asked for itself
    if controller != sender && SystemContract::at(controller).is_some() {
        return Err(TokenError::Receiver { to: controller }.into());
    }
    if sender != owner && !operator::is_set(storage, owner, sender)? {
        STKBTC.spend_allowance(storage, owner, sender, shares)?;
    }
    let all = STKBTC.balance_of(storage, owner)?;
    STKBTC.keep(storage, owner, shares)?;
    let worth = worth(&price(storage)?, shares);
    if worth.is_zero() {
        return Err(QueueError::Nothing);
    }
    let minimum = LEAST.load(storage)?;
    if worth < minimum && shares != all {
        return Err(QueueError::TooSmall { minimum, found: worth });
    }
    let number = TICKETS.load(storage)? + 1;
    TICKETS.store(storage, &number)?;
    let ticket = Pair::new(shares, worth)?;
    CONTROLLER.at(&number).store(storage, &controller)?;
    TICKET.at(&number).store(storage, &ticket)?;
    let pending = PENDING.at(&controller);
    let sum = pending.load(storage)?.plus(ticket);
    pending.store(storage, &sum)?;
    let event = IStkBtc::RedeemRequest { controller, owner, requestId: U256::from(number), sender, shares };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(number)
}

/// What waits for a controller: shares, and their worth when they were requested, in wei.
///
/// # Errors
/// The port refused.
pub fn pending(storage: &mut dyn Storage, controller: Address) -> Result<(U256, U256), StorageError> {
    let pair = PENDING.at(&controller).load(storage)?;
    Ok((pair.shares(), pair.assets()))
}

/// Completes tickets, in order, while there is pBTC for them.
///
/// # Errors
/// [`QueueError::NothingDue`] when it would do nothing.
pub(super) fn advance(storage: &mut dyn Storage) -> Result<(), QueueError> {
    let (first, last) = (HEAD.load(storage)?, TICKETS.load(storage)?);
    let end = last.saturating_add(1).min(first.saturating_add(PLACES));
    let (mut head, mut completed) = (first, 0);
    while head < end && completed < MOST {
        let ticket = TICKET.at(&head).load(storage)?;
        if ticket.shares > 0 {
            let Some(part) = due(storage, &ticket)? else { break };
            complete(storage, head, &ticket, &part)?;
            completed += 1;
            if part.shares < ticket.shares {
                break;
            }
        }
        head += 1;
    }
    if head == first && completed == 0 {
        return Err(QueueError::NothingDue);
    }
    HEAD.store(storage, &head)?;
    Ok(stream::fit(storage)?)
}

/// What of a ticket can be completed now.
fn due(storage: &mut dyn Storage, ticket: &Pair) -> Result<Option<Pair>, StorageError> {
    let price = price(storage)?;
    let liquid = price.assets.saturating_sub(STAKED.load(storage)?);
    let least = LEAST.load(storage)?;
    let now = worth(&price, ticket.shares());
    part(ticket, now, liquid, least).map(|(shares, assets)| Pair::new(shares, assets)).transpose()
}

/// The shares to burn and the wei to pay for them: all of the ticket, or as much of it as `liquid` pays for, if that is
/// worth a request.
fn part(ticket: &Pair, now: U256, liquid: U256, least: U256) -> Option<(U256, U256)> {
    let owed = ticket.assets().min(now);
    if liquid.is_zero() {
        return None;
    }
    if owed <= liquid {
        return Some((ticket.shares(), owed));
    }
    let shares = mul_div::ceil(ticket.shares(), liquid, owed)?;
    (liquid >= least).then_some((shares, liquid))
}

fn complete(storage: &mut dyn Storage, number: u64, ticket: &Pair, part: &Pair) -> Result<(), QueueError> {
    let controller = CONTROLLER.at(&number).load(storage)?;
    let worth_then = mul_div::floor(ticket.assets(), part.shares(), ticket.shares()).unwrap_or_default();
    let left_ticket = Pair::new(part.shares(), worth_then)?;
    reduce(storage, number, controller, ticket, left_ticket)?;
    progress(storage, number, controller, part.shares)?;
    let claimable = CLAIMABLE.at(&controller);
    let sum = claimable.load(storage)?.plus(*part);
    claimable.store(storage, &sum)?;
    leave(storage, part.shares(), part.assets())?;
    decrease(&BOOKED, storage, part.assets())?;
    let event = IStkBtc::Completed {
        requestId: U256::from(number),
        controller,
        shares: part.shares(),
        assets: part.assets(),
    };
    Ok(storage.emit(CONTRACT, event.encode_log_data())?)
}

/// Burns shares that waited and are paid `paid` wei; what they are worth beyond that waits for those who stay.
fn leave(storage: &mut dyn Storage, shares: U256, paid: U256) -> Result<(), QueueError> {
    let now = worth(&price(storage)?, shares);
    STKBTC.burn(storage, CONTRACT, shares)?;
    Ok(stream::defer(storage, now.saturating_sub(paid))?)
}

/// Takes shares and worth off a ticket and off what waits for its controller.
fn reduce(
    storage: &mut dyn Storage,
    number: u64,
    controller: Address,
    ticket: &Pair,
    less: Pair,
) -> Result<(), StorageError> {
    TICKET.at(&number).store(storage, &ticket.minus(less)?)?;
    let pending = PENDING.at(&controller);
    let rest = pending.load(storage)?.minus(less)?;
    pending.store(storage, &rest)
}

/// Notes that so many more shares of a ticket are set aside.
fn progress(
    storage: &mut dyn Storage,
    number: u64,
    controller: Address,
    shares: u128,
) -> Result<(), StorageError> {
    let (slot, total) = (PROGRESS.at(&number), COMPLETED.at(&controller));
    let (mut progress, before) = (slot.load(storage)?, total.load(storage)?);
    if progress.completed == 0 {
        progress.before = before;
    }
    progress.completed = progress.completed.saturating_add(shares);
    slot.store(storage, &progress)?;
    total.store(storage, &before.saturating_add(shares))
}

/// Gives up what is left of a ticket. The receiver gets shares that are worth min(then, now); the others are burnt.
///
/// # Errors
/// [`QueueError`] with the first rule that is broken.
pub(super) fn cancel(
    storage: &mut dyn Storage,
    caller: Address,
    number: U256,
    receiver: Address,
) -> Result<U256, QueueError> {
    let (number, ticket) = find(storage, number)?;
    if ticket.shares == 0 {
        return Err(QueueError::NoTicket { ticket: U256::from(number) });
    }
    let controller = CONTROLLER.at(&number).load(storage)?;
    operator::authorise(storage, controller, caller)?;
    let (shares, then) = (ticket.shares(), ticket.assets());
    let now = worth(&price(storage)?, shares);
    let kept = mul_div::floor(shares, then.min(now), now).unwrap_or(shares);
    reduce(storage, number, controller, &ticket, ticket)?;
    STKBTC.transfer(storage, CONTRACT, receiver, kept)?;
    if kept < shares {
        leave(storage, shares.saturating_sub(kept), U256::ZERO)?;
        stream::fit(storage)?;
    }
    let event = IStkBtc::Cancelled { requestId: U256::from(number), controller, shares, returned: kept };
    storage.emit(CONTRACT, event.encode_log_data())?;
    Ok(kept)
}

/// A ticket as it stands: its controller, what waits and its worth then, and the shares set aside so far.
pub(super) fn show(
    storage: &mut dyn Storage,
    number: U256,
) -> Result<(Address, U256, U256, U256), QueueError> {
    let (number, ticket) = find(storage, number)?;
    let completed = U256::from(PROGRESS.at(&number).load(storage)?.completed);
    Ok((CONTROLLER.at(&number).load(storage)?, ticket.shares(), ticket.assets(), completed))
}

/// Shares of a ticket that wait; 0 for another's.
pub(super) fn pending_of(
    storage: &mut dyn Storage,
    number: U256,
    controller: Address,
) -> Result<U256, StorageError> {
    match u64::try_from(number) {
        Ok(number) if CONTROLLER.at(&number).load(storage)? == controller => {
            Ok(TICKET.at(&number).load(storage)?.shares())
        }
        _ => Ok(U256::ZERO),
    }
}

/// Shares of a ticket that are set aside and not claimed; 0 for another's. Claims take the oldest first.
pub(super) fn claimable_of(
    storage: &mut dyn Storage,
    number: U256,
    controller: Address,
) -> Result<U256, StorageError> {
    let Ok(number) = u64::try_from(number) else { return Ok(U256::ZERO) };
    if CONTROLLER.at(&number).load(storage)? != controller {
        return Ok(U256::ZERO);
    }
    let Progress { completed, before } = PROGRESS.at(&number).load(storage)?;
    let left = CLAIMABLE.at(&controller).load(storage)?.shares;
    let claimed = COMPLETED.at(&controller).load(storage)?.saturating_sub(left);
    Ok(U256::from(completed.saturating_sub(claimed.saturating_sub(before))))
}

/// The first ticket that may wait, the last one, and all shares that wait.
pub(super) fn bounds(storage: &mut dyn Storage) -> Result<(u64, u64, U256), StorageError> {
    let shares = STKBTC.balance_of(storage, CONTRACT)?;
    Ok((HEAD.load(storage)?, TICKETS.load(storage)?, shares))
}

fn find(storage: &mut dyn Storage, number: U256) -> Result<(u64, Pair), QueueError> {
    let missing = QueueError::NoTicket { ticket: number };
    let number = u64::try_from(number).map_err(|_| missing.clone())?;
    if number == 0 || number > TICKETS.load(storage)? {
        return Err(missing);
    }
    Ok((number, TICKET.at(&number).load(storage)?))
}

/// What shares that exist are worth: less than all there is, so it can be counted.
fn worth(price: &Price, shares: U256) -> U256 {
    price.worth(shares).unwrap_or_default()
}

#[cfg(test)]
mod tests;
