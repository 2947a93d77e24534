use super::*;

// Expected values: the definition in docs/spec/ballast-wire.md, computed with Python's hashlib.

const CHAIN_ID: u64 = 840_099;

#[test]
fn votes() {
    let expected = "019ca1ec24f1279f5eaf5782132690da4c4d7ccb293729c9b3a8825c37e2dc50";
    assert_eq!(hex::encode(vote(CHAIN_ID, 7, &[0xaa; 32])), expected);
}

#[test]
fn commitments() {
    let expected = "0e13056937393744e46c29bf86f8329f492dd13633356c60bb9de8a56249c3dc";
    assert_eq!(hex::encode(commitment(CHAIN_ID, 7, 100, &[0xbb; 32])), expected);
}

#[test]
fn proofs_of_possession() {
    let provider = "5f43b778bd9265c1524351e3922fecac1e3ff981e3d465c8500af00af5e35c39";
    assert_eq!(hex::encode(possession(CHAIN_ID, &[0xcc; 20], Role::Provider)), provider);
    let staker = "367902a9d8e58503c77c62eea3e763259b97362d9c231fe809e0a402defe81ce";
    assert_eq!(hex::encode(possession(CHAIN_ID, &[0xcc; 20], Role::Staker)), staker);
}

#[test]
fn ceremony_messages() {
    let expected = "bbd98890dda25514c2f689ce5f0080154dfcd70e57a77c283d2ba44c3c5c2b0b";
    assert_eq!(hex::encode(ceremony(CHAIN_ID, &[0xdd; 32], 3, b"payload")), expected);
}

#[test]
fn fee_rates_and_questions_of_custodians() {
    let expected = "a025f573f2f1e88aec760817f9892f31793126b9717d97dce8cc9e9bb85bf3f9";
    assert_eq!(hex::encode(fee_rate(CHAIN_ID, 800_000, 2_500)), expected);
    let expected = "495ad9a67ebf80994d4d8a9e394d5b2ef7774dc937468c36cc6c89a0d6207422";
    assert_eq!(hex::encode(question(CHAIN_ID, 4, b"body")), expected);
}

#[test]
fn nonce_contexts() {
    assert_eq!(nonce_context(CHAIN_ID), "ballast-840099");
    assert_ne!(nonce_context(1), nonce_context(11));
}
