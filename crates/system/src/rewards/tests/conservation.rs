//! Random stakes, votes, fees, settlements and claims against a model that counts block by block, in exact fractions.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::U256;
use ballast_types::interfaces::IRewards::*;
use proptest::prelude::*;

use super::{
    super::store::{CONTRACT, OWED},
    world::*,
};

const COMMISSIONS: [u16; 3] = [0, 777, 10_000];
/// Sats of the stakes, by provider: i is on provider i mod 3.
const SATS: [u64; 6] = [700, 50_000, 333, 1, 90_001, 1_000];

#[derive(Debug, Clone)]
enum Step {
    /// Blocks, with votes of the providers whose bit is set.
    Run {
        blocks: u64,
        voters: u8,
    },
    Change {
        stake: usize,
    },
    Late {
        provider: usize,
        ago: u64,
    },
    Fees {
        wei: u64,
    },
    Settle,
    Claim {
        stake: usize,
    },
    Commission {
        provider: usize,
    },
    Remove {
        provider: usize,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..7_u64, prop_oneof![Just(7_u8), 0..8_u8])
            .prop_map(|(blocks, voters)| Step::Run { blocks, voters }),
        4 => (0..SATS.len()).prop_map(|stake| Step::Change { stake }),
        2 => (0..3_usize, 1..12_u64).prop_map(|(provider, ago)| Step::Late { provider, ago }),
        3 => prop_oneof![1..50_u64, any::<u64>()].prop_map(|wei| Step::Fees { wei }),
        4 => Just(Step::Settle),
        3 => (0..SATS.len()).prop_map(|stake| Step::Claim { stake }),
        1 => (0..3_usize).prop_map(|provider| Step::Commission { provider }),
        1 => (0..60_usize).prop_map(|number| match number {
            provider @ 0..3 => Step::Remove { provider },
            _ => Step::Settle,
        }),
    ]
}

/// What happened, block by block.
#[derive(Default)]
struct Model {
    counts: [bool; SATS.len()],
    /// The stakes that count on a block, by what was true at the end of the block before.
    counted: BTreeMap<u64, Vec<usize>>,
    /// Sats of the providers in the snapshot of a height.
    snapshots: BTreeMap<u64, BTreeMap<usize, u64>>,
    votes: BTreeSet<(u64, usize)>,
    /// Votes that are credited, height by height.
    credited: BTreeMap<u64, Vec<usize>>,
    judged: u64,
    removed: [bool; 3],
    /// What each stake earned so far, as sums of what it has at least and at most.
    earned: [(U256, U256); SATS.len()],
    commissions: [U256; 3],
    /// Epochs in which a stake earned, by stake.
    epochs: [u64; SATS.len()],
    paid: [U256; SATS.len()],
    commissions_paid: [U256; 3],
    claims: u64,
    fees: U256,
    next: u64,
}

fn epoch_of(block: u64) -> u64 {
    (block - 1) / LENGTH
}

fn sum(amounts: &[U256]) -> U256 {
    amounts.iter().fold(U256::ZERO, |sum, amount| sum + amount)
}

impl Model {
    fn credits(&self, epoch: u64, provider: usize) -> u64 {
        let heights = self.credited.iter().filter(|(height, _)| epoch_of(**height) == epoch);
        let voted = heights.filter(|(_, voters)| voters.contains(&provider));
        voted.map(|(height, _)| self.snapshots[height][&provider]).sum()
    }

    /// The sats × blocks of a stake in an epoch.
    fn weight(&self, epoch: u64, stake: usize) -> u64 {
        let blocks = self.counted.iter().filter(|(block, _)| epoch_of(**block) == epoch);
        SATS[stake] * blocks.filter(|(_, stakes)| stakes.contains(&stake)).count() as u64
    }

    /// Takes what the chain did at the beginning of its block.
    fn begin_block(&mut self, world: &mut World) {
        let number = world.number();
        self.counted.insert(number, (0..SATS.len()).filter(|stake| self.counts[*stake]).collect());
        let snapshot = world.snapshot(number);
        let sats = (0..3).filter_map(|at| snapshot.get(&key_word(FIRST + at as u8)).map(|sats| (at, *sats)));
        self.snapshots.insert(number, sats.collect());
        let last = world.chain.finalized().min(number.saturating_sub(GRACE));
        // one block judges four heights at most
        let judged = self.judged;
        while self.judged < last.min(judged + 4) {
            self.judged += 1;
            let voters = (0..3).filter(|provider| self.votes.contains(&(self.judged, *provider)));
            self.credited.insert(self.judged, voters.collect());
        }
    }

    /// Gives the budget of an epoch that the contract has just settled.
    fn settle(&mut self, epoch: u64, budget: U256) {
        let credits = [0, 1, 2].map(|provider| self.credits(epoch, provider));
        let all: u64 = credits.iter().sum();
        for provider in (0..3).filter(|provider| credits[*provider] > 0 && !self.removed[*provider]) {
            let part = budget * U256::from(credits[provider]) / U256::from(all);
            let commission = part * U256::from(COMMISSIONS[provider]) / U256::from(10_000);
            self.commissions[provider] += commission;
            let stakes = (0..SATS.len()).filter(|stake| stake % 3 == provider);
            let weights: Vec<_> = stakes.map(|stake| (stake, self.weight(epoch, stake))).collect();
            let counted: u64 = weights.iter().map(|(_, weight)| weight).sum();
            for (stake, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0) {
                let exact = (part - commission) * U256::from(weight);
                self.earned[stake].0 += exact / U256::from(counted);
                self.earned[stake].1 += exact.div_ceil(U256::from(counted));
                self.epochs[stake] += 1;
            }
        }
    }

