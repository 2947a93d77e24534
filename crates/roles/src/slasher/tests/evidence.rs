//! From votes to evidence.

use super::*;

/// A world in which the first provider's vote at the height counts.
fn voted() -> (World, u64) {
    let (mut world, _) = World::with_stake();
    world.chain().block();
    world.chain().block();
    let height = world.chain().block_number().unwrap();
    let vote = ballot(PROVIDERS[0], height, hash_of(height));
    chain::send_duty(world.chain(), SystemContract::Finality, &vote).unwrap();
    world.chain().block();
    world.run(1);
    (world, height)
}

/// A vote of the first provider with a nonce that it promised to nobody.
fn junk(height: u64, number: u8) -> IFinality::voteCall {
    let nonce = Nonce::from_bytes(&[number; 32]).unwrap();
    ballot_with(PROVIDERS[0], nonce, height, B256::repeat_byte(number))
}

#[test]
fn a_refused_vote_and_the_one_that_counted_expose_the_key() {
    let (mut world, height) = voted();
    let wrong = ballot(PROVIDERS[0], height, B256::repeat_byte(9));
    let refused = chain::send_duty(world.chain(), SystemContract::Finality, &wrong);
    assert!(matches!(refused, Err(ChainError::Refused { .. })));
    world.refuse(&wrong);
    world.run(2);
    assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO);
    assert!(world.is_removed(PROVIDERS[0]));
    // and its stake is slashed
    world.run(1);
    assert_eq!((world.mempool().len(), world.proofs, world.warnings.len()), (1, 1, 0));
    world.run(2 * PATIENCE as usize);
    assert_eq!(world.proofs, 1);
}

#[test]
fn two_refused_votes_for_two_blocks_are_enough() {
    let (mut world, _) = World::with_stake();
    // far ahead: no vote at this height can count
    world.refuse(&ballot(PROVIDERS[0], 300, B256::repeat_byte(8)));
    world.run(2);
    assert_eq!(world.proofs, 0);
    world.refuse(&ballot(PROVIDERS[0], 300, B256::repeat_byte(8)));
    world.run(2);
    assert_eq!(world.proofs, 0, "the same vote twice is nothing");
    world.refuse(&ballot(PROVIDERS[0], 300, B256::repeat_byte(9)));
    world.run(2);
    assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO);
}

#[test]
fn a_refused_vote_waits_for_the_one_that_counts() {
    let (mut world, height) = voted();
    let next = height + 1;
    world.refuse(&ballot(PROVIDERS[0], next, B256::repeat_byte(9)));
    world.run(3);
    assert_eq!(world.proofs, 0);
    let vote = ballot(PROVIDERS[0], next, hash_of(next));
    chain::send_duty(world.chain(), SystemContract::Finality, &vote).unwrap();
    world.chain().block();
    world.run(2);
    assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO);
}

#[test]
fn votes_with_two_nonces_remove_the_provider_without_its_key() {
    let (mut world, height) = voted();
    world.refuse(&junk(height, 77));
    world.run(2);
    assert!(world.is_removed(PROVIDERS[0]));
    assert_eq!((world.secret_of(PROVIDERS[0]), world.mempool().len()), (B256::ZERO, 0));
    world.run(2 * PATIENCE as usize);
    assert!(world.warnings.is_empty(), "{:?}", world.warnings);
    assert!(world.proofs <= 2, "{}", world.proofs);
}

/// A provider sends a vote with any nonce ahead of its double sign, so that it is removed, but not slashed.
#[test]
fn who_is_removed_for_two_nonces_is_slashed_for_one_nonce_all_the_same() {
    // in one tick, before the chain answers, and long after it said that the provider is removed
    for ticks in [0, 1, 3, 3 * PATIENCE as usize] {
        let (mut world, height) = voted();
        world.refuse(&junk(height, 77));
        world.run(ticks);
        assert_eq!(world.secret_of(PROVIDERS[0]), B256::ZERO);
        world.refuse(&ballot(PROVIDERS[0], height, B256::repeat_byte(9)));
        world.run(2 * PATIENCE as usize);
        assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO, "after {ticks} ticks");
        assert_eq!((world.mempool().len(), world.warnings.len()), (1, 0));
    }
}

