use super::*;

pub(crate) mod world;

#[test]
fn an_amount_is_digits() {
    for text in ["100000", "100_000", "1_0_0_0_0_0"] {
        assert_eq!(amount(text), Ok(Amount::from_sat(100_000)), "{text}");
    }
    for text in ["", "_", "1__0", "_1", "1_", "+5", "-5", "0.5", "1e5", "18446744073709551616"] {
        assert!(amount(text).is_err(), "{text}");
    }
}
