//! Compact targets and the difficulty adjustment.
//!
//! A header states its target in 32 bits: a base-256 exponent and a signed 24-bit mantissa. Only a
//! positive value of at most 256 bits that does not exceed the network's limit is a target. The work
//! of a header is `floor(2^256 / (target + 1))`, the expected number of hashes; [`Target::to_work`]
//! computes it and [`bitcoin::Work`] adds and compares it.
//!
//! `docs/spec/bitcoin-formats.md` §e; Bitcoin Core `arith_uint256.cpp` and `pow.cpp`.

use bitcoin::{CompactTarget, Target};

use crate::HeaderRules;

/// Why 32 bits are not a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BitsError {
    /// The sign bit is set.
    #[error("bits {0:#010x} are a negative target")]
    Negative(CompactTarget),
    /// The mantissa is zero, or becomes zero under its exponent.
    #[error("bits {0:#010x} are a target of zero, which no hash can meet")]
    Zero(CompactTarget),
    /// The value needs more than 256 bits.
    #[error("bits {0:#010x} overflow 256 bits")]
    Overflow(CompactTarget),
    /// The target is easier than the network allows.
    #[error("bits {found:#010x} are easier than the network's limit {limit:#010x}")]
    AboveLimit {
        /// The network's limit.
        limit: CompactTarget,
        /// What was given.
        found: CompactTarget,
    },
}

/// The target that `bits` state, if `limit` allows it.
///
/// # Errors
/// [`BitsError`] says which of the four conditions fails.
pub fn target_of(bits: CompactTarget, limit: Target) -> Result<Target, BitsError> {
    let [size, sign_and_high, ..] = bits.to_consensus().to_be_bytes();
    let mantissa = bits.to_consensus() & 0x007f_ffff;
    let word = mantissa >> (8 * 3u8.saturating_sub(size));
    if word == 0 {
        return Err(BitsError::Zero(bits));
    }
    if sign_and_high & 0x80 != 0 {
        return Err(BitsError::Negative(bits));
    }
    if size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32) {
        return Err(BitsError::Overflow(bits));
    }
    let target = Target::from_compact(bits);
    if target > limit {
        return Err(BitsError::AboveLimit { limit: limit.to_compact_lossy(), found: bits });
    }
    Ok(target)
}

/// The bits required of the first header of a period.
///
/// `old` is the target that the adjustment starts from: that of the finished period's last header, or
/// under BIP-94 of its first. `first_time` and `last_time` are the timestamps of the finished period's
/// first and last header, in seconds. They span one spacing less than the period wants, which is
/// Bitcoin's own off-by-one; and the last may be older than the first.
pub fn retarget(rules: &HeaderRules, old: Target, first_time: u32, last_time: u32) -> CompactTarget {
    let wanted = rules.timespan();
    let elapsed = u64::from(last_time.saturating_sub(first_time)).clamp(wanted / 4, wanted.saturating_mul(4));
    let new = scale(old, elapsed, wanted).map_or(rules.limit, |target| target.min(rules.limit));
    new.to_compact_lossy()
}

/// `floor(target * numerator / denominator)`, or nothing where that exceeds 256 bits.
///
/// Long arithmetic on bytes: it runs once in a period, and so needs no bound on its arguments.
fn scale(target: Target, numerator: u64, denominator: u64) -> Option<Target> {
    let mut digits = [0u8; 40];
    let mut carry = 0u128;
    for (digit, byte) in digits.iter_mut().zip(target.to_le_bytes().into_iter().chain([0; 8])) {
        carry += u128::from(byte) * u128::from(numerator);
        *digit = carry as u8;
        carry >>= 8;
    }
    let mut rest = 0u128;
    for digit in digits.iter_mut().rev() {
        rest = rest << 8 | u128::from(*digit);
        *digit = (rest / u128::from(denominator)) as u8;
        rest %= u128::from(denominator);
    }
    let (low, high) = digits.split_first_chunk::<32>()?;
    high.iter().all(|digit| *digit == 0).then(|| Target::from_le_bytes(*low))
}

#[cfg(test)]
mod tests;
