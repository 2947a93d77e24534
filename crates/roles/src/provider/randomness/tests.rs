use ballast_schnorr::PublicRandomness;
use ballast_types::{
    SystemContract,
    interfaces::{IFinality, ILightClient},
};

use super::*;
use crate::provider::{
    SignStore,
    tests::world::{CHAIN_ID, COMMITTED, chain, key_word, secret},
};

fn vote(height: u64) -> SignedVote {
    let folder = tempfile::tempdir().unwrap();
    let store = SignStore::open(&folder.path().join("votes.redb"), secret(1), CHAIN_ID).unwrap();
    store.sign(height, B256::repeat_byte(1)).unwrap()
}

#[test]
fn the_genesis_commitment_is_what_votes_are_proven_by() {
    let commitment = genesis_commitment(&secret(1), CHAIN_ID, 1, 300).unwrap();
    assert_eq!((commitment.start(), commitment.count()), (1, 300));
    let chain = chain(&[100], 300);
    for height in [1, 2, 255, 300] {
        let call = Trees::default().prove(&chain, &secret(1), CHAIN_ID, &vote(height)).unwrap();
        let aunts = call.path.iter().map(|aunt| aunt.0).collect();
        let proof = ballast_schnorr::Proof { index: height - 1, total: 300, aunts };
        commitment.verify(height, &PublicRandomness(call.randomness.0), &proof).unwrap();
    }
    let outside = Trees::default().prove(&chain, &secret(1), CHAIN_ID, &vote(301));
    assert!(matches!(outside, Err(RandomnessError::NotPromised { height: 301 })));
}

#[test]
fn a_commitment_to_no_height_is_refused() {
    assert_eq!(genesis_commitment(&secret(1), CHAIN_ID, 1, 0), Err(CommitmentError::Empty));
    let overflow = genesis_commitment(&secret(1), CHAIN_ID, u64::MAX, 2);
    assert_eq!(overflow, Err(CommitmentError::Overflow { start: u64::MAX, count: 2 }));
}

#[test]
fn each_height_is_proven_by_its_own_commitment() {
    let chain = chain(&[100], COMMITTED);
    let starts = [(COMMITTED + 1, 50), (COMMITTED + 51, 40), (COMMITTED + 100, 60)];
    for (start, count) in starts {
        finality::commit_randomness(&chain, &promise(&secret(1), CHAIN_ID, start, count).unwrap()).unwrap();
        chain.block();
    }
    let trees = Trees::default();
    let index = |height| trees.prove(&chain, &secret(1), CHAIN_ID, &vote(height)).map(|call| call.commitment);
    // more of them than are kept, there and back
    for _ in 0..2 {
        assert_eq!(index(COMMITTED).unwrap(), 0);
        assert_eq!(index(COMMITTED + 50).unwrap(), 1);
        assert_eq!(index(COMMITTED + 51).unwrap(), 2);
        assert_eq!(index(COMMITTED + 159).unwrap(), 3);
    }
    assert!(matches!(index(COMMITTED + 95), Err(RandomnessError::NotPromised { .. })));
    assert!(matches!(index(COMMITTED + 160), Err(RandomnessError::NotPromised { .. })));
}

#[test]
fn a_promise_that_was_made_otherwise_is_named() {
    let chain = chain(&[100], COMMITTED);
    let (start, count) = (COMMITTED + 1, 50);
    let root = [7; 32];
    let digest = Commitment::new(start, count, root).unwrap().digest(CHAIN_ID);
    let signature = bip340::sign(&secret(1), &digest, &NO_AUX).serialize().to_vec().into();
    let provider = key_word(1);
    let foreign = IFinality::commitRandomnessCall { provider, start, count, root: root.into(), signature };
    finality::commit_randomness(&chain, &foreign).unwrap();
    chain.block();
    let named = Trees::default().prove(&chain, &secret(1), CHAIN_ID, &vote(start)).unwrap_err();
    assert!(matches!(named, RandomnessError::Foreign { index: 1, start: 1001 }), "{named}");
}

#[test]
fn a_promise_counts_k_bitcoin_blocks_later() {
    let chain = chain(&[100], COMMITTED);
    chain.bitcoin(2);
    finality::commit_randomness(&chain, &promise(&secret(1), CHAIN_ID, COMMITTED + 1, 50).unwrap()).unwrap();
    chain.block();
    let tip = chain.view(SystemContract::LightClient, &ILightClient::tipCall {}).height;
    assert_eq!(finality::promise(&chain, key_word(1), 1).unwrap().usable_from, tip + 3);
}
