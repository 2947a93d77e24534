use alloy_primitives::B256;

use super::*;

fn vote(provider: u64, height: u64) -> Vote {
    Vote {
        provider: B256::from(alloy_primitives::U256::from(provider)),
        height,
        block_hash: B256::ZERO,
        randomness: B256::ZERO,
        signature: B256::ZERO,
        commitment: 0,
        path: vec![],
    }
}

fn heights(votes: &[Vote]) -> Vec<u64> {
    votes.iter().map(|vote| vote.height).collect()
}

#[test]
fn votes_are_read_in_pages_and_a_new_start_is_noticed() {
    let mut kept = RefusedVotes::default();
    (0..5).for_each(|height| kept.push(vote(height, height)));
    let (next, page) = kept.from(0, 3);
    assert_eq!((next, heights(&page)), (3, vec![0, 1, 2]));
    let (next, page) = kept.from(next, 3);
    assert_eq!((next, heights(&page)), (5, vec![3, 4]));
    assert_eq!(kept.from(5, 3), (5, vec![]));
    assert_eq!(kept.from(99, 3), (5, vec![]));
}

#[test]
fn the_oldest_are_forgotten_and_numbers_stay() {
    let mut kept = RefusedVotes::default();
    (0..KEPT as u64 + 10).for_each(|height| kept.push(vote(height, height)));
    let (next, page) = kept.from(0, 2);
    assert_eq!((next, heights(&page)), (12, vec![10, 11]));
}

#[test]
fn no_vote_comes_twice() {
    let mut kept = RefusedVotes::default();
    kept.push(vote(1, 7));
    assert!(!kept.wants(&vote(1, 7)));
    assert!(kept.wants(&vote(2, 7)));
    assert!(kept.wants(&Vote { block_hash: B256::repeat_byte(1), ..vote(1, 7) }));
    assert!(kept.wants(&Vote { randomness: B256::repeat_byte(1), ..vote(1, 7) }));
}

/// Votes that are no evidence after all leave room for the one that is, and push out nobody else's.
#[test]
fn a_provider_that_signs_many_votes_pushes_out_its_own_oldest() {
    let mut kept = RefusedVotes::default();
    kept.push(vote(2, 1));
    let sent = PER_PROVIDER as u64 + 3;
    for height in 0..sent {
        assert!(kept.wants(&vote(1, height)));
        kept.push(vote(1, height));
    }
    let expected: Vec<_> = [1].into_iter().chain(3..sent).collect();
    let (next, page) = kept.from(0, KEPT);
    assert_eq!((next, heights(&page)), (1 + sent, expected));
    // numbers stay: who had read up to here misses nothing and reads nothing twice
    kept.push(vote(1, 99));
    assert_eq!(heights(&kept.from(next, KEPT).1), [99]);
    assert_eq!(heights(&kept.from(2, 2).1), [4, 5]);
}
