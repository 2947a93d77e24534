use std::panic::{AssertUnwindSafe, catch_unwind};

use alloy_sol_types::SolEvent;
use ballast_types::interfaces::IStaking::Status;
use bitcoin::XOnlyPublicKey;

use super::*;
use crate::network::NetworkName;
use crate::stake::tests::world::{VALUE, World, members, secret};

const TO_THE_END: Plan = Plan { preregister: true, wait: true };
const BITCOIN_FIRST: Plan = Plan { preregister: false, wait: true };

/// What was told, each thing once.
fn told(world: &World) -> Vec<(Step, usize)> {
    let mut told: Vec<_> = world.told.borrow().iter().map(|told| (told.step, told.approvals)).collect();
    told.dedup();
    told
}

/// Runs the command and kills it after so many looks and steps; says whether it came to its end before.
fn killed_after(world: &World, life: usize, plan: Plan) -> bool {
    world.life.set(life);
    let ended = catch_unwind(AssertUnwindSafe(|| world.stake(plan).unwrap())).is_ok();
    world.life.set(usize::MAX);
    ended
}

#[test]
fn a_stake_is_registered_approved_broadcast_and_counts() {
    let world = World::new();
    let staked = world.stake(TO_THE_END).unwrap();
    assert_eq!((staked.status, staked.state, staked.approvals), (Status::Active, "broadcast", (3, 2)));
    assert_eq!(world.power(), VALUE.to_sat());
    let course = [
        (Step::Register, 0),
        (Step::AwaitQuorum, 1),
        (Step::Broadcast, 2),
        (Step::AwaitPower, 3),
        (Step::Done, 3),
    ];
    let told = told(&world);
    assert_eq!(told.first(), Some(&course[0]));
    assert!(course.iter().all(|step| told.contains(step)), "{told:?}");
    let file = JudgedStake::read(&world.path()).unwrap();
    assert!(file.approvals.has_quorum(&file.delegation));
}

#[test]
fn the_bitcoin_stays_until_a_quorum_has_approved() {
    let world = World::new();
    world.working.set(1);
    assert!(!killed_after(&world, 30, TO_THE_END));
    let file = JudgedStake::read(&world.path()).unwrap();
    assert_eq!(file.count(), (1, 2));
    assert!(!world.coins_have_moved(&file));
    assert_eq!(told(&world).last(), Some(&(Step::AwaitQuorum, 1)));
}

#[test]
fn a_command_that_was_killed_anywhere_goes_on_where_it_was() {
    for plan in [TO_THE_END, BITCOIN_FIRST] {
        for life in 0.. {
            let world = World::new();
            let ended = killed_after(&world, life, plan);
            let staked = world.stake(plan).unwrap();
            assert_eq!(staked.status, Status::Active, "killed after {life}");
            assert_eq!(world.power(), VALUE.to_sat(), "killed after {life}");
            assert_eq!(world.events::<IStaking::StakeRegistered>().len(), 1, "killed after {life}");
            if ended {
                assert!(life > 10);
                break;
            }
        }
    }
}

#[test]
fn said_again_when_all_is_done_it_changes_nothing() {
    let world = World::new();
    world.stake(TO_THE_END).unwrap();
    let before = world.chain.state().storage.snapshot();
    let staked = world.stake(TO_THE_END).unwrap();
    assert_eq!((staked.status, staked.state), (Status::Active, "broadcast before"));
    assert!(world.chain.state().storage.snapshot() == before);
    assert_eq!(told(&world), [(Step::Done, staked.approvals.0)]);
}

#[test]
fn bitcoin_can_move_first_and_be_proven_then() {
    let world = World::new();
    world.working.set(0);
    assert!(!killed_after(&world, 30, BITCOIN_FIRST));
    let file = JudgedStake::read(&world.path()).unwrap();
    assert!(world.coins_have_moved(&file));
    assert_eq!(world.power(), 0);
    world.working.set(2);
    let staked = world.stake(BITCOIN_FIRST).unwrap();
    assert_eq!((staked.status, world.power()), (Status::Active, VALUE.to_sat()));
    assert_eq!(world.events::<IStaking::Anchored>().len(), 1);
}

#[test]
fn what_is_on_bitcoin_already_is_registered_with_its_proof() {
    let world = World::new();
    let made = world.made();
    let staker = crate::stake::tests::world::staker();
    broadcast(&made, &staker, &world.bitcoin).unwrap();
    let staked = world.stake(TO_THE_END).unwrap();
    assert_eq!((staked.status, staked.state), (Status::Active, "broadcast before"));
    assert!(told(&world).iter().any(|(step, _)| *step == Step::Prove));
}

#[test]
fn a_coin_that_another_took_ends_it_before_the_chain_is_told() {
    let world = World::new();
    let made = world.made();
    let mut other = made.delegation.staking().transaction().clone();
    other.output.truncate(1);
    world.bitcoin.submit(&other).unwrap();
    let error = world.stake(Plan::default()).unwrap_err();
    assert!(format!("{error:#}").contains("another --out"), "{error:#}");
    assert!(world.events::<IStaking::StakeRegistered>().is_empty());
}

#[test]
fn a_forged_approval_is_passed_over() {
    let world = World::new();
    world.working.set(0);
    assert!(!killed_after(&world, 6, TO_THE_END));
    let file = JudgedStake::read(&world.path()).unwrap();
    let member = |key: &SigningKey| key.x_only().serialize().into();
    let signature = file.file.slashing_signature.serialize().to_vec();
    for key in [members()[0].x_only().serialize().into(), member(&secret(77))] {
        let forged = IStaking::Approved {
            stake: id(&file),
            member: key,
            unbonding: signature.clone().into(),
            slashing: vec![2; 65].into(),
            unbondingSlashing: vec![2; 65].into(),
        };
        let log = (SystemContract::Staking.address(), forged.encode_log_data());
        ballast_system::Storage::emit(&mut world.chain.state().storage, log.0, log.1).unwrap();
    }
    assert!(!killed_after(&world, 10, TO_THE_END));
    let file = JudgedStake::read(&world.path()).unwrap();
    assert_eq!(file.count(), (0, 2));
    assert!(!world.coins_have_moved(&file));
    world.working.set(3);
    assert_eq!(world.stake(TO_THE_END).unwrap().status, Status::Active);
}

#[test]
fn the_covenant_is_the_chain_s() {
    let world = World::new();
    let of = |named: &[XOnlyPublicKey], network| covenant::of(&world.chain, network, named, 1);
    let found = of(&[], NetworkName::Devnet).unwrap();
    let mut keys = members().map(|member| member.x_only());
    assert_eq!(of(&keys, NetworkName::Devnet).unwrap(), found);
    keys.reverse();
    assert_eq!(of(&keys, NetworkName::Devnet).unwrap(), found);
    keys[0] = secret(77).x_only();
    let error = of(&keys, NetworkName::Devnet).unwrap_err().to_string();
    assert!(error.contains("another one") && error.contains(&found[2].to_string()), "{error}");
    let error = of(&[], NetworkName::Testnet).unwrap_err().to_string();
    assert!(error.contains("are not those of testnet"), "{error}");
}
