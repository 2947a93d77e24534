//! Random sequences of everything that anybody can do, with income and losses: nothing is lost, nothing is made, the rate
//! falls by losses only, and nobody has more than it brought and its share of the income.

use alloy_primitives::U256;
use ballast_types::interfaces::{IStkBtc::*, IToken};
use proptest::prelude::*;

use super::world::*;
use crate::vault::store::*;

#[derive(Debug, Clone)]
enum Step {
    Stake { who: usize, wei: u64 },
    Deposit { who: usize, wei: u64 },
    Mint { who: usize, shares: u64 },
    Transfer { from: usize, to: usize, percent: u64 },
    Request { who: usize, controller: usize, percent: u64 },
    Cancel { number: u64, receiver: usize },
    Advance,
    Redeem { who: usize, percent: u64 },
    Withdraw { who: usize, percent: u64 },
    Income { wei: u64 },
    Blocks { count: u64 },
    Lose { permille: u64 },
    Invest { percent: u64 },
}

/// From less than a share to about 18 bitcoin.
fn amount() -> impl Strategy<Value = u64> {
    prop_oneof![1u64..2_000, 1_000_000_000_000u64..500_000_000_000_000, any::<u64>()]
}

fn step() -> impl Strategy<Value = Step> {
    let who = 0usize..3;
    let percent = 1u64..=100;
    prop_oneof![
        3 => (who.clone(), amount()).prop_map(|(who, wei)| Step::Stake { who, wei }),
        2 => (who.clone(), amount()).prop_map(|(who, wei)| Step::Deposit { who, wei }),
        2 => (who.clone(), amount()).prop_map(|(who, shares)| Step::Mint { who, shares }),
        2 => (who.clone(), who.clone(), percent.clone())
            .prop_map(|(from, to, percent)| Step::Transfer { from, to, percent }),
        4 => (who.clone(), who.clone(), percent.clone())
            .prop_map(|(who, controller, percent)| Step::Request { who, controller, percent }),
        2 => (1u64..12, who.clone()).prop_map(|(number, receiver)| Step::Cancel { number, receiver }),
        4 => Just(Step::Advance),
        2 => (who.clone(), percent.clone()).prop_map(|(who, percent)| Step::Redeem { who, percent }),
        2 => (who, percent.clone()).prop_map(|(who, percent)| Step::Withdraw { who, percent }),
        3 => amount().prop_map(|wei| Step::Income { wei }),
        4 => (1u64..25).prop_map(|count| Step::Blocks { count }),
        1 => (1u64..200).prop_map(|permille| Step::Lose { permille }),
        1 => (0u64..100).prop_map(|percent| Step::Invest { percent }),
    ]
}

fn part(whole: U256, percent: u64) -> U256 {
    whole * n(percent) / n(100)
}

/// What a step is allowed to do to anybody's wealth.
#[derive(Debug, PartialEq)]
enum Effect {
    /// It is no gain for anybody.
    None,
    /// An account got so much from outside.
    Brought(usize, U256),
    /// Wealth went from one account to another.
    Passed,
    /// Time, and income with it.
    Income,
    /// A loss.
    Loss,
}

