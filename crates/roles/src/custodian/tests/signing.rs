//! Payouts are signed by two of three custodians, whatever the third one does.

use bitcoin::{FeeRate, Transaction};

use super::world::*;
use crate::custodian::{
    Warning,
    config::PolicyConfig,
    coordinator::{SILENT, STAGGER},
};
use ballast_types::interfaces::ICustody::*;

/// The custodian whose turn the first intent is: intent 1, rung 0.
const FIRST: u16 = 2;

#[test]
fn a_payout_is_signed_sent_and_settled() {
    let (mut world, intent) = World::with_intent();
    let before: Books = world.view(&solvencyCall {});
    world.run(1, &[1, 2, 3]);
    assert_eq!(world.mempool(), [txid(&intent)]);
    let transaction = world.bitcoin.bitcoin.state().mempool[0].clone();
    let unsigned = Transaction {
        input: transaction
            .input
            .iter()
            .cloned()
            .map(|input| bitcoin::TxIn { witness: Default::default(), ..input })
            .collect(),
        ..transaction
    };
    assert_eq!(bitcoin::consensus::serialize(&unsigned), intent.transaction.to_vec());
    world.settle();
    let after: Books = world.view(&solvencyCall {});
    assert_eq!((before.escrow, after.escrow), (AMOUNT + CEILING, 0));
    assert_eq!((after.burnt, after.deficit), (AMOUNT + intent.fee, 0));
    world.run(20, &[1, 2, 3]);
    for number in 1..=3 {
        assert_eq!(world.warnings(number), [""; 0]);
    }

    // and once more, from the treasury's change
    world.request(AMOUNT);
    let second = world.advance();
    world.run(20, &[1, 2, 3]);
    assert_eq!(world.mempool(), [txid(&second)]);
}

#[test]
fn a_deposit_with_a_refund_leaf_is_swept() {
    let mut world = World::with_key();
    world.deposit_with(200_000, identity(9).x_only().serialize().into());
    let sweep = world.advance();
    world.run(20, &[1, 2, 3]);
    assert_eq!(world.mempool(), [txid(&sweep)]);
    world.settle();
    let books: Books = world.view(&solvencyCall {});
    assert!(books.issued > 0 && books.refundable == 0 && books.deficit == 0);
}

/// Each takes its turn, so any of them may be down.
#[test]
fn two_of_three_sign_whoever_is_down() {
    for down in 1..=3 {
        let (mut world, intent) = World::with_intent();
        world.behave(down, Manner::Down);
        let up: Vec<u16> = (1..=3).filter(|number| *number != down).collect();
        let turns = if down == FIRST { STAGGER + 1 } else { 2 };
        world.run(turns as usize, &up);
        assert_eq!(world.mempool(), [txid(&intent)], "custodian {down} is down");
    }
}

#[test]
fn a_custodian_killed_between_the_rounds_is_replaced_in_the_next_attempt() {
    let (mut world, intent) = World::with_intent();
    // custodian 2 coordinates and takes the one after it first
    world.behave(3, Manner::DiesBetweenTheRounds);
    world.run(1, &[FIRST]);
    assert!(world.mempool().is_empty());
    assert_eq!(world.warnings(FIRST), ["custodian 3 on intent 1: no answer: unreachable"]);
    world.restart(3);
    world.run(1, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)]);
}

#[test]
fn a_coordinator_killed_between_the_rounds_begins_again() {
    let (mut world, intent) = World::with_intent();
    // it reads the ceremony, the live intents and the tip, judges, asks, asks again; sending would be next
    for cut in 1..=6 {
        world.tick_until(FIRST, cut);
        world.restart(FIRST);
        world.tick(FIRST);
        assert!(world.mempool().is_empty(), "after {cut}");
    }
    world.run(1, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)]);
}

#[test]
fn a_bad_share_is_named_and_the_payout_is_signed_without_its_author() {
    let (mut world, intent) = World::with_intent();
    world.behave(3, Manner::BadShare);
    world.run(1, &[FIRST]);
    assert!(world.mempool().is_empty());
    assert_eq!(world.actors[&FIRST].warnings, [Warning::Cheater { number: 1, member: member(3) }]);
    world.run(1, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)]);
    world.settle();

    // it stays left out
    world.request(AMOUNT);
    let second = world.advance();
    world.run(4 * STAGGER as usize, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&second)]);
    assert_eq!(world.actors[&FIRST].warnings.len(), 1);
}

/// What somebody on the way changes is blamed on nobody for long.
#[test]
fn an_answer_changed_on_the_way_counts_as_silence() {
    let (mut world, intent) = World::with_intent();
    world.behave(3, Manner::Intercepted);
    world.run(2, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)], "custodian 1 signs instead");
    let [warning] = &world.warnings(FIRST)[..] else { panic!() };
    assert!(warning.contains("custodian 3 did not sign this message"), "{warning}");

    let (mut world, intent) = World::with_intent();
    world.behave(3, Manner::Intercepted);
    world.behave(1, Manner::Down);
    world.run(3, &[FIRST]);
    assert!(world.mempool().is_empty());
    world.behave(3, Manner::Honest);
    world.run(2 * SILENT as usize, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)]);
}

