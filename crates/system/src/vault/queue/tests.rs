use super::*;

fn ticket(shares: u128, assets: u128) -> Pair {
    Pair { shares, assets }
}

fn n(number: u64) -> U256 {
    U256::from(number)
}

#[test]
fn a_ticket_pays_the_lesser_worth() {
    assert_eq!(part(&ticket(10, 100), n(120), n(500), n(1)), Some((n(10), n(100))));
    assert_eq!(part(&ticket(10, 100), n(80), n(500), n(1)), Some((n(10), n(80))));
    // as small as it may be, it is completed if there is pBTC for all of it
    assert_eq!(part(&ticket(1, 1), n(1), n(1), n(50)), Some((n(1), n(1))));
}

#[test]
fn a_part_burns_shares_rounded_up() {
    assert_eq!(part(&ticket(10, 100), n(120), n(55), n(50)), Some((n(6), n(55))));
}

#[test]
fn a_part_is_worth_a_request() {
    assert_eq!(part(&ticket(10, 100), n(120), n(55), n(56)), None);
    assert_eq!(part(&ticket(10, 100), n(120), n(0), n(0)), None);
}
