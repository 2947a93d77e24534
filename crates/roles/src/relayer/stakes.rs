//! Carries proofs of stakes: that they are on Bitcoin, and that they are spent.
//!
//! For every stake that is registered the relayer looks for its staking transaction and proves it when it is k deep
//! in the light client, and again when a reorganisation moved it into another block. It looks for whatever spends
//! the staking output or slashes the unbonding output, and proves that at once. Where a staker has given its
//! signature to the chain instead, it completes the unbonding transaction with the covenant's signatures and hands
//! it to bitcoind until it is in a block.
//!
//! What the log says to be proven is not proven again. Killed at any moment, a new relayer reads the log, goes back
//! some blocks behind the height on disk, and goes on; at most it sends what the contract refuses as known.

use std::collections::BTreeMap;

use alloy_primitives::B256;
use ballast_bitcoin_staking::Slashed;
use ballast_types::interfaces::IStaking;
use bitcoin::{BlockHash, Transaction, Txid, consensus::serialize};

use crate::{
    back_off::BackOff,
    bitcoin_scan::Found,
    runner::Role,
    staking::{Known, Refusal, Seen, Watch, inclusion, signature, word},
};

mod event;
mod hands;

pub use event::{Action, Event, Warning};
pub use hands::StakesHands;

/// Ticks until what was sent is sent again: a mempool can forget it.
pub const PATIENCE: u32 = 16;

/// The most proofs that one tick sends.
pub const MAX_PROOFS: usize = 16;

/// What a transaction is to a stake: the stake's id and the transaction's.
pub type Fact = (B256, Txid);

/// The relayer of stakes.
#[derive(Debug)]
pub struct StakeRelayer {
    watch: Watch,
    /// Proofs under way, each with the block that the fact was found in and the ticks until it counts as lost.
    sent: BTreeMap<Fact, (BlockHash, u32)>,
    /// Facts that the contract knows, or does not want, each in the block that it was found in.
    settled: BTreeMap<Fact, BlockHash>,
    /// Ticks until an unbonding transaction is broadcast again.
    broadcast: BTreeMap<B256, u32>,
    back_off: BackOff,
}

impl StakeRelayer {
    /// A relayer that goes on below the height `saved` last, or begins `look_back` blocks below the light client's
    /// tip.
    #[must_use]
    pub fn new(saved: Option<u32>, look_back: u32) -> Self {
        Self {
            watch: Watch::new(saved, look_back),
            sent: BTreeMap::new(),
            settled: BTreeMap::new(),
            broadcast: BTreeMap::new(),
            back_off: BackOff::default(),
        }
    }

    fn tick(&mut self) -> Vec<Action> {
        if self.back_off.sits_out() {
            return vec![];
        }
        pass(&mut self.sent, |(_, ticks)| ticks);
        pass(&mut self.broadcast, |ticks| ticks);
        vec![Action::Look(self.watch.begin())]
    }

    fn take(&mut self, seen: Seen) -> Vec<Action> {
        self.back_off.succeed();
        if let (Some(look), _) = self.watch.take(seen) {
            return vec![Action::Look(look)];
        }
        let mut actions = self.proofs();
        actions.extend(self.unbondings());
        actions.extend(self.watch.save().map(Action::Save));
        actions
    }

    /// The proofs that are due.
    fn proofs(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        let mut done = Vec::new();
        for (txid, found) in self.watch.found() {
            let mut is_done = true;
            for (stake, claim) in self.claims(txid, found) {
                let fact = (stake, *txid);
                if self.settled.get(&fact) == Some(&found.block) {
                    continue;
                }
                is_done = false;
                let is_sent = self.sent.get(&fact).is_some_and(|(block, _)| *block == found.block);
                let is_ready = claim == Claim::Spent || self.watch.is_deep(found.height);
                if is_ready && !is_sent && actions.len() < MAX_PROOFS {
                    actions.push(claim.action(stake, found));
                }
            }
            if is_done {
                done.push(*txid);
            }
        }
        done.iter().for_each(|txid| self.watch.forget(txid));
        let sent = actions.iter().filter_map(Action::fact).map(|(fact, block)| (fact, (block, PATIENCE)));
        self.sent.extend(sent);
        actions
    }

    /// What a transaction shows that the contract does not know yet.
    fn claims(&self, txid: &Txid, found: &Found) -> Vec<(B256, Claim)> {
        let stake = word(*txid);
        let is_anchor = |known: &Known| known.anchor != Some(word(found.block)) && known.spent.is_none();
        let staked = self.watch.book.get(stake).filter(|known| is_anchor(known));
        let spends = self.watch.book.spent_by(&found.transaction).filter(|(stake, output)| {
            // the contract follows an unbonded output only as far as it is slashed
            let known = self.watch.book.get(*stake);
            *output == Slashed::Stake || known.is_some_and(|known| known.is_slashing(*txid))
        });
        let staked = staked.map(|_| (stake, Claim::Staked));
        staked.into_iter().chain(spends.map(|(stake, _)| (stake, Claim::Spent))).collect()
    }

