use proptest::prelude::*;

use super::*;

fn parse(text: &str) -> Result<SlashingRate, RateError> {
    text.parse()
}

#[test]
fn rates_are_read_with_up_to_eighteen_decimals() {
    for (text, ten_thousandths) in [
        ("0.1", 1_000),
        ("0.100000000000000000", 1_000),
        ("0.0001", 1),
        ("0.9999", 9_999),
        ("0.05", 500),
        ("00.5", 5_000),
    ] {
        assert_eq!(parse(text).unwrap().ten_thousandths(), ten_thousandths);
    }
}

#[test]
fn each_bad_rate_has_its_own_error() {
    for text in ["", ".", ".1", "1.", "-0.1", "+0.1", "0.1 ", "1e-1", "0,1", "0.1000000000000000000"] {
        assert_eq!(parse(text), Err(RateError::Malformed { found: text.into() }));
    }
    for text in ["0", "0.0", "1", "1.0", "2.5", "10.1"] {
        assert_eq!(parse(text), Err(RateError::OutOfRange { found: text.into() }));
    }
    for text in ["0.00001", "0.12345", "0.100000000000000001"] {
        assert_eq!(parse(text), Err(RateError::TooFine { found: text.into() }));
    }
}

#[test]
fn doubles_decide_where_they_differ_from_decimals() {
    // Exactly 85.5, which half-up rounding would make 86.
    assert_eq!(parse("0.57").unwrap().slashed(Amount::from_sat(150)), Amount::from_sat(85));
    assert_eq!(parse("0.1").unwrap().slashed(Amount::from_sat(5)), Amount::from_sat(1));
    assert_eq!(parse("0.1").unwrap().slashed(Amount::from_sat(4)), Amount::ZERO);
}

proptest! {
    #[test]
    fn text_and_rate_are_one(value in 1_u16..10_000) {
        let rate = SlashingRate(value);
        prop_assert_eq!(rate.to_string().parse(), Ok(rate));
    }

    #[test]
    fn the_double_is_the_one_the_text_means(value in 1_u16..10_000) {
        let text = SlashingRate(value).to_string();
        prop_assert_eq!(f64::from(value) / 10_000.0, text.parse::<f64>().unwrap());
    }

    #[test]
    fn slashing_stays_within_a_sat_of_the_share(value in 1_u16..10_000, sats in 0..=2_100_000_000_000_000_u64) {
        let slashed = SlashingRate(value).slashed(Amount::from_sat(sats)).to_sat();
        let exact = u128::from(sats) * u128::from(value);
        prop_assert!((u128::from(slashed) * 10_000).abs_diff(exact) <= 10_000);
        prop_assert!(slashed <= sats);
    }
}
