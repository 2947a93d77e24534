//! What of a stake is unspent on Bitcoin, and what follows.

use ballast_bitcoin_staking::Slashed;
use bitcoin::OutPoint;

use crate::staking::Known;

/// Confirmations after which a slashing is taken for final.
pub const FINAL: u32 = 100;

/// The outputs by which a stake's state on Bitcoin is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Places {
    /// The staking output.
    pub stake: OutPoint,
    /// The unbonding output.
    pub unbonding: OutPoint,
    /// What slashing leaves of the one and of the other.
    pub changes: [OutPoint; 2],
}

impl Places {
    /// The outputs of a stake.
    #[must_use]
    pub fn of(known: &Known) -> Self {
        let changes = known.slashings.map(|txid| OutPoint::new(txid, 1));
        Self { stake: known.output, unbonding: known.unbonding, changes }
    }
}

/// The confirmations of these outputs, 0 in the mempool; `None` where there is none, or the best chain or the
/// mempool spends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outputs {
    /// The staking output's.
    pub stake: Option<u32>,
    /// The unbonding output's.
    pub unbonding: Option<u32>,
    /// What slashing leaves of the one and of the other.
    pub changes: [Option<u32>; 2],
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Slash this output.
    Slash(Slashed),
    /// A slashing is under way.
    Waits,
    /// A slashing is final.
    Slashed,
    /// There is nothing to slash, not yet or not any more.
    Nothing,
}

impl Outputs {
    /// What follows. An output that a slashing transaction left shows that there is one, whoever sent it.
    #[must_use]
    pub fn judge(&self) -> Verdict {
        match self.changes.into_iter().flatten().max() {
            Some(FINAL..) => Verdict::Slashed,
            Some(_) => Verdict::Waits,
            None if self.stake.is_some() => Verdict::Slash(Slashed::Stake),
            None if self.unbonding.is_some() => Verdict::Slash(Slashed::Unbonding),
            None => Verdict::Nothing,
        }
    }
}
