use super::world::*;
use alloy_primitives::{Address, U256};
use ballast_types::interfaces::{IPool::*, IStkBtc, IToken};

use crate::storage::Storage;

#[test]
fn a_seller_is_paid_at_once_and_less_than_the_rate() {
    let mut world = World::supplied();
    let before = world.0.balance(ALICE).unwrap();
    let quote = world.call(ALICE, &quoteCall { shares: milli(100) }).unwrap();
    let paid = world.sell(ALICE, milli(100)).unwrap();
    assert_eq!((paid, paid + quote.fee), (quote.assets, milli(100)));
    assert_eq!(world.0.balance(ALICE).unwrap() - before, paid);
    // from none of the pool to a tenth of it: 30 + 470 / 300 basis points
    let exact = milli(100) * U256::from(9_470) / U256::from(3_000_000);
    assert!(quote.fee >= exact && quote.fee <= exact + U256::from(1), "{}", quote.fee);
    let position = world.position();
    assert_eq!((position.cash, position.shares), (milli(1_000) - paid, milli(100)));
    // the fee is the suppliers', block by block
    assert_eq!(world.assets(), milli(1_000));
    world.0.block.number += 30;
    assert_eq!(world.assets(), milli(1_000) + quote.fee / U256::from(2));
    world.0.block.number += 30;
    assert_eq!(world.assets(), milli(1_000) + quote.fee);
}

#[test]
fn who_drains_the_pool_pays_more_and_in_parts_as_much() {
    let mut world = World::supplied();
    let whole = world.call(ALICE, &quoteCall { shares: milli(900) }).unwrap().fee;
    // 30 + 470 × 0.27 basis points
    assert!(whole > milli(14) && whole < milli(15), "{whole}");
    let mut parts = U256::ZERO;
    for _ in 0..9 {
        parts += milli(100) - world.sell(ALICE, milli(100)).unwrap();
    }
    // but for the fees themselves, which stay as cash
    assert!(parts * U256::from(50) > whole * U256::from(49), "{parts} is less than {whole}");
}

#[test]
fn who_supplies_for_a_sale_pays_the_lowest_fee_of_both_at_least() {
    let mut world = World::supplied();
    let has = |world: &mut World| world.0.balance(ALICE).unwrap() + world.wrapped(ALICE);
    let before = has(&mut world);
    world.pay(POOL, ALICE, milli(1_000), &supplyCall { receiver: ALICE }).unwrap();
    world.sell(ALICE, milli(900)).unwrap();
    let shares = world.call(ALICE, &maxRedeemCall { owner: ALICE }).unwrap();
    world.call(ALICE, &redeemCall { shares, receiver: ALICE, owner: ALICE }).unwrap();
    let cost = milli(900) - (has(&mut world) - before);
    // 0.3 % of what was sold and of what was supplied, and what the sale itself pays above that
    assert!(cost > milli(8), "{cost}");
    world.0.block.number += 60;
    assert!(world.assets() - milli(1_000) >= cost - U256::from(2));
}

#[test]
fn what_was_bought_goes_through_the_queue_and_comes_back() {
    let mut world = World::supplied();
    let paid = world.sell(ALICE, milli(100)).unwrap();
    let assets = world.assets();
    world.call(BOB, &advanceCall {}).unwrap();
    assert_eq!(world.position().shares, U256::ZERO);
    assert_eq!((world.position().waiting, world.assets()), (milli(100), assets));
    assert_eq!(refused::<_, NothingDue>(world.call(BOB, &advanceCall {})), NothingDue {});
    world.complete();
    assert_eq!(world.assets(), assets);
    world.call(BOB, &advanceCall {}).unwrap();
    assert_eq!((world.position().cash, world.assets()), (milli(1_100) - paid, assets));
    assert_eq!(world.0.balance(POOL.address()).unwrap(), milli(1_100) - paid);
}

#[test]
fn a_little_waits_until_it_makes_a_ticket() {
    let mut world = World::supplied();
    let little = U256::from(19_999u64) * U256::from(10u64.pow(10));
    world.sell(ALICE, little).unwrap();
    assert_eq!(refused::<_, NothingDue>(world.call(BOB, &advanceCall {})), NothingDue {});
    world.sell(ALICE, milli(1)).unwrap();
    world.call(BOB, &advanceCall {}).unwrap();
    assert_eq!(world.position().shares, U256::ZERO);
}

