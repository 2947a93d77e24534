use alloy_primitives::{Address, U256, address};
use ballast_types::{
    SystemContract,
    interfaces::{IStkBtc::*, IToken},
};

use super::world::*;
use crate::{layout::Slot, mining, price::LOCKED, storage::Storage, vault::store::*, wpbtc};

const DEAD: Address = address!("000000000000000000000000000000000000dEaD");

#[test]
fn the_first_deposit_is_a_share_a_wei_and_leaves_some_for_ever() {
    let mut world = World::new();
    assert_eq!(world.rate(), n(1_000_000_000_000_000_000));
    let assets = sats(50_000);
    assert_eq!(world.view(&previewDepositCall { assets }), assets - LOCKED);
    assert_eq!(world.stake(ALICE, assets), Ok(assets - LOCKED));
    assert_eq!((world.shares(ALICE), world.shares(DEAD)), (assets - LOCKED, sats(1_000)));
    assert_eq!(world.view(&totalAssetsCall {}), assets);
    let deposited = Deposit { sender: ALICE, owner: ALICE, assets, shares: assets - LOCKED };
    assert_eq!(world.events::<Deposit>(), [deposited]);
    world.check();
}

#[test]
fn the_first_deposit_is_more_than_what_stays() {
    let mut world = World::new();
    let error = FirstDeposit { minimum: LOCKED + n(1) };
    assert_eq!(world.stake(ALICE, LOCKED), refusal(&error));
    assert_eq!(world.stake(ALICE, LOCKED + n(1)), Ok(n(1)));
    world.check();
}

#[test]
fn the_first_mint_pays_for_what_stays() {
    let mut world = World::new();
    world.wrap(ALICE, sats(10_000));
    assert_eq!(world.view(&previewMintCall { shares: n(7) }), n(7) + LOCKED);
    assert_eq!(world.write(ALICE, &mintCall { shares: n(7), receiver: BOB }), Ok(n(7) + LOCKED));
    assert_eq!(world.shares(BOB), n(7));
    world.check();
}

#[test]
fn later_deposits_pay_the_rate() {
    let mut world = World::staked();
    // 30 basis points in ten blocks
    world.income(sats(300_000));
    world.pass(BLOCKS);
    assert_eq!(world.rate(), n(1_003_000_000_000_000_000));
    assert_eq!(world.stake(BOB, sats(100_300)), Ok(sats(100_000)));
    world.wrap(BOB, sats(200_600));
    let deposit = depositCall { assets: sats(100_300), receiver: CAROL };
    assert_eq!(world.write(BOB, &deposit), Ok(sats(100_000)));
    assert_eq!(world.write(BOB, &mintCall { shares: sats(100_000), receiver: CAROL }), Ok(sats(100_300)));
    assert_eq!((world.shares(CAROL), world.wrapped(BOB)), (sats(200_000), U256::ZERO));
    world.check();
}

#[test]
fn a_rest_stays_with_the_vault() {
    let mut world = World::staked();
    world.income(sats(300_000));
    world.pass(BLOCKS);
    // 1003 wei are worth 1000 shares, and anything below 1003 not the thousandth
    assert_eq!(world.stake(BOB, n(1_002)), Ok(n(999)));
    assert_eq!(world.view(&previewMintCall { shares: n(999) }), n(1_002));
    assert_eq!(world.view(&convertToSharesCall { assets: n(1_002) }), n(999));
    assert_eq!(world.view(&convertToAssetsCall { shares: n(999) }), n(1_001));
    assert_eq!(world.stake(BOB, n(1)), refusal(&Nothing {}));
    world.wrap(BOB, n(5));
    assert_eq!(world.write(BOB, &mintCall { shares: n(0), receiver: BOB }), refusal(&Nothing {}));
    world.check();
}

#[test]
fn the_vault_is_full_at_its_cap() {
    let mut world = World::staked();
    let max = sats(parameters().vault.cap_sat - 100_000_000);
    assert_eq!(world.view(&maxDepositCall { receiver: BOB }), max);
    assert_eq!(world.view(&maxMintCall { receiver: BOB }), max);
    let error = ERC4626ExceededMaxDeposit { receiver: BOB, assets: max + n(1), max };
    assert_eq!(world.stake(BOB, max + n(1)), refusal(&error));
    let error = ERC4626ExceededMaxMint { receiver: BOB, shares: max + n(1), max };
    assert_eq!(world.write(BOB, &mintCall { shares: max + n(1), receiver: BOB }), refusal(&error));
    assert_eq!(world.stake(BOB, max), Ok(max));
    assert_eq!(world.view(&maxDepositCall { receiver: BOB }), n(0));
    world.check();
}

