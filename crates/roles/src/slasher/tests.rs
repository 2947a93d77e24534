use std::collections::VecDeque;

use alloy_primitives::{Address, B64, U64, U256};
use ballast_schnorr::nonce::Nonce;
use ballast_types::{SystemContract, interfaces::IStaking};

use super::*;
use crate::{
    chain::{self, At, Chain, ChainError},
    cursor::Cursor,
    fake::{
        CHAIN_ID, FakeChain,
        bitcoin::FakeBitcoin,
        hash_of,
        stakes::{self, COVENANT, FakeCursor, PROVIDERS, Staked, ballot, ballot_with, key_word, secret},
    },
    light_client,
    refused_votes::{RefusedPage, RefusedVote, RefusedVotes},
    relayer::stakes::prove_for_tests,
    runner::Hands,
};

mod evidence;
mod slashing;

/// A node that keeps what it refuses, as the test says.
impl RefusedVotes for FakeChain {
    fn refused_votes(&self, from: u64) -> Result<RefusedPage, ChainError> {
        self.block_number()?;
        let votes = self.state().refused.clone();
        let first = (from as usize).min(votes.len());
        Ok(RefusedPage { run: B64::ZERO, next: U64::from(votes.len()), votes: votes[first..].to_vec() })
    }
}

/// Two nodes, the slasher between them, and what it did.
struct World {
    role: Slasher,
    hands: SlasherHands<FakeChain, FakeBitcoin, FakeCursor>,
    warnings: Vec<Warning>,
    /// Slashing transactions handed to bitcoind.
    submitted: usize,
    /// Evidence and keys sent.
    proofs: usize,
}

impl World {
    fn new() -> Self {
        let (chain, bitcoin) = (stakes::chain(), FakeBitcoin::new());
        let hands = SlasherHands { chain, bitcoin, cursor: FakeCursor::default() };
        Self { role: Slasher::new(CHAIN_ID, None, 100), hands, warnings: vec![], submitted: 0, proofs: 0 }
    }

    /// A world with one stake on the first provider that counts.
    fn with_stake() -> (Self, Staked) {
        let mut world = Self::new();
        let staked = Staked::new(PROVIDERS[0], 1);
        world.stake(&staked);
        (world, staked)
    }

    /// Registers and approves a stake, puts it on Bitcoin, and proves it.
    fn stake(&mut self, staked: &Staked) {
        self.approve(staked);
        let height = self.mine(&[staked.staking()]);
        self.mine_empty(2);
        let block = {
            let bitcoin = self.hands.bitcoin.state();
            let hash = bitcoin.headers[height as usize].block_hash();
            drop(bitcoin);
            ballast_bitcoin_io::Bitcoin::block(&self.hands.bitcoin, &hash).unwrap().unwrap()
        };
        let call = prove_for_tests(staked.id, &block, height);
        chain::send_duty(self.chain(), SystemContract::Staking, &call).unwrap();
        self.chain().block();
        assert_eq!(stakes::status(self.chain(), staked.id), IStaking::Status::Active);
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

    /// The key of a provider leaks to the chain.
    fn expose(&self, provider: u8) {
        let secret = (*secret(provider).secret_bytes()).into();
        chain::send_duty(self.chain(), SystemContract::Finality, &IFinality::revealKeyCall { secret })
            .unwrap();
        self.chain().block();
    }

    fn secret_of(&self, provider: u8) -> B256 {
        let call = IFinality::secretOfCall { provider: key_word(provider) };
        chain::read(self.chain(), At::Latest, SystemContract::Finality, &call).unwrap()
    }

    fn is_removed(&self, provider: u8) -> bool {
        let call = IStaking::providerOfCall { provider: key_word(provider) };
        chain::read(self.chain(), At::Latest, SystemContract::Staking, &call).unwrap().removed
    }

    fn mine(&self, transactions: &[Transaction]) -> u32 {
        let height = self.hands.bitcoin.state().mine_with(transactions);
        self.follow();
        height
    }

    fn mine_empty(&self, count: usize) {
        self.hands.bitcoin.state().mine(count, 0);
        self.follow();
    }

    fn mine_mempool(&self) {
        self.hands.bitcoin.state().mine_mempool();
        self.follow();
    }

    fn follow(&self) {
        let known = light_client::tip(self.chain()).unwrap().height as usize;
        let headers = self.hands.bitcoin.state().headers.clone();
        for list in headers[known + 1..].chunks(100) {
            light_client::submit(self.chain(), list).unwrap();
            self.chain().block();
        }
    }

    fn mempool(&self) -> Vec<Transaction> {
        self.hands.bitcoin.state().mempool.clone()
    }

    fn is_confirmed(&self, transaction: &Transaction) -> bool {
        self.hands.bitcoin.state().is_confirmed(transaction.compute_txid())
    }

    /// A node refuses this vote and keeps it.
    fn refuse(&self, vote: &IFinality::voteCall) {
        self.chain().state().refused.push(RefusedVote {
            provider: vote.provider,
            height: U64::from(vote.height),
            block_hash: vote.blockHash,
            randomness: vote.randomness,
            signature: vote.signature,
        });
    }

    fn tick(&mut self) {
        self.tick_until(usize::MAX);
    }

    /// One tick, cut off after `limit` actions as a kill would.
    fn tick_until(&mut self, limit: usize) {
        let mut actions = VecDeque::from(self.role.step(Event::Tick));
        for _ in 0..limit {
            let Some(action) = actions.pop_front() else { return };
            match action {
                Action::Warn(warning) => {
                    self.warnings.push(warning);
                    continue;
                }
                Action::Submit { .. } => self.submitted += 1,
                Action::ProveDoubleSign(_) | Action::ProveTwoVotes(_) | Action::Reveal { .. } => {
                    self.proofs += 1
                }
                _ => {}
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
        self.role = Slasher::new(CHAIN_ID, saved.map(|height| height as u32), 100);
    }
}
