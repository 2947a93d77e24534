use alloy_sol_types::SolInterface;
use ballast_schnorr::PublicRandomness;
use ballast_types::{SystemContract, interfaces::IFinality::IFinalityErrors};

use super::*;
use crate::{
    chain::send_duty,
    fake::FakeChain,
    provider::tests::world::{CHAIN_ID, chain, key_word, secret},
};

/// A chain on which provider 1 has voted for block 3, and the folder of its store.
fn voted() -> (std::sync::Arc<FakeChain>, tempfile::TempDir) {
    let chain = chain(&[100, 100, 100, 100], 50);
    (0..3).for_each(|_| chain.block());
    let folder = tempfile::tempdir().unwrap();
    let store = SignStore::open(&folder.path().join("votes.redb"), secret(1), CHAIN_ID).unwrap();
    let vote = store.sign(3, FakeChain::hash(3)).unwrap();
    let call = Trees::default().prove(&chain, store.key(), CHAIN_ID, &vote).unwrap();
    finality::vote(&chain, &call, false).unwrap();
    chain.block();
    (chain, folder)
}

#[test]
fn a_double_sign_costs_the_key_and_the_power_in_the_same_block() {
    let (chain, folder) = voted();
    let equivocation = equivocate(&chain, secret(1), &folder.path().join("second.redb")).unwrap();
    let provider = key_word(1);
    let total = |height| chain.view(SystemContract::Finality, &IFinality::snapshotCall { height }).total;
    let evidence = IFinality::proveDoubleSignCall { votes: equivocation.votes };
    send_duty(&chain, SystemContract::Finality, &evidence).unwrap();
    chain.block();
    assert_eq!(total(chain.block_number().unwrap() + 1), 300);
    let leaked = chain.view(SystemContract::Finality, &IFinality::secretOfCall { provider });
    assert_eq!(SigningKey::from_bytes(&leaked.0).unwrap().x_only(), secret(1).x_only());
}

#[test]
fn the_second_vote_is_valid_but_for_its_block() {
    let (chain, folder) = voted();
    let Equivocation { votes, second } =
        equivocate(&chain, secret(1), &folder.path().join("second.redb")).unwrap();
    assert_eq!((votes.firstHash, votes.height), (FakeChain::hash(3), 3));
    assert_eq!((second.blockHash, second.signature), (votes.secondHash, votes.secondSignature));
    let message = ballast_schnorr::message::vote(CHAIN_ID, 3, &second.blockHash);
    let signature = ballast_schnorr::eots::Signature::from_bytes(second.signature.0).unwrap();
    let randomness = PublicRandomness(second.randomness.0);
    ballast_schnorr::eots::verify(&secret(1).x_only(), &randomness, &message, &signature).unwrap();
    let Err(ChainError::Refused { data, .. }) = finality::vote(&chain, &second, false) else { panic!() };
    let refused = IFinalityErrors::abi_decode_validate(&data).unwrap();
    assert!(matches!(refused, IFinalityErrors::WrongBlock(_)), "{refused:?}");
}

#[test]
fn the_provider_s_own_store_refuses() {
    let (chain, folder) = voted();
    let refused = equivocate(&chain, secret(1), &folder.path().join("votes.redb")).unwrap_err();
    let EquivocationError::Store(StoreError::SecondHash { height: 3, .. }) = refused else {
        panic!("{refused}")
    };
}

#[test]
fn who_has_not_voted_cannot_vote_twice() {
    let (chain, folder) = voted();
    let silent = equivocate(&chain, secret(2), &folder.path().join("second.redb")).unwrap_err();
    assert!(matches!(silent, EquivocationError::NoVote { .. }), "{silent}");
}
