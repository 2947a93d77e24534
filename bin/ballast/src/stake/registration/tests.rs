use alloy_sol_types::SolError;
use ballast_system::CallError;
use ballast_types::interfaces::IStaking::Status;

use super::*;
use crate::stake::approvals::id;
use crate::stake::tests::world::{CHAIN_ID, VALUE, World, owner, staker};

fn refusal(world: &World, registration: IStaking::Registration) -> Option<CallError> {
    world.transact(&IStaking::registerStakeCall { registration }).err()
}

#[test]
fn a_stake_file_makes_a_registration_that_the_contract_takes() {
    let world = World::new();
    let made = world.made();
    let registration = registration(&made, &staker(), owner(), CHAIN_ID);
    assert_eq!(refusal(&world, registration.clone()), None);
    let stake = id(&made);
    let known = world.view(&IStaking::stakeOfCall { stake });
    assert_eq!((known.staker, known.provider), (registration.staker, registration.provider));
    assert_eq!((known.value, known.stakingTime), (VALUE.to_sat(), 200));
    assert_eq!(world.view(&IStaking::statusCall { stake }), Status::Pending);
    assert_eq!(refusal(&world, registration), Some(CallError::revert(&IStaking::StakeKnown { stake })));
}

#[test]
fn a_registration_speaks_for_one_account_on_one_chain() {
    let world = World::new();
    let made = world.made();
    let key = staker().x_only().serialize().into();
    let bad = Some(CallError::revert(&IStaking::BadPossession { key }));
    let taken = IStaking::Registration {
        owner: Address::repeat_byte(7),
        ..registration(&made, &staker(), owner(), CHAIN_ID)
    };
    assert_eq!(refusal(&world, taken), bad);
    assert_eq!(refusal(&world, registration(&made, &staker(), owner(), CHAIN_ID + 1)), bad);
}

#[test]
fn a_registration_that_was_changed_is_refused_by_its_cause() {
    let world = World::new();
    let made = world.made();
    let good = registration(&made, &staker(), owner(), CHAIN_ID);
    let spoilt = IStaking::Registration { value: good.value + 1, ..good.clone() };
    let cause = |error: &CallError| {
        let CallError::Revert(data) = error else { panic!("{error}") };
        IStaking::BadDelegation::abi_decode(data).unwrap().cause
    };
    assert_eq!(cause(&refusal(&world, spoilt).unwrap()), IStaking::Cause::Staking);
    let signature = good.unbondingSlashingSignature.clone();
    let spoilt = IStaking::Registration { slashingSignature: signature, ..good };
    assert_eq!(cause(&refusal(&world, spoilt).unwrap()), IStaking::Cause::StakerSignature);
}
