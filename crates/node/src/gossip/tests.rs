use super::*;

#[test]
fn a_malformed_message_costs_as_many_as_the_penalty() {
    let mut debts = Debts(BTreeMap::new());
    assert!(debts.admits(&"peer"));
    debts.charge("peer");
    for _ in 0..PENALTY {
        assert!(!debts.admits(&"peer"));
        assert!(debts.admits(&"other"));
    }
    assert!(debts.admits(&"peer"));
}
