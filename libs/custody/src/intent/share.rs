//! Who pays how much of a payout transaction's fee.
//!
//! Every payout pays for its own output's bytes and an equal part of all others. Rounding leaves fewer sats than
//! there are payouts; the first ones pay one more. So the shares add up to the fee, to the sat.

use bitcoin::Amount;

use super::{IntentError, Payout};

/// A payout's part of the fee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    /// The payout.
    pub id: u64,
    /// Its part, in sats.
    pub fee: Amount,
}

/// Splits the fee of a transaction of `vsize` virtual bytes; no share exceeds its payout's ceiling.
pub(super) fn split(payouts: &[Payout], fee: Amount, vsize: u64) -> Result<Vec<Share>, IntentError> {
    let shares = parts(payouts, fee, vsize);
    for (payout, share) in payouts.iter().zip(&shares) {
        if share.fee > payout.fee_ceiling {
            return Err(IntentError::Ceiling {
                id: payout.id,
                ceiling: payout.fee_ceiling,
                share: share.fee,
            });
        }
    }
    Ok(shares)
}

/// Splits without regard to ceilings.
pub(super) fn parts(payouts: &[Payout], fee: Amount, vsize: u64) -> Vec<Share> {
    let count = payouts.len() as u128;
    let own = |payout: &Payout| u128::from(output_size(payout));
    let common = u128::from(vsize).saturating_sub(payouts.iter().map(own).sum());
    let total: u128 = payouts.iter().map(|payout| own(payout) * count + common).sum();
    let part = |payout: &Payout| u128::from(fee.to_sat()) * (own(payout) * count + common) / total;
    let mut left = u128::from(fee.to_sat()).saturating_sub(payouts.iter().map(part).sum());
    let share = |payout: &Payout| {
        let one = u128::from(left > 0);
        left -= one;
        let sats = u64::try_from(part(payout) + one).expect("a part is no more than the fee");
        Share { id: payout.id, fee: Amount::from_sat(sats) }
    };
    payouts.iter().map(share).collect()
}

/// Bytes of a payout's output: value, length, script.
fn output_size(payout: &Payout) -> u64 {
    let script = payout.script_pubkey.len() as u64;
    8 + bitcoin::consensus::encode::VarInt(script).size() as u64 + script
}
