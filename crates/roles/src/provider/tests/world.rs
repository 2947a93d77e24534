//! A chain with providers that run, stop, are killed and come back.

use std::{
    collections::VecDeque,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use alloy_primitives::{Address, B256};
use ballast_schnorr::SigningKey;
use ballast_types::{
    SystemContract, genesis::GenesisProvider, interfaces::IFinality, parameters::FinalityParameters,
};
use bitcoin::{Network, constants::genesis_block};
use tempfile::TempDir;

use super::super::{Action, Event, Halt, Provider, ProviderHands, SignStore, Warning, genesis_commitment};
pub(in super::super) use crate::fake::CHAIN_ID;
use crate::{
    chain::Chain,
    fake::FakeChain,
    runner::{Hands, Role},
};

/// Heights that the genesis commitments cover.
pub(in super::super) const COMMITTED: u64 = 1000;
/// Heights of later commitments.
pub(super) const COMMIT_BLOCKS: u64 = 100;

pub(in super::super) const RULES: FinalityParameters = FinalityParameters {
    grace_blocks: 20,
    window_blocks: 200,
    max_missed: 30,
    jail_s: 600,
    min_commit_blocks: 40,
    max_ahead_blocks: 2000,
    late_blocks: 256,
};

pub(in super::super) fn secret(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32]).unwrap()
}

pub(in super::super) fn key_word(number: u8) -> B256 {
    secret(number).x_only().serialize().into()
}

pub(in super::super) fn owner(number: u8) -> Address {
    Address::repeat_byte(number)
}

/// A genesis provider with a commitment to `count` heights.
pub(in super::super) fn founder(number: u8, count: u64) -> GenesisProvider {
    let commitment = genesis_commitment(&secret(number), CHAIN_ID, 1, count).unwrap();
    GenesisProvider {
        key: key_word(number),
        owner: owner(number),
        commission_bp: 0,
        start: commitment.start(),
        count: commitment.count(),
        root: commitment.root().into(),
    }
}

/// A chain with a genesis provider for each power, numbered from 1.
pub(in super::super) fn chain(powers: &[u64], count: u64) -> Arc<FakeChain> {
    let chain = FakeChain::new(genesis_block(Network::Regtest).header);
    let providers: Vec<_> =
        (1..).zip(powers).map(|(number, power)| (founder(number, count), *power)).collect();
    chain.found(&RULES, &providers);
    chain.into()
}

/// One provider and its store.
pub(super) struct Node {
    number: u8,
    folder: Arc<TempDir>,
    file: &'static str,
    running: Option<(Provider, ProviderHands<Arc<FakeChain>>)>,
    halt: Arc<Mutex<Option<Halt>>>,
    pub(super) warnings: Vec<Warning>,
    /// The names of the actions done.
    pub(super) done: Vec<String>,
}

impl Node {
    pub(super) fn new(number: u8) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let halt = Arc::default();
        Self { number, folder, file: "votes.redb", running: None, halt, warnings: vec![], done: vec![] }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join(self.file)
    }

    pub(super) fn store(&self) -> SignStore {
        SignStore::open(&self.path(), secret(self.number), CHAIN_ID).unwrap()
    }

    /// Another signer with the same key, and a copy of the store as it is now.
    pub(super) fn copy(&self) -> Self {
        let mut copy = Self::new(self.number);
        copy.file = "copy.redb";
        fs::copy(self.path(), copy.path()).unwrap();
        copy
    }

    pub(super) fn start(&mut self, chain: &Arc<FakeChain>) {
        self.stop();
        let halt = Arc::clone(&self.halt);
        let on_halt = move |reason| *halt.lock().unwrap() = Some(reason);
        let hands = ProviderHands::new(Arc::clone(chain), self.store(), on_halt);
        self.running = Some((Provider::new(key_word(self.number), COMMIT_BLOCKS), hands));
    }

    /// Ends the process; only the disk is left.
    pub(super) fn stop(&mut self) {
        self.running = None;
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// What the store has at a height.
    pub(super) fn recorded(&mut self, height: u64) -> Option<B256> {
        self.stop();
        self.store().recorded(height).unwrap()
    }

    /// One tick and all that follows from it, cut off after `limit` actions.
    pub(super) fn tick_until(&mut self, limit: usize) {
        let Some((provider, hands)) = &mut self.running else { return };
        let mut actions = VecDeque::from(provider.step(Event::Tick));
        for _ in 0..limit {
            let Some(action) = actions.pop_front() else { return };
            if let Action::Warn(warning) = &action {
                self.warnings.push(warning.clone());
            }
            let name = format!("{action:?}");
            self.done.push(name.split([' ', '(']).next().unwrap().to_owned());
            let event = hands.perform(action);
            actions.extend(event.map(|event| provider.step(event)).unwrap_or_default());
        }
    }

    pub(super) fn tick(&mut self) {
        self.tick_until(usize::MAX);
    }

    pub(super) fn halt(&self) -> Option<Halt> {
        self.halt.lock().unwrap().take()
    }
}

/// A chain and its providers, all running from the start.
pub(super) struct World {
    pub(super) chain: Arc<FakeChain>,
    pub(super) nodes: Vec<Node>,
}

impl World {
    pub(super) fn new(powers: &[u64]) -> Self {
        Self::with_commitments(powers, COMMITTED)
    }

    pub(super) fn with_commitments(powers: &[u64], count: u64) -> Self {
        let chain = chain(powers, count);
        let mut nodes: Vec<_> = (1..).take(powers.len()).map(Node::new).collect();
        nodes.iter_mut().for_each(|node| node.start(&chain));
        Self { chain, nodes }
    }

    /// Starts a provider, again if it runs.
    pub(super) fn start(&mut self, index: usize) {
        let chain = Arc::clone(&self.chain);
        self.nodes[index].start(&chain);
    }

    /// A tick of everybody who runs, without a new block.
    pub(super) fn tick(&mut self) {
        self.nodes.iter_mut().for_each(Node::tick);
    }

    /// Blocks, each followed by a tick of everybody who runs.
    pub(super) fn run(&mut self, blocks: usize) {
        for _ in 0..blocks {
            self.chain.block();
            self.tick();
        }
    }

    /// Blocks with nobody there.
    pub(super) fn silence(&self, blocks: usize) {
        (0..blocks).for_each(|_| self.chain.block());
    }

    pub(super) fn latest(&self) -> u64 {
        self.chain.block_number().unwrap()
    }

    pub(super) fn finalized(&self) -> u64 {
        Chain::finalized(&self.chain).unwrap()
    }

    /// Blocks between the latest one and the last final one.
    pub(super) fn lag(&self) -> u64 {
        self.latest() - self.finalized()
    }

    /// The power that voted at a height.
    pub(super) fn power(&self, height: u64) -> u64 {
        self.chain.view(SystemContract::Finality, &IFinality::votesCall { height }).power
    }

    pub(super) fn highest_vote(&self, index: usize) -> u64 {
        let provider = key_word(self.nodes[index].number);
        self.chain.view(SystemContract::Finality, &IFinality::highestVoteCall { provider })
    }
}
