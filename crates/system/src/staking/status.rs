//! What a stake is: a plain function of what is proven about it and of where Bitcoin's chain stands.
//!
//! Nothing here is stored, so nothing has to be undone: a header that arrives or disappears changes the facts,
//! and the status with them. An exit is different. It is the staker's signed will, or the coins are gone, and a
//! transaction that was in a block once can be put into the next; so no reorganisation undoes it.

use super::store::Exit;

/// What is known of a stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Whether a quorum of the covenant approved it.
    pub quorum: bool,
    /// The height of the block of the best chain that holds the staking transaction.
    pub anchor: Option<u32>,
    /// How it leaves.
    pub exit: Exit,
    /// The height of the block of the best chain that holds the spending transaction.
    pub spent: Option<u32>,
    /// How long the stake is locked, in blocks.
    pub staking_time: u32,
    /// How long unbonded coins are locked, in blocks.
    pub unbonding_time: u32,
    /// k: blocks on top of and including a transaction's own until it counts.
    pub depth: u32,
    /// The height of the best chain's tip.
    pub tip: u32,
}

/// What a stake's facts amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// No covenant quorum.
    Pending,
    /// A quorum, but no staking transaction at depth k.
    Verified,
    /// It counts.
    Active,
    /// The staker leaves.
    Unbonding,
    /// The coins have left.
    Unbonded,
    /// Too close to its end: the staker could spend it before a slashing transaction is in time.
    Expired,
    /// A slashing transaction is on Bitcoin.
    Slashed,
}

/// The status that follows from `facts`.
#[must_use]
pub fn judge(facts: &Facts) -> Status {
    match facts.exit {
        Exit::Slashing => Status::Slashed,
        Exit::Other => Status::Unbonded,
        // CSV opens in the block after the tip
        Exit::Unbonding if facts.spent.is_some_and(|height| matures(height, facts) <= next(facts.tip)) => {
            Status::Unbonded
        }
        Exit::Requested | Exit::Unbonding => Status::Unbonding,
        Exit::None if !facts.quorum => Status::Pending,
        Exit::None => match facts.anchor {
            Some(height) if counts_from(height, facts.depth) <= facts.tip => {
                if expires_at(height, facts.staking_time, facts.unbonding_time) <= facts.tip {
                    Status::Expired
                } else {
                    Status::Active
                }
            }
            _ => Status::Verified,
        },
    }
}

/// The tip's height from which on a stake anchored at `height` counts.
#[must_use]
pub fn counts_from(height: u32, depth: u32) -> u32 {
    height.saturating_add(depth.saturating_sub(1))
}

/// The tip's height from which on a stake anchored at `height` is expired: the unbonding time before its end.
#[must_use]
pub fn expires_at(height: u32, staking_time: u32, unbonding_time: u32) -> u32 {
    height.saturating_add(staking_time).saturating_sub(unbonding_time)
}

fn matures(height: u32, facts: &Facts) -> u32 {
    height.saturating_add(facts.unbonding_time)
}

fn next(tip: u32) -> u32 {
    tip.saturating_add(1)
}
