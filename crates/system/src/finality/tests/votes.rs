//! How the chain becomes final, and how it does not.

use super::*;
use crate::storage::Storage;

#[test]
fn finalized_follows_the_votes() {
    let mut chain = Chain::new(&[100, 100, 100, 100]);
    assert_eq!(chain.call(IFinality::activationCall {}).unwrap().height, 1);
    assert_eq!(chain.finalized(), 0);
    for height in 1..20 {
        chain.next();
        chain.vote(40, height).unwrap();
        chain.vote(41, height).unwrap();
        assert_eq!(chain.finalized(), height - 1);
        chain.vote(42, height).unwrap();
        assert_eq!(chain.finalized(), height);
        // in the same block the last one is not late yet
        chain.vote(43, height).unwrap();
        assert_eq!(chain.call(IFinality::votesCall { height }).unwrap().power, 400);
    }
    assert_eq!(chain.call(IFinality::highestVoteCall { provider: key_word(43) }), Ok(19));
}

#[test]
fn before_the_first_provider_every_block_is_final_and_never_again() {
    let mut chain = Chain::new(&[0]);
    chain.run(5);
    assert_eq!((chain.number(), chain.finalized()), (6, 5));
    assert!(!chain.call(IFinality::activationCall {}).unwrap().active);
    chain.set_power(40, 100);
    chain.next();
    assert_eq!(chain.call(IFinality::activationCall {}).unwrap().height, 7);
    assert_eq!(chain.finalized(), 6);
    chain.round(&[40]);
    assert_eq!(chain.finalized(), 7);
    // all stake leaves: nothing is final any more
    chain.set_power(40, 0);
    chain.run(10);
    assert_eq!(chain.total(chain.number()), 0);
    assert_eq!(chain.finalized(), 7);
}

#[test]
fn a_stalled_chain_catches_up() {
    let mut chain = Chain::new(&[100, 100, 100]);
    chain.round(&[40, 41, 42]);
    for _ in 0..300 {
        chain.round(&[40, 41]);
    }
    // exactly two thirds are not more than two thirds
    assert_eq!((chain.number(), chain.finalized()), (302, 1));
    // heights stay open however old they are, in any order
    for height in (3..302).rev() {
        chain.vote(42, height).unwrap();
    }
    assert_eq!(chain.finalized(), 1);
    chain.vote(42, 2).unwrap();
    assert_eq!(chain.finalized(), 1 + vote::MAX_ADVANCE as u64);
    chain.run(4);
    assert_eq!(chain.finalized(), 301);
}

#[test]
fn a_snapshot_is_never_written_again() {
    let mut chain = Chain::new(&[100, 100, 100, 100]);
    chain.next();
    let before = chain.call(IFinality::snapshotCall { height: 2 }).unwrap();
    assert_eq!(before.total, 400);
    chain.set_power(40, 1000);
    staking::provider::remove(&mut chain.storage, key_word(41)).unwrap();
    assert_eq!(chain.call(IFinality::snapshotCall { height: 2 }), Ok(before.clone()));
    chain.next();
    assert_eq!(chain.call(IFinality::snapshotCall { height: 2 }), Ok(before));
    assert_eq!(chain.total(3), 1200);
    // the old height goes by the old snapshot: 200 of 400 are not enough, though 1100 of 1200 would be
    chain.vote(40, 1).unwrap();
    chain.vote(42, 1).unwrap();
    assert_eq!(chain.finalized(), 0);
    chain.vote(43, 1).unwrap();
    assert_eq!(chain.finalized(), 1);
}

#[test]
fn a_stale_light_client_makes_nothing_final() {
    let mut chain = Chain::new(&[100]);
    chain.bitcoin(1);
    chain.round(&[40]);
    chain.storage.block.timestamp += 4000;
    chain.round(&[40]);
    chain.round(&[40]);
    assert_eq!(chain.finalized(), 1);
    chain.bitcoin(12);
    chain.next();
    assert_eq!(chain.finalized(), 3);
}

