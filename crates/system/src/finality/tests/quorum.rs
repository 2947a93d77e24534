//! Why two conflicting final blocks cost more than a third of the stake.

use proptest::prelude::*;

use super::{world::sign, *};

#[test]
fn a_quorum_is_strictly_more_than_two_thirds() {
    for (votes, total, quorum) in [
        (0, 0, false),
        (0, 1, false),
        (1, 1, true),
        (2, 3, false),
        (3, 4, true),
        (66, 100, false),
        (67, 100, true),
        (200, 300, false),
        (201, 300, true),
        (u64::MAX, u64::MAX, true),
        (u64::MAX / 3 * 2, u64::MAX, false),
        (u64::MAX / 3 * 2 + 1, u64::MAX, true),
    ] {
        assert_eq!(vote::is_quorum(votes, total), quorum, "{votes} of {total}");
    }
}

/// Every pair of voter groups of every small set.
#[test]
fn two_quorums_share_more_than_a_third() {
    for powers in (0..4_u64.pow(4)).map(|n| [n % 4 + 1, n / 4 % 4 + 1, n / 16 % 4 + 1, n / 64 + 1]) {
        let total: u64 = powers.iter().sum();
        let sum = |group: u8| -> u64 {
            powers.iter().enumerate().filter(|(at, _)| group >> at & 1 == 1).map(|(_, power)| power).sum()
        };
        for one in 0..16_u8 {
            for other in 0..16_u8 {
                if vote::is_quorum(sum(one), total) && vote::is_quorum(sum(other), total) {
                    assert!(3 * sum(one & other) > total, "{powers:?} {one:b} {other:b}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// The same in the contract: whoever made both forks final loses its key on either of them.
    #[test]
    fn conflicting_final_blocks_expose_more_than_a_third(
        powers in prop::collection::vec(1..6_u64, 2..6), groups in any::<[u8; 2]>(), before in 0..4_u64,
    ) {
        let mut trunk = Chain::new(&powers);
        let everybody: Vec<u8> = (40..).take(powers.len()).collect();
        (0..before).for_each(|_| trunk.round(&everybody));
        let total: u64 = powers.iter().sum();
        let height = trunk.number();
        let mut forks = [trunk.fork(1), trunk.fork(2)];
        for (fork, group) in forks.iter_mut().zip(groups) {
            fork.next();
            for number in everybody.iter().filter(|number| group >> (*number - 40) & 1 == 1) {
                fork.vote(*number, height).unwrap();
            }
        }
        let both_final = forks.each_mut().map(Chain::finalized) == [height; 2];
        let hashes = forks.each_ref().map(|fork| fork.hash(height));
        let mut exposed = 0;
        for number in everybody.iter().filter(|number| (groups[0] & groups[1]) >> (*number - 40) & 1 == 1) {
            let [first, second] = hashes.map(|hash| sign(*number, height, hash));
            let votes = IFinality::DoubleVote {
                provider: key_word(*number),
                height,
                firstHash: hashes[0],
                firstRandomness: first.0,
                firstSignature: first.1,
                secondHash: hashes[1],
                secondRandomness: second.0,
                secondSignature: second.1,
            };
            for fork in &mut forks {
                fork.call(IFinality::proveDoubleSignCall { votes: votes.clone() }).unwrap();
            }
            exposed += powers[usize::from(*number - 40)];
        }
        if both_final {
            prop_assert!(3 * exposed > total);
        }
        for fork in &mut forks {
            fork.next();
            prop_assert_eq!(fork.total(height + 2), total - exposed);
            prop_assert_eq!(fork.total(height), total);
        }
    }
}
