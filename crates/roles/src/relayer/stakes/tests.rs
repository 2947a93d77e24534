use std::collections::VecDeque;

use alloy_primitives::{Address, U256};
use ballast_types::SystemContract;

use super::*;
use crate::{
    cursor::Cursor,
    fake::{
        FakeChain,
        bitcoin::FakeBitcoin,
        stakes::{self, COVENANT, FakeCursor, PROVIDERS, Staked, exit, status},
    },
    light_client,
    runner::Hands,
};
use IStaking::{Exit, Status as Is};

/// k of the light client.
const K: usize = 3;

/// Two nodes, the relayer of stakes between them, and what it did.
struct World {
    role: StakeRelayer,
    hands: StakesHands<FakeChain, FakeBitcoin, FakeCursor>,
    warnings: Vec<Warning>,
    proofs: usize,
}

impl World {
    fn new() -> Self {
        let (chain, bitcoin) = (stakes::chain(), FakeBitcoin::new());
        let hands = StakesHands { chain, bitcoin, cursor: FakeCursor::default() };
        Self { role: StakeRelayer::new(None, 100), hands, warnings: vec![], proofs: 0 }
    }

    /// A world with a stake that is registered and approved by a quorum.
    fn with_stake() -> (Self, Staked) {
        let world = Self::new();
        let staked = Staked::new(PROVIDERS[0], 1);
        world.approve(&staked);
        (world, staked)
    }

    /// A world with a stake that counts.
    fn with_active_stake() -> (Self, Staked) {
        let (mut world, staked) = Self::with_stake();
        world.mine(&[staked.staking()]);
        world.mine_empty(K - 1);
        world.run(3);
        assert_eq!(status(world.chain(), staked.id), Is::Active);
        (world, staked)
    }

    fn approve(&self, staked: &Staked) {
        staked.register(self.chain());
        for member in &COVENANT[1..] {
            self.chain().pay(Address::ZERO, U256::ZERO, SystemContract::Staking, &staked.approval(*member));
        }
        self.chain().block();
    }

    fn chain(&self) -> &FakeChain {
        &self.hands.chain
    }

    /// Mines a block and lets the light client follow.
    fn mine(&self, transactions: &[Transaction]) {
        self.hands.bitcoin.state().mine_with(transactions);
        self.follow();
    }

    fn mine_empty(&self, count: usize) {
        self.hands.bitcoin.state().mine(count, 0);
        self.follow();
    }

    /// Replaces the last `depth` blocks by one more, the first of them with `transactions`.
    fn reorganise(&self, depth: usize, transactions: &[Transaction]) {
        let mut bitcoin = self.hands.bitcoin.state();
        bitcoin.cut(depth);
        bitcoin.mine_with(transactions);
        bitcoin.mine(depth, 7);
        drop(bitcoin);
        self.follow();
    }

    /// Carries the headers that the light client lacks.
    fn follow(&self) {
        let tip = light_client::tip(self.chain()).unwrap();
        let bitcoin = self.hands.bitcoin.state().headers.clone();
        let ours = |height: u32| light_client::header_at(self.chain(), height).unwrap();
        let fork = (0..=tip.height.min(bitcoin.len() as u32 - 1)).rev().find(|height| {
            ours(*height).is_some_and(|header| header.hash == bitcoin[*height as usize].block_hash())
        });
        for list in bitcoin[fork.unwrap() as usize + 1..].chunks(100) {
            light_client::submit(self.chain(), list).unwrap();
            self.chain().block();
        }
    }

    fn tick(&mut self) {
        self.tick_until(usize::MAX);
    }

    /// One tick, cut off after `limit` actions as a kill would.
    fn tick_until(&mut self, limit: usize) {
        let mut actions = VecDeque::from(self.role.step(Event::Tick));
        for _ in 0..limit {
            let Some(action) = actions.pop_front() else { return };
            self.proofs += usize::from(action.fact().is_some());
            if let Action::Warn(warning) = action {
                self.warnings.push(warning);
                continue;
            }
            let event = self.hands.perform(action);
            actions.extend(event.map(|event| self.role.step(event)).unwrap_or_default());
        }
    }