#[test]
fn one_sale_and_one_window_have_their_limits() {
    let mut world = World::new();
    for account in [ALICE, BOB, LENA] {
        world.pay(VAULT, account, milli(2_500), &IStkBtc::stakeCall { receiver: account }).unwrap();
    }
    world.pay(POOL, LENA, milli(7_000), &supplyCall { receiver: LENA }).unwrap();
    // the devnet's: a bitcoin a sale, five a window of 60 blocks
    let large = refused::<_, SaleTooLarge>(world.sell(ALICE, milli(1_001)));
    assert_eq!((large.most, large.found), (milli(1_000), milli(1_001)));
    for seller in [ALICE, ALICE, ALICE, BOB] {
        world.sell(seller, milli(1_000)).unwrap();
    }
    world.sell(LENA, milli(500)).unwrap();
    let full = refused::<_, WindowFull>(world.sell(LENA, milli(501)));
    assert_eq!((full.most, full.left), (milli(5_000), milli(500)));
    assert_eq!(world.position().windowLeft, milli(500));
    world.0.block.number = 59;
    refused::<_, WindowFull>(world.sell(LENA, milli(501)));
    world.0.block.number = 60;
    world.sell(LENA, milli(501)).unwrap();
    assert_eq!(world.position().windowLeft, milli(4_499));
}

#[test]
fn a_price_below_what_is_asked_for_is_refused() {
    let mut world = World::supplied();
    let approval = IToken::approveCall { spender: POOL.address(), value: U256::MAX };
    world.vault(ALICE, &approval).unwrap();
    let quote = world.call(ALICE, &quoteCall { shares: milli(10) }).unwrap();
    let sale = |least| sellCall { shares: milli(10), leastAssets: least, receiver: BOB };
    let slippage = refused::<_, Slippage>(world.call(ALICE, &sale(quote.assets + U256::from(1))));
    assert_eq!(slippage.price, quote.assets);
    let before = world.0.balance(BOB).unwrap();
    world.call(ALICE, &sale(quote.assets)).unwrap();
    assert_eq!(world.0.balance(BOB).unwrap() - before, quote.assets);
}

#[test]
fn nobody_sells_what_is_not_theirs() {
    let mut world = World::supplied();
    let sale = sellCall { shares: milli(10), leastAssets: U256::ZERO, receiver: BOB };
    let missing = refused::<_, IToken::ERC20InsufficientAllowance>(world.call(ALICE, &sale));
    assert_eq!((missing.spender, missing.needed), (POOL.address(), milli(10)));
    let poor = refused::<_, IToken::ERC20InsufficientBalance>(world.sell(BOB, milli(10)));
    assert_eq!((poor.sender, poor.needed), (BOB, milli(10)));
    for receiver in [Address::ZERO, POOL.address(), VAULT.address()] {
        let approval = IToken::approveCall { spender: POOL.address(), value: milli(10) };
        world.vault(ALICE, &approval).unwrap();
        let lost = sellCall { shares: milli(10), leastAssets: U256::ZERO, receiver };
        assert_eq!(refused::<_, IToken::ERC20InvalidReceiver>(world.call(ALICE, &lost)).receiver, receiver);
    }
}

#[test]
fn nothing_is_bought_while_bitcoin_is_not_heard_of() {
    let mut world = World::supplied();
    world.0.block.timestamp += 2 * 3_600;
    refused::<_, Closed>(world.call(ALICE, &quoteCall { shares: milli(10) }));
    refused::<_, Closed>(world.sell(ALICE, milli(10)));
    // who wants to leave still does
    world.call(LENA, &redeemCall { shares: milli(10), receiver: LENA, owner: LENA }).unwrap();
}

#[test]
fn a_rising_rate_cannot_be_sold_to_the_pool() {
    let mut world = World::supplied();
    // Bob stakes just before income arrives and sells an epoch later
    world.pay(VAULT, BOB, milli(500), &IStkBtc::stakeCall { receiver: BOB }).unwrap();
    let shares = world.vault(BOB, &IToken::balanceOfCall { account: BOB }).unwrap();
    world.income(milli(1_000));
    let paid = world.sell(BOB, shares).unwrap();
    assert!(paid < milli(500), "{paid}");
}
