use super::world::*;
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use ballast_types::interfaces::{IPool::*, ISystem, IToken};

use crate::contract::{Call, Mode, dispatch};

#[test]
fn nothing_is_no_sale_and_no_supply() {
    let mut world = World::supplied();
    refused::<_, Nothing>(world.sell(ALICE, U256::ZERO));
    refused::<_, Nothing>(world.pay(POOL, LENA, U256::ZERO, &supplyCall { receiver: LENA }));
    refused::<_, Nothing>(world.call(LENA, &depositCall { assets: U256::ZERO, receiver: LENA }));
    refused::<_, Nothing>(world.call(LENA, &mintCall { shares: U256::ZERO, receiver: LENA }));
    let call = withdrawCall { assets: U256::ZERO, receiver: LENA, owner: LENA };
    refused::<_, Nothing>(world.call(LENA, &call));
    refused::<_, Nothing>(world.call(LENA, &redeemCall { shares: U256::ZERO, receiver: LENA, owner: LENA }));
}

#[test]
fn numbers_beyond_all_bitcoin_are_refused_and_not_wrapped_around() {
    let mut world = World::supplied();
    for shares in [U256::MAX, U256::from(u128::MAX)] {
        assert!(world.call(ALICE, &quoteCall { shares }).is_err());
        assert!(world.sell(ALICE, shares).is_err());
        assert!(world.call(LENA, &mintCall { shares, receiver: LENA }).is_err());
        assert!(world.call(LENA, &depositCall { assets: shares, receiver: LENA }).is_err());
        assert!(world.call(LENA, &redeemCall { shares, receiver: LENA, owner: LENA }).is_err());
    }
    assert_eq!(world.assets(), milli(1_000));
}

#[test]
fn money_comes_with_a_supply_only() {
    let mut world = World::supplied();
    let sent = world.pay(POOL, BOB, U256::from(1), &advanceCall {});
    assert_eq!(refused::<_, ISystem::NotPayable>(sent).value, U256::from(1));
    let sent = world.pay(POOL, BOB, U256::from(1), &IToken::approveCall { spender: BOB, value: U256::ZERO });
    refused::<_, ISystem::NotPayable>(sent);
}

#[test]
fn only_its_next_step_is_a_duty() {
    let mut world = World::supplied();
    world.sell(ALICE, milli(100)).unwrap();
    let mut duty = |input: Vec<u8>| {
        let call = Call { caller: Default::default(), value: U256::ZERO, input: &input, mode: Mode::Duty };
        dispatch(POOL, &mut world.0, &call).map(|_| ())
    };
    let sale = sellCall { shares: milli(1), leastAssets: U256::ZERO, receiver: BOB };
    refused::<_, ISystem::NotADuty>(duty(sale.abi_encode()));
    refused::<_, ISystem::NotADuty>(duty(IToken::transferCall { to: BOB, value: milli(1) }.abi_encode()));
    duty(advanceCall {}.abi_encode()).unwrap();
}
