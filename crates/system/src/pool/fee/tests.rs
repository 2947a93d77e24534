use proptest::prelude::*;

use super::*;

const BTC: u64 = 1_000_000_000_000_000_000;

fn wei(number: u64) -> U256 {
    U256::from(number)
}

#[test]
fn the_fee_rises_as_the_pool_empties() {
    let pool = wei(BTC);
    // one wei of a full pool: the lowest fee, rounded up
    assert_eq!(fee(wei(1), pool, pool, (30, 500)), wei(1));
    // all of a full pool: 30 + 470 / 3 basis points
    assert_eq!(fee(pool, pool, pool, (30, 500)), (wei(BTC) * wei(560)).div_ceil(wei(30_000)));
    // half of it: 30 + 470 / 12
    assert_eq!(fee(wei(BTC / 2), pool, pool, (30, 500)), (wei(BTC / 2) * wei(830)).div_ceil(wei(120_000)));
    // the same sale when half of the pool waits in the queue already: 30 + 470 × 7 / 12
    let second = (wei(BTC / 2) * wei(3_650)).div_ceil(wei(120_000));
    assert_eq!(fee(wei(BTC / 2), wei(BTC / 2), pool, (30, 500)), second);
    // the last bit of it
    assert_eq!(fee(wei(1_000_000), wei(1_000_000), pool, (30, 500)), wei(50_000));
}

#[test]
fn one_fee_for_all_is_possible() {
    for worth in [1, 9_999, BTC] {
        let expected = wei(worth).div_ceil(wei(100));
        assert_eq!(fee(wei(worth), wei(BTC), wei(2 * BTC), (100, 100)), expected);
    }
}

#[test]
fn all_bitcoin_there_is_does_not_overflow() {
    let all = U256::from(21_000_000u64) * wei(BTC);
    assert_eq!(fee(all, all, all, (10_000, 10_000)), all);
    assert!(fee(all, all, all, (0, 10_000)) > all / U256::from(3));
}

proptest! {
    #[test]
    fn it_lies_between_the_two_and_rises(
        (assets, cash, worth, more) in (1..=BTC).prop_flat_map(|assets| (Just(assets), 1..=assets))
            .prop_flat_map(|(assets, cash)| (Just(assets), Just(cash), 1..=cash, 1..=cash)),
        lowest in 0u16..=10_000,
        highest in 0u16..=10_000,
    ) {
        let bounds = (lowest.min(highest), lowest.max(highest));
        let fee_of = |worth| fee(wei(worth), wei(cash), wei(assets), bounds);
        let at = |points: u16, worth| (wei(worth) * U256::from(points)).div_ceil(wei(10_000));
        prop_assert!(at(bounds.0, worth) <= fee_of(worth));
        prop_assert!(fee_of(worth) <= at(bounds.1, worth));
        let (small, large) = (worth.min(more), worth.max(more));
        prop_assert!(fee_of(small) <= fee_of(large));
        // in two parts, of which the first one leaves less cash: never cheaper
        let rest = fee(wei(large - small), wei(cash - small), wei(assets), bounds);
        prop_assert!(fee_of(small) + rest + wei(2) >= fee_of(large));

        prop_assert!(fee_of(large) <= wei(large));
    }
}
