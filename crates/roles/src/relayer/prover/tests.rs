use alloy_primitives::B256;
use ballast_types::interfaces::ICustody;

use super::*;
use crate::{back_off::MAX_PAUSE, chain::WatchedDeposit, fake::custody::identity};
use world::{ALICE, BOB, K, LOOKBACK, SWEEP_FEE, World};

mod chaos;
mod reorganisations;
mod world;

#[test]
fn a_deposit_is_minted_once_it_is_deep_and_never_again() {
    let mut world = World::new();
    world.watch(ALICE);
    let deposit = world.deposit(ALICE, &[100_000]);
    world.mine(&[deposit]);
    for _ in 0..K {
        world.round();
        assert_eq!(world.balance(ALICE), 0);
        world.mine_empty(1);
    }
    world.round();
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
    for _ in 0..50 {
        world.mine_empty(1);
        world.round();
    }
    assert_eq!((world.proofs, world.warnings), (vec!["deposit"], vec![]));
}

#[test]
fn every_output_is_a_deposit_of_its_own() {
    let mut world = World::new();
    world.watch(ALICE);
    world.watch(BOB);
    let two = world.deposit(ALICE, &[100_000, 200_000]);
    let (same, bobs) = (world.deposit(ALICE, &[300_000]), world.deposit(BOB, &[50_000]));
    world.mine(&[two, same, bobs]);
    world.mine_empty(K);
    world.round();
    assert_eq!(world.balance(ALICE), 600_000 - 3 * SWEEP_FEE);
    assert_eq!(world.balance(BOB), 50_000 - SWEEP_FEE);
    assert_eq!(world.proofs, ["deposit"; 4]);
}

#[test]
fn nothing_is_said_when_there_is_nothing_to_say() {
    let mut world = World::new();
    world.fund(ALICE, 100_000);
    world.mine_empty(1);
    world.round();
    world.round();
    world.reads.clear();
    let before = world.hands.journal.load();
    for _ in 0..20 {
        world.round();
    }
    assert_eq!(world.proofs, ["deposit"]);
    assert_eq!(world.reads, [0; 0]);
    assert_eq!(world.hands.journal.load(), before);
}

#[test]
fn a_deposit_that_came_before_its_watch_is_found() {
    let mut world = World::new();
    let deposit = world.deposit(ALICE, &[100_000]);
    world.mine(&[deposit]);
    world.mine_empty(K);
    world.round();
    assert_eq!(world.proofs, [""; 0]);
    world.watch(ALICE);
    world.round();
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
}

#[test]
fn a_look_back_has_an_end() {
    let mut world = World::new();
    let (early, late) = (world.deposit(ALICE, &[100_000]), world.deposit(BOB, &[100_000]));
    world.mine(&[early]);
    world.mine(&[late]);
    world.mine_empty(LOOKBACK as usize - 1);
    world.watch(ALICE);
    world.watch(BOB);
    world.round();
    assert_eq!((world.balance(ALICE), world.balance(BOB)), (0, 100_000 - SWEEP_FEE));
}

#[test]
fn a_deposit_that_is_too_small_is_left_alone() {
    let mut world = World::new();
    world.watch(ALICE);
    let deposit = world.deposit(ALICE, &[19_999, 20_000]);
    world.mine(&[deposit]);
    world.mine_empty(K);
    world.round();
    assert_eq!(world.balance(ALICE), 20_000 - SWEEP_FEE);
    world.mine_empty(1);
    world.round();
    assert_eq!(world.proofs, ["deposit"]);
    assert_eq!(world.prover.scan.sightings().count(), 0);
}

#[test]
fn a_payment_is_proven_by_whichever_rung_confirms() {
    for confirms in [0, 1] {
        let mut world = World::new();
        world.fund(ALICE, 500_000);
        let first = world.pay_out(ALICE, 100_000, 10_000);
        world.round();
        world.mine_empty(6);
        let second = world.advance().unwrap();
        assert_ne!(first.compute_txid(), second.compute_txid());
        world.round();
        world.mine(&[[first, second][confirms].clone()]);
        world.mine_empty(K - 1);
        world.round();
        assert_eq!(world.view(&ICustody::payoutCall { number: 1 }).state, 2);
        world.mine_empty(1);
        world.round();
        assert_eq!(world.view(&ICustody::payoutCall { number: 1 }).state, 3);
        world.mine_empty(1);
        world.round();
        assert_eq!(world.proofs, ["deposit", "payment"]);
        assert_eq!(world.books().deficit, 0);
    }
}

