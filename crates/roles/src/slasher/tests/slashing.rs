//! What becomes of the stakes of a provider whose key is out.

use super::*;

#[test]
fn every_stake_of_an_exposed_provider_is_slashed_and_no_other() {
    let (mut world, one) = World::with_stake();
    let (two, other) = (Staked::new(PROVIDERS[0], 2), Staked::new(PROVIDERS[1], 3));
    world.stake(&two);
    world.stake(&other);
    world.run(2);
    assert!(world.mempool().is_empty());
    world.expose(PROVIDERS[0]);
    world.run(1);
    let txids = |txs: &[Transaction]| txs.iter().map(Transaction::compute_txid).collect::<BTreeSet<_>>();
    let expected = [&one, &two].map(|staked| staked.slashing(Slashed::Stake, PROVIDERS[0]));
    assert_eq!(txids(&world.mempool()), txids(&expected));
    world.mine_mempool();
    world.run(3);
    assert!(expected.iter().all(|tx| world.is_confirmed(tx)));
    assert_eq!((world.mempool().len(), world.submitted, world.warnings.len()), (0, 2, 0));
}

#[test]
fn a_slashing_is_handed_in_until_it_is_confirmed() {
    let (mut world, staked) = World::with_stake();
    world.expose(PROVIDERS[0]);
    world.run(3);
    assert_eq!((world.mempool().len(), world.submitted), (1, 1));
    // bitcoind forgets it
    world.hands.bitcoin.state().mempool.clear();
    world.run(1);
    assert_eq!((world.mempool().len(), world.submitted), (1, 2));
    world.mine_mempool();
    world.run(1);
    // its block is lost, and it is not in the mempool again
    let mut bitcoin = world.hands.bitcoin.state();
    bitcoin.cut(1);
    bitcoin.mine(2, 7);
    drop(bitcoin);
    world.run(1);
    assert_eq!((world.mempool().len(), world.submitted), (1, 3));
    world.hands.bitcoin.state().mine_mempool();
    assert!(world.is_confirmed(&staked.slashing(Slashed::Stake, PROVIDERS[0])));
}

#[test]
fn who_is_already_unbonding_is_slashed_there() {
    for in_block in [true, false] {
        let (mut world, staked) = World::with_stake();
        if in_block {
            world.mine(&[staked.unbonding()]);
        } else {
            world.hands.bitcoin.state().mempool.push(staked.unbonding());
        }
        world.expose(PROVIDERS[0]);
        world.run(2);
        let slashing = staked.slashing(Slashed::Unbonding, PROVIDERS[0]);
        assert_eq!(world.mempool().last().unwrap().compute_txid(), slashing.compute_txid());
        world.mine_mempool();
        world.run(2);
        assert!(world.is_confirmed(&slashing));
        assert_eq!((world.submitted, world.warnings.len()), (1, 0));
    }
}

/// The staker's unbonding wins the race against the slashing of the stake.
#[test]
fn who_races_with_unbonding_is_slashed_after() {
    let (mut world, staked) = World::with_stake();
    world.expose(PROVIDERS[0]);
    world.run(1);
    assert_eq!(world.mempool().len(), 1);
    world.mine(&[staked.unbonding()]);
    assert!(world.mempool().is_empty(), "what conflicts is gone");
    world.run(1);
    world.mine_mempool();
    assert!(world.is_confirmed(&staked.slashing(Slashed::Unbonding, PROVIDERS[0])));
}

#[test]
fn an_expired_stake_is_slashed_as_well() {
    let (mut world, staked) = World::with_stake();
    world.mine_empty(250);
    assert_eq!(stakes::status(world.chain(), staked.id), IStaking::Status::Expired);
    world.expose(PROVIDERS[0]);
    world.run(6);
    world.mine_mempool();
    assert!(world.is_confirmed(&staked.slashing(Slashed::Stake, PROVIDERS[0])));
}

#[test]
fn a_slashing_that_is_confirmed_is_left_alone() {
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let (mut world, staked) = World::with_stake();
        if slashed == Slashed::Unbonding {
            world.mine(&[staked.unbonding()]);
        }
        world.mine(&[staked.slashing(slashed, PROVIDERS[0])]);
        world.expose(PROVIDERS[0]);
        world.run(3);
        world.mine_empty(100);
        world.run(5);
        assert_eq!((world.submitted, world.mempool().len(), world.warnings.len()), (0, 0, 0));
        assert!(world.role.slashed.contains(&staked.id), "and not looked at any more");
    }
}

#[test]
fn what_is_withdrawn_cannot_be_slashed() {
    let (mut world, staked) = World::with_stake();
    world.mine_empty(200);
    world.mine(&[staked.withdrawal()]);
    world.expose(PROVIDERS[0]);
    world.run(8);
    assert_eq!((world.submitted, world.warnings.len()), (0, 0));
}

