//! Double signs, leaked keys, and what becomes of the power.

use ballast_schnorr::nonce::Nonce;

use super::{
    world::{secret, sign, sign_with},
    *,
};

fn double_vote(number: u8, height: u64, first: B256, second: B256) -> IFinality::DoubleVote {
    let (first_randomness, first_signature) = sign(number, height, first);
    let (second_randomness, second_signature) = sign(number, height, second);
    IFinality::DoubleVote {
        provider: key_word(number),
        height,
        firstHash: first,
        firstRandomness: first_randomness,
        firstSignature: first_signature,
        secondHash: second,
        secondRandomness: second_randomness,
        secondSignature: second_signature,
    }
}

/// Whether the secret is the provider's, whichever of the two scalars it is.
fn opens(found: B256, number: u8) -> bool {
    ballast_schnorr::SigningKey::from_bytes(&found.0).unwrap().x_only() == secret(number).x_only()
}

#[test]
fn a_double_sign_costs_the_key_and_the_power_at_once() {
    let mut chain = Chain::new(&[100, 100, 100, 100, 100]);
    chain.round(&[40, 41, 42, 43, 44]);
    // neither block is of this chain, and the height is far ahead
    for (number, height) in [(44, 1), (43, 500)] {
        let votes = double_vote(number, height, B256::repeat_byte(1), B256::repeat_byte(2));
        chain.call(IFinality::proveDoubleSignCall { votes: votes.clone() }).unwrap();
        let provider = key_word(number);
        assert!(opens(chain.call(IFinality::secretOfCall { provider }).unwrap(), number));
        let again = chain.call(IFinality::proveDoubleSignCall { votes }).map(|_| ());
        assert_eq!(again, revert(&IFinality::ProviderRemoved { provider }));
    }
    assert_eq!(chain.total(2), 500);
    chain.next();
    assert_eq!((chain.total(2), chain.total(3)), (500, 300));
    // everybody has the key now, so it votes no more, not even where it is in the snapshot
    let gone = IFinality::ProviderRemoved { provider: key_word(44) };
    assert_eq!(chain.vote(44, 2), revert(&gone));
    [40, 41, 42].iter().for_each(|number| chain.vote(*number, 2).unwrap());
    assert_eq!(chain.finalized(), 1);
    let call = world::promise(44, 601, 50);
    assert_eq!(chain.call(call).map(|_| ()), revert(&gone));
}

#[test]
fn when_one_of_four_double_signs_the_other_three_go_on() {
    let mut chain = Chain::new(&[100, 100, 100, 100]);
    chain.round(&[40, 41, 42, 43]);
    // heights 2 and 3 are in flight, with all four in their snapshots, when the evidence comes
    chain.run(2);
    let votes = double_vote(43, 2, chain.hash(2), B256::repeat_byte(1));
    chain.call(IFinality::proveDoubleSignCall { votes }).unwrap();
    for height in [2, 3] {
        [40, 41].iter().for_each(|number| chain.vote(*number, height).unwrap());
        assert_eq!(chain.finalized(), height - 1);
        chain.vote(42, height).unwrap();
        assert_eq!((chain.total(height), chain.finalized()), (400, height));
    }
    for _ in 0..20 {
        chain.round(&[40, 41, 42]);
        assert_eq!(chain.finalized(), chain.number() - 1);
    }
    // height 4 had begun; from the next one on three of three are counted, and two of them are no quorum
    assert_eq!((chain.total(4), chain.total(5)), (400, 300));
    chain.round(&[40, 41]);
    assert_eq!(chain.finalized(), chain.number() - 2);
}

#[test]
fn the_log_has_the_key() {
    use alloy_sol_types::SolEvent;
    let mut chain = Chain::new(&[100]);
    let votes = double_vote(40, 7, B256::repeat_byte(1), B256::repeat_byte(2));
    chain.call(IFinality::proveDoubleSignCall { votes }).unwrap();
    let (_, log) = chain.storage.logs().last().unwrap();
    let event = IFinality::KeyExposed::decode_raw_log(log.topics().iter().copied(), &log.data).unwrap();
    assert_eq!(event.provider, key_word(40));
    assert!(opens(event.secret, 40));
}

#[test]
fn a_leaked_key_is_as_good_as_two_votes() {
    let mut chain = Chain::new(&[100, 100]);
    let leak = B256::from(*secret(40).secret_bytes());
    chain.call(IFinality::revealKeyCall { secret: leak }).unwrap();
    chain.next();
    assert_eq!(chain.total(2), 100);
    let again = chain.call(IFinality::revealKeyCall { secret: leak }).map(|_| ());
    assert_eq!(again, revert(&IFinality::ProviderRemoved { provider: key_word(40) }));
    let stranger = B256::repeat_byte(9);
    let unknown = IFinality::UnknownProvider { provider: key_word(9) };
    assert_eq!(chain.call(IFinality::revealKeyCall { secret: stranger }).map(|_| ()), revert(&unknown));
    for no_key in [B256::ZERO, B256::repeat_byte(0xff)] {
        let bad = chain.call(IFinality::revealKeyCall { secret: no_key }).map(|_| ());
        assert_eq!(bad, revert(&IFinality::BadSecret {}));
    }
}

