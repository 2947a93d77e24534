use ballast_types::interfaces::ICustody::*;

use super::world::*;

const AMOUNT: u64 = 50_000;

fn world() -> World {
    let mut world = World::new();
    world.fund(ALICE, 1_000_000);
    world.request(ALICE, &payees()[2], AMOUNT, 5_000).unwrap();
    world
}

#[test]
fn an_unconfirmed_intent_climbs_one_rung_every_six_blocks() {
    let mut world = world();
    let (first, transaction) = world.advance();
    world.mine_empty(5);
    world.wait();
    world.refused(&advanceCall {}, &NothingDue {});
    world.mine_empty(1);
    let (second, higher) = world.advance();
    assert_eq!((second.intent, second.rung), (first.intent, 1));
    assert!(second.fee > first.fee);
    assert_eq!(higher.input, transaction.input);
    assert_eq!(higher.output[0], transaction.output[0]);
    assert_eq!(
        transaction.output[1].value.to_sat() - higher.output[1].value.to_sat(),
        second.fee - first.fee,
        "only the change shrinks"
    );
    world.check();
}

#[test]
fn whichever_rung_confirms_settles_at_its_own_fee() {
    for confirms in 0..2 {
        let mut world = world();
        let (first, low) = world.advance();
        world.mine_empty(6);
        let (second, high) = world.advance();
        let (event, transaction) = if confirms == 0 { (first, low) } else { (second, high) };
        world.confirm(&transaction);
        assert_eq!(world.books().burnt, AMOUNT + event.fee);
        world.check();
    }
}

/// A payout is paid, and burnt, once, whichever rung a reorganisation leaves in the end.
#[test]
fn another_rung_replaces_the_change_of_one_that_was_reorganised_away() {
    let mut world = world();
    let (first, low) = world.advance();
    world.mine_empty(6);
    let (second, high) = world.advance();
    world.confirm(&low);
    let before = world.books();
    world.reorganise(4, &[signed(&high)]);
    assert!(world.books().deficit > 0);
    let height = world.blocks.len() - 5;
    let call = world.payment_call(height, 1);
    world.duty(&call).unwrap();
    let after = world.books();
    assert_eq!(after.burnt, before.burnt);
    assert_eq!(before.anchored - after.anchored, second.fee - first.fee);
    world.refused(&call, &AlreadySettled { intent: first.intent });
    world.check();
}

#[test]
fn a_ladder_ends_at_the_ceiling_of_its_payout() {
    let mut world = world();
    let (mut last, _) = world.advance();
    let mut rungs = 0;
    loop {
        world.mine_empty(7);
        let tip = world.tip();
        for custodian in 1..=3 {
            world.attest(custodian, tip, 25_000).unwrap();
        }
        world.wait();
        if world.duty(&advanceCall {}).is_err() {
            break;
        }
        rungs += 1;
        last = world.events::<Intent>().pop().unwrap();
        assert!(last.fee <= 5_000, "a fee of {}", last.fee);
    }
    assert!((3..10).contains(&rungs), "{rungs} rungs");
    assert_eq!(u64::from(last.rung), rungs);
    world.check();
}

#[test]
fn a_sweep_that_never_confirms_lapses_with_its_deposit() {
    let mut world = World::new();
    let deposit = world.deposit_tx(ALICE, &[100_000], x_only(4));
    let height = world.mine(&[deposit]);
    world.mine_empty(K);
    let call = proveDepositCall { refundKey: x_only(4), ..world.deposit_call(height, 1, 0, ALICE) };
    world.duty(&call).unwrap();
    let (event, sweep) = world.advance();
    world.mine_empty(141);
    world.wait();
    world.duty(&advanceCall {}).unwrap();
    assert_eq!(world.view(&intentCall { number: event.intent }).state, 3);
    assert_eq!(world.books().refundable, 0);
    world.check();
    // it may still win the race, and then it counts
    world.confirm(&sweep);
    assert_eq!(world.balance(ALICE), sats(100_000 - SWEEP_FEE));
    world.check();
}
