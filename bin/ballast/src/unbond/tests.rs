use ballast_types::interfaces::IStaking::Status;

use super::*;
use crate::stake::Plan;
use crate::stake::tests::world::{World, staker};

fn signature(stake: &JudgedStake) -> Bytes {
    let sighash = stake.delegation.unbonding().sighash();
    bip340::sign(&staker(), sighash.as_byte_array(), &fresh_aux()).serialize().to_vec().into()
}

#[test]
fn the_chain_lets_a_stake_go_once() {
    let world = World::new();
    world.stake(Plan { wait: true, ..Plan::default() }).unwrap();
    let stake = JudgedStake::read(&world.path()).unwrap();
    request(&world.chain, &stake, &signature(&stake), || world.chain.block()).unwrap();
    assert_eq!(world.view(&IStaking::statusCall { stake: id(&stake) }), Status::Unbonding);
    assert_eq!(world.power(), 0);
    let before = world.chain.state().storage.snapshot();
    request(&world.chain, &stake, &signature(&stake), || world.chain.block()).unwrap();
    assert!(world.chain.state().storage.snapshot() == before);
}

#[test]
fn another_s_signature_lets_nothing_go() {
    let world = World::new();
    world.stake(Plan::default()).unwrap();
    let stake = JudgedStake::read(&world.path()).unwrap();
    let other = stake.file.slashing_signature.serialize().to_vec().into();
    let error = request(&world.chain, &stake, &other, || world.chain.block()).unwrap_err();
    assert!(error.to_string().contains("BadStakerSignature"), "{error}");
    assert!(world.events::<IStaking::UnbondRequested>().is_empty());
}

#[test]
fn a_chain_that_knows_no_such_stake_says_so() {
    let world = World::new();
    let stake = world.made();
    let error = request(&world.chain, &stake, &signature(&stake), || world.chain.block()).unwrap_err();
    assert!(error.to_string().contains("leave out --chain"), "{error}");
}
