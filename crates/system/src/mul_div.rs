//! a × b / c as tokens need it: the product in 512 bits, rounded in the direction that the caller names.

use alloy_primitives::{U256, U512};

/// floor(a × b / c); none when c is zero or the result has more than 256 bits.
pub(crate) fn floor(a: U256, b: U256, c: U256) -> Option<U256> {
    let (quotient, _) = divide(a, b, c)?;
    U256::checked_from_limbs_slice(quotient.as_limbs())
}

/// ceil(a × b / c); none when c is zero or the result has more than 256 bits.
pub(crate) fn ceil(a: U256, b: U256, c: U256) -> Option<U256> {
    let (quotient, rest) = divide(a, b, c)?;
    let floor: U256 = U256::checked_from_limbs_slice(quotient.as_limbs())?;
    if rest.is_zero() { Some(floor) } else { floor.checked_add(U256::ONE) }
}

fn divide(a: U256, b: U256, c: U256) -> Option<(U512, U512)> {
    let product: U512 = a.widening_mul(b);
    (!c.is_zero()).then(|| product.div_rem(U512::from(c)))
}

#[cfg(test)]
mod tests;
