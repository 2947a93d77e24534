use alloy_primitives::{Address, U256};
use ballast_types::interfaces::{IStkBtc::*, IToken};

use super::world::*;
use crate::{
    contract::Mode,
    price::LOCKED,
    vault::{self, store::*},
};

const LEAST_SAT: u64 = 20_000;

#[test]
fn a_redemption_is_requested_completed_and_claimed() {
    let mut world = World::staked();
    assert_eq!(world.request(ALICE, sats(50_000)), Ok(1));
    let requested = RedeemRequest {
        controller: ALICE,
        owner: ALICE,
        requestId: n(1),
        sender: ALICE,
        shares: sats(50_000),
    };
    assert_eq!(world.events::<RedeemRequest>(), [requested]);
    let pending = pendingRedeemRequestCall { requestId: n(1), controller: ALICE };
    let claimable = claimableRedeemRequestCall { requestId: n(1), controller: ALICE };
    assert_eq!((world.view(&pending), world.view(&claimable)), (sats(50_000), n(0)));
    world.check();

    world.advance().unwrap();
    assert_eq!((world.view(&pending), world.view(&claimable)), (n(0), sats(50_000)));
    let completed =
        Completed { requestId: n(1), controller: ALICE, shares: sats(50_000), assets: sats(50_000) };
    assert_eq!(world.events::<Completed>(), [completed]);
    assert_eq!(world.view(&totalAssetsCall {}), sats(99_950_000));
    world.check();

    let part = redeemCall { shares: sats(20_000), receiver: BOB, controller: ALICE };
    assert_eq!(world.write(ALICE, &part), Ok(sats(20_000)));
    let rest = withdrawCall { assets: sats(30_000), receiver: ALICE, controller: ALICE };
    assert_eq!(world.write(ALICE, &rest), Ok(sats(30_000)));
    assert_eq!((world.wrapped(BOB), world.wrapped(ALICE)), (sats(20_000), sats(30_000)));
    assert_eq!(world.view(&claimable), n(0));
    let last = world.events::<Withdraw>().pop().unwrap();
    let (assets, shares) = (sats(30_000), sats(30_000));
    assert_eq!(last, Withdraw { sender: ALICE, receiver: ALICE, owner: ALICE, assets, shares });
    world.check();
}

#[test]
fn tickets_are_completed_in_order_sixteen_at_a_time() {
    let mut world = World::staked();
    for number in 1..=20 {
        assert_eq!(world.request(ALICE, sats(LEAST_SAT)), Ok(number));
    }
    world.advance().unwrap();
    let done: Vec<_> = world.events::<Completed>().iter().map(|done| done.requestId.to::<u64>()).collect();
    assert_eq!(done, (1..=16).collect::<Vec<_>>());
    let queue = world.view(&queueCall {});
    assert_eq!((queue.first, queue.last, queue.shares), (n(17), n(20), sats(4 * LEAST_SAT)));
    world.advance().unwrap();
    assert_eq!(world.advance(), refusal(&NothingDue {}));
    world.check();
}

#[test]
fn nothing_is_due_in_an_empty_queue() {
    assert_eq!(World::new().advance(), refusal(&NothingDue {}));
    assert_eq!(World::staked().advance(), refusal(&NothingDue {}));
}

#[test]
fn a_ticket_shares_a_loss() {
    let mut world = World::staked();
    world.request(ALICE, sats(1_000_000)).unwrap();
    world.lose(sats(10_000_000));
    world.advance().unwrap();
    assert_eq!(world.redeem_all(ALICE), sats(900_000));
    assert_eq!(world.rate(), n(900_000_000_000_000_000));
    world.check();
}

#[test]
fn a_ticket_has_no_part_in_a_rise_and_the_rest_has_it_slowly() {
    let mut world = World::staked();
    world.request(ALICE, sats(50_000_000)).unwrap();
    world.income(sats(300_000));
    world.pass(BLOCKS);
    let before = world.price();
    world.advance().unwrap();
    assert_eq!(world.redeem_all(ALICE), sats(50_000_000));
    let after = world.price();
    // not a wei of the 150,000 sats that the leaver left behind counts yet
    assert_eq!(after.assets, before.assets - sats(50_150_000));
    assert_eq!(world.view(&streamCall {}).waiting, sats(150_000));
    world.income(n(0));
    world.pass(BLOCKS);
    assert_eq!(world.price().assets, after.assets + sats(150_000));
    world.check();
}

