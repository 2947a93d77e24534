use alloy_primitives::U256;
use ballast_types::interfaces::IStkBtc::*;

use super::world::*;

#[test]
fn a_cancelled_ticket_gives_its_shares_back() {
    let mut world = World::staked();
    let before = world.shares(ALICE);
    world.request(ALICE, sats(30_000)).unwrap();
    let cancel = cancelRedeemCall { requestId: n(1), receiver: ALICE };
    assert_eq!(world.write(ALICE, &cancel), Ok(sats(30_000)));
    assert_eq!(world.shares(ALICE), before);
    assert_eq!(world.write(ALICE, &cancel), refusal(&NoTicket { requestId: n(1) }));
    for request_id in [n(0), n(2), U256::MAX] {
        let cancel = cancelRedeemCall { requestId: request_id, receiver: ALICE };
        assert_eq!(world.write(ALICE, &cancel), refusal(&NoTicket { requestId: request_id }));
        let pending = pendingRedeemRequestCall { requestId: request_id, controller: ALICE };
        assert_eq!(world.view(&pending), n(0));
    }
    let shares = sats(30_000);
    let cancelled = Cancelled { requestId: n(1), controller: ALICE, shares, returned: shares };
    assert_eq!(world.events::<Cancelled>(), [cancelled]);
    world.check();
}

#[test]
fn giving_up_a_ticket_gives_up_the_rise() {
    let mut world = World::staked();
    world.request(ALICE, sats(50_000_000)).unwrap();
    world.income(sats(300_000));
    world.pass(BLOCKS);
    let before = world.price();
    let cancel = cancelRedeemCall { requestId: n(1), receiver: BOB };
    let returned = world.write(ALICE, &cancel).unwrap();
    // 50,000,000 sats at a rate of 1.003
    assert_eq!(returned, sats(50_000_000) * n(1_000) / n(1_003));
    assert_eq!(world.shares(BOB), returned);
    let worth = world.price().worth(returned).unwrap();
    assert!(worth <= sats(50_000_000) && worth >= sats(50_000_000) - n(2), "{worth}");
    assert!(world.price().assets < before.assets);
    world.check();
}

#[test]
fn giving_up_a_ticket_does_not_heal_a_loss() {
    let mut world = World::staked();
    world.request(ALICE, sats(50_000)).unwrap();
    world.lose(sats(10_000_000));
    let cancel = cancelRedeemCall { requestId: n(1), receiver: ALICE };
    assert_eq!(world.write(ALICE, &cancel), Ok(sats(50_000)));
    assert_eq!(world.view(&convertToAssetsCall { shares: sats(50_000) }), sats(45_000));
    world.check();
}

#[test]
fn the_queue_walks_over_holes() {
    let mut world = World::staked();
    for number in 1..=70 {
        world.request(ALICE, sats(20_000)).unwrap();
        if number < 70 {
            world.write(ALICE, &cancelRedeemCall { requestId: n(number), receiver: ALICE }).unwrap();
        }
    }
    world.check();
    world.advance().unwrap();
    assert!(world.events::<Completed>().is_empty(), "64 places at a time");
    assert_eq!(world.view(&queueCall {}).first, n(65));
    world.advance().unwrap();
    assert_eq!(world.events::<Completed>().len(), 1);
    assert_eq!(world.advance(), refusal(&NothingDue {}));
    world.check();
}
