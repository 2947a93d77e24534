use std::{io::Write, path::PathBuf};

use ballast_schnorr::PublicRandomness;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const CHAIN_ID: u64 = 840_099;

fn secret(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32]).unwrap()
}

fn hash(byte: u8) -> B256 {
    B256::repeat_byte(byte)
}

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new").join("votes.redb");
    (folder, path)
}

fn open(path: &Path) -> SignStore {
    SignStore::open(path, secret(7), CHAIN_ID).unwrap()
}

#[test]
fn a_vote_verifies() {
    let (_folder, path) = folder();
    let vote = open(&path).sign(5, hash(1)).unwrap();
    let message = message::vote(CHAIN_ID, 5, &vote.hash);
    let signature = eots::Signature::from_bytes(vote.signature.0).unwrap();
    eots::verify(&secret(7).x_only(), &PublicRandomness(vote.randomness.0), &message, &signature).unwrap();
}

#[test]
fn a_second_hash_at_one_height_is_refused_for_ever() {
    let (_folder, path) = folder();
    let first = open(&path).sign(5, hash(1)).unwrap();
    for _ in 0..2 {
        let store = open(&path);
        let refused = store.sign(5, hash(2)).unwrap_err();
        assert!(matches!(refused, StoreError::SecondHash { height: 5, signed, refused }
            if (signed, refused) == (hash(1), hash(2))));
        // the first one again is no second one
        assert_eq!(store.sign(5, hash(1)).unwrap(), first);
        store.sign(6, hash(3)).ok();
    }
}

#[test]
fn heights_only_rise() {
    let (_folder, path) = folder();
    let store = open(&path);
    store.sign(5, hash(1)).unwrap();
    store.sign(9, hash(2)).unwrap();
    for height in [0, 4, 6, 8] {
        let refused = store.sign(height, hash(3)).unwrap_err();
        assert!(matches!(refused, StoreError::NotRising { highest: 9, .. }), "{refused}");
        assert_eq!(store.recorded(height).unwrap(), None);
    }
    assert_eq!((store.highest().unwrap(), store.last().unwrap()), (9, Some((9, hash(2)))));
}

#[test]
fn a_batch_is_signed_whole_or_not_at_all() {
    let (_folder, path) = folder();
    let store = open(&path);
    let votes = store.sign_all(&[(1, hash(1)), (2, hash(2)), (3, hash(3))]).unwrap();
    assert_eq!(votes.len(), 3);
    for spoilt in [[(4, hash(4)), (2, hash(9))], [(4, hash(4)), (4, hash(5))], [(6, hash(4)), (5, hash(5))]] {
        store.sign_all(&spoilt).unwrap_err();
        assert_eq!(store.highest().unwrap(), 3);
    }
    // what is on record may be among what is new
    let again = store.sign_all(&[(2, hash(2)), (4, hash(4))]).unwrap();
    assert_eq!(again[0], votes[1]);
    assert!(store.sign_all(&[]).unwrap().is_empty());
}

#[test]
fn a_store_has_one_process() {
    let (_folder, path) = folder();
    let store = open(&path);
    let second = SignStore::open(&path, secret(7), CHAIN_ID).unwrap_err();
    assert!(matches!(second, StoreError::InUse { .. }), "{second}");
    assert!(second.to_string().contains("one key has one signer"));
    drop(store);
    open(&path);
}

#[test]
fn a_store_is_of_one_key_and_one_chain() {
    let (_folder, path) = folder();
    let expected = open(&path).provider();
    let other = SignStore::open(&path, secret(8), CHAIN_ID).unwrap_err();
    assert!(matches!(other, StoreError::OtherKey { found, .. } if found == expected), "{other}");
    let other = SignStore::open(&path, secret(7), 1).unwrap_err();
    assert!(matches!(other, StoreError::OtherChain { expected: 1, found: CHAIN_ID }), "{other}");
    // neither attempt changed it
    open(&path);
}

#[test]
fn what_is_given_up_is_never_signed() {
    let (_folder, path) = folder();
    let store = open(&path);
    store.sign(5, hash(1)).unwrap();
    store.give_up(100).unwrap();
    store.give_up(50).unwrap();
    drop(store);
    let store = open(&path);
    assert_eq!((store.highest().unwrap(), store.last().unwrap()), (100, Some((5, hash(1)))));
    assert!(matches!(store.sign(100, hash(2)), Err(StoreError::NotRising { highest: 100, .. })));
    store.sign(5, hash(1)).unwrap();
    store.sign(101, hash(2)).unwrap();
}

#[test]
fn old_records_go_and_their_heights_stay_closed() {
    let (_folder, path) = folder();
    let store = open(&path);
    store.sign_all(&[(1, hash(1)), (2, hash(2))]).unwrap();
    store.sign(KEPT + 2, hash(3)).unwrap();
    assert_eq!((store.recorded(1).unwrap(), store.recorded(2).unwrap()), (None, Some(hash(2))));
    assert!(matches!(store.sign(1, hash(9)), Err(StoreError::NotRising { .. })));
}

#[test]
fn a_file_that_is_no_store_signs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("votes.redb");
    File::create(&path).unwrap().write_all(&[7; 5000]).unwrap();
    let damaged = SignStore::open(&path, secret(7), CHAIN_ID).unwrap_err();
    assert!(matches!(damaged, StoreError::File(_)), "{damaged}");
    let nowhere = path.join("votes.redb");
    let nowhere = SignStore::open(&nowhere, secret(7), CHAIN_ID).unwrap_err();
    assert!(matches!(nowhere, StoreError::Folder { .. }), "{nowhere}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is asked, and however often the store is opened again, no height has two signatures.
    #[test]
    fn no_height_is_ever_signed_twice(asked in prop::collection::vec((0..12_u64, 0..3_u8, any::<bool>()), 1..40)) {
        let (_folder, path) = folder();
        let mut store = Some(open(&path));
        let mut signed = std::collections::BTreeMap::new();
        for (height, byte, reopen) in asked {
            if reopen {
                drop(store.take());
                store = Some(open(&path));
            }
            let highest = signed.last_key_value().map_or(0, |(height, _)| *height);
            let before = signed.get(&height).copied();
            match store.as_ref().unwrap().sign(height, hash(byte)) {
                Ok(vote) => {
                    prop_assert!(before.is_none_or(|before| before == vote));
                    prop_assert!(before.is_some() || height > highest);
                    signed.insert(height, vote);
                }
                Err(StoreError::SecondHash { .. }) => prop_assert!(before.is_some_and(|vote| vote.hash != hash(byte))),
                Err(StoreError::NotRising { .. }) => prop_assert!(before.is_none() && height <= highest),
                Err(other) => prop_assert!(false, "{other}"),
            }
        }
    }
}