    fn run(&mut self, times: usize) {
        for _ in 0..times {
            self.tick();
            self.chain().block();
        }
    }

    fn restart(&mut self) {
        let saved = self.hands.cursor.load().unwrap();
        self.role = StakeRelayer::new(saved.map(|height| height as u32), 100);
    }
}

#[test]
fn a_stake_is_proven_when_it_is_k_deep_and_never_again() {
    let (mut world, staked) = World::with_stake();
    world.run(2);
    world.mine(&[staked.staking()]);
    world.mine_empty(K - 2);
    world.run(3);
    assert_eq!((world.proofs, status(world.chain(), staked.id)), (0, Is::Verified));
    world.mine_empty(1);
    world.run(2);
    assert_eq!((world.proofs, status(world.chain(), staked.id)), (1, Is::Active));
    world.run(2 * PATIENCE as usize);
    world.restart();
    world.run(3);
    assert_eq!((world.proofs, world.warnings), (1, vec![]));
}

#[test]
fn two_stakes_in_one_block_are_both_proven() {
    let (mut world, one) = World::with_stake();
    let two = Staked::new(PROVIDERS[1], 2);
    world.approve(&two);
    world.mine(&[one.staking(), two.staking()]);
    world.mine_empty(K - 1);
    world.run(2);
    for staked in [&one, &two] {
        assert_eq!(status(world.chain(), staked.id), Is::Active);
    }
}

/// Its transaction was mined before the relayer heard of the stake, though not before the registration.
#[test]
fn a_stake_that_is_heard_of_late_is_found() {
    let mut world = World::new();
    world.mine_empty(5);
    world.run(2);
    let staked = Staked::new(PROVIDERS[0], 1);
    world.approve(&staked);
    world.mine(&[staked.staking()]);
    world.mine_empty(K - 1);
    world.run(2);
    assert_eq!(status(world.chain(), staked.id), Is::Active);
}

#[test]
fn a_proof_that_the_mempool_forgets_is_sent_again() {
    let (mut world, staked) = World::with_stake();
    world.mine(&[staked.staking()]);
    world.mine_empty(K - 1);
    for _ in 0..PATIENCE {
        world.tick();
        world.chain().state().pool.clear();
    }
    assert_eq!(world.proofs, 1);
    world.run(2);
    assert_eq!((world.proofs, status(world.chain(), staked.id)), (2, Is::Active));
}

#[test]
fn a_reorganisation_removes_an_anchor_and_another_block_restores_it() {
    let (mut world, staked) = World::with_active_stake();
    world.reorganise(K, &[]);
    world.run(2);
    assert_eq!((world.proofs, status(world.chain(), staked.id)), (1, Is::Verified));
    world.mine(&[staked.staking()]);
    world.mine_empty(K - 1);
    world.run(2);
    assert_eq!((world.proofs, status(world.chain(), staked.id)), (2, Is::Active));
    // at once in the branch that replaces it
    world.reorganise(K + 1, &[staked.staking()]);
    world.run(2);
    assert_eq!((world.proofs, status(world.chain(), staked.id)), (3, Is::Active));
    assert_eq!(world.warnings, []);
}

#[test]
fn who_leaves_on_bitcoin_first_is_proven_back() {
    let (mut world, staked) = World::with_active_stake();
    world.mine(&[staked.unbonding()]);
    world.run(2);
    assert_eq!(exit(world.chain(), staked.id), Exit::Unbonding);
    // a reorganisation moves it: proven again
    world.reorganise(1, &[staked.unbonding()]);
    world.run(2);
    assert_eq!(world.proofs, 3);
    world.mine_empty(12);
    world.run(1);
    assert_eq!((status(world.chain(), staked.id), world.warnings.len()), (Is::Unbonded, 0));
}

