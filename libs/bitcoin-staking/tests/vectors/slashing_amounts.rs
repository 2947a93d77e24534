//! What slashing takes, to the sat.

use ballast_bitcoin_staking::SlashingRate;

use super::read::*;

#[test]
fn slashed_amounts_are_equal() {
    let mut differing = 0;
    for vector in vectors(include_str!("../../testvectors/slashing_amounts.json")) {
        let rate: SlashingRate = text(&vector["rate"]).parse().unwrap();
        assert_eq!(rate.slashed(sats(&vector["amount"])), sats(&vector["slashed_f64"]), "{vector}");
        let differs = vector["slashed_f64"] != vector["slashed_exact_half_up"];
        assert_eq!(differs, vector["differs"].as_bool().unwrap());
        differing += usize::from(differs);
    }
    assert_eq!(differing, 1);
}
