use proptest::prelude::*;

use super::*;

fn n(number: u64) -> U256 {
    U256::from(number)
}

#[test]
fn a_rest_goes_where_the_name_says() {
    assert_eq!((floor(n(7), n(3), n(2)), ceil(n(7), n(3), n(2))), (Some(n(10)), Some(n(11))));
    assert_eq!((floor(n(8), n(3), n(2)), ceil(n(8), n(3), n(2))), (Some(n(12)), Some(n(12))));
    assert_eq!((floor(n(0), n(3), n(2)), ceil(n(0), n(3), n(2))), (Some(n(0)), Some(n(0))));
}

#[test]
fn products_may_have_512_bits_and_results_256() {
    let max = U256::MAX;
    assert_eq!((floor(max, max, max), ceil(max, max, max)), (Some(max), Some(max)));
    assert_eq!((floor(max, n(2), n(1)), ceil(max, n(2), n(1))), (None, None));
    // the floor is 2^256 - 1, the ceiling no longer fits
    let (a, c) = (max - n(1), max - n(2));
    assert_eq!((floor(a, max - n(1), c), ceil(a, max - n(1), c)), (Some(max), None));
}

#[test]
fn nothing_is_divided_by_zero() {
    assert_eq!((floor(n(1), n(1), n(0)), ceil(n(1), n(1), n(0))), (None, None));
}

proptest! {
    #[test]
    fn it_agrees_with_128_bits(a in any::<u64>(), b in any::<u64>(), c in 1..u64::MAX) {
        let product = u128::from(a) * u128::from(b);
        prop_assert_eq!(floor(n(a), n(b), n(c)), Some(U256::from(product / u128::from(c))));
        prop_assert_eq!(ceil(n(a), n(b), n(c)), Some(U256::from(product.div_ceil(u128::from(c)))));
    }
}
