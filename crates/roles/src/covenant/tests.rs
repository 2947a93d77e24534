use std::collections::VecDeque;

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use ballast_system::Storage;
use ballast_types::SystemContract;

use super::*;
use crate::{
    chain::Chain,
    cursor::Cursor,
    fake::{
        FakeChain,
        stakes::{self, COVENANT, FakeCursor, PROVIDERS, Staked, key_word, params, secret, status},
    },
    runner::Hands,
};
use IStaking::Status as Is;

/// A member, its node, and what it did.
struct World {
    role: Covenant,
    hands: CovenantHands<FakeChain, FakeCursor>,
    warnings: Vec<Warning>,
    sent: usize,
}

impl World {
    fn new() -> Self {
        let hands = CovenantHands { chain: stakes::chain(), cursor: FakeCursor::default() };
        Self { role: member(COVENANT[0], 0), hands, warnings: vec![], sent: 0 }
    }

    fn chain(&self) -> &FakeChain {
        &self.hands.chain
    }

    fn tick(&mut self) {
        self.tick_until(usize::MAX);
    }

    /// One tick, cut off after `limit` actions as a kill would.
    fn tick_until(&mut self, limit: usize) {
        let mut actions = VecDeque::from(self.role.step(Event::Tick));
        for _ in 0..limit {
            let Some(action) = actions.pop_front() else { return };
            self.sent += usize::from(matches!(action, Action::Approve(_)));
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

    /// The same member again, after a kill.
    fn restart(&mut self) {
        self.role = member(COVENANT[0], self.hands.cursor.load().unwrap().unwrap_or(0));
    }

    /// Another member's process, with a cursor of its own.
    fn become_member(&mut self, number: u8) {
        self.hands.cursor = FakeCursor::default();
        self.role = member(number, 0);
    }

    /// Writes a registration into the log that no rule has seen.
    fn forge(&self, registration: IStaking::Registration, stake: B256) {
        let event = IStaking::StakeRegistered {
            stake,
            provider: registration.provider,
            staker: registration.staker,
            version: 0,
            registration,
        };
        let mut state = self.chain().state();
        state.storage.emit(SystemContract::Staking.address(), event.encode_log_data()).unwrap();
    }

    /// Leaves out the blocks there are.
    fn skip(&mut self) {
        self.role.next = self.hands.chain.block_number().unwrap() + 1;
    }

    fn approvals(&self, stake: B256) -> usize {
        staking::state(self.chain(), stake).unwrap().unwrap().approvals.count_ones()
    }
}

fn member(number: u8, cursor: u64) -> Covenant {
    Covenant::new(secret(number), params(), cursor)
}

#[test]
fn two_members_make_a_quorum_and_the_third_is_not_needed() {
    let mut world = World::new();
    let staked = Staked::new(PROVIDERS[0], 1);
    staked.register(world.chain());
    world.chain().block();
    world.run(2);
    assert_eq!((world.approvals(staked.id), status(world.chain(), staked.id)), (1, Is::Pending));
    world.become_member(COVENANT[1]);
    world.run(2);
    assert_eq!((world.approvals(staked.id), status(world.chain(), staked.id)), (2, Is::Verified));
    world.become_member(COVENANT[2]);
    world.run(2);
    assert_eq!((world.approvals(staked.id), world.sent), (2, 2));
    assert!(world.warnings.is_empty(), "{:?}", world.warnings);
}

#[test]
fn an_approval_under_way_is_not_sent_again_before_its_time() {
    let mut world = World::new();
    let staked = Staked::new(PROVIDERS[0], 1);
    staked.register(world.chain());
    world.chain().block();
    for _ in 0..PATIENCE {
        world.tick();
    }
    assert_eq!(world.sent, 1);
    // the mempool forgot it
    world.chain().state().pool.clear();
    world.run(2);
    assert_eq!((world.sent, world.approvals(staked.id)), (2, 1));
    assert_eq!(world.hands.cursor.load().unwrap(), Some(3), "done with all blocks read");
}

/// That the contract took a stake is no reason to sign for it.
#[test]
fn a_bad_delegation_is_refused_though_it_is_registered() {
    let good = Staked::new(PROVIDERS[0], 1);
    let other = Staked::new(PROVIDERS[0], 2);
    type Spoil = fn(&mut IStaking::Registration, &IStaking::Registration);
    let spoils: [Spoil; 6] = [
        |bad, other| bad.slashingTx = other.slashingTx.clone(),
        |bad, _| bad.slashingSignature = bad.unbondingSlashingSignature.clone(),
        |bad, _| bad.provider = key_word(PROVIDERS[1]),
        |bad, _| bad.value -= 1,
        |bad, _| bad.stakingTime += 1,
        |bad, _| bad.unbondingTx = bad.unbondingTx[1..].to_vec().into(),
    ];
    for (index, spoil) in spoils.iter().enumerate() {
        let mut world = World::new();
        // the contract knows the good stake, the log that the member reads is another
        good.register(world.chain());
        world.chain().block();
        world.skip();
        let mut bad = good.registration.clone();
        spoil(&mut bad, &other.registration);
        world.forge(bad, good.id);
        world.chain().block();
        world.run(3);
        assert_eq!(world.sent, 0, "spoil {index}");
        let [Warning::Refused { stake, reason: CovenantRefusal::Stake(_) }] = &world.warnings[..] else {
            panic!("spoil {index}: {:?}", world.warnings)
        };
        assert_eq!(*stake, good.id);
    }
}

#[test]
fn a_registration_under_another_name_is_refused() {
    let mut world = World::new();
    let (one, two) = (Staked::new(PROVIDERS[0], 1), Staked::new(PROVIDERS[0], 2));
    two.register(world.chain());
    world.chain().block();
    world.skip();
    world.forge(one.registration.clone(), two.id);
    // and one that the contract knows nothing of
    world.forge(one.registration, B256::repeat_byte(9));
    world.chain().block();
    world.run(2);
    assert_eq!(world.sent, 0);
    let reasons: Vec<_> = world.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(reasons.len(), 2);
    assert!(reasons.iter().any(|reason| reason.contains("has the transactions of")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("does not know")), "{reasons:?}");
}

#[test]
fn a_stake_of_other_parameters_or_another_covenant_is_refused() {
    let mut world = World::new();
    let staked = Staked::new(PROVIDERS[0], 1);
    staked.register(world.chain());
    world.chain().block();
    let strangers = ballast_bitcoin_staking::networks::devnet(&[21, 22, 23].map(|n| secret(n).x_only()));
    world.role = Covenant::new(secret(COVENANT[0]), strangers.unwrap(), 0);
    world.run(1);
    world.role = member(21, 0);
    world.run(1);
    let expected =
        |warning: &Warning| matches!(warning, Warning::Refused { reason: CovenantRefusal::NotMember, .. });
    assert_eq!((world.sent, world.warnings.len()), (0, 2));
    assert!(world.warnings.iter().all(expected), "{:?}", world.warnings);
}

#[test]
fn who_leaves_needs_no_approval() {
    let mut world = World::new();
    let staked = Staked::new(PROVIDERS[0], 1);
    staked.register(world.chain());
    let call = IStaking::unbondCall { stake: staked.id, signature: staked.leave() };
    world.chain().pay(Address::ZERO, U256::ZERO, SystemContract::Staking, &call);
    world.chain().block();
    world.run(2);
    assert_eq!((world.sent, world.warnings.len(), world.role.owed.len()), (0, 0, 0));
}

/// Killed after every possible action: the next process approves what the last one did not.
#[test]
fn a_member_may_be_killed_at_any_moment() {
    for actions in 0..6 {
        let mut world = World::new();
        let all: Vec<_> = (1..4).map(|number| Staked::new(PROVIDERS[0], number)).collect();
        for staked in &all {
            staked.register(world.chain());
            world.chain().block();
            world.tick_until(actions);
            // what was sent is lost as well
            world.chain().state().pool.clear();
            world.restart();
        }
        world.run(3);
        for staked in &all {
            assert_eq!(world.approvals(staked.id), 1, "killed after {actions} actions");
        }
        assert!(world.warnings.is_empty());
        // and nothing is said again by one that starts when all is done
        let sent = world.sent;
        world.restart();
        world.run(3);
        assert_eq!(world.sent, sent);
    }
}

#[test]
fn a_node_that_is_away_is_asked_less_and_less() {
    let mut world = World::new();
    let staked = Staked::new(PROVIDERS[0], 1);
    staked.register(world.chain());
    world.chain().block();
    world.chain().state().up = false;
    for _ in 0..19 {
        world.tick();
    }
    let pauses: Vec<u32> = world
        .warnings
        .iter()
        .map(|warning| match warning {
            Warning::Failed { pause, .. } => *pause,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(pauses, [1, 2, 4, 8]);
    world.chain().state().up = true;
    world.run(20);
    assert_eq!(world.approvals(staked.id), 1);
}
