//! What a custodian keeps in its folder.

use std::{fs, os::unix::fs::PermissionsExt};

use ballast_custody::{CeremonyId, Group, KeyShare};
use ballast_types::interfaces::ICustody::groupBytesCall;

use super::world::*;
use crate::custodian::{
    FileStore,
    ledger::Ledger,
    store::{Store, StoreError},
};

const FIRST: CeremonyId = CeremonyId([1; 32]);
const SECOND: CeremonyId = CeremonyId([2; 32]);

#[test]
fn a_seed_stays_the_first_one_until_the_key_exists() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    assert_eq!(*store.seed(FIRST, &[7; 32]).unwrap(), [7; 32]);
    assert_eq!(*store.seed(FIRST, &[8; 32]).unwrap(), [7; 32]);
    assert_eq!(*store.seed(SECOND, &[9; 32]).unwrap(), [9; 32]);
    drop(store);
    let store = FileStore::open(folder.path()).unwrap();
    assert_eq!(*store.seed(FIRST, &[8; 32]).unwrap(), [7; 32]);
    store.forget_seeds().unwrap();
    assert_eq!(*store.seed(FIRST, &[8; 32]).unwrap(), [8; 32]);
    let mode = fs::metadata(folder.path().join(format!("seed-{FIRST}"))).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_damaged_seed_is_no_seed() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    fs::write(folder.path().join(format!("seed-{FIRST}")), [1; 31]).unwrap();
    assert!(matches!(store.seed(FIRST, &[7; 32]), Err(StoreError::Seed { .. })));
}

#[test]
fn one_process_has_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = FileStore::open(folder.path()).unwrap();
    assert!(matches!(FileStore::open(folder.path()), Err(StoreError::InUse { .. })));
    drop(first);
    FileStore::open(folder.path()).unwrap();
}

#[test]
fn the_share_of_the_present_key_is_found_among_others() {
    let world = World::with_key();
    let group = Group::from_bytes(&world.view(&groupBytesCall {})).unwrap();
    let bytes = world.actors[&1].disk.files().shares.values().next().unwrap().clone();
    let other = World::with_key_of_seed(77);
    let other_bytes = other.actors[&1].disk.files().shares.values().next().unwrap().clone();
    let share = |bytes: &[u8]| KeyShare::from_secret_bytes(bytes).unwrap();
    assert_ne!(share(&other_bytes).group(), &group);

    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    assert!(store.share(&group).unwrap().is_none());
    store.keep_share(FIRST, &share(&other_bytes)).unwrap();
    assert!(store.share(&group).unwrap().is_none());
    store.keep_share(SECOND, &share(&bytes)).unwrap();
    assert!(store.has_share(FIRST).unwrap() && store.has_share(SECOND).unwrap());
    assert!(!store.has_share(CeremonyId([3; 32])).unwrap());
    assert_eq!(store.share(&group).unwrap().unwrap().to_secret_bytes().to_vec(), bytes);
    // what a kill has left half-written is no share
    let path = folder.path().join(format!("share-{SECOND}"));
    fs::write(folder.path().join("share-ff.partial"), &bytes[..40]).unwrap();
    assert!(store.share(&group).unwrap().is_some());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(&path, &bytes[1..]).unwrap();
    assert!(matches!(store.share(&group), Err(StoreError::Share { .. })));
}

#[test]
fn what_was_signed_is_read_again() {
    let (mut world, _) = World::with_intent();
    world.run(8, &[1, 2, 3]);
    let ledger = world.actors[&2].disk.ledger().unwrap();
    assert_ne!(ledger, Ledger::default());
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::open(folder.path()).unwrap();
    assert_eq!(store.ledger().unwrap(), Ledger::default());
    store.keep_ledger(&ledger).unwrap();
    drop(store);
    let store = FileStore::open(folder.path()).unwrap();
    assert_eq!(store.ledger().unwrap(), ledger);
    fs::write(folder.path().join("ledger.json"), "{").unwrap();
    assert!(matches!(store.ledger(), Err(StoreError::Ledger { .. })));
}
