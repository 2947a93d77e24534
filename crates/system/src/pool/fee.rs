//! The fee: what waiting costs whoever does not want to wait.
//!
//! At each point it is lowest + (highest − lowest) × u², where u is the part of the pool that is not pBTC at hand; a sale
//! pays the mean of its way from u to v, so a sale in parts pays the same: the mean of u² is (u² + uv + v²) / 3. In a
//! full pool the lowest fee is enough, since the rate rises by no more in a whole epoch.

use alloy_primitives::U256;

/// One, in the units of a part.
const ONE: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// Basis points of the whole.
const WHOLE_BP: u64 = 10_000;

/// The fee, in wei, of a sale that is worth `worth` wei, to a pool that holds `cash` wei of its `assets`; rounded up.
/// `worth` is at most `cash`, and `cash` at most `assets`.
pub(super) fn fee(worth: U256, cash: U256, assets: U256, (lowest, highest): (u16, u16)) -> U256 {
    let part = |cash: U256| {
        let lent = assets.saturating_sub(cash);
        if assets.is_zero() { ONE } else { div_ceil(lent * ONE, assets).min(ONE) }
    };
    let (before, after) = (part(cash), part(cash.saturating_sub(worth)));
    let squares = before * before + before * after + after * after;
    let square = div_ceil(squares, U256::from(3) * ONE);
    let slope = U256::from(highest.saturating_sub(lowest));
    let points = U256::from(lowest) * ONE + slope * square;
    div_ceil(worth * points, U256::from(WHOLE_BP) * ONE)
}

/// No product here overflows: amounts of bitcoin have fewer than 91 bits, a part has 60.
fn div_ceil(number: U256, by: U256) -> U256 {
    number.div_ceil(by)
}

#[cfg(test)]
mod tests;
