use super::*;
use crate::fixture::key;

#[test]
fn keys_are_sorted_whatever_their_order() {
    let keys = [5, 1, 4, 2, 3].map(key);
    let committee = Committee::new(keys, 3).unwrap();
    let mut ascending = keys.map(|key| key.serialize());
    ascending.sort_unstable();
    assert!(committee.keys().iter().map(XOnlyPublicKey::serialize).eq(ascending));
    assert_eq!(committee, Committee::new([1, 2, 3, 4, 5].map(key), 3).unwrap());
}

#[test]
fn a_key_counts_once() {
    let refused = Committee::new([1, 2, 1].map(key), 2);
    assert_eq!(refused, Err(CommitteeError::DuplicateKey { key: key(1) }));
}

#[test]
fn a_quorum_needs_at_least_one_and_at_most_all() {
    for (quorum, members) in [(0, 3), (4, 3), (0, 0), (1, 0)] {
        let refused = Committee::new((1..=members).map(key), quorum);
        assert_eq!(refused, Err(CommitteeError::Quorum { quorum, members: members.into() }));
    }
    for quorum in 1..=3 {
        assert_eq!(Committee::new([1, 2, 3].map(key), quorum).unwrap().quorum(), quorum);
    }
}

#[test]
fn half_is_no_majority() {
    let is_majority = |quorum| Committee::new([1, 2, 3, 4].map(key), quorum).unwrap().is_majority();
    assert!(!is_majority(2));
    assert!(is_majority(3));
}