/// However many there are, one with the nonce of the vote that counted has its place.
#[test]
fn a_double_sign_among_many_votes_is_found() {
    for is_first in [true, false] {
        let (mut world, height) = voted();
        world.refuse(&junk(height, 1));
        world.run(2);
        assert!(world.is_removed(PROVIDERS[0]));
        // the chain forgets nothing, but the mempool does
        let double_sign = ballot(PROVIDERS[0], height, B256::repeat_byte(9));
        if is_first {
            world.refuse(&double_sign);
        }
        (2..80).for_each(|number| world.refuse(&junk(height, number)));
        if !is_first {
            world.refuse(&double_sign);
        }
        world.tick();
        world.chain().state().pool.clear();
        world.run(2 * PATIENCE as usize);
        assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO, "first: {is_first}");
    }
}

#[test]
fn what_is_no_vote_of_the_provider_is_ignored() {
    let (mut world, height) = voted();
    let good = ballot(PROVIDERS[0], height, B256::repeat_byte(9));
    type Spoil = fn(&mut IFinality::voteCall);
    let spoils: [Spoil; 5] = [
        |vote| vote.provider = key_word(PROVIDERS[1]),
        |vote| vote.height += 1,
        |vote| vote.blockHash = B256::repeat_byte(7),
        |vote| vote.signature = B256::repeat_byte(0xff),
        |vote| vote.provider = B256::repeat_byte(0xff),
    ];
    for spoil in spoils {
        let mut vote = good.clone();
        spoil(&mut vote);
        world.refuse(&vote);
    }
    // nor is a second copy of the one that counted
    world.refuse(&ballot(PROVIDERS[0], height, hash_of(height)));
    world.run(3);
    assert_eq!((world.proofs, world.warnings.len()), (0, 0));
    assert!(!world.is_removed(PROVIDERS[0]) && !world.is_removed(PROVIDERS[1]));
}

#[test]
fn a_node_that_was_started_anew_is_read_from_the_start() {
    let (mut world, height) = voted();
    for far in 300..303 {
        world.refuse(&ballot(PROVIDERS[1], far, B256::repeat_byte(9)));
    }
    world.run(1);
    world.chain().state().refused.clear();
    world.refuse(&ballot(PROVIDERS[0], height, B256::repeat_byte(9)));
    world.run(3);
    assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO);
}

/// It has kept as many votes again by the time it is read.
#[test]
fn another_run_of_a_node_is_read_from_the_start() {
    let mut role = Slasher::new(CHAIN_ID, None, 100);
    let mut read = |run, next| {
        let page = RefusedPage { run: B64::repeat_byte(run), next: U64::from(next), votes: vec![] };
        role.step(Event::Refused(page));
        role.step(Event::Tick).remove(0)
    };
    assert_eq!(read(1, 3), Action::ReadRefused { from: 3 });
    assert_eq!(read(1, 4), Action::ReadRefused { from: 4 });
    assert_eq!(read(2, 5), Action::ReadRefused { from: 0 });
    assert_eq!(read(2, 5), Action::ReadRefused { from: 5 });
}

#[test]
fn evidence_that_the_mempool_forgets_is_sent_again() {
    let (mut world, height) = voted();
    world.refuse(&ballot(PROVIDERS[0], height, B256::repeat_byte(9)));
    for _ in 0..PATIENCE {
        world.tick();
        world.chain().state().pool.clear();
    }
    assert_eq!(world.proofs, 1);
    world.run(2);
    assert_eq!(world.proofs, 2);
    assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO);
}

#[test]
fn memory_is_bounded() {
    let mut world = World::new();
    let template = ballot(PROVIDERS[0], 1, B256::repeat_byte(9));
    for height in 0..super::super::evidence::MAX_KEPT as u64 + 10 {
        let (provider, block_hash) = (template.provider, B256::repeat_byte(9));
        let context = ballast_schnorr::message::nonce_context(CHAIN_ID);
        let one = ballast_schnorr::nonce::derive(&secret(PROVIDERS[0]), context.as_bytes(), height);
        let randomness = one.public().0.into();
        let message = ballast_schnorr::message::vote(CHAIN_ID, height, &block_hash);
        let signature = ballast_schnorr::eots::sign(&secret(PROVIDERS[0]), one, &message).unwrap();
        let signature = signature.to_bytes().into();
        let vote = RefusedVote { provider, height: U64::from(height), block_hash, randomness, signature };
        world.chain().state().refused.push(vote);
    }
    world.tick();
    assert_eq!(world.role.evidence.len(), super::super::evidence::MAX_KEPT);
}