#[test]
fn any_other_spend_is_proven_with_what_it_spends() {
    let (mut world, staked) = World::with_active_stake();
    world.mine_empty(200);
    world.mine(&[staked.withdrawal()]);
    // more blocks than one tick reads
    world.run(6);
    assert_eq!((exit(world.chain(), staked.id), world.warnings.len()), (Exit::Other, 0));
}

#[test]
fn slashings_are_proven_of_the_stake_and_of_what_is_unbonded() {
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let (mut world, staked) = World::with_active_stake();
        if slashed == Slashed::Unbonding {
            world.mine(&[staked.unbonding()]);
        }
        world.mine(&[staked.slashing(slashed, PROVIDERS[0])]);
        world.run(4);
        let found = (exit(world.chain(), staked.id), status(world.chain(), staked.id), world.warnings.len());
        assert_eq!(found, (Exit::Slashing, Is::Slashed, 0), "{slashed}");
    }
}

#[test]
fn who_leaves_through_the_chain_is_broadcast_by_the_relayer() {
    let (mut world, staked) = World::with_active_stake();
    let call = IStaking::unbondCall { stake: staked.id, signature: staked.leave() };
    world.chain().pay(Address::ZERO, U256::ZERO, SystemContract::Staking, &call);
    world.chain().block();
    world.run(1);
    let waiting = world.hands.bitcoin.state().mempool.clone();
    assert_eq!(waiting, [staked.unbonding()]);
    // bitcoind forgets it
    world.hands.bitcoin.state().mempool.clear();
    world.run(PATIENCE as usize);
    assert_eq!(world.hands.bitcoin.state().mempool.len(), 1);
    world.hands.bitcoin.state().mine_mempool();
    world.follow();
    world.run(2);
    assert_eq!(exit(world.chain(), staked.id), Exit::Unbonding);
    world.run(2 * PATIENCE as usize);
    assert_eq!((world.hands.bitcoin.state().mempool.len(), world.warnings.len()), (0, 0));
}

#[test]
fn who_leaves_without_a_quorum_or_a_stake_on_bitcoin_is_reported() {
    let mut world = World::new();
    let (bare, absent) = (Staked::new(PROVIDERS[0], 1), Staked::new(PROVIDERS[0], 2));
    bare.register(world.chain());
    world.approve(&absent);
    for staked in [&bare, &absent] {
        let call = IStaking::unbondCall { stake: staked.id, signature: staked.leave() };
        world.chain().pay(Address::ZERO, U256::ZERO, SystemContract::Staking, &call);
    }
    world.chain().block();
    world.run(3);
    let reasons: Vec<_> = world.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(reasons.len(), 2, "once a while: {reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("the script takes exactly 2")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("missingorspent")), "{reasons:?}");
}

/// Killed after every possible action, again and again, while everything happens to a stake that can.
#[test]
fn a_relayer_of_stakes_may_be_killed_at_any_moment() {
    for actions in 0..12 {
        let (mut world, staked) = World::with_stake();
        let dies = |world: &mut World| {
            world.tick_until(actions);
            world.chain().state().pool.clear();
            world.restart();
        };
        world.mine(&[staked.staking()]);
        dies(&mut world);
        world.mine_empty(K - 1);
        dies(&mut world);
        world.run(4);
        assert_eq!(status(world.chain(), staked.id), Is::Active, "killed after {actions} actions");
        dies(&mut world);
        world.reorganise(K, &[staked.staking()]);
        dies(&mut world);
        world.run(4);
        assert_eq!(status(world.chain(), staked.id), Is::Active, "killed after {actions} actions");
        let call = IStaking::unbondCall { stake: staked.id, signature: staked.leave() };
        world.chain().pay(Address::ZERO, U256::ZERO, SystemContract::Staking, &call);
        world.chain().block();
        dies(&mut world);
        world.run(2);
        world.hands.bitcoin.state().mine_mempool();
        world.follow();
        dies(&mut world);
        world.run(4);
        assert_eq!(exit(world.chain(), staked.id), Exit::Unbonding, "killed after {actions} actions");
        assert_eq!(world.warnings, []);
    }
}
