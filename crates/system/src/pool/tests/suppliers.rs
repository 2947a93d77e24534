use super::world::*;
use alloy_primitives::{Address, U256};
use ballast_types::interfaces::{IPool::*, IStkBtc, IToken};

use crate::{price::LOCKED, storage::Storage, wpbtc};

#[test]
fn a_supplier_comes_with_wpbtc_and_leaves_with_it() {
    let mut world = World::supplied();
    world.wrap(BOB, milli(500));
    let shares = world.call(BOB, &depositCall { assets: milli(500), receiver: BOB }).unwrap();
    assert_eq!((shares, world.wrapped(BOB)), (milli(500), U256::ZERO));
    world.sell(ALICE, milli(100)).unwrap();
    assert_eq!(world.call(BOB, &convertToAssetsCall { shares }).unwrap(), milli(500));
    world.0.block.number += 60;
    let gained = world.call(BOB, &convertToAssetsCall { shares }).unwrap();
    assert!(gained > milli(500));
    // 0.3 % stays with those who stay
    let leaves = world.call(BOB, &previewRedeemCall { shares }).unwrap();
    assert_eq!(leaves, gained * U256::from(9_970) / U256::from(10_000));
    let assets = world.call(BOB, &redeemCall { shares, receiver: BOB, owner: BOB }).unwrap();
    assert_eq!((assets, world.wrapped(BOB)), (leaves, leaves));
}

#[test]
fn suppliers_leave_with_what_is_at_hand() {
    let mut world = World::supplied();
    world.sell(ALICE, milli(900)).unwrap();
    let cash = world.position().cash;
    assert_eq!(world.call(LENA, &maxWithdrawCall { owner: LENA }).unwrap(), cash);
    let most = world.call(LENA, &maxRedeemCall { owner: LENA }).unwrap();
    let all = world.call(LENA, &IToken::balanceOfCall { account: LENA }).unwrap();
    assert!(most < all);
    let over = redeemCall { shares: most + U256::from(1), receiver: LENA, owner: LENA };
    assert_eq!(refused::<_, ERC4626ExceededMaxRedeem>(world.call(LENA, &over)).max, most);
    let over = withdrawCall { assets: cash + U256::from(1), receiver: LENA, owner: LENA };
    assert_eq!(refused::<_, ERC4626ExceededMaxWithdraw>(world.call(LENA, &over)).max, cash);
    world.call(LENA, &withdrawCall { assets: cash, receiver: LENA, owner: LENA }).unwrap();
    assert_eq!(world.position().cash, U256::ZERO);
    let call = quoteCall { shares: milli(1) };
    assert_eq!(refused::<_, Short>(world.call(ALICE, &call)).cash, U256::ZERO);
}

#[test]
fn what_withdraw_asks_for_is_what_redeem_pays() {
    let mut world = World::supplied();
    let shares = world.call(LENA, &previewWithdrawCall { assets: milli(100) }).unwrap();
    assert!(world.call(LENA, &previewRedeemCall { shares }).unwrap() >= milli(100));
    let less = shares - U256::from(2);
    assert!(world.call(LENA, &previewRedeemCall { shares: less }).unwrap() < milli(100));
    let call = withdrawCall { assets: milli(100), receiver: LENA, owner: LENA };
    assert_eq!(world.call(LENA, &call).unwrap(), shares);
    for receiver in [Address::ZERO, POOL.address(), VAULT.address(), wpbtc::CONTRACT] {
        let lost = redeemCall { shares: milli(1), receiver, owner: LENA };
        assert_eq!(refused::<_, IToken::ERC20InvalidReceiver>(world.call(LENA, &lost)).receiver, receiver);
        let most = world.call(LENA, &maxDepositCall { receiver: POOL.address() }).unwrap();
        assert_eq!(most, U256::ZERO);
    }
}

#[test]
fn nobody_puts_tickets_into_the_pools_name() {
    let mut world = World::supplied();
    let assets = world.assets();
    let call = IStkBtc::requestRedeemCall { shares: milli(100), controller: POOL.address(), owner: ALICE };
    assert_eq!(
        refused::<_, IToken::ERC20InvalidReceiver>(world.vault(ALICE, &call)).receiver,
        POOL.address()
    );
    assert_eq!(world.assets(), assets);
}

#[test]
fn another_needs_an_allowance() {
    let mut world = World::supplied();
    let call = redeemCall { shares: milli(10), receiver: BOB, owner: LENA };
    refused::<_, IToken::ERC20InsufficientAllowance>(world.call(BOB, &call));
    world.call(LENA, &IToken::approveCall { spender: BOB, value: milli(10) }).unwrap();
    world.call(BOB, &call).unwrap();
    refused::<_, IToken::ERC20InsufficientAllowance>(world.call(BOB, &call));
}

#[test]
fn the_first_supply_leaves_something_for_ever() {
    let mut world = World::new();
    for wei in [U256::ZERO, U256::from(1), LOCKED] {
        let first = world.pay(POOL, LENA, wei, &supplyCall { receiver: LENA });
        assert_eq!(refused::<_, FirstDeposit>(first).minimum, LOCKED + U256::from(1));
    }
    let shares = world.pay(POOL, LENA, LOCKED + U256::from(7), &supplyCall { receiver: LENA }).unwrap();
    assert_eq!(shares, U256::from(7));
    // the same by the number of shares costs the same
    let mut other = World::new();
    other.wrap(LENA, milli(1));
    let assets = other.call(LENA, &mintCall { shares: U256::from(7), receiver: LENA }).unwrap();
    assert_eq!(assets, LOCKED + U256::from(7));
    assert_eq!(other.assets(), world.assets());
}

#[test]
fn a_gift_makes_nobody_richer() {
    let mut world = World::new();
    world.pay(POOL, ALICE, LOCKED + U256::from(1), &supplyCall { receiver: ALICE }).unwrap();
    // Alice tries to make a share so dear that Lena's supply is worth none
    world.0.transfer(ALICE, POOL.address(), milli(5_000)).unwrap();
    wpbtc::give(&mut world.0, ALICE, POOL.address(), milli(2_000)).unwrap();
    let shares = world.pay(POOL, LENA, milli(1), &supplyCall { receiver: LENA }).unwrap();
    assert_eq!(shares, milli(1));
    assert_eq!(world.assets(), milli(1) + LOCKED + U256::from(1));
}