#[test]
fn two_votes_with_different_nonces_are_a_tombstone() {
    let mut chain = Chain::new(&[100, 100]);
    let mut votes = double_vote(40, 7, B256::repeat_byte(1), B256::repeat_byte(2));
    let other = Nonce::from_bytes(&[77; 32]).unwrap();
    (votes.secondRandomness, votes.secondSignature) = sign_with(40, other, 7, votes.secondHash);
    // nothing can be extracted from them
    let nothing = IFinality::NoEvidence { provider: key_word(40) };
    let extracted = chain.call(IFinality::proveDoubleSignCall { votes: votes.clone() }).map(|_| ());
    assert_eq!(extracted, revert(&nothing));
    chain.call(IFinality::proveTwoVotesCall { votes: votes.clone() }).unwrap();
    chain.next();
    assert_eq!(chain.total(2), 100);
    let provider = key_word(40);
    assert_eq!(chain.call(IFinality::secretOfCall { provider }), Ok(B256::ZERO));
    let again = chain.call(IFinality::proveTwoVotesCall { votes }).map(|_| ());
    assert_eq!(again, revert(&IFinality::ProviderRemoved { provider }));
    // its key may still leak, and then its stakes can be slashed
    let votes = double_vote(40, 9, B256::repeat_byte(1), B256::repeat_byte(2));
    chain.call(IFinality::proveDoubleSignCall { votes }).unwrap();
    assert!(opens(chain.call(IFinality::secretOfCall { provider }).unwrap(), 40));
}

#[test]
fn what_is_no_evidence_is_refused() {
    let mut chain = Chain::new(&[100, 100]);
    let good = double_vote(40, 7, B256::repeat_byte(1), B256::repeat_byte(2));
    let nothing = IFinality::NoEvidence { provider: key_word(40) };
    let spoils: [fn(&mut IFinality::DoubleVote); 6] = [
        |votes| votes.height = 8,
        |votes| votes.secondHash = votes.firstHash,
        |votes| votes.secondSignature = votes.firstSignature,
        |votes| votes.firstSignature = B256::repeat_byte(0xff),
        |votes| votes.firstRandomness = B256::repeat_byte(3),
        |votes| (votes.secondHash, votes.secondSignature) = (votes.firstHash, votes.firstSignature),
    ];
    for (index, spoil) in spoils.iter().enumerate() {
        let mut votes = good.clone();
        spoil(&mut votes);
        for two in [false, true] {
            let refused = if two {
                chain.call(IFinality::proveTwoVotesCall { votes: votes.clone() }).map(|_| ())
            } else {
                chain.call(IFinality::proveDoubleSignCall { votes: votes.clone() }).map(|_| ())
            };
            assert_eq!(refused, revert(&nothing), "spoil {index}, {two}");
        }
    }
    // another provider is not to blame
    let votes = IFinality::DoubleVote { provider: key_word(41), ..good };
    let refused = chain.call(IFinality::proveDoubleSignCall { votes }).map(|_| ());
    assert_eq!(refused, revert(&IFinality::NoEvidence { provider: key_word(41) }));
}

#[test]
fn a_vote_for_another_block_is_half_an_evidence_while_its_key_is_secret() {
    use super::super::{Vote, evidence};
    use ballast_types::{Duty, SystemContract};
    let mut chain = Chain::new(&[100, 100]);
    let fork = chain.fork(1);
    let duty = |call: Vec<u8>| Duty {
        chain_id: chain.storage.block.chain_id,
        to: SystemContract::Finality.address(),
        input: call.into(),
    };
    let carried = duty(alloy_sol_types::SolCall::abi_encode(&fork.ballot(40, 1)));
    let vote = Vote::of(&carried).unwrap();
    assert_eq!((vote.provider, vote.height, vote.block_hash), (key_word(40), 1, fork.hash(1)));
    assert_eq!(Vote::of(&Duty { to: SystemContract::Staking.address(), ..carried }), None);
    let reveal = IFinality::revealKeyCall { secret: B256::from(*secret(40).secret_bytes()) };
    assert_eq!(Vote::of(&duty(alloy_sol_types::SolCall::abi_encode(&reveal))), None);

    assert_eq!(evidence::is_half(&mut chain.storage, &vote), Ok(true));
    let spoils: [fn(&mut Vote); 5] = [
        |vote| vote.provider = key_word(41),
        // a key that is no provider's, and one that is none
        |vote| vote.provider = key_word(9),
        |vote| vote.provider = B256::repeat_byte(0xff),
        |vote| vote.height += 1,
        |vote| vote.signature = B256::repeat_byte(0xff),
    ];
    for spoil in spoils {
        let mut bad = vote.clone();
        spoil(&mut bad);
        assert_eq!(evidence::is_half(&mut chain.storage, &bad), Ok(false));
    }
    chain.call(reveal).unwrap();
    assert_eq!(evidence::is_half(&mut chain.storage, &vote), Ok(false));
}