    /// The unbonding transactions of stakers who left it to others to broadcast them.
    fn unbondings(&mut self) -> Vec<Action> {
        let gone: Vec<B256> = self
            .watch
            .found()
            .flat_map(|(_, found)| self.watch.book.spent_by(&found.transaction))
            .map(|(stake, _)| stake)
            .collect();
        let mut actions = Vec::new();
        for (stake, known) in self.watch.book.iter() {
            let (Some(leaving), None) = (&known.leaving, &known.spent) else { continue };
            if gone.contains(stake) || self.broadcast.contains_key(stake) || actions.len() >= MAX_PROOFS {
                continue;
            }
            self.broadcast.insert(*stake, PATIENCE);
            match self.unbonding(known, leaving) {
                Ok(transaction) => actions.push(Action::Broadcast { stake: *stake, transaction }),
                Err(reason) => actions.push(Action::Warn(Warning::NoUnbonding { stake: *stake, reason })),
            }
        }
        actions
    }

    fn unbonding(&self, known: &Known, leaving: &[u8]) -> Result<Transaction, String> {
        let (delegation, approvals) = self.watch.book.delegation(known).map_err(|error| error.to_string())?;
        let leaving = signature(leaving).map_err(|error| error.to_string())?;
        approvals.unbond(&delegation, &leaving).map_err(|error| error.to_string())
    }

    fn answered(&mut self, fact: Fact, block: BlockHash, refusal: Option<Refusal>) -> Vec<Action> {
        let (is_settled, reason) = match refusal {
            None => (false, None),
            Some(Refusal::Known) => (true, None),
            Some(Refusal::Waiting) => (false, None),
            Some(Refusal::Later(reason)) => (false, Some(reason)),
            Some(Refusal::Never(reason)) => (true, Some(reason)),
        };
        if is_settled {
            self.settled.insert(fact, block);
            self.sent.remove(&fact);
        }
        let (stake, transaction) = fact;
        reason
            .map(|reason| Action::Warn(Warning::Refused { stake, transaction, reason }))
            .into_iter()
            .collect()
    }
}

/// Lets a tick pass.
fn pass<K: Ord, V>(waiting: &mut BTreeMap<K, V>, ticks: impl Fn(&mut V) -> &mut u32) {
    waiting.retain(|_, value| {
        let left = ticks(value);
        *left -= 1;
        *left > 0
    });
}

/// What a transaction shows of a stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// It is on Bitcoin.
    Staked,
    /// An output of it is spent.
    Spent,
}

impl Claim {
    fn action(self, stake: B256, found: &Found) -> Action {
        let found = Box::new(found.clone());
        match self {
            Self::Staked => Action::ProveStake { stake, found },
            Self::Spent => Action::ProveSpend { stake, found },
        }
    }
}

/// The duty that proves the stake whose transaction is the second one of a block, for tests of other roles.
#[cfg(test)]
pub(crate) fn prove_for_tests(stake: B256, block: &bitcoin::Block, height: u32) -> IStaking::proveStakeCall {
    let (transaction, block_hash) = (block.txdata[1].clone(), block.block_hash());
    let proof =
        ballast_bitcoin_light::InclusionProof::from_block(block, 1).expect("a block with two transactions");
    prove_stake(stake, &Found { transaction, height, block: block_hash, proof })
}

/// The duty that proves a stake.
fn prove_stake(stake: B256, found: &Found) -> IStaking::proveStakeCall {
    let transaction = serialize(&found.transaction).into();
    IStaking::proveStakeCall {
        stake,
        transaction,
        blockHash: word(found.block),
        proof: inclusion(&found.proof),
    }
}

impl Role for StakeRelayer {
    type Event = Event;
    type Action = Action;

    const TICK: Event = Event::Tick;

    fn step(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Tick => self.tick(),
            Event::Seen(seen) => self.take(seen),
            Event::Answered { fact, block, refusal } => self.answered(fact, block, refusal),
            Event::NotBroadcast { stake, reason } => {
                vec![Action::Warn(Warning::NoUnbonding { stake, reason })]
            }
            Event::Failed(reason) => {
                let pause = self.back_off.fail();
                vec![Action::Warn(Warning::Failed { reason, pause })]
            }
        }
    }
}

#[cfg(test)]
mod tests;