#[test]
fn a_stake_that_reaches_bitcoin_after_the_key_is_out_is_slashed() {
    let mut world = World::new();
    let staked = Staked::new(PROVIDERS[0], 1);
    world.approve(&staked);
    world.expose(PROVIDERS[0]);
    world.run(3);
    assert_eq!(world.submitted, 0);
    world.mine(&[staked.staking()]);
    world.run(1);
    world.mine_mempool();
    assert!(world.is_confirmed(&staked.slashing(Slashed::Stake, PROVIDERS[0])));
}

#[test]
fn a_stake_without_a_quorum_is_reported_once() {
    let mut world = World::new();
    let staked = Staked::new(PROVIDERS[0], 1);
    staked.register(world.chain());
    world.chain().block();
    world.mine(&[staked.staking()]);
    world.expose(PROVIDERS[0]);
    world.run(5);
    assert_eq!(world.submitted, 0);
    let [Warning::Unusable { stake, .. }] = &world.warnings[..] else { panic!("{:?}", world.warnings) };
    assert_eq!(*stake, staked.id);
    // until the covenant has one after all
    for member in &COVENANT[1..] {
        world.chain().pay(Address::ZERO, U256::ZERO, SystemContract::Staking, &staked.approval(*member));
    }
    world.chain().block();
    world.run(1);
    assert_eq!(world.mempool().len(), 1);
}

/// Somebody slashed a stake before the chain knew the key: everybody can read it there.
#[test]
fn a_key_that_leaked_on_bitcoin_is_revealed_and_used() {
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let (mut world, victim) = World::with_stake();
        let other = Staked::new(PROVIDERS[0], 2);
        world.stake(&other);
        world.run(2);
        if slashed == Slashed::Unbonding {
            world.mine(&[victim.unbonding()]);
        }
        world.mine(&[victim.slashing(slashed, PROVIDERS[0])]);
        assert_eq!(world.secret_of(PROVIDERS[0]), B256::ZERO);
        world.run(2);
        assert_ne!(world.secret_of(PROVIDERS[0]), B256::ZERO);
        assert!(world.is_removed(PROVIDERS[0]) && !world.is_removed(PROVIDERS[1]));
        world.run(2 * PATIENCE as usize);
        assert_eq!(world.proofs, 1, "once it is known it is not said again");
        world.mine_mempool();
        assert!(world.is_confirmed(&other.slashing(Slashed::Stake, PROVIDERS[0])));
    }
}

#[test]
fn many_stakes_are_slashed_in_turns() {
    let mut world = World::new();
    let all: Vec<_> = (1..=MAX_STAKES as u32 + 5).map(|number| Staked::new(PROVIDERS[0], number)).collect();
    all.iter().for_each(|staked| world.approve(staked));
    world.mine(&all.iter().map(Staked::staking).collect::<Vec<_>>());
    world.expose(PROVIDERS[0]);
    world.run(1);
    assert_eq!(world.mempool().len(), MAX_STAKES);
    world.run(1);
    assert_eq!((world.mempool().len(), world.submitted), (all.len(), all.len()));
}

/// Killed after every possible action: the next process slashes what the last one did not.
#[test]
fn a_slasher_may_be_killed_at_any_moment() {
    for actions in 0..14 {
        let (mut world, one) = World::with_stake();
        let two = Staked::new(PROVIDERS[0], 2);
        world.stake(&two);
        world.mine(&[two.unbonding()]);
        let vote = ballot(PROVIDERS[0], 1, B256::repeat_byte(9));
        world.refuse(&vote);
        world.refuse(&ballot(PROVIDERS[0], 1, B256::repeat_byte(8)));
        for _ in 0..3 {
            world.tick_until(actions);
            world.chain().state().pool.clear();
            world.hands.bitcoin.state().mempool.clear();
            world.restart();
        }
        world.run(4);
        world.mine_mempool();
        assert!(world.is_confirmed(&one.slashing(Slashed::Stake, PROVIDERS[0])), "after {actions} actions");
        assert!(
            world.is_confirmed(&two.slashing(Slashed::Unbonding, PROVIDERS[0])),
            "after {actions} actions"
        );
        assert_eq!(world.warnings, []);
    }
}

#[test]
fn nodes_that_are_away_are_asked_less_and_less() {
    for goes in [true, false] {
        let (mut world, staked) = World::with_stake();
        world.expose(PROVIDERS[0]);
        let set_up = |world: &World, up| {
            if goes { world.hands.bitcoin.state().up = up } else { world.chain().state().up = up }
        };
        set_up(&world, false);
        for _ in 0..30 {
            world.tick();
        }
        assert!(world.warnings.iter().all(|warning| matches!(warning, Warning::Failed { .. })));
        assert!(world.warnings.len() < 30, "{}", world.warnings.len());
        set_up(&world, true);
        world.run(40);
        world.mine_mempool();
        assert!(world.is_confirmed(&staked.slashing(Slashed::Stake, PROVIDERS[0])));
    }
}
