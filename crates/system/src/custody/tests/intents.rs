use ballast_types::interfaces::ICustody::*;
use bitcoin::consensus::serialize;

use super::world::*;
use crate::contract::Mode;

const AMOUNT: u64 = 50_000;
const CEILING: u64 = 2_000;

fn with_payouts(count: usize) -> World {
    let mut world = World::new();
    world.fund(ALICE, 1_000_000);
    for script in payees().iter().cycle().take(count) {
        world.request(ALICE, script, AMOUNT, CEILING).unwrap();
    }
    world
}

#[test]
fn a_payment_burns_what_it_cost_and_returns_the_rest() {
    let mut world = with_payouts(5);
    let before = world.books();
    let (event, transaction) = world.advance();
    assert_eq!(transaction.output.len(), 6);
    for (output, script) in transaction.output.iter().zip(payees()) {
        assert_eq!((output.value.to_sat(), &output.script_pubkey), (AMOUNT, &script));
    }
    let change = transaction.output[5].clone();
    assert_eq!(change.value.to_sat(), 1_000_000 - 5 * AMOUNT - event.fee);
    assert_eq!(change.script_pubkey.to_bytes(), world.view(&treasuryScriptCall {}).to_vec());
    assert_eq!(world.books().inFlight, 1_000_000);
    world.check();

    world.confirm(&transaction);
    let after = world.books();
    assert_eq!(after.burnt, 5 * AMOUNT + event.fee);
    assert_eq!((after.escrow, after.inFlight, after.surplus), (0, 0, before.surplus));
    assert_eq!(after.anchored, change.value.to_sat());
    assert_eq!(world.balance(ALICE), sats(1_000_000 - SWEEP_FEE - 5 * AMOUNT - event.fee));
    let fees: u64 = world.events::<PayoutPaid>().iter().map(|paid| paid.fee).sum();
    assert_eq!(fees, event.fee);
    assert!(world.view(&liveIntentsCall {}).is_empty());
    world.check();
}

#[test]
fn a_payment_is_taken_once_deep_enough_and_only_if_custody_was_to_sign_it() {
    let mut world = with_payouts(1);
    let (event, transaction) = world.advance();
    let mut changed = transaction.clone();
    changed.output[0].value += bitcoin::Amount::ONE_SAT;
    let height = world.mine(&[signed(&transaction), changed]);
    let call = world.payment_call(height, 1);
    for found in 0..K as u32 {
        world.refused(&call, &Shallow { expected: 3, found });
        world.mine_empty(1);
    }
    let other = world.payment_call(height, 2);
    let txid = bitcoin::hashes::Hash::to_byte_array(world.blocks[height].txdata[2].compute_txid());
    world.refused(&other, &UnknownIntent { txid: txid.into() });
    world.duty(&call).unwrap();
    world.refused(&call, &AlreadySettled { intent: event.intent });
    let without_witness = provePaymentCall { transaction: serialize(&transaction).into(), ..call };
    world.refused(&without_witness, &AlreadySettled { intent: event.intent });
    world.check();
}

#[test]
fn an_intent_is_due_once_in_an_interval_and_never_shares_an_input() {
    let mut world = with_payouts(1);
    world.fund(BOB, 500_000);
    let (_, first) = world.advance();
    world.request(BOB, &payees()[1], AMOUNT, CEILING).unwrap();
    world.refused(&advanceCall {}, &NothingDue {});
    let (event, second) = world.advance();
    assert_ne!(first.input[0].previous_output, second.input[0].previous_output);
    // the one who waits for coins waits
    world.request(BOB, &payees()[1], AMOUNT, CEILING).unwrap();
    world.wait();
    world.refused(&advanceCall {}, &NothingDue {});
    world.confirm(&second);
    let (third, _) = world.advance();
    assert_eq!(world.view(&intentCall { number: third.intent }).coins.len(), 1);
    assert_eq!(world.view(&intentCall { number: event.intent }).state, 2);
    world.check();
}

#[test]
fn the_event_and_the_view_are_one_transaction() {
    let mut world = with_payouts(3);
    let (event, _) = world.advance();
    let shown = world.view(&intentCall { number: event.intent });
    assert_eq!((shown.transaction, shown.fee, shown.rung, shown.state), (event.transaction, event.fee, 0, 1));
    assert_eq!(shown.payouts, [1, 2, 3]);
    assert_eq!(world.view(&liveIntentsCall {}), [event.intent]);
    assert_eq!(world.view(&payoutCall { number: 2 }).intent, event.intent);
    let cancel = cancelPayoutCall { payout: 2 };
    let call = world.call(Mode::Ordinary, ALICE, sats(0), &cancel);
    assert!(call.is_err(), "once in an intent, the escrow stays");
}

#[test]
fn a_batch_is_bounded() {
    let mut world = World::new();
    world.fund(ALICE, 10_000_000);
    for _ in 0..30 {
        world.request(ALICE, &payees()[3], AMOUNT, CEILING).unwrap();
    }
    let (_, transaction) = world.advance();
    assert_eq!(transaction.output.len(), 26);

    let mut small = World::new();
    for _ in 0..30 {
        small.fund(ALICE, 20_000);
    }
    small.request(ALICE, &payees()[3], 400_000, 10_000).unwrap();
    let (_, transaction) = small.advance();
    assert!(transaction.input.len() <= 25, "{} inputs", transaction.input.len());
    small.confirm(&transaction);
    small.check();
}

#[test]
fn in_a_deficit_payouts_go_on_under_a_cap() {
    let mut world = World::new();
    world.fund(ALICE, 20_000_000);
    let lost = world.deposit_tx(BOB, &[30_000_000], alloy_primitives::B256::ZERO);
    let height = world.mine(&[lost]);
    world.mine_empty(K);
    let call = world.deposit_call(height, 1, 0, BOB);
    world.duty(&call).unwrap();
    for amount in [900_000, 1_000_001, 100_000] {
        world.request(ALICE, &payees()[3], amount, CEILING).unwrap();
    }
    world.reorganise(4, &[]);
    assert!(world.books().deficit > 0);
    let (event, transaction) = world.advance();
    assert_eq!(world.view(&intentCall { number: event.intent }).payouts, [1, 3]);
    world.confirm(&transaction);
    world.check();
}
