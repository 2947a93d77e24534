//! Bitcoin changes its mind.

use super::*;

#[test]
fn a_deposit_that_is_reorganised_away_before_its_depth_waits_again() {
    let mut world = World::new();
    world.watch(ALICE);
    let deposit = world.deposit(ALICE, &[100_000]);
    world.mine(std::slice::from_ref(&deposit));
    world.mine_empty(1);
    world.round();
    world.reorganise(2, &[]);
    world.carry_headers();
    world.mine_empty(K);
    world.round();
    assert_eq!(world.proofs, [""; 0]);
    world.mine(&[deposit]);
    world.mine_empty(K);
    world.round();
    assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
    assert_eq!(world.proofs, ["deposit"]);
}

#[test]
fn a_minted_deposit_that_lost_its_block_is_anchored_in_the_next_one() {
    for restarts in [false, true] {
        let mut world = World::new();
        let deposit = world.fund(ALICE, 100_000);
        world.round();
        world.reorganise(K + 1, std::slice::from_ref(&deposit));
        // bitcoind is ahead of the light client
        world.round();
        world.carry_headers();
        assert_eq!(world.books().unbacked, 100_000);
        if restarts {
            world.restart();
        }
        world.mine_empty(K);
        world.round();
        world.round();
        assert_eq!((world.books().unbacked, world.books().anchored), (0, 100_000));
        assert_eq!(world.balance(ALICE), 100_000 - SWEEP_FEE);
        assert_eq!(world.proofs, ["deposit", "anchor"]);
    }
}

#[test]
fn a_lost_coin_is_anchored_though_nobody_watches_its_address_any_more() {
    let mut world = World::new();
    let deposit = world.fund(ALICE, 100_000);
    world.reorganise(K + 1, &[deposit]);
    world.chain().state().watched.clear();
    world.carry_headers();
    world.mine_empty(K);
    world.restart();
    world.round();
    assert_eq!(world.books().unbacked, 0);
    assert_eq!(world.proofs, ["deposit", "anchor"]);
}

#[test]
fn a_deposit_that_never_comes_back_stays_unbacked() {
    let mut world = World::new();
    world.fund(ALICE, 100_000);
    world.reorganise(K + 1, &[]);
    world.carry_headers();
    for _ in 0..20 {
        world.mine_empty(1);
        world.round();
    }
    assert_eq!(world.books().unbacked, 100_000);
    assert_eq!((world.proofs, world.warnings), (vec!["deposit"], vec![]));
}

#[test]
fn a_block_that_comes_back_needs_no_proof() {
    let mut world = World::new();
    world.fund(ALICE, 100_000);
    world.round();
    let before = world.bitcoin().headers.clone();
    world.reorganise(K + 1, &[]);
    world.carry_headers();
    world.round();
    world.bitcoin().headers = before;
    world.mine_empty(2);
    assert!(world.agrees());
    world.round();
    world.round();
    assert_eq!(world.books().unbacked, 0);
    assert_eq!((world.proofs, world.warnings), (vec!["deposit"], vec![]));
}

#[test]
fn a_payment_that_lost_its_block_is_anchored_again() {
    let mut world = World::new();
    world.fund(ALICE, 500_000);
    let payment = world.pay_out(ALICE, 100_000, 10_000);
    world.mine(std::slice::from_ref(&payment));
    world.mine_empty(K);
    world.round();
    world.reorganise(K + 1, &[payment]);
    world.carry_headers();
    assert!(world.books().unbacked > 0);
    world.mine_empty(K);
    world.round();
    world.round();
    assert_eq!(world.books().unbacked, 0);
    assert_eq!(world.proofs, ["deposit", "payment", "anchor"]);
}

#[test]
fn after_a_reorganisation_another_rung_may_pay() {
    let mut world = World::new();
    world.fund(ALICE, 500_000);
    let first = world.pay_out(ALICE, 100_000, 10_000);
    world.mine_empty(6);
    let second = world.advance().unwrap();
    world.mine(&[second]);
    world.mine_empty(K);
    world.round();
    world.reorganise(K + 1, std::slice::from_ref(&first));
    world.carry_headers();
    world.mine_empty(K);
    world.round();
    world.round();
    let books = world.books();
    assert_eq!((books.unbacked, books.anchored), (0, first.output.last().unwrap().value.to_sat()));
    assert_eq!(world.proofs, ["deposit", "payment", "payment"]);
}
