//! Bad input, entry point by entry point.

use alloy_sol_types::SolCall;
use ballast_types::{DutyKind, SystemContract};

use super::{
    world::{COMMITTED, sign, tree},
    *,
};
use crate::duty::{DutyKey, classify};

#[test]
fn a_bad_vote_is_refused_by_name() {
    let mut chain = Chain::new(&[100, 100]);
    let closed = |first, last, found| revert(&IFinality::HeightClosed { first, last, found });
    assert_eq!(chain.vote(40, 1), closed(1, 0, 1));
    chain.run(4);
    assert_eq!(chain.vote(40, 0), closed(1, 4, 0));
    assert_eq!(chain.vote(40, 5), closed(1, 4, 5));
    let (provider, height) = (key_word(40), 3);
    let good = chain.ballot(40, height);
    let mut refused = |change: &dyn Fn(&mut IFinality::voteCall), error: CallError| {
        let mut call = good.clone();
        change(&mut call);
        assert_eq!(chain.call(call).map(|_| ()), Err(error));
    };
    let (expected, found) = (good.blockHash, B256::repeat_byte(1));
    refused(&|c| c.blockHash = found, CallError::revert(&IFinality::WrongBlock { expected, found }));
    let unknown = IFinality::UnknownProvider { provider: B256::ZERO };
    refused(&|c| c.provider = B256::ZERO, CallError::revert(&unknown));
    refused(&|c| c.commitment = 1, CallError::revert(&IFinality::UnknownCommitment { index: 1 }));
    let randomness = CallError::revert(&IFinality::BadRandomness { height });
    refused(&|c| c.randomness = B256::repeat_byte(2), randomness.clone());
    refused(&|c| c.path.truncate(c.path.len() - 1), randomness.clone());
    refused(&|c| c.path.push(B256::ZERO), randomness.clone());
    refused(&|c| c.path = vec![], randomness);
    let bad = CallError::revert(&IFinality::BadVote { provider, height });
    refused(&|c| c.signature = B256::repeat_byte(3), bad.clone());
    refused(&|c| c.signature = B256::repeat_byte(0xff), bad.clone());
    // a vote for the same height of another block
    let foreign = sign(40, height, B256::repeat_byte(5)).1;
    refused(&|c| c.signature = foreign, bad);
    chain.call(good).unwrap();
    assert_eq!(chain.vote(40, height), revert(&IFinality::AlreadyVoted { provider, height }));
}

#[test]
fn a_provider_without_power_has_no_vote() {
    let mut chain = Chain::new(&[100, 0]);
    chain.run(2);
    let outside = IFinality::NotInSnapshot { provider: key_word(41), height: 1 };
    assert_eq!(chain.vote(41, 1), revert(&outside));
}

#[test]
fn votes_before_the_first_snapshot_have_no_height() {
    let mut chain = Chain::new(&[0]);
    chain.run(3);
    let closed = IFinality::HeightClosed { first: 1, last: 3, found: 2 };
    assert_eq!(chain.vote(40, 2), revert(&closed));
}

#[test]
fn a_bad_commitment_is_refused_by_name() {
    let mut chain = Chain::new(&[100]);
    chain.run(4);
    let start = COMMITTED + 1;
    let mut commit = |call: IFinality::commitRandomnessCall| chain.call(call).map(|_| ());
    let provider = key_word(40);
    let promise = |start, count| world::promise(40, start, count);
    let early = IFinality::CommitmentStart { expected: start, found: start - 1 };
    assert_eq!(commit(promise(start - 1, 50)), revert(&early));
    let short = IFinality::CommitmentTooShort { expected: 16, found: 15 };
    assert_eq!(commit(promise(start, 15)), revert(&short));
    let far = IFinality::CommitmentTooFar { expected: 2005, found: 2006 };
    assert_eq!(commit(promise(1990, 17)), revert(&far));
    let mut endless = promise(start, 50);
    endless.count = u64::MAX;
    assert_eq!(commit(endless), revert(&IFinality::CommitmentTooFar { expected: 2005, found: u64::MAX }));
    let unsigned = IFinality::BadCommitmentSignature { provider };
    let spoils: [fn(&mut IFinality::commitRandomnessCall); 4] = [
        |call| call.root = B256::ZERO,
        |call| call.start += 1,
        |call| call.count += 1,
        |call| call.signature = vec![1; 63].into(),
    ];
    for change in spoils {
        let mut call = promise(start, 50);
        change(&mut call);
        assert_eq!(commit(call), revert(&unsigned));
    }
    let mut stranger = promise(start, 50);
    stranger.provider = key_word(9);
    let unknown = IFinality::UnknownProvider { provider: key_word(9) };
    assert_eq!(commit(stranger), revert(&unknown));
    commit(promise(start, 50)).unwrap();
    let again = IFinality::CommitmentStart { expected: start + 50, found: start };
    assert_eq!(commit(promise(start, 50)), revert(&again));
    // gaps are allowed
    commit(promise(start + 100, 16)).unwrap();
    assert_eq!(chain.call(IFinality::commitmentCountCall { provider }), Ok(3));
    let none = chain.call(IFinality::commitmentOfCall { provider, index: 3 }).map(|_| ());
    assert_eq!(none, revert(&IFinality::UnknownCommitment { index: 3 }));
}

#[test]
fn a_vote_by_a_commitment_that_is_too_new_is_refused() {
    let mut chain = Chain::new(&[100]);
    chain.call(world::promise(40, COMMITTED + 1, 50)).unwrap();
    chain.run(2);
    let mut call = chain.ballot(40, 2);
    call.commitment = 1;
    call.path = tree(40, COMMITTED + 1, 50).proof(0).unwrap().aunts.into_iter().map(B256::from).collect();
    let new = IFinality::CommitmentTooNew { expected: K, found: 0 };
    assert_eq!(chain.call(call.clone()).map(|_| ()), revert(&new));
    chain.bitcoin(K as usize);
    assert_eq!(chain.call(call).map(|_| ()), revert(&IFinality::BadRandomness { height: 2 }));
}

#[test]
fn duties_are_keyed_by_height_or_provider() {
    let chain = Chain::new(&[100]);
    let to = SystemContract::Finality.address();
    let mut fact = [0; 32];
    fact[..20].copy_from_slice(to.as_slice());
    fact[31] = 7;
    let provider = key_word(40);
    let vote = DutyKey { kind: DutyKind::Votes, fact: fact.into(), signer: Some(provider) };
    assert_eq!(classify(to, &chain.ballot(40, 7).abi_encode()), Ok(vote));
    let secret = B256::from(*world::secret(40).secret_bytes());
    let evidence = DutyKey { kind: DutyKind::Evidence, fact: provider, signer: None };
    assert_eq!(classify(to, &IFinality::revealKeyCall { secret }.abi_encode()), Ok(evidence));
    assert!(classify(to, &IFinality::revealKeyCall { secret: B256::ZERO }.abi_encode()).is_err());
    assert!(classify(to, &IFinality::unjailCall { provider }.abi_encode()).is_err());
    assert!(classify(to, &IFinality::finalizedCall {}.abi_encode()).is_err());
}

#[test]
fn a_vote_pays_for_its_crypto() {
    let mut chain = Chain::new(&[100]);
    chain.run(1);
    let ballot = Vote::from(chain.ballot(40, 1));
    chain.storage.gas = u64::from(u32::MAX);
    let before = chain.storage.gas;
    vote::vote(&mut chain.storage, &ballot, false).unwrap();
    assert!(before - chain.storage.gas >= staking::SIGNATURE_GAS + 84 * ballot.path.len() as u64);
}