#[test]
fn the_last_ticket_is_completed_in_part() {
    let mut world = World::staked();
    world.request(ALICE, sats(60_000_000)).unwrap();
    world.stake(BOB, sats(50_000)).unwrap();
    let shares = world.shares(BOB);
    world.request(BOB, shares).unwrap();
    // all but 40,000,000 sats are in stakes
    STAKED.store(&mut world.storage, &sats(60_050_000)).unwrap();
    world.advance().unwrap();
    let ticket = world.view(&ticketCall { requestId: n(1) });
    assert_eq!(
        (ticket.controller, ticket.shares, ticket.assets),
        (ALICE, sats(20_000_000), sats(20_000_000))
    );
    assert_eq!(ticket.completed, sats(40_000_000));
    assert_eq!(world.redeem_all(ALICE), sats(40_000_000));
    world.check();
    // the next one waits for the first, and too little for a request is not worth a step
    STAKED.store(&mut world.storage, &sats(60_050_000 - LEAST_SAT + 1)).unwrap();
    assert_eq!(world.advance(), refusal(&NothingDue {}));
    STAKED.store(&mut world.storage, &n(0)).unwrap();
    world.advance().unwrap();
    assert_eq!((world.redeem_all(ALICE), world.redeem_all(BOB)), (sats(20_000_000), sats(50_000)));
    world.check();
}

#[test]
fn claims_take_the_oldest_ticket_first() {
    let mut world = World::staked();
    world.request(ALICE, sats(30_000)).unwrap();
    world.request(ALICE, sats(50_000)).unwrap();
    world.advance().unwrap();
    let claim = redeemCall { shares: sats(40_000), receiver: ALICE, controller: ALICE };
    world.write(ALICE, &claim).unwrap();
    world.request(ALICE, sats(20_000)).unwrap();
    world.advance().unwrap();
    let left = [1, 2, 3]
        .map(|number| world.view(&claimableRedeemRequestCall { requestId: n(number), controller: ALICE }));
    assert_eq!(left, [n(0), sats(40_000), sats(20_000)]);
    world.check();
}

#[test]
fn a_request_is_worth_the_least_or_is_all() {
    let mut world = World::staked();
    let found = sats(LEAST_SAT) - n(1);
    assert_eq!(world.request(ALICE, found), refusal(&TooSmall { minimum: sats(LEAST_SAT), found }));
    world.write(ALICE, &IToken::transferCall { to: BOB, value: n(5) }).unwrap();
    assert_eq!(world.request(BOB, n(5)), Ok(1));
    assert_eq!(world.request(BOB, n(0)), refusal(&Nothing {}));
    let error = IToken::ERC20InsufficientBalance { sender: BOB, balance: n(0), needed: sats(50_000) };
    assert_eq!(world.request(BOB, sats(50_000)), refusal(&error));
}

#[test]
fn shares_of_another_need_an_allowance_or_an_operator() {
    let mut world = World::staked();
    let request = requestRedeemCall { shares: sats(30_000), controller: BOB, owner: ALICE };
    let error = IToken::ERC20InsufficientAllowance { spender: BOB, allowance: n(0), needed: sats(30_000) };
    assert_eq!(world.write(BOB, &request), refusal(&error));
    world.write(ALICE, &IToken::approveCall { spender: BOB, value: sats(30_000) }).unwrap();
    assert_eq!(world.write(BOB, &request), Ok(n(1)));
    assert_eq!(world.view(&IToken::allowanceCall { owner: ALICE, spender: BOB }), n(0));
    assert!(world.write(ALICE, &setOperatorCall { operator: CAROL, approved: true }).unwrap());
    assert!(world.view(&isOperatorCall { controller: ALICE, operator: CAROL }));
    assert_eq!(world.write(CAROL, &request), Ok(n(2)));
    world.advance().unwrap();
    assert_eq!(world.redeem_all(BOB), sats(60_000));
    world.check();
}

#[test]
fn claims_and_tickets_are_their_controllers() {
    let mut world = World::staked();
    world.request(ALICE, sats(30_000)).unwrap();
    world.request(ALICE, sats(40_000)).unwrap();
    let error = NotOperator { controller: ALICE, caller: BOB };
    let cancel = cancelRedeemCall { requestId: n(2), receiver: BOB };
    assert_eq!(world.write(BOB, &cancel), refusal(&error));
    world.advance().unwrap();
    let redeem = redeemCall { shares: sats(30_000), receiver: BOB, controller: ALICE };
    assert_eq!(world.write(BOB, &redeem), refusal(&error));
    let withdraw = withdrawCall { assets: sats(30_000), receiver: BOB, controller: ALICE };
    assert_eq!(world.write(BOB, &withdraw), refusal(&error));
    world.write(ALICE, &setOperatorCall { operator: BOB, approved: true }).unwrap();
    assert_eq!(world.write(BOB, &redeem), Ok(sats(30_000)));
    world.write(ALICE, &setOperatorCall { operator: BOB, approved: false }).unwrap();
    assert_eq!(world.write(BOB, &redeem), refusal(&error));
    assert_eq!(world.view(&pendingRedeemRequestCall { requestId: n(2), controller: BOB }), n(0));
    assert_eq!(world.view(&claimableRedeemRequestCall { requestId: n(2), controller: BOB }), n(0));
}

