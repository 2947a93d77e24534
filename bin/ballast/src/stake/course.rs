//! What a stake needs next, on its way from a file to power on the chain.
//!
//! The usual course is: register, wait for the covenant's quorum, broadcast. Whatever ends the command, the next
//! call finds on the two chains how far the stake has come and goes on from there.

use ballast_types::interfaces::IStaking::Status;

#[cfg(test)]
mod tests;

/// What the staker wants of the course.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    /// Whether the bitcoin stays where it is until the covenant has approved.
    pub(crate) preregister: bool,
    /// Whether the end is that the stake counts, not just that it is on its way.
    pub(crate) wait: bool,
}

impl Default for Plan {
    /// Register first, and be done when the stake is broadcast.
    fn default() -> Self {
        Self { preregister: true, wait: false }
    }
}

/// Where the staking transaction is on Bitcoin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// It was never broadcast.
    Nowhere,
    /// Its output is unspent.
    Unspent {
        /// Whether the light client has its block k deep.
        deep: bool,
    },
    /// Its output is spent.
    Spent,
}

/// What is known of a stake.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    /// On the chain.
    pub(crate) status: Status,
    /// Whether the signatures of a quorum are on the chain and verify.
    pub(crate) quorum: bool,
    /// On Bitcoin.
    pub(crate) place: Place,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Register it, by an ordinary transaction.
    Register,
    /// Wait until its block is deep enough to be proven.
    AwaitDepth,
    /// Register it with the proof that it is on Bitcoin.
    Prove,
    /// Wait for the covenant.
    AwaitQuorum,
    /// Sign for the coins and broadcast.
    Broadcast,
    /// Wait until somebody has proven it and it counts.
    AwaitPower,
    /// Nothing.
    Done,
}

/// The next step.
pub(crate) fn next(plan: Plan, facts: &Facts) -> Step {
    let Facts { status, quorum, place } = *facts;
    match (status, place) {
        (Status::Unbonding | Status::Unbonded | Status::Expired | Status::Slashed, _) => Step::Done,
        (_, Place::Spent) => Step::Done,
        (Status::None, Place::Nowhere) if plan.preregister => Step::Register,
        // what is on Bitcoin cannot be registered as if it were not: it would be older than its registration
        (Status::None, Place::Unspent { deep: true }) => Step::Prove,
        (Status::None, Place::Unspent { deep: false }) => Step::AwaitDepth,
        (_, Place::Nowhere) if quorum || !plan.preregister => Step::Broadcast,
        _ if !quorum => Step::AwaitQuorum,
        (Status::Active, _) => Step::Done,
        _ if plan.wait => Step::AwaitPower,
        _ => Step::Done,
    }
}