fn take(world: &mut World, step: &Step) -> Effect {
    let account = |place: &usize| ACCOUNTS[*place];
    match step {
        Step::Stake { who, wei } => {
            let _ = world.stake(account(who), n(*wei));
            return Effect::Brought(*who, n(*wei));
        }
        Step::Deposit { who, wei } => {
            world.wrap(account(who), n(*wei));
            let receiver = account(who);
            let _ = world.write(receiver, &depositCall { assets: n(*wei), receiver });
            return Effect::Brought(*who, n(*wei));
        }
        Step::Mint { who, shares } => {
            let (receiver, shares) = (account(who), n(*shares));
            let cost = world.write(receiver, &previewMintCall { shares }).unwrap_or_default();
            world.wrap(receiver, cost);
            let _ = world.write(receiver, &mintCall { shares, receiver });
            return Effect::Brought(*who, cost);
        }
        Step::Transfer { from, to, percent } => {
            let value = part(world.shares(account(from)), *percent);
            world.write(account(from), &IToken::transferCall { to: account(to), value }).unwrap();
            return Effect::Passed;
        }
        Step::Request { who, controller, percent } => {
            let (owner, shares) = (account(who), part(world.shares(account(who)), *percent));
            let request = requestRedeemCall { shares, controller: account(controller), owner };
            let _ = world.write(owner, &request);
            return if who == controller { Effect::None } else { Effect::Passed };
        }
        Step::Cancel { number, receiver } => {
            let Ok(ticket) = world.write(ALICE, &ticketCall { requestId: n(*number) }) else {
                return Effect::None;
            };
            let cancel = cancelRedeemCall { requestId: n(*number), receiver: account(receiver) };
            let _ = world.write(ticket.controller, &cancel);
            return if ticket.controller == account(receiver) { Effect::None } else { Effect::Passed };
        }
        Step::Advance => {
            let _ = world.advance();
        }
        Step::Redeem { who, percent } => {
            let controller = account(who);
            let shares = part(world.view(&maxRedeemCall { controller }), *percent);
            let _ = world.write(controller, &redeemCall { shares, receiver: controller, controller });
        }
        Step::Withdraw { who, percent } => {
            let controller = account(who);
            let assets = part(world.view(&maxWithdrawCall { controller }), *percent);
            let _ = world.write(controller, &withdrawCall { assets, receiver: controller, controller });
        }
        Step::Income { wei } => world.income(n(*wei)),
        Step::Blocks { count } => {
            world.pass(*count);
            return Effect::Income;
        }
        Step::Lose { permille } => {
            let assets = world.price().assets;
            world.lose(assets * n(*permille) / n(1_000));
            return Effect::Loss;
        }
        Step::Invest { percent } => {
            let assets = world.price().assets;
            STAKED.store(&mut world.storage, &part(assets, *percent)).unwrap();
        }
    }
    Effect::None
}

/// Each division in a step may leave a wei with those who stay: one call completes 16 tickets.
const ROUNDING: u64 = 64;

/// The rate rises by income only, but for what roundings leave; it falls by losses only.
fn check_rate(before: crate::price::Price, world: &mut World, effect: &Effect) {
    let after = world.price();
    if before.is_first() || *effect == Effect::Loss {
        return;
    }
    let (old, new) = (before.assets * after.shares, after.assets * before.shares);
    assert!(new >= old, "the rate fell: {before:?} {after:?}");
    if *effect != Effect::Income {
        assert!(new - old <= n(ROUNDING) * before.shares, "the rate jumped: {before:?} {after:?}");
    }
}

fn check_wealth(before: [U256; 3], world: &mut World, effect: &Effect, risen: U256) {
    let after = ACCOUNTS.map(|account| world.wealth(account));
    let slack = n(ROUNDING);
    match effect {
        Effect::Passed => {
            let (old, new): (U256, U256) = (before.into_iter().sum(), after.into_iter().sum());
            assert!(new <= old + slack, "made from nothing: {before:?} {after:?}");
        }
        Effect::Income => {
            let (old, new): (U256, U256) = (before.into_iter().sum(), after.into_iter().sum());
            assert!(new <= old + risen + slack, "more than the income: {before:?} {after:?}");
        }
        Effect::None | Effect::Brought(..) | Effect::Loss => {
            for (place, (old, new)) in before.into_iter().zip(after).enumerate() {
                let brought = match effect {
                    Effect::Brought(who, wei) if *who == place => *wei,
                    _ => U256::ZERO,
                };
                assert!(new <= old + brought + slack, "{place} gained: {before:?} {after:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_is_made(steps in proptest::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in steps {
            let (price, wealth) = (world.price(), ACCOUNTS.map(|account| world.wealth(account)));
            let effect = take(&mut world, &step);
            world.check();
            let risen = world.price().assets.saturating_sub(price.assets);
            check_rate(price, &mut world, &effect);
            check_wealth(wealth, &mut world, &effect, risen);
        }
        leave(&mut world);
    }
}

/// Whatever happened, everybody can leave, in as many calls as there are tickets at most.
fn leave(world: &mut World) {
    STAKED.store(&mut world.storage, &U256::ZERO).unwrap();
    for account in ACCOUNTS {
        let shares = world.shares(account);
        let _ = world.request(account, shares);
    }
    while world.advance().is_ok() {}
    assert_eq!(world.view(&queueCall {}).shares, U256::ZERO, "somebody still waits");
    for account in ACCOUNTS {
        if !world.view(&maxRedeemCall { controller: account }).is_zero() {
            world.redeem_all(account);
        }
        assert_eq!(world.view(&maxWithdrawCall { controller: account }), U256::ZERO);
    }
    world.check();
}
