//! What must not work.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use ballast_types::{
    DutyKind, SystemContract,
    interfaces::{IRewards::*, ISystem},
};

use super::world::*;
use crate::{
    contract::{Access, Call, Mode, access, dispatch},
    duty::classify,
};

fn settled() -> World {
    let mut world = World::staked(&[300]);
    world.fees(1_000_000);
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    world
}

#[test]
fn a_foreign_stake_cannot_be_claimed() {
    let mut world = settled();
    let claim = |stake| claimCall { stakes: vec![stake_id(stake)], receiver: owner(2) };
    let foreign = NotOwner { stake: stake_id(1), owner: owner(1) };
    assert_eq!(world.call(owner(2), claim(1)), revert(&foreign));
    let unknown = NotOwner { stake: stake_id(9), owner: Address::ZERO };
    assert_eq!(world.call(owner(2), claim(9)), revert(&unknown));
    let view = earnedCall { account: owner(2), stakes: vec![stake_id(1)] };
    assert_eq!(world.call(owner(2), view), revert(&foreign));
    // one foreign stake refuses the whole claim
    let both = claimCall { stakes: vec![stake_id(1), stake_id(9)], receiver: owner(1) };
    assert_eq!(world.call(owner(1), both), revert(&unknown));
    assert_eq!(world.claim(1, &[1]), wei(999_999));
}

#[test]
fn a_claim_may_go_to_another_account() {
    let mut world = settled();
    let claim = claimCall { stakes: vec![stake_id(1)], receiver: owner(7) };
    assert_eq!(world.call(owner(1), claim), Ok(wei(999_999)));
    assert_eq!((world.balance(owner(7)), world.balance(owner(1))), (wei(999_999), wei(0)));
    assert_eq!(world.events::<Claimed>(), [Claimed { account: owner(1), amount: wei(999_999) }]);
}

#[test]
fn who_pays_in_or_sends_by_force_feeds_the_next_budget() {
    let mut world = settled();
    let before = world.budget();
    world.pay(owner(5), 70, &fundCall {}).unwrap();
    assert_eq!(world.events::<Funded>(), [Funded { from: owner(5), amount: wei(70) }]);
    world.fees(30);
    assert_eq!(world.budget(), before + wei(100));
    // what is given already is not touched by it
    assert_eq!(world.claim(1, &[1]), wei(999_999));
    assert_eq!(world.pay(owner(5), 0, &fundCall {}), revert(&Nothing {}));
}

#[test]
fn value_is_refused_where_it_would_be_lost() {
    let mut world = settled();
    let claim = claimCall { stakes: vec![], receiver: owner(1) };
    let refused = revert(&ISystem::NotPayable { value: wei(3) });
    assert_eq!(world.pay(owner(1), 3, &claim), refused);
    assert_eq!(world.pay(owner(1), 3, &settleCall {}), refused);
    assert_eq!(world.pay(owner(1), 3, &budgetCall {}), refused);
}

#[test]
fn a_duty_settles_and_does_nothing_else() {
    let contract = SystemContract::Rewards;
    assert_eq!(access(contract, settleCall::SELECTOR), Some(Access::Duty(DutyKind::Signatures)));
    assert_eq!(access(contract, fundCall::SELECTOR), Some(Access::Payable));
    assert_eq!(access(contract, claimCall::SELECTOR), Some(Access::Write));
    for view in [earnedCall::SELECTOR, nextCall::SELECTOR, creditsCall::SELECTOR, epochOfCall::SELECTOR] {
        assert_eq!(access(contract, view), Some(Access::View));
    }
    assert_eq!(access(contract, [1, 2, 3, 4]), None);
    let key = classify(contract.address(), &settleCall {}.abi_encode()).unwrap();
    assert_eq!((key.kind, key.signer), (DutyKind::Signatures, None));
    let custody = ballast_types::interfaces::ICustody::advanceCall {}.abi_encode();
    assert_ne!(key, classify(SystemContract::Custody.address(), &custody).unwrap());
    assert!(classify(contract.address(), &[settleCall {}.abi_encode(), vec![0]].concat()).is_err());
    let claim = claimCall { stakes: vec![], receiver: owner(1) }.abi_encode();
    assert!(classify(contract.address(), &claim).is_err());
}

#[test]
fn nothing_is_written_in_a_static_call() {
    let mut world = settled();
    for input in [
        settleCall {}.abi_encode(),
        claimCall { stakes: vec![stake_id(1)], receiver: owner(1) }.abi_encode(),
        fundCall {}.abi_encode(),
    ] {
        let selector = crate::contract::selector(&input).into();
        let call = Call { caller: owner(1), value: U256::ZERO, input: &input, mode: Mode::Static };
        let refused = revert(&ISystem::StaticCall { selector });
        assert_eq!(dispatch(SystemContract::Rewards, world.storage(), &call), refused);
    }
}

/// A stake that arrives when the votes are given, before the settlement, has no part of what they earn.
#[test]
fn nobody_earns_by_choosing_the_moment() {
    let mut world = World::staked(&[300]);
    world.fees(1_000_000);
    world.run_to(LENGTH, &[40]);
    // counts from block 11 on
    world.stake(2, 40, 30_000);
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    assert_eq!(world.claim(2, &[2]), wei(0));
    assert_eq!(world.claim(1, &[1]), wei(999_999));
}

/// A genesis may give an account more than all bitcoin; an epoch gives what its arithmetic holds.
#[test]
fn a_budget_beyond_all_bitcoin_is_given_over_epochs() {
    let mut world = World::staked(&[1]);
    let most = super::super::gain::MAX_BUDGET;
    let storage = world.storage();
    crate::storage::Storage::mint(storage, SystemContract::Rewards.address(), most * wei(3)).unwrap();
    world.run_to(LENGTH + GRACE, &[40]);
    world.settle().unwrap();
    let paid = world.claim(1, &[1]);
    assert!(paid <= most && paid + wei(1) >= most);
    assert!(world.budget() >= most * wei(2));
}
