//! Conservation: a provider's power is the sum of its active stakes, whatever anybody does in whatever order.

use proptest::prelude::*;

use super::*;
use crate::light_client;

const PROVIDERS: [u8; 2] = [2, 3];

#[derive(Debug, Clone)]
enum Step {
    Register(usize),
    Approve(usize, usize),
    Broadcast(usize),
    Prove(usize),
    Unbond(usize),
    Leave(usize),
    ProveSpend(usize),
    Mine(usize),
    Reorganise(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let stake = 0..3_usize;
    prop_oneof![
        stake.clone().prop_map(Step::Register),
        (stake.clone(), 0..3_usize).prop_map(|(stake, member)| Step::Approve(stake, member)),
        (stake.clone(), 0..3_usize).prop_map(|(stake, member)| Step::Approve(stake, member)),
        stake.clone().prop_map(Step::Broadcast),
        stake.clone().prop_map(Step::Prove),
        stake.clone().prop_map(Step::Prove),
        stake.clone().prop_map(Step::Unbond),
        stake.clone().prop_map(Step::Leave),
        stake.prop_map(Step::ProveSpend),
        (1..4_usize).prop_map(Step::Mine),
        (180..195_usize).prop_map(Step::Mine),
        (1..6_usize).prop_map(Step::Reorganise),
    ]
}

/// Does one step, possible or not; a refused call has no effect.
fn take(world: &mut World, stakes: &[Staked], step: &Step) {
    let holding = |world: &World, tx: &bitcoin::Transaction| {
        let txid = tx.compute_txid();
        let is_it = |block: &bitcoin::Block| block.txdata.get(1).is_some_and(|tx| tx.compute_txid() == txid);
        world.blocks.iter().position(is_it)
    };
    match *step {
        Step::Register(at) => drop(world.register(&stakes[at])),
        Step::Approve(at, member) => drop(world.approve(&stakes[at], COVENANT[member])),
        Step::Broadcast(at) => drop(world.mine(&[&stakes[at].facts.staking_tx])),
        Step::Prove(at) => {
            if let Some(height) = holding(world, &stakes[at].facts.staking_tx) {
                drop(world.prove(&stakes[at], height));
            }
        }
        Step::Unbond(at) => {
            let signature = stakes[at].leave(number(at)).serialize().to_vec().into();
            drop(world.call(IStaking::unbondCall { stake: stakes[at].id, signature }));
        }
        Step::Leave(at) => drop(world.mine(&[&stakes[at].unbonding(number(at))])),
        Step::ProveSpend(at) => {
            if let Some(height) = holding(world, &stakes[at].facts.unbonding_tx) {
                drop(world.prove_spend(&stakes[at], height));
            }
        }
        Step::Mine(count) => world.mine_empty(count),
        Step::Reorganise(depth) if depth < world.blocks.len() => world.reorganise(depth, &[]),
        Step::Reorganise(_) => {}
    }
}

fn number(at: usize) -> u8 {
    at as u8 + 30
}

fn check(world: &mut World, stakes: &[Staked]) {
    for provider in PROVIDERS {
        let mut active = 0;
        for staked in stakes.iter().filter(|staked| staked.registration.provider == key_word(provider)) {
            let is_active = world.status(staked.id) == Is::Active;
            if is_active {
                active += staked.registration.value;
            }
            let facts = world.call(IStaking::stakeOfCall { stake: staked.id });
            assert_eq!(facts.is_ok_and(|facts| facts.counts), is_active);
        }
        assert_eq!(world.power(provider), active);
    }
    let ranked = world.call(IStaking::rankedCall {}).unwrap();
    let powerful = PROVIDERS.iter().filter(|provider| world.power(**provider) > 0).count();
    assert_eq!(ranked.len(), powerful);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn power_is_the_sum_of_active_stakes(steps in prop::collection::vec(step(), 1..40)) {
        let mut world = World::bare();
        PROVIDERS.iter().for_each(|provider| world.register_provider(*provider).unwrap());
        // one that counts, one that lacks an approval, one that nobody has heard of
        let first = world.active(number(0), PROVIDERS[0], VALUE).0;
        let second = world.stake(number(1), PROVIDERS[1], VALUE + 1);
        world.register(&second).unwrap();
        world.approve(&second, COVENANT[0]).unwrap();
        let third = world.stake(number(2), PROVIDERS[0], VALUE + 2);
        let stakes = [first, second, third];
        check(&mut world, &stakes);
        for step in &steps {
            take(&mut world, &stakes, step);
            check(&mut world, &stakes);
        }
    }
}

/// A reorganisation in an ordinary transaction of the very block in which a stake began to count.
#[test]
fn nothing_counts_on_a_block_that_is_gone_by_the_next_one() {
    let mut world = World::new();
    let (staked, height) = world.active(STAKER, PROVIDER, VALUE);
    assert_eq!(world.power(PROVIDER), VALUE);
    let parent = world.blocks[height - 1].header;
    let fork = crate::mining::chain(&parent, world.blocks.len() - height + 1, 5);
    world.storage.block.timestamp = u64::from(fork.last().unwrap().time);
    light_client::submit(&mut world.storage, &crate::mining::bytes(&fork)).unwrap();
    world.next_block();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Verified, 0));
}