#[test]
fn nobody_claims_more_than_was_set_aside() {
    let mut world = World::staked();
    world.request(ALICE, sats(30_000)).unwrap();
    let (max, one) = (sats(30_000), n(1));
    let redeem = |shares| redeemCall { shares, receiver: ALICE, controller: ALICE };
    let withdraw = |assets| withdrawCall { assets, receiver: ALICE, controller: ALICE };
    let error = ERC4626ExceededMaxRedeem { owner: ALICE, shares: one, max: n(0) };
    assert_eq!(world.write(ALICE, &redeem(one)), refusal(&error));
    world.advance().unwrap();
    let error = ERC4626ExceededMaxRedeem { owner: ALICE, shares: max + one, max };
    assert_eq!(world.write(ALICE, &redeem(max + one)), refusal(&error));
    let error = ERC4626ExceededMaxWithdraw { owner: ALICE, assets: max + one, max };
    assert_eq!(world.write(ALICE, &withdraw(max + one)), refusal(&error));
    assert_eq!(world.write(ALICE, &redeem(n(0))), refusal(&Nothing {}));
    assert_eq!(world.write(ALICE, &withdraw(n(0))), refusal(&Nothing {}));
    for receiver in [Address::ZERO, CONTRACT] {
        let error = IToken::ERC20InvalidReceiver { receiver };
        let lost = redeemCall { shares: max, receiver, controller: ALICE };
        assert_eq!(world.write(ALICE, &lost), refusal(&error));
    }
    world.check();
}

#[test]
fn claims_are_rounded_against_the_controller_until_the_last() {
    let mut world = World::staked();
    world.request(ALICE, sats(30_000)).unwrap();
    world.lose(sats(33_333_333));
    world.advance().unwrap();
    let (shares, assets) = vault::claim::claimable(&mut world.storage, ALICE).unwrap();
    assert!(assets < shares);
    let redeem = |shares| redeemCall { shares, receiver: ALICE, controller: ALICE };
    assert_eq!(world.write(ALICE, &redeem(n(1))), refusal(&Nothing {}));
    assert_eq!(world.write(ALICE, &redeem(n(2))), Ok(n(1)));
    let withdraw = withdrawCall { assets: n(1), receiver: ALICE, controller: ALICE };
    assert_eq!(world.write(ALICE, &withdraw), Ok(n(2)));
    assert_eq!(world.write(ALICE, &redeem(shares - n(4))), Ok(assets - n(2)));
    world.check();
}

#[test]
fn all_shares_but_the_locked_ones_can_leave() {
    let mut world = World::staked();
    let shares = world.shares(ALICE);
    world.request(ALICE, shares).unwrap();
    world.advance().unwrap();
    assert_eq!(world.redeem_all(ALICE), sats(100_000_000) - LOCKED);
    let price = world.price();
    assert_eq!((price.assets, price.shares), (LOCKED, LOCKED));
    assert_eq!(world.stake(BOB, sats(5)), Ok(sats(5)));
    world.check();
}

#[test]
fn the_pool_claims_without_wrapping() {
    let mut world = World::staked();
    vault::queue::request(&mut world.storage, ALICE, ALICE, ALICE, sats(50_000)).unwrap();
    let pending = vault::queue::pending(&mut world.storage, ALICE);
    assert_eq!(pending, Ok((sats(50_000), sats(50_000))));
    world.advance().unwrap();
    assert_eq!(vault::queue::pending(&mut world.storage, ALICE), Ok((n(0), n(0))));
    let paid = vault::claim::claim_all(&mut world.storage, ALICE, BOB);
    assert_eq!(paid, Ok((sats(50_000), sats(50_000))));
    assert_eq!(crate::storage::Storage::balance(&mut world.storage, BOB), Ok(sats(50_000)));
    assert_eq!(vault::claim::claim_all(&mut world.storage, ALICE, BOB), Ok((n(0), n(0))));
    world.check();
}

#[test]
fn anybody_may_pay_for_a_step() {
    let mut world = World::staked();
    world.request(ALICE, sats(50_000)).unwrap();
    world.call(Mode::Ordinary, CAROL, U256::ZERO, &advanceCall {}).unwrap();
    assert_eq!(world.redeem_all(ALICE), sats(50_000));
}
