use super::*;

#[test]
fn block_time_is_now_within_one_step_of_the_parent() {
    assert_eq!(block_time(1_500, 1_000, 600), 1_500);
    assert_eq!(block_time(1_000, 1_000, 600), 1_001, "time moves, even if the clock does not");
    assert_eq!(block_time(500, 1_000, 600), 1_001);
    assert_eq!(block_time(9_000, 1_000, 600), 1_600, "after a halt it catches up step by step");
    assert_eq!(block_time(9_000, u64::MAX, 600), u64::MAX);
    assert_eq!(block_time(9_000, 1_000, 0), 1_001);
}
