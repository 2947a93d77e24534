use alloy_primitives::U256;
use ballast_types::interfaces::{IStkBtc::*, IToken};

use super::world::*;
use crate::{price::LOCKED, storage::Storage, vault::store::*, wpbtc};

#[test]
fn the_first_depositor_cannot_make_shares_too_dear_for_the_second() {
    let mut world = World::new();
    world.stake(ALICE, LOCKED + n(1)).unwrap();
    // a bitcoin forced upon the vault: classically the second depositor's shares round to nothing now
    donate(&mut world, sats(100_000_000));
    assert_eq!(world.rate(), n(1_000_000_000_000_000_000));
    assert_eq!(world.stake(BOB, n(999)), Ok(n(999)));
    world.check();
}

/// pBTC by selfdestruct, as fees or as a reward: no rule is asked.
fn donate(world: &mut World, wei: U256) {
    world.storage.mint(CONTRACT, wei).unwrap();
    world.donated += wei;
}

#[test]
fn what_is_forced_upon_the_vault_is_nobodys() {
    let mut world = World::staked();
    donate(&mut world, sats(7));
    world.storage.mint(ALICE, sats(9)).unwrap();
    wpbtc::give(&mut world.storage, ALICE, CONTRACT, sats(9)).unwrap();
    assert_eq!(world.view(&totalAssetsCall {}), sats(100_000_000));
    let shares = world.shares(ALICE);
    world.request(ALICE, shares).unwrap();
    world.advance().unwrap();
    assert_eq!(world.redeem_all(ALICE), shares);
    assert_eq!(world.storage.balance(CONTRACT), Ok(LOCKED + sats(7)));
    world.check();
}

#[test]
fn shares_cannot_be_sent_into_the_queue() {
    let mut world = World::staked();
    let error = IToken::ERC20InvalidReceiver { receiver: CONTRACT };
    assert_eq!(world.write(ALICE, &IToken::transferCall { to: CONTRACT, value: n(1) }), refusal(&error));
    world.request(ALICE, sats(50_000)).unwrap();
    let cancel = cancelRedeemCall { requestId: n(1), receiver: CONTRACT };
    assert_eq!(world.write(ALICE, &cancel), refusal(&error));
    let request = requestRedeemCall { shares: sats(50_000), controller: CONTRACT, owner: ALICE };
    assert_eq!(world.write(ALICE, &request), refusal(&error));
    // the vault's own shares, those in the queue, are nobody's to ask for
    let request = requestRedeemCall { shares: sats(50_000), controller: BOB, owner: CONTRACT };
    assert!(world.write(BOB, &request).is_err());
    let take = IToken::transferFromCall { from: CONTRACT, to: BOB, value: n(1) };
    assert!(world.write(BOB, &take).is_err());
    world.check();
}

#[test]
fn whoever_sees_income_come_gains_less_than_the_pool_takes() {
    let mut world = World::staked();
    // another vault's worth just before the settlement
    world.stake(BOB, sats(100_000_000)).unwrap();
    world.income(sats(50_000_000));
    world.pass(BLOCKS);
    let shares = world.shares(BOB);
    let gained = world.view(&convertToAssetsCall { shares }) - sats(100_000_000);
    assert!(gained <= sats(300_000), "{gained}");
    world.check();
}

#[test]
fn whoever_comes_before_a_step_of_the_queue_gains_nothing() {
    let mut world = World::staked();
    world.request(ALICE, sats(90_000_000)).unwrap();
    for _ in 0..10 {
        world.income(sats(300_000));
        world.pass(BLOCKS);
    }
    // the ticket leaves 3 percent of itself behind; Bob comes just in time
    world.stake(BOB, sats(500_000_000)).unwrap();
    let shares = world.shares(BOB);
    let before = world.view(&convertToAssetsCall { shares });
    world.advance().unwrap();
    let after = world.view(&convertToAssetsCall { shares });
    assert!(after <= before + n(2), "{}", after - before);
    world.check();
}

#[test]
fn waiting_in_the_queue_is_no_free_look() {
    let mut world = World::staked();
    world.stake(BOB, sats(100_000_000)).unwrap();
    let shares = world.shares(BOB);
    world.request(BOB, shares).unwrap();
    world.income(sats(600_000));
    world.pass(BLOCKS);
    world.write(BOB, &cancelRedeemCall { requestId: n(1), receiver: BOB }).unwrap();
    let shares = world.shares(BOB);
    assert!(world.view(&convertToAssetsCall { shares }) <= sats(100_000_000));
    world.check();
}