    fn check(&self, world: &mut World) {
        let paid = sum(&self.paid) + sum(&self.commissions_paid);
        let balance = world.balance(CONTRACT);
        let owed = OWED.load(world.storage()).unwrap();
        assert_eq!(balance, self.fees - paid, "what came is there or was paid");
        assert!(owed <= balance, "what is given is there");
        assert_eq!(world.budget(), balance - owed, "the rest is the budget");
        // everybody may claim at once
        let mut due = sum(&self.commissions) - sum(&self.commissions_paid);
        for stake in 0..SATS.len() {
            due += world.earned(stake as u8);
        }
        assert!(due <= owed, "{due} of {owed}");
    }

    /// Whoever has claimed everything has what the exact fraction says, or less by the rounding of each epoch and claim.
    fn check_paid(&self) {
        for stake in 0..SATS.len() {
            let (least, most) = self.earned[stake];
            let paid = self.paid[stake];
            let rounding = U256::from(2 * self.epochs[stake] + self.claims);
            assert!(paid <= most, "stake {stake} has {paid} of {most}");
            assert!(paid + rounding >= least, "stake {stake} has {paid} of {least}");
        }
        assert_eq!(self.commissions_paid, self.commissions);
    }
}

impl World {
    fn snapshot(&mut self, height: u64) -> BTreeMap<alloy_primitives::B256, u64> {
        let (members, _) = crate::finality::snapshot(self.storage(), height).unwrap();
        members.into_iter().collect()
    }

    fn earned(&mut self, stake: u8) -> U256 {
        let stakes = vec![stake_id(stake)];
        self.call(owner(stake), earnedCall { account: owner(stake), stakes }).unwrap()
    }
}

fn take(world: &mut World, model: &mut Model, step: &Step) {
    match *step {
        Step::Run { blocks, voters } => (0..blocks).for_each(|_| run(world, model, voters)),
        Step::Change { stake } => {
            model.counts[stake] ^= true;
            world.counts(stake as u8, model.counts[stake]);
        }
        Step::Late { provider, ago } => {
            let height = world.number().saturating_sub(ago);
            let number = FIRST + provider as u8;
            let taken = world.chain.late_vote(number, height).or_else(|_| world.chain.vote(number, height));
            if taken.is_ok() {
                model.votes.insert((height, provider));
            }
        }
        Step::Fees { wei: amount } => {
            world.fees(amount);
            model.fees += wei(amount);
        }
        Step::Settle => settle(world, model),
        Step::Claim { stake } => {
            model.paid[stake] += world.claim(stake as u8, &[stake as u8]);
            model.claims += 1;
        }
        Step::Commission { provider } => {
            model.commissions_paid[provider] += world.claim(FIRST + provider as u8, &[]);
        }
        Step::Remove { provider } => {
            world.remove(FIRST + provider as u8);
            model.removed[provider] = true;
        }
    }
}

fn run(world: &mut World, model: &mut Model, voters: u8) {
    // the commitments of the tests end
    if world.number() < 550 {
        world.chain.next();
        model.begin_block(world);
        let height = world.number() - 1;
        for provider in (0..3).filter(|provider| voters >> provider & 1 == 1) {
            if world.chain.vote(FIRST + provider as u8, height).is_ok() {
                model.votes.insert((height, provider));
            }
        }
    }
}

fn settle(world: &mut World, model: &mut Model) {
    let fixed = world.events::<BudgetFixed>().len();
    let budget = world.budget();
    let settled = world.settle();
    let (epoch, _) = world.next();
    assert_eq!(settled.is_ok(), epoch > model.next);
    let mut sums = Vec::new();
    for BudgetFixed { epoch, budget: fixed, credits } in &world.events::<BudgetFixed>()[fixed..] {
        assert_eq!(*fixed, budget, "an epoch without credits gives nothing");
        sums.push((*epoch, *credits));
        model.settle(*epoch, *fixed);
    }
    assert_eq!(sums.len() as u64, epoch - model.next);
    for (epoch, credits) in sums {
        let expected: u64 = (0..3).map(|provider| model.credits(epoch, provider)).sum();
        assert_eq!(credits, wei(expected));
    }
    model.next = epoch;
}

fn claim_all(world: &mut World, model: &mut Model) {
    // more spans than one claim pays
    for _ in 0..6 {
        (0..SATS.len()).for_each(|stake| take(world, model, &Step::Claim { stake }));
    }
    (0..3).for_each(|provider| take(world, model, &Step::Commission { provider }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_wei_is_earned_by_time_and_votes_or_stays(steps in prop::collection::vec(step(), 20..90)) {
        let mut world = World::new(&COMMISSIONS);
        let mut model = Model::default();
        for (stake, sats) in SATS.into_iter().enumerate() {
            world.stake(stake as u8, FIRST + stake as u8 % 3, sats);
            model.counts[stake] = true;
        }
        for step in &steps {
            take(&mut world, &mut model, step);
            model.check(&mut world);
        }
        for _ in 0..20 {
            take(&mut world, &mut model, &Step::Run { blocks: 2, voters: 7 });
            take(&mut world, &mut model, &Step::Settle);
        }
        claim_all(&mut world, &mut model);
        model.check(&mut world);
        model.check_paid();
        claim_all(&mut world, &mut model);
        model.check_paid();
        // nothing is owed any more but what the rounding of claims left
        let owed = OWED.load(world.storage()).unwrap();
        let rounding = SATS.len() as u64 * (1 + world.number() / LENGTH) + model.claims;
        prop_assert!(owed <= wei(rounding), "{} wei are owed to nobody", owed);
    }
}
