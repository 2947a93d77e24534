//! The fee rate of the next rung.
//!
//! The custodians' present median decides, but a rung must raise the rate enough to be relayed as a replacement
//! and may at most double it, and no rung exceeds the highest rate. A rate that cannot be raised ends the ladder.

use bitcoin::FeeRate;
use thiserror::Error;

use super::INCREMENTAL;

/// The median of the custodians' fee rates, the lower of two in the middle; `None` without any.
pub fn median_rate(attested: &[FeeRate]) -> Option<FeeRate> {
    let mut rates = attested.to_vec();
    rates.sort_unstable();
    rates.get(rates.len().checked_sub(1)? / 2).copied()
}

/// The fee rate of the rung after one at rate `old`, when the custodians' median is `median`.
///
/// # Errors
/// [`LadderError::Top`] if `old` cannot be raised any more.
pub fn next_rate(old: FeeRate, median: FeeRate, highest: FeeRate) -> Result<FeeRate, LadderError> {
    let top = LadderError::Top { old, highest };
    let least = old.to_sat_per_kwu().checked_add(INCREMENTAL.to_sat_per_kwu());
    let least = least.map(FeeRate::from_sat_per_kwu).ok_or(top)?;
    let most = doubled(old).map_or(highest, |most| most.min(highest));
    if least > most { Err(top) } else { Ok(median.clamp(least, most)) }
}

/// Twice a rate, `None` if no number holds it.
pub(super) fn doubled(rate: FeeRate) -> Option<FeeRate> {
    rate.checked_mul(2)
}

/// Why there is no next rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum LadderError {
    /// The highest rate, or one that doubling does not raise enough.
    #[error(
        "the fee rate of {old} sat/kwu cannot be raised, the highest is {highest} sat/kwu: cancel or wait"
    )]
    Top {
        /// The present rate.
        old: FeeRate,
        /// The highest rate.
        highest: FeeRate,
    },
}
