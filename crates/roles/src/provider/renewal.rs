//! When the provider promises randomness again, and for how many heights.

use ballast_types::parameters::FinalityParameters;

use super::{AFFAIRS_TICKS, Action, PATIENCE, Phase, Provider};
use crate::finality::Affairs;

/// Blocks that a commitment may take until it is in one, if it begins where no other ended.
const LEAD: u64 = 16;

impl Provider {
    /// Promises randomness for the heights that follow when half of the last promise is used up. A tick that gets
    /// here had no failure.
    pub(super) fn commit(&mut self) -> Vec<Action> {
        self.failures = 0;
        let Some(Affairs { promise, rules, .. }) = &self.affairs else { return vec![] };
        let end = promise.map_or(0, |promise| promise.end());
        match self.committing {
            Some((start, _)) if start < end => self.committing = None,
            Some((_, ticks)) if ticks < PATIENCE => return vec![],
            _ => {}
        }
        let half = promise.map_or(0, |promise| promise.count / 2);
        if end.saturating_sub(self.head) > half {
            return vec![];
        }
        if self.age > 0 {
            // what we know of the last promise may be old: read it, then decide
            self.age = AFFAIRS_TICKS;
            return vec![];
        }
        let start = end.max(self.head + LEAD);
        let Some(count) = self.room(rules, start) else { return vec![] };
        self.phase = Phase::Committing { start };
        vec![Action::Commit { start, count }]
    }

    /// How many heights from `start` on can be promised now; `None` while there are too few.
    pub(super) fn room(&self, rules: &FinalityParameters, start: u64) -> Option<u64> {
        let least = u64::from(rules.min_commit_blocks).max(1);
        let most = (self.head + u64::from(rules.max_ahead_blocks)).saturating_sub(start);
        (most >= least).then(|| self.commit_blocks.clamp(least, most))
    }
}
