//! Bitcoin changes its mind.

use super::*;
use crate::{
    light_client,
    staking::{
        follow::{MAX_SETTLED, MAX_STEPS},
        store::{CURSOR, DUE},
    },
};

#[test]
fn a_reorganisation_removes_an_anchor_and_restores_it() {
    let mut world = World::new();
    let (staked, height) = world.active(STAKER, PROVIDER, VALUE);
    let blocks = world.blocks.clone();
    let depth = blocks.len() - height;
    world.reorganise(depth, &[]);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Verified, 0));
    world.restore(&blocks, height - 1);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Active, VALUE));
}

#[test]
fn a_stake_that_lost_its_block_is_proven_in_another_one() {
    let mut world = World::new();
    let (staked, height) = world.active(STAKER, PROVIDER, VALUE);
    let hash = world.proof(height, 1).0;
    assert_eq!(world.prove(&staked, height), revert(&IStaking::AnchorStands { blockHash: hash }));
    let depth = world.blocks.len() - height;
    world.reorganise(depth, &[&staked.facts.staking_tx]);
    assert_eq!(world.power(PROVIDER), 0);
    world.prove(&staked, height).unwrap();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Active, VALUE));
    // and lost again
    let depth = world.blocks.len() - height;
    world.reorganise(depth, &[]);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Verified, 0));
}

#[test]
fn a_shallow_reorganisation_changes_nothing() {
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    world.reorganise(2, &[]);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Active, VALUE));
}

#[test]
fn the_work_of_a_height_is_spread_over_blocks() {
    let mut world = World::new();
    let (staked, height) = world.active(STAKER, PROVIDER, VALUE);
    let due = height as u32 + 190;
    let crowd = 2 * u64::from(MAX_SETTLED);
    for number in 0..crowd {
        // a list entry of no stake costs the same walk
        let list = DUE.at(&due);
        list.push(&mut world.storage, &U256::from(number + 1).into()).unwrap();
    }
    // the stake itself is settled last
    let first = DUE.at(&due).get(&mut world.storage, 0).unwrap().unwrap();
    let last = DUE.at(&due).get(&mut world.storage, crowd).unwrap().unwrap();
    DUE.at(&due).set(&mut world.storage, 0, &last).unwrap();
    DUE.at(&due).set(&mut world.storage, crowd, &first).unwrap();
    world.mine_empty(due as usize - world.height() as usize);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Expired, VALUE));
    let late = world.stake(7, PROVIDER, VALUE);
    world.register(&late).unwrap();
    world.next_block();
    assert_eq!(world.power(PROVIDER), VALUE);
    world.next_block();
    assert_eq!(world.power(PROVIDER), 0);
}

#[test]
fn a_long_absence_is_caught_up_in_steps() {
    let mut world = World::new();
    let headers = crate::mining::chain(&world.tip(), 3 * MAX_STEPS / 2, 4);
    world.storage.block.timestamp = u64::from(headers.last().unwrap().time);
    for part in headers.chunks(light_client::MAX_HEADERS) {
        light_client::submit(&mut world.storage, &crate::mining::bytes(part)).unwrap();
    }
    let staked = world.stake(STAKER, PROVIDER, VALUE);
    world.register(&staked).unwrap();
    let stale = revert(&IStaking::BitcoinStale {});
    assert_eq!(world.approve(&staked, COVENANT[0]), stale);
    world.next_block();
    assert_eq!(CURSOR.load(&mut world.storage).unwrap().height as usize, MAX_STEPS);
    world.next_block();
    assert_eq!(CURSOR.load(&mut world.storage).unwrap().height as usize, headers.len());
    world.approve(&staked, COVENANT[0]).unwrap();
    // a stale light client begins nothing
    world.storage.block.timestamp += 4000;
    assert_eq!(world.approve(&staked, COVENANT[1]), stale);
}
