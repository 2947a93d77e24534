use super::*;

#[test]
fn a_percentile_is_by_gas_not_by_number() {
    let tips = vec![(30, 10), (10, 80), (20, 10)];
    assert_eq!(at_percentiles(tips.clone(), &[0.0, 80.0, 80.1, 90.0, 90.1, 100.0]), [10, 10, 20, 20, 30, 30]);
    assert_eq!(at_percentiles(tips, &[]), []);
}

#[test]
fn where_nothing_was_paid_every_percentile_is_zero() {
    assert_eq!(at_percentiles(Vec::new(), &[0.0, 50.0, 100.0]), [0, 0, 0]);
}

#[test]
fn percentiles_are_checked() {
    assert!(check(&[0.0, 0.0, 12.5, 100.0]).is_ok());
    for wrong in [&[-0.1][..], &[100.1], &[f64::NAN], &[f64::INFINITY], &[2.0, 1.0], &[1.0; 101]] {
        assert!(matches!(check(wrong), Err(RpcError::InvalidParams(_))), "{wrong:?}");
    }
}
