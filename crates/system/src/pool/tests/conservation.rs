//! Random sequences of supplies, sales, redemptions and income: what comes in is somewhere, and who trades does not win
//! more than the vault earned.

use alloy_primitives::{Address, U256};
use ballast_types::interfaces::{IPool::*, IStkBtc, IToken};
use proptest::prelude::*;

use super::world::*;
use crate::storage::Storage;

#[derive(Debug, Clone, Copy)]
enum Step {
    Supply(usize, u64),
    Leave(usize, u64),
    Stake(usize, u64),
    Sell(usize, u64),
    Collect,
    Complete,
    Income(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let one = (0usize..3, 1u64..400);
    prop_oneof![
        1 => one.clone().prop_map(|(who, milli)| Step::Supply(who, milli)),
        1 => one.clone().prop_map(|(who, milli)| Step::Leave(who, milli)),
        1 => one.clone().prop_map(|(who, milli)| Step::Stake(who, milli)),
        3 => one.prop_map(|(who, milli)| Step::Sell(who, milli)),
        2 => Just(Step::Collect),
        2 => Just(Step::Complete),
        1 => (1u64..20).prop_map(Step::Income),
    ]
}

const PEOPLE: [Address; 3] = [ALICE, BOB, LENA];

fn take(world: &mut World, step: Step) {
    // what is not possible is refused and changes nothing
    let _ = match step {
        Step::Supply(who, amount) => {
            let receiver = PEOPLE[who];
            world.pay(POOL, receiver, milli(amount), &supplyCall { receiver }).map(|_| ())
        }
        Step::Leave(who, amount) => {
            let owner = PEOPLE[who];
            world.call(owner, &redeemCall { shares: milli(amount), receiver: owner, owner }).map(|_| ())
        }
        Step::Stake(who, amount) => {
            let receiver = PEOPLE[who];
            world.pay(VAULT, receiver, milli(amount), &IStkBtc::stakeCall { receiver }).map(|_| ())
        }
        Step::Sell(who, amount) => world.sell(PEOPLE[who], milli(amount)).map(|_| ()),
        Step::Collect => world.call(BOB, &advanceCall {}).map(|_| ()),
        Step::Complete => world.vault(BOB, &IStkBtc::advanceCall {}).map(|_| ()),
        Step::Income(amount) => {
            world.income(milli(amount));
            Ok(())
        }
    };
}

/// What everybody has, at the vault's and the pool's own word.
fn wealth(world: &mut World) -> U256 {
    let mut sum = U256::ZERO;
    for owner in PEOPLE {
        sum += world.0.balance(owner).unwrap() + world.wrapped(owner);
        let shares = world.vault(owner, &IToken::balanceOfCall { account: owner }).unwrap();
        sum += world.vault(owner, &IStkBtc::convertToAssetsCall { shares }).unwrap();
        let shares = world.call(owner, &IToken::balanceOfCall { account: owner }).unwrap();
        sum += world.call(owner, &convertToAssetsCall { shares }).unwrap();
    }
    sum
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_is_lost_and_nothing_made(steps in proptest::collection::vec(step(), 1..40)) {
        let mut world = World::supplied();
        let mut supply = world.0.supply();
        let mut income = U256::ZERO;
        let mut share = U256::ZERO;
        for step in steps {
            if let Step::Income(amount) = step {
                supply += milli(amount);
                income += milli(amount);
            }
            let price = world.call(LENA, &convertToAssetsCall { shares: milli(1_000) }).unwrap();
            // roundings of its parts are a few wei
            prop_assert!(price + U256::from(4) >= share, "a share of the pool fell from {share} to {price}");
            share = price;
            take(&mut world, step);
            prop_assert_eq!(world.0.supply(), supply);
            let position = world.position();
            // the pool has what it says: pBTC, and stkBTC at hand
            prop_assert_eq!(world.0.balance(POOL.address()).unwrap(), position.cash);
            let held = world.vault(BOB, &IToken::balanceOfCall { account: POOL.address() }).unwrap();
            prop_assert_eq!(held, position.shares);
        }
        let start = milli(30_000);
        prop_assert!(wealth(&mut world) <= start + income);
    }
}
