//! Cancel intents: a live intent becomes impossible.
//!
//! The first input of the live intent, which every rung of it spends, goes to the treasury instead. Once that is
//! final, no rung can ever confirm, and escrows may return. The fee beats that of the newest rung, or nodes would
//! not take the replacement.

use bitcoin::{Amount, FeeRate};

use super::{Intent, IntentError, Kind, Parts, Rules, replacement_fee, vsize};

/// The cancel intent of a live intent, given as its newest rung.
///
/// # Errors
/// When the fee exceeds the budget or the first input cannot pay it.
pub fn derive(
    live: &Intent,
    fee_rate: FeeRate,
    budget: Amount,
    rules: &Rules,
) -> Result<Intent, IntentError> {
    let first = live.inputs().first().ok_or(IntentError::Nothing)?;
    let mut parts = Parts {
        kind: Kind::Cancel,
        inputs: vec![first.clone()],
        payouts: Vec::new(),
        fee_rate: rules.clamp(fee_rate).max(live.parts.fee_rate),
        budget,
        rung: 0,
        ..live.parts.clone()
    };
    parts.least_fee = replacement_fee(live.fee(), vsize(&parts))?;
    Intent::build(parts)
}