#[test]
fn a_higher_rung_replaces_what_waits() {
    let (mut world, intent) = World::with_intent();
    world.run(1, &[1, 2, 3]);
    assert_eq!(world.mempool(), [txid(&intent)]);
    world.mine_empty(6);
    let next = world.advance();
    assert_eq!((next.intent, next.rung), (intent.intent, 1));
    world.run(2 * STAGGER as usize + 1, &[1, 2, 3]);
    assert_eq!(world.mempool(), [txid(&next)]);
    world.settle();
    for number in 1..=3 {
        assert_eq!(world.warnings(number), [""; 0]);
    }
}

/// The older rung confirms: the newest one has lost its inputs, and nobody tries to sign it.
#[test]
fn a_confirmed_older_rung_is_left_alone() {
    let (mut world, intent) = World::with_intent();
    world.run(1, &[1, 2, 3]);
    world.mine_empty(6);
    world.advance();
    let older = world.bitcoin.bitcoin.state().mempool.clone();
    assert_eq!(world.mempool(), [txid(&intent)]);
    world.mine(older);
    world.run(3 * STAGGER as usize, &[1, 2, 3]);
    assert!(world.mempool().is_empty());
    for number in 1..=3 {
        assert_eq!(world.warnings(number), [""; 0]);
    }
}

#[test]
fn limits_hold_over_a_restart() {
    let (mut world, _) = World::with_intent();
    let policy = PolicyConfig { epoch_sat: AMOUNT + 1, ..PolicyConfig::default() }.policy();
    (1..=3).for_each(|number| world.limit(number, policy.clone()));
    world.run(2, &[1, 2, 3]);
    assert_eq!(world.mempool().len(), 1);
    world.settle();

    world.request(AMOUNT);
    world.advance();
    (1..=3).for_each(|number| world.restart(number));
    world.run(12, &[1, 2, 3]);
    assert!(world.mempool().is_empty());
    let expected = "intent 2 is not signed: epoch_over_cap: payouts of";
    assert!(world.warnings(3).iter().any(|warning| warning.starts_with(expected)), "{:?}", world.warnings(3));

    // the next epoch is another 1,000 blocks of the chain
    world.chain.state().storage.block.number += 1_000;
    world.run(40, &[1, 2, 3]);
    assert_eq!(world.mempool().len(), 1);
}

#[test]
fn nothing_is_signed_that_cannot_be_recorded() {
    let (mut world, intent) = World::with_intent();
    world.actors[&1].disk.files().full = true;
    world.actors[&3].disk.files().full = true;
    world.run(6, &[FIRST]);
    assert!(world.mempool().is_empty());
    assert!(world.warnings(FIRST)[0].contains("refused as cannot_record"), "{:?}", world.warnings(FIRST));
    world.actors[&3].disk.files().full = false;
    world.run(20, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)]);
}

#[test]
fn what_bitcoind_does_not_take_is_handed_in_again_without_signing_again() {
    let (mut world, intent) = World::with_intent();
    world.bitcoin.moods.lock().unwrap().refuses = true;
    world.run(1, &[FIRST]);
    let [Warning::NotSent { number: 1, reason }] = &world.actors[&FIRST].warnings[..] else { panic!() };
    assert!(reason.contains("bad-txns"));
    world.bitcoin.moods.lock().unwrap().refuses = false;
    [1, 3].iter().for_each(|number| world.behave(*number, Manner::Down));
    world.run(3, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)]);
    // a mempool can forget it
    world.bitcoin.bitcoin.state().mempool.clear();
    world.run(1, &[FIRST]);
    assert_eq!(world.mempool(), [txid(&intent)]);
}

#[test]
fn fees_are_attested_at_the_start_and_every_six_blocks() {
    let mut world = World::with_key();
    let rate = |world: &World| world.view(&feeRateCall {});
    let attested = |world: &World| {
        let state = world.chain.state();
        let topic = <FeeRateAttested as alloy_sol_types::SolEvent>::SIGNATURE_HASH;
        state.storage.logs().iter().filter(|(_, log)| log.topics().first() == Some(&topic)).count()
    };
    assert_eq!(attested(&world), 0, "height 0 cannot be attested");
    world.mine_empty(6);
    world.run(2, &[1, 2, 3]);
    assert_eq!((attested(&world), rate(&world)), (3, 250), "bitcoind does not know: the present rate");
    world.bitcoin.moods.lock().unwrap().fee_rate = Some(FeeRate::from_sat_per_kwu(400));
    world.mine_empty(5);
    world.run(2, &[1, 2, 3]);
    assert_eq!(attested(&world), 3);
    world.mine_empty(1);
    world.run(2, &[1, 2, 3]);
    assert_eq!((attested(&world), rate(&world)), (6, 400));
    world.mine_empty(1);
    world.restart(1);
    world.run(2, &[1, 2, 3]);
    assert_eq!(attested(&world), 7);
}
