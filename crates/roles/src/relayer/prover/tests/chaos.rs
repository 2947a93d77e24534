//! Anything may happen, in any order; in the end every deposit is minted once and stands.

use bitcoin::Transaction;
use proptest::prelude::*;

use super::*;

/// One thing that happens to the world.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Deposit(u64),
    Mine(usize),
    /// So deep, and whether what was in the lost blocks is mined again.
    Reorganise(usize, bool),
    Carry,
    BitcoinUp(bool),
    ChainUp(bool),
    Block,
    Tick,
    KillAfter(usize),
    LoseJournal,
    Forget,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (20_000..1_000_000u64).prop_map(Happening::Deposit),
        2 => (1..4usize).prop_map(Happening::Mine),
        1 => (1..6usize, any::<bool>()).prop_map(|(depth, again)| Happening::Reorganise(depth, again)),
        3 => Just(Happening::Carry),
        1 => any::<bool>().prop_map(Happening::BitcoinUp),
        1 => any::<bool>().prop_map(Happening::ChainUp),
        2 => Just(Happening::Block),
        5 => Just(Happening::Tick),
        2 => (0..30usize).prop_map(Happening::KillAfter),
        1 => Just(Happening::LoseJournal),
        1 => Just(Happening::Forget),
    ]
}

fn happen(world: &mut World, deposits: &mut Vec<Transaction>, happening: Happening) {
    match happening {
        Happening::Deposit(value) => {
            let up = std::mem::replace(&mut world.chain().state().up, true);
            let deposit = world.deposit(ALICE, &[value]);
            world.chain().state().up = up;
            world.bitcoin().mine_with(std::slice::from_ref(&deposit));
            deposits.push(deposit);
        }
        Happening::Mine(count) => (0..count).for_each(|_| _ = world.bitcoin().mine_with(&[])),
        Happening::Reorganise(depth, again) => {
            let tip = world.bitcoin().headers.len();
            let depth = depth.min(tip - 6);
            let missing = |world: &World| -> Vec<Transaction> {
                let is_missing = |tx: &&Transaction| !world.bitcoin().is_confirmed(tx.compute_txid());
                deposits.iter().filter(is_missing).cloned().collect()
            };
            world.bitcoin().cut(depth);
            let lost = if again { missing(world) } else { vec![] };
            world.bitcoin().mine_with(&lost);
            (0..depth).for_each(|_| _ = world.bitcoin().mine_with(&[]));
        }
        Happening::Carry if world.chain().state().up => world.carry_headers(),
        Happening::Carry => {}
        Happening::BitcoinUp(up) => world.bitcoin().up = up,
        Happening::ChainUp(up) => world.chain().state().up = up,
        Happening::Block => world.chain().block(),
        Happening::Tick => world.tick(),
        Happening::KillAfter(actions) => {
            world.tick_until(actions);
            world.restart();
        }
        Happening::LoseJournal => world.hands.journal.lose(),
        Happening::Forget => world.chain().state().pool.clear(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn in_the_end_every_deposit_is_minted_once_and_stands(happenings in prop::collection::vec(happening(), 0..60)) {
        let mut world = World::new();
        world.watch(ALICE);
        let mut deposits = Vec::new();
        for happening in happenings {
            happen(&mut world, &mut deposits, happening);
        }
        world.bitcoin().up = true;
        world.chain().state().up = true;
        let is_missing = |tx: &&Transaction| !world.bitcoin().is_confirmed(tx.compute_txid());
        let missing: Vec<Transaction> = deposits.iter().filter(is_missing).cloned().collect();
        world.bitcoin().mine_with(&missing);
        for _ in 0..8 {
            world.bitcoin().mine_with(&[]);
            world.carry_headers();
        }
        for _ in 0..MAX_PAUSE + PATIENCE + 8 {
            world.round();
        }
        prop_assert!(world.agrees());
        let values = deposits.iter().map(|deposit| deposit.output[0].value.to_sat());
        prop_assert_eq!(world.balance(ALICE), values.clone().map(|value| value - SWEEP_FEE).sum::<u64>());
        prop_assert_eq!((world.books().anchored, world.books().unbacked), (values.sum(), 0));
        let known = |warning: &Warning| matches!(warning, Warning::Failed { .. });
        prop_assert!(world.warnings.iter().all(known), "{:?}", world.warnings);
        prop_assert_eq!(world.prover.scan.sightings().count(), 0);
    }
}

/// One thing that happens to custody's own transactions.
#[derive(Debug, Clone, Copy)]
enum Paying {
    Request,
    Advance,
    /// Mines a rung, the first or the newest one, of an intent that has none confirmed.
    Confirm(bool),
    Mine(usize),
    /// What was in the lost blocks is mined again.
    Reorganise(usize),
    Carry,
    Tick,
    KillAfter(usize),
    LoseJournal,
}

fn paying() -> impl Strategy<Value = Paying> {
    prop_oneof![
        2 => Just(Paying::Request),
        3 => Just(Paying::Advance),
        3 => any::<bool>().prop_map(Paying::Confirm),
        2 => (1..7usize).prop_map(Paying::Mine),
        1 => (1..6usize).prop_map(Paying::Reorganise),
        3 => Just(Paying::Carry),
        4 => Just(Paying::Tick),
        1 => (0..30usize).prop_map(Paying::KillAfter),
        1 => Just(Paying::LoseJournal),
    ]
}

fn pay(world: &mut World, happening: Paying) {
    match happening {
        Paying::Request if world.balance(ALICE) >= 70_000 => world.request(ALICE, 50_000, 20_000),
        Paying::Request => {}
        Paying::Advance => world.try_advance(),
        Paying::Confirm(first) => world.confirm_one(first),
        Paying::Mine(count) => (0..count).for_each(|_| _ = world.bitcoin().mine_with(&[])),
        Paying::Reorganise(depth) => world.reorganise_and_mine_again(depth),
        Paying::Carry => world.carry_headers(),
        Paying::Tick => world.round(),
        Paying::KillAfter(actions) => {
            world.tick_until(actions);
            world.restart();
        }
        Paying::LoseJournal => world.hands.journal.lose(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn in_the_end_everybody_is_paid_and_the_books_have_what_bitcoin_has(
        happenings in prop::collection::vec(paying(), 0..60),
    ) {
        let mut world = World::new();
        world.fund(ALICE, 300_000);
        world.fund(ALICE, 400_000);
        for happening in happenings {
            pay(&mut world, happening);
        }
        for _ in 0..40 {
            world.try_advance();
            world.confirm_one(false);
            (0..=K).for_each(|_| _ = world.bitcoin().mine_with(&[]));
            world.carry_headers();
            world.round();
        }
        world.round();
        let books = world.books();
        prop_assert_eq!((books.escrow, books.inFlight, books.unbacked, books.deficit), (0, 0, 0, 0));
        prop_assert_eq!(books.anchored, world.treasury_on_bitcoin());
        prop_assert_eq!(world.warnings, []);
    }
}