#[test]
fn depositing_and_leaving_again_gains_nothing() {
    let mut world = World::staked();
    world.income(sats(123_457));
    world.pass(3);
    for wei in [n(1_000_003), sats(20_001) + n(7), sats(77_777_777)] {
        let Ok(shares) = world.stake(BOB, wei) else { continue };
        let worth = world.view(&convertToAssetsCall { shares });
        assert!(worth <= wei);
        world.request(BOB, shares).unwrap();
        world.advance().unwrap();
        assert!(world.redeem_all(BOB) <= wei);
        world.check();
    }
}

#[test]
fn amounts_of_any_size_are_refused_in_words() {
    let mut world = World::staked();
    world.wrap(BOB, sats(10));
    let max = world.view(&maxDepositCall { receiver: BOB });
    let error = ERC4626ExceededMaxDeposit { receiver: BOB, assets: U256::MAX, max };
    let deposit = depositCall { assets: U256::MAX, receiver: BOB };
    assert_eq!(world.write(BOB, &deposit), refusal(&error));
    let error = ERC4626ExceededMaxMint { receiver: BOB, shares: U256::MAX, max };
    assert_eq!(world.write(BOB, &mintCall { shares: U256::MAX, receiver: BOB }), refusal(&error));
    let all = world.shares(ALICE);
    let error = IToken::ERC20InsufficientBalance { sender: ALICE, balance: all, needed: U256::MAX };
    assert_eq!(world.request(ALICE, U256::MAX), refusal(&error));
    let redeem = redeemCall { shares: U256::MAX, receiver: ALICE, controller: ALICE };
    let error = ERC4626ExceededMaxRedeem { owner: ALICE, shares: U256::MAX, max: n(0) };
    assert_eq!(world.write(ALICE, &redeem), refusal(&error));
    let withdraw = withdrawCall { assets: U256::MAX, receiver: ALICE, controller: ALICE };
    let error = ERC4626ExceededMaxWithdraw { owner: ALICE, assets: U256::MAX, max: n(0) };
    assert_eq!(world.write(ALICE, &withdraw), refusal(&error));
    // an answer that does not fit is Solidity's arithmetic panic, and never a wrong number
    world.income(sats(100_000));
    world.pass(BLOCKS);
    let panic = alloy_sol_types::Panic::from(alloy_sol_types::PanicKind::UnderOverflow);
    let worth = world.write(ALICE, &convertToAssetsCall { shares: U256::MAX });
    assert_eq!(worth, refusal(&panic));
    world.lose(sats(50_000_000));
    assert_eq!(world.write(ALICE, &convertToSharesCall { assets: U256::MAX }), refusal(&panic));
    assert_eq!(world.write(ALICE, &previewDepositCall { assets: U256::MAX }), refusal(&panic));
}

#[test]
fn shares_that_are_worth_next_to_nothing_do_not_overflow_tickets() {
    let mut world = World::staked();
    world.lose(sats(100_000_000) - n(1));
    // a share is worth 1e-18 wei: a bitcoin would buy 2^120 of them, so there is room for so many only
    let max = world.view(&maxDepositCall { receiver: BOB });
    assert!(max < sats(parameters().vault.cap_sat));
    world.stake(BOB, max).unwrap();
    let shares = world.shares(BOB);
    world.request(BOB, shares).unwrap();
    world.advance().unwrap();
    world.redeem_all(BOB);
    world.check();
}

#[test]
fn the_queue_is_not_filled_with_dust() {
    let mut world = World::staked();
    world.write(ALICE, &IToken::transferCall { to: BOB, value: sats(30_000) }).unwrap();
    let too_small = |found| refusal(&TooSmall { minimum: sats(20_000), found });
    assert_eq!(world.request(BOB, sats(10_000)), too_small(sats(10_000)));
    world.request(BOB, sats(20_000)).unwrap();
    assert_eq!(world.request(BOB, sats(9_999)), too_small(sats(9_999)));
    // a rest can leave, once
    world.request(BOB, sats(10_000)).unwrap();
    assert_eq!(world.request(BOB, n(0)), refusal(&Nothing {}));
    world.check();
}
