use ballast_types::interfaces::IStkBtc::*;

use super::world::*;
use crate::vault;

#[test]
fn income_raises_the_rate_block_by_block() {
    let mut world = World::staked();
    world.income(sats(100_000));
    assert_eq!(world.view(&totalAssetsCall {}), sats(100_000_000));
    let until = world.storage.block.number + BLOCKS;
    let income = Income { epoch: 3, assets: sats(100_000), streamed: sats(100_000), until };
    assert_eq!(world.events::<Income>(), [income]);
    for block in 1..=BLOCKS {
        world.pass(1);
        assert_eq!(world.view(&totalAssetsCall {}), sats(100_000_000 + block * 10_000));
        world.check();
    }
    world.pass(50);
    assert_eq!(world.view(&totalAssetsCall {}), sats(100_100_000));
    assert_eq!(world.view(&streamCall {}).streaming, n(0));
}

#[test]
fn what_does_not_divide_counts_late() {
    let mut world = World::staked();
    world.income(n(7));
    let mut counted = Vec::new();
    for _ in 0..BLOCKS {
        world.pass(1);
        counted.push((world.view(&totalAssetsCall {}) - sats(100_000_000)).to::<u64>());
    }
    assert_eq!(counted, [0, 1, 2, 2, 3, 4, 4, 5, 6, 7]);
}

#[test]
fn a_stream_is_at_most_the_pools_fee_and_the_rest_waits() {
    let mut world = World::staked();
    world.income(sats(1_000_000));
    let stream = world.view(&streamCall {});
    assert_eq!((stream.streaming, stream.waiting), (sats(300_000), sats(700_000)));
    world.pass(BLOCKS);
    assert_eq!(world.rate(), n(1_003_000_000_000_000_000));
    // what waits flows with the next settlement, though it brings nothing
    world.income(n(0));
    world.pass(BLOCKS);
    assert_eq!(world.rate(), n(1_006_009_000_000_000_000));
    assert_eq!(world.view(&streamCall {}).waiting, sats(1_000_000 - 300_000 - 300_900));
    world.check();
}

#[test]
fn a_new_part_joins_what_is_left() {
    let mut world = World::staked();
    world.income(sats(100_000));
    world.pass(4);
    world.income(sats(40_000));
    let stream = world.view(&streamCall {});
    assert_eq!((stream.streaming, stream.waiting), (sats(100_000), n(0)));
    assert_eq!(stream.until, world.storage.block.number + BLOCKS);
    assert_eq!(world.view(&totalAssetsCall {}), sats(100_040_000));
    world.pass(BLOCKS);
    assert_eq!(world.view(&totalAssetsCall {}), sats(100_140_000));
    world.check();
}

#[test]
fn parts_that_come_at_once_are_one_stream() {
    let mut world = World::staked();
    for _ in 0..8 {
        world.income(sats(100_000));
    }
    let stream = world.view(&streamCall {});
    assert_eq!((stream.streaming, stream.waiting), (sats(300_000), sats(500_000)));
    world.check();
}

#[test]
fn income_without_shares_waits_for_them() {
    let mut world = World::new();
    world.income(sats(500_000));
    assert_eq!(world.rate(), n(1_000_000_000_000_000_000));
    world.pass(BLOCKS);
    world.stake(ALICE, sats(100_000_000)).unwrap();
    assert_eq!(world.rate(), n(1_000_000_000_000_000_000));
    world.income(n(0));
    world.pass(BLOCKS);
    assert_eq!(world.rate(), n(1_003_000_000_000_000_000));
    world.check();
}

#[test]
fn a_settlement_that_brings_nothing_is_silent() {
    let mut world = World::staked();
    let before = world.storage.snapshot();
    vault::income(&mut world.storage, 3, n(0)).unwrap();
    assert_eq!(world.storage.snapshot(), before);
}

#[test]
fn the_few_who_stay_do_not_get_the_stream_of_many() {
    let mut world = World::staked();
    world.income(sats(300_000));
    world.request(ALICE, sats(99_000_000)).unwrap();
    world.advance().unwrap();
    // a hundredth of the shares is left, and so is a hundredth of the stream
    let stream = world.view(&streamCall {});
    assert_eq!((stream.streaming, stream.waiting), (sats(3_000), sats(297_000)));
    world.pass(BLOCKS);
    assert_eq!(world.rate(), n(1_003_000_000_000_000_000));
    world.check();
}

#[test]
fn a_cut_in_the_middle_leaves_what_has_counted() {
    let mut world = World::staked();
    world.income(sats(300_000));
    world.pass(5);
    world.request(ALICE, sats(50_000_000)).unwrap();
    let before = world.price();
    world.advance().unwrap();
    let after = world.price();
    let (old, new) = (before.assets * after.shares, after.assets * before.shares);
    assert!(new >= old && new - old <= n(4) * before.shares, "the rate stands still");
    world.pass(5);
    let rate = world.rate();
    assert!(rate <= n(1_003_010_000_000_000_000) && rate > n(1_002_990_000_000_000_000), "{rate}");
    world.check();
}