#[test]
fn a_deposit_with_a_way_back_is_minted_when_its_sweep_is_proven() {
    let mut world = World::new();
    let key = B256::from(identity(1).x_only().serialize());
    let script = world.watch_with(ALICE, Some(key));
    let deposit = world.paying(script, &[100_000]);
    world.mine(&[deposit]);
    world.mine_empty(K);
    world.round();
    assert_eq!((world.balance(ALICE), world.books().refundable), (0, 100_000));
    let sweep = world.advance().unwrap();
    world.mine(&[sweep]);
    world.mine_empty(K);
    world.round();
    assert_eq!((world.balance(ALICE), world.books().refundable), (100_000 - SWEEP_FEE, 0));
    assert_eq!(world.proofs, ["deposit", "payment"]);
}

#[test]
fn an_address_may_be_used_again_and_again() {
    let mut world = World::new();
    world.watch(ALICE);
    for count in 1..=4 {
        let deposit = world.deposit(ALICE, &[100_000]);
        world.mine(&[deposit]);
        world.mine_empty(K);
        world.round();
        assert_eq!(world.balance(ALICE), count * (100_000 - SWEEP_FEE));
    }
}

#[test]
fn the_change_of_a_payment_is_no_deposit_and_is_spent_again() {
    let mut world = World::new();
    world.fund(ALICE, 500_000);
    for payout in 1..=3 {
        let transaction = world.pay_out(ALICE, 50_000, 10_000);
        world.mine(&[transaction]);
        world.mine_empty(K);
        world.round();
        assert_eq!(world.view(&ICustody::payoutCall { number: payout }).state, 3);
    }
    assert_eq!(world.proofs, ["deposit", "payment", "payment", "payment"]);
}

#[test]
fn another_prover_is_no_failure() {
    let mut world = World::new();
    world.watch(ALICE);
    let deposit = world.deposit(ALICE, &[100_000]);
    world.mine(&[deposit]);
    world.mine_empty(K);
    world.tick();
    world.hands.journal.lose();
    world.restart();
    world.tick();
    assert_eq!((world.proofs.len(), world.waiting()), (2, 1));
    world.chain().block();
    world.tick();
    assert_eq!(world.proofs.len(), 2);
    assert_eq!(world.warnings, []);
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
}

#[test]
fn a_proof_that_the_mempool_forgot_is_sent_again() {
    let mut world = World::new();
    world.watch(ALICE);
    let deposit = world.deposit(ALICE, &[100_000]);
    world.mine(&[deposit]);
    world.mine_empty(K);
    world.tick();
    world.chain().state().pool.clear();
    for _ in 0..PATIENCE - 1 {
        world.tick();
    }
    assert_eq!(world.proofs, ["deposit"]);
    world.round();
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
}

#[test]
fn a_journal_saves_reading_what_was_read() {
    let mut world = World::new();
    world.watch(ALICE);
    let deposit = world.deposit(ALICE, &[100_000]);
    let height = world.mine(&[deposit]);
    world.mine_empty(1);
    world.tick();
    world.restart();
    world.mine_empty(2);
    world.reads.clear();
    world.round();
    // the new blocks, and the one that still has something to act on
    assert_eq!(world.reads, [height + 2, height + 3, height]);
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
}

#[test]
fn a_prover_that_was_away_for_longer_than_it_looks_back_misses_nothing() {
    let mut world = World::new();
    world.watch(ALICE);
    world.round();
    let deposit = world.deposit(ALICE, &[100_000]);
    world.mine(&[deposit]);
    world.mine_empty(3 * LOOKBACK as usize);
    world.restart();
    for _ in 0..3 {
        world.round();
    }
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
}

