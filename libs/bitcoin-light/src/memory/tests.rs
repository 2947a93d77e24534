use proptest::prelude::*;

use super::*;
use crate::mining::{LATE, regtest_chain, regtest_headers};

const REGTEST: HeaderRules = HeaderRules::REGTEST;

/// Every height has one header, the next one names it, and the index knows exactly these.
fn assert_sound(chain: &MemoryChain) {
    let mut work = chain.base().work;
    for height in chain.base().height + 1..=chain.tip().height {
        let (parent, child) = (chain.get(height - 1).unwrap(), chain.get(height).unwrap());
        assert_eq!((child.height, child.header.prev_blockhash), (height, parent.hash()));
        assert_eq!(chain.find(&child.hash()), Some(height));
        work = work + child.header.work();
        assert_eq!(child.work, work);
    }
    assert_eq!(chain.heights.len(), chain.above.len() + 1);
    assert_eq!(chain.get(chain.tip().height + 1), None);
}

#[test]
fn nothing_is_below_the_base_or_above_the_tip() {
    let base = StoredHeader { height: 144, ..*regtest_chain(0).base() };
    let mut chain = MemoryChain::new(base);
    chain.extend(&REGTEST, &regtest_headers(&base.header, 2, 0), LATE).unwrap();
    assert_eq!(chain.get(144), Some(&base));
    assert_eq!(chain.get(146), Some(chain.tip()));
    for height in [0, 143, 147, u32::MAX] {
        assert_eq!(chain.get(height), None);
    }
    assert_sound(&chain);
}

#[test]
fn a_change_is_applied_to_the_tip_it_was_judged_for() {
    let mut chain = regtest_chain(5);
    let fork = chain.get(3).unwrap().header;
    let change = extend(&REGTEST, &mut chain, &regtest_headers(&fork, 4, 1), LATE).unwrap();
    let other = extend(&REGTEST, &mut chain, &regtest_headers(&fork, 3, 2), LATE).unwrap();
    chain.apply(&change).unwrap();
    assert_sound(&chain);
    assert_eq!(chain.tip(), change.new_tip());

    let before = chain.clone();
    let stale = StaleExtension { expected: other.old_tip().hash(), found: change.new_tip().hash() };
    assert_eq!(chain.apply(&other), Err(stale));
    assert_eq!(chain.apply(&change), Err(stale));
    assert_eq!(chain, before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Lists of any length on any known header: exactly those with more work are taken, the work of
    /// the tip only rises, and the chain stays sound.
    #[test]
    fn work_only_rises(lists in prop::collection::vec((0u32..12, 1usize..14), 1..12)) {
        let mut chain = regtest_chain(3);
        for (salt, (back, count)) in (1..).zip(lists) {
            let before = chain.clone();
            let fork = chain.get(chain.tip().height.saturating_sub(back)).copied().unwrap();
            let list = regtest_headers(&fork.header, count, salt);
            let removed = chain.tip().height - fork.height;
            let result = chain.extend(&REGTEST, &list, LATE);
            if count > removed as usize {
                prop_assert_eq!(result.unwrap().removed.len(), removed as usize);
                prop_assert!(chain.tip().work > before.tip().work);
            } else {
                let refused = matches!(result, Err(HeaderError::NotHeavier { .. }));
                prop_assert!(refused);
                prop_assert_eq!(&chain, &before);
            }
            assert_sound(&chain);
        }
    }

    /// There by one fork, back by a heavier one: nothing of the detour is left.
    #[test]
    fn a_detour_leaves_no_trace(common in 0usize..15, ours in 1usize..10, more in 1usize..5) {
        let mut chain = regtest_chain(common);
        let fork = chain.tip().header;
        let longest = regtest_headers(&fork, ours + more + 1, 1);
        let theirs = regtest_headers(&fork, ours + more, 2);

        let mut straight = chain.clone();
        straight.extend(&REGTEST, &longest, LATE).unwrap();

        chain.extend(&REGTEST, &longest[..ours], LATE).unwrap();
        let there = chain.extend(&REGTEST, &theirs, LATE).unwrap();
        let back = chain.extend(&REGTEST, &longest, LATE).unwrap();
        prop_assert_eq!(chain, straight);
        prop_assert!(back.removed.iter().rev().eq(&there.added));
        prop_assert!(there.removed.iter().rev().eq(&back.added[..ours]));
    }

    /// Whatever the bytes are, the answer is an error and not a panic.
    #[test]
    fn random_headers_are_refused(bytes in prop::collection::vec(any::<[u8; 80]>(), 1..4), on_tip: bool) {
        let mut chain = regtest_chain(3);
        let mut list: Vec<Header> =
            bytes.iter().map(|bytes| bitcoin::consensus::deserialize(bytes).unwrap()).collect();
        if on_tip {
            list[0].prev_blockhash = chain.tip().hash();
        }
        prop_assert!(chain.extend(&REGTEST, &list, u64::MAX).is_err());
        prop_assert!(chain.extend(&HeaderRules::MAINNET, &list, 0).is_err());
    }
}