fn is_closed(world: &mut World) {
    assert_eq!(world.view(&maxDepositCall { receiver: BOB }), n(0));
    assert_eq!(world.view(&maxMintCall { receiver: BOB }), n(0));
    let error = ERC4626ExceededMaxDeposit { receiver: BOB, assets: sats(1), max: n(0) };
    assert_eq!(world.stake(BOB, sats(1)), refusal(&error));
    world.wrap(BOB, sats(1));
    let error = ERC4626ExceededMaxMint { receiver: BOB, shares: n(1), max: n(0) };
    assert_eq!(world.write(BOB, &mintCall { shares: n(1), receiver: BOB }), refusal(&error));
}

/// Redemptions and claims are open whatever happens.
fn can_leave(world: &mut World) {
    world.request(ALICE, sats(50_000)).unwrap();
    world.advance().unwrap();
    assert_eq!(world.redeem_all(ALICE), sats(50_000));
    world.check();
}

#[test]
fn deposits_are_closed_while_custody_is_short() {
    let mut world = World::staked();
    // pBTC that was issued for nothing: slot 50 of custody
    let issued: Slot<u64> = Slot::new(SystemContract::Custody.address(), 50);
    issued.store(&mut world.storage, &1).unwrap();
    is_closed(&mut world);
    can_leave(&mut world);
}

#[test]
fn deposits_are_closed_while_bitcoin_is_out_of_sight() {
    let mut world = World::staked();
    world.storage.block.timestamp += mining::parameters().stale_after_s + 1;
    is_closed(&mut world);
    can_leave(&mut world);
}

#[test]
fn deposits_are_closed_while_shares_are_worth_nothing() {
    let mut world = World::staked();
    world.lose(sats(100_000_000));
    assert_eq!(world.rate(), n(0));
    assert_eq!(world.view(&convertToSharesCall { assets: n(5) }), n(0));
    is_closed(&mut world);
    // nobody is paid nothing for good: tickets wait
    assert_eq!(world.request(ALICE, sats(50_000)), refusal(&Nothing {}));
    world.check();
}

#[test]
fn a_loss_is_shared() {
    let mut world = World::staked();
    world.stake(BOB, sats(100_000_000)).unwrap();
    world.lose(sats(20_000_000));
    assert_eq!(world.rate(), n(900_000_000_000_000_000));
    let shares = world.shares(BOB);
    assert_eq!(world.view(&quoteRedeemCall { shares }), sats(90_000_000));
    assert_eq!(world.stake(CAROL, sats(9)), Ok(sats(10)));
    world.check();
}

#[test]
fn shares_are_given_to_nobody_who_would_lose_them() {
    let mut world = World::staked();
    for receiver in [Address::ZERO, CONTRACT] {
        let error = IToken::ERC20InvalidReceiver { receiver };
        world.wrap(BOB, sats(10));
        assert_eq!(world.write(BOB, &depositCall { assets: sats(5), receiver }), refusal(&error));
        assert_eq!(world.write(BOB, &mintCall { shares: sats(5), receiver }), refusal(&error));
        let sent = world.write(ALICE, &IToken::transferCall { to: receiver, value: n(1) });
        assert_eq!(sent, refusal(&error));
        assert_eq!(world.view(&maxDepositCall { receiver }), n(0));
    }
}

#[test]
fn a_deposit_needs_wpbtc_and_an_allowance() {
    let mut world = World::staked();
    let deposit = depositCall { assets: sats(5), receiver: BOB };
    let error = IToken::ERC20InsufficientBalance { sender: BOB, balance: n(0), needed: sats(5) };
    assert_eq!(world.write(BOB, &deposit), refusal(&error));
    world.wrap(BOB, sats(5));
    world.storage.store(wpbtc::CONTRACT, allowance_slot(BOB), sats(4)).unwrap();
    let error = IToken::ERC20InsufficientAllowance { spender: CONTRACT, allowance: sats(4), needed: sats(5) };
    assert_eq!(world.write(BOB, &deposit), refusal(&error));
    assert_eq!(BOOKED.load(&mut world.storage), Ok(sats(100_000_000)));
}