#[test]
fn a_lost_journal_costs_no_more_than_time() {
    let mut world = World::new();
    world.fund(ALICE, 500_000);
    let payment = world.pay_out(ALICE, 100_000, 10_000);
    world.round();
    world.hands.journal.lose();
    world.restart();
    world.mine(&[payment]);
    world.mine_empty(K);
    world.round();
    assert_eq!(world.view(&ICustody::payoutCall { number: 1 }).state, 3);
}

#[test]
fn a_node_that_goes_away_is_asked_less_and_less_and_used_again() {
    for goes in [true, false] {
        let mut world = World::new();
        world.watch(ALICE);
        world.round();
        let deposit = world.deposit(ALICE, &[100_000]);
        world.mine(&[deposit]);
        world.mine_empty(K);
        let set_up = |world: &World, up| {
            if goes { world.bitcoin().up = up } else { world.chain().state().up = up }
        };
        set_up(&world, false);
        for _ in 0..200 {
            world.tick();
        }
        let pauses: Vec<u32> = world
            .warnings
            .iter()
            .map(|warning| match warning {
                Warning::Failed { pause, .. } => *pause,
                other => panic!("{other}"),
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 32, 32, 32, 32]);
        set_up(&world, true);
        for _ in 0..=MAX_PAUSE {
            world.round();
        }
        assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
    }
}

/// Killed after every possible action, in every possible tick: the next prover goes on from what the chains say.
#[test]
fn a_prover_may_be_killed_at_any_moment() {
    for actions in 0..40 {
        let mut world = World::new();
        world.watch(ALICE);
        world.watch(BOB);
        let (first, second) = (world.deposit(ALICE, &[100_000, 300_000]), world.deposit(BOB, &[200_000]));
        world.mine(&[first, second]);
        for _ in 0..K {
            world.tick_until(actions);
            world.chain().block();
            world.restart();
            world.mine_empty(1);
        }
        world.tick_until(actions);
        world.chain().block();
        world.restart();
        world.round();
        assert_eq!(world.balance(ALICE), 400_000 - 2 * SWEEP_FEE, "killed after {actions} actions");
        assert_eq!(world.balance(BOB), 200_000 - SWEEP_FEE, "killed after {actions} actions");
        assert_eq!(world.warnings, []);
    }
}

#[test]
fn a_refused_proof_is_reported_and_the_others_go_through() {
    let mut world = World::new();
    world.watch(ALICE);
    // a node that tells a wrong script for an account
    let script = world.script(BOB);
    let wrong = WatchedDeposit { number: 2, recipient: ALICE, action: 0, refund_key: None, script };
    world.chain().state().watched.push(wrong);
    let (bobs, alices) = (world.deposit(BOB, &[100_000]), world.deposit(ALICE, &[100_000]));
    world.mine(&[bobs, alices]);
    world.mine_empty(K);
    world.round();
    let [Warning::Refused { reason }] = &world.warnings[..] else { panic!("{:?}", world.warnings) };
    assert!(reason.contains("OtherAddress"), "{reason}");
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
}

#[test]
fn an_address_that_the_node_forgot_is_forgotten() {
    let mut world = World::new();
    world.watch(ALICE);
    world.round();
    world.chain().state().watched.clear();
    for _ in 0..600 {
        world.tick();
    }
    let deposit = world.deposit(ALICE, &[100_000]);
    world.mine(&[deposit]);
    world.mine_empty(K);
    world.round();
    assert_eq!(world.proofs, [""; 0]);
    world.watch(ALICE);
    for _ in 0..600 {
        world.tick();
    }
    world.round();
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
}

#[test]
fn an_answer_that_nobody_waits_for_changes_nothing() {
    let mut prover = Prover::new(Journal::default(), LOOKBACK);
    let late = [Event::Coins { lost: vec![], next: None }, Event::Saved, Event::Sent];
    for event in late {
        assert_eq!(prover.step(event), []);
    }
    assert_eq!(prover.step(Event::Tick), [Action::Look { first: 1, after: 0 }]);
    assert_eq!(prover.step(Event::Tick), []);
}