#[test]
fn late_votes_are_taken_for_256_blocks() {
    let mut chain = Chain::new(&[100, 10]);
    for _ in 0..257 {
        chain.round(&[40]);
    }
    assert_eq!((chain.number(), chain.finalized()), (258, 257));
    let closed = |first, found| revert(&IFinality::HeightClosed { first, last: 257, found });
    assert_eq!(chain.vote(41, 256), closed(257, 256));
    assert_eq!(chain.late_vote(41, 1), closed(2, 1));
    chain.late_vote(41, 2).unwrap();
    // by then it was in jail for its silence
    let outside = IFinality::NotInSnapshot { provider: key_word(41), height: 257 };
    assert_eq!(chain.late_vote(41, 257), revert(&outside));
    assert_eq!(chain.late_vote(41, 258), closed(2, 258));
    assert_eq!(chain.call(IFinality::votesCall { height: 2 }).unwrap().power, 110);
}

#[test]
fn what_is_old_is_forgotten() {
    let mut chain = Chain::new(&[100]);
    for round in 0..300 {
        chain.round(&[40]);
        // a new set every ten blocks
        chain.set_power(40, 100 + round / 10);
    }
    let old = chain.storage.words().len();
    for round in 300..400 {
        chain.round(&[40]);
        chain.set_power(40, 100 + round / 10);
    }
    let history = 100;
    // all credits, how many earners, the earner and its credits, of at most two epochs of sixty blocks
    let rewards = 2 * 4;
    assert!(
        chain.storage.words().len() <= old + history + rewards,
        "{} from {old}",
        chain.storage.words().len()
    );
    assert_eq!(chain.total(100), 0);
    assert_ne!(chain.total(300), 0);
}

#[test]
fn a_set_is_written_only_when_it_changes() {
    let mut chain = Chain::new(&[100, 100]);
    chain.run(10);
    assert_eq!(store::SETS.load(&mut chain.storage), Ok(1));
    chain.set_power(41, 101);
    chain.run(10);
    assert_eq!(store::SETS.load(&mut chain.storage), Ok(2));
    assert_eq!((chain.total(11), chain.total(12)), (200, 201));
}

#[test]
fn a_commitment_counts_k_bitcoin_blocks_after_it_was_made() {
    let mut chain = Chain::new(&[100, 100]);
    let end = world::COMMITTED;
    let call = world::promise(40, end + 1, 50);
    chain.call(call).unwrap();
    chain.run(end);
    assert_eq!((chain.number(), chain.total(end), chain.total(end + 1)), (601, 200, 0));
    chain.bitcoin(K as usize - 1);
    chain.next();
    assert_eq!(chain.total(end + 2), 0);
    chain.bitcoin(1);
    chain.next();
    // from now on it counts, and only for whom has one
    assert_eq!(chain.total(end + 3), 100);
    let commitment = chain.call(IFinality::commitmentOfCall { provider: key_word(40), index: 1 }).unwrap();
    assert_eq!((commitment.start, commitment.count, commitment.usableFrom), (601, 50, K));
    chain.run(50);
    assert_eq!(chain.total(chain.number()), 0);
}

#[test]
fn anybody_can_read_the_rules() {
    let rules = Chain::new(&[1]).call(IFinality::parametersCall {}).unwrap();
    let read = FinalityParameters {
        grace_blocks: rules.graceBlocks,
        window_blocks: rules.windowBlocks,
        max_missed: rules.maxMissed,
        jail_s: rules.jailSeconds,
        min_commit_blocks: rules.minCommitBlocks,
        max_ahead_blocks: rules.maxAheadBlocks,
        late_blocks: rules.lateBlocks,
    };
    assert_eq!(read, RULES_OF_TESTS);
}

#[test]
fn packed_words_survive() {
    use crate::layout::Word;
    assert_eq!(FinalityParameters::from_word(RULES_OF_TESTS.to_word()), Some(RULES_OF_TESTS));
    assert_eq!(FinalityParameters::from_word(alloy_primitives::U256::MAX), None);
    let conduct = store::Conduct { jailed_until: 1, window: u64::MAX, missed: 3 };
    assert_eq!(store::Conduct::from_word(conduct.to_word()), Some(conduct));
    assert_eq!(store::Conduct::from_word(alloy_primitives::U256::MAX), None);
    let mut chain = Chain::new(&[1]);
    let word =
        chain.storage.load(ballast_types::SystemContract::Finality.address(), alloy_primitives::U256::ZERO);
    assert_eq!(word, Ok(RULES_OF_TESTS.to_word()));
}
