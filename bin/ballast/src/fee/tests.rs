use super::*;

#[test]
fn a_fee_rate_is_one_that_the_node_takes() {
    assert_eq!(bounded(1).unwrap(), FeeRate::BROADCAST_MIN);
    assert_eq!(bounded(10_000).unwrap(), MAX_FEE_RATE);
    for rate in [0, 10_001, u64::MAX] {
        let error = bounded(rate).unwrap_err().to_string();
        assert!(error.contains("choose from 1 to 10000"), "{error}");
    }
}
