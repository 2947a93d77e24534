use alloy_primitives::U256;
use ballast_types::interfaces::ICustody::*;
use bitcoin::ScriptBuf;

use super::world::*;
use crate::contract::{CallError, Mode};

const FUNDS: u64 = 1_000_000 - SWEEP_FEE;
const AMOUNT: u64 = 50_000;
const CEILING: u64 = 2_000;

fn funded() -> World {
    let mut world = World::new();
    world.fund(ALICE, 1_000_000);
    world
}

#[test]
fn a_request_is_escrowed_in_full_and_can_be_taken_back_while_it_waits() {
    let mut world = funded();
    for script in payees() {
        world.request(ALICE, &script, AMOUNT, CEILING).unwrap();
        world.check();
    }
    let escrow = 5 * (AMOUNT + CEILING);
    assert_eq!(world.books().escrow, escrow);
    assert_eq!(world.balance(ALICE), sats(FUNDS - escrow));
    let shown = world.view(&payoutCall { number: 5 });
    assert_eq!((shown.owner, shown.amount, shown.maxFee, shown.state), (ALICE, AMOUNT, CEILING, 1));
    assert_eq!(shown.scriptPubKey.to_vec(), payees()[4].to_bytes());

    let cancel = |world: &mut World, who, payout| {
        world.call(Mode::Ordinary, who, U256::ZERO, &cancelPayoutCall { payout }).map(|_| ())
    };
    for (who, payout) in [(BOB, 1), (ALICE, 0), (ALICE, 6)] {
        let refused = CallError::revert(&NotWaiting { payout });
        assert_eq!(cancel(&mut world, who, payout), Err(refused));
    }
    for payout in 1..=5 {
        cancel(&mut world, ALICE, payout).unwrap();
        world.check();
        let refused = CallError::revert(&NotWaiting { payout });
        assert_eq!(cancel(&mut world, ALICE, payout), Err(refused));
    }
    assert_eq!(world.balance(ALICE), sats(FUNDS));
}

#[test]
fn what_cannot_be_paid_is_refused() {
    let mut world = funded();
    let treasury = ScriptBuf::from_bytes(world.view(&treasuryScriptCall {}).to_vec());
    let mut no_point = vec![0x51, 0x20];
    no_point.extend([0xff; 32]);
    let mut refused = |script: ScriptBuf| {
        let result = world.request(ALICE, &script, AMOUNT, CEILING);
        let Err(CallError::Revert(data)) = result else { panic!("{script} was taken: {result:?}") };
        assert_eq!(data[..4], <BadScript as alloy_sol_types::SolError>::SELECTOR, "{script}");
        world.check();
    };
    refused(ScriptBuf::new_op_return([1; 20]));
    refused(ScriptBuf::from_hex("51024e73").unwrap());
    refused(ScriptBuf::new());
    refused(ScriptBuf::from_hex(&format!("5220{}", "11".repeat(32))).unwrap());
    refused(ScriptBuf::from_bytes(vec![0; 10_001]));
    refused(ScriptBuf::from_bytes(no_point));
    refused(treasury);
}

#[test]
fn an_amount_below_the_minimum_or_another_value_than_the_escrow_is_refused() {
    let mut world = funded();
    let script = payees()[0].clone();
    let too_small = PayoutAmount { minimum: 10_000, found: 9_999 };
    assert_eq!(world.request(ALICE, &script, 9_999, CEILING), Err(CallError::revert(&too_small)));
    for (amount, ceiling) in [(u64::MAX, 0), (u64::MAX, u64::MAX), (10_000, u64::MAX)] {
        let call = requestPayoutCall { scriptPubKey: script.to_bytes().into(), amount, maxFee: ceiling };
        assert!(world.call(Mode::Ordinary, ALICE, U256::ZERO, &call).is_err());
    }
    let call = requestPayoutCall { scriptPubKey: script.to_bytes().into(), amount: AMOUNT, maxFee: CEILING };
    let expected = sats(AMOUNT + CEILING);
    for found in [U256::ZERO, expected - U256::from(1), expected + U256::from(1)] {
        let refused = CallError::revert(&WrongValue { expected, found });
        assert_eq!(world.call(Mode::Ordinary, ALICE, found, &call).map(|_| ()), Err(refused));
    }
    world.request(ALICE, &script, 10_000, 0).unwrap();
    world.check();
}

/// Cheap requests at the head of the queue do not stop those who pay enough.
#[test]
fn a_queue_full_of_low_ceilings_moves_on() {
    let mut world = funded();
    world.fund(BOB, 1_000_000);
    for _ in 0..25 {
        world.request(ALICE, &payees()[2], 10_000, 1).unwrap();
    }
    let rich = world.request(BOB, &payees()[2], AMOUNT, CEILING).unwrap();
    world.wait();
    world.duty(&advanceCall {}).unwrap();
    assert_eq!(world.events::<Intent>().len(), 0, "all that were looked at go to the end");
    let (event, _) = world.advance();
    assert_eq!(world.view(&intentCall { number: event.intent }).payouts, [rich]);
    world.check();
    world.wait();
    world.refused(&advanceCall {}, &NothingDue {});
}

/// A run of empty places as long as one look at the queue costs one more turn.
#[test]
fn empty_places_are_left_behind() {
    let mut world = funded();
    world.request(ALICE, &payees()[0], 10_000, 1).unwrap();
    let cancel = |world: &mut World, payout| {
        world.call(Mode::Ordinary, ALICE, U256::ZERO, &cancelPayoutCall { payout }).unwrap();
    };
    for payout in 2..=60 {
        world.request(ALICE, &payees()[0], 10_000, 1).unwrap();
        cancel(&mut world, payout);
    }
    world.request(ALICE, &payees()[0], AMOUNT, CEILING).unwrap();
    cancel(&mut world, 1);
    world.wait();
    world.duty(&advanceCall {}).unwrap();
    assert!(world.events::<Intent>().is_empty());
    let (event, _) = world.advance();
    assert_eq!(world.view(&intentCall { number: event.intent }).payouts, [61]);
    world.check();
}
