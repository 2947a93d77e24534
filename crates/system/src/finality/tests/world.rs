//! A chain of blocks with named hashes, genesis providers, and votes by their keys.

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolCall;
use ballast_schnorr::{Commitment, PublicRandomness, Tree, bip340, eots, message, nonce};
use ballast_types::{
    Network, Parameters, SystemContract, genesis::GenesisProvider, interfaces::IFinality,
    parameters::FinalityParameters,
};

use super::super::{initialise, snapshot};
use crate::{
    begin_block, contract::CallError, light_client, memory::Memory, mining, rewards, staking,
    storage::Storage,
};

pub(super) use crate::staking::tests::world::{key_word, owner, run, secret};

/// Heights that the genesis commitments cover.
pub(super) const COMMITTED: u64 = 600;
/// k of the light client in tests.
pub(super) const K: u32 = 3;
const CHAIN_ID: u64 = 840_099;

pub(super) const RULES_OF_TESTS: FinalityParameters = FinalityParameters {
    grace_blocks: 4,
    window_blocks: 50,
    max_missed: 5,
    jail_s: 600,
    min_commit_blocks: 16,
    max_ahead_blocks: 2000,
    late_blocks: 256,
};

/// One chain; a clone of it may go on differently.
#[derive(Clone)]
pub(crate) struct Chain {
    pub(crate) storage: Memory,
    trees: Vec<Rc<Tree>>,
    fork: u8,
}

/// Takes every height up to this one for judged.
pub(crate) fn judge_up_to(storage: &mut Memory, height: u64) {
    super::super::store::JUDGED.store(storage, &height).unwrap();
}

/// The randomness of a provider for the heights from `start` on.
pub(super) fn tree(number: u8, start: u64, count: u64) -> Tree {
    let context = message::nonce_context(CHAIN_ID);
    let leaves = nonce::public_randomness(&secret(number), context.as_bytes(), start..start + count);
    Tree::new(&leaves).unwrap()
}

/// A signature of a block, with the randomness of the height.
pub(super) fn sign(number: u8, height: u64, hash: B256) -> (B256, B256) {
    let context = message::nonce_context(CHAIN_ID);
    let one = nonce::derive(&secret(number), context.as_bytes(), height);
    sign_with(number, one, height, hash)
}

pub(super) fn sign_with(number: u8, one: nonce::Nonce, height: u64, hash: B256) -> (B256, B256) {
    let randomness: PublicRandomness = one.public();
    let message = message::vote(CHAIN_ID, height, &hash);
    let signature = eots::sign(&secret(number), one, &message).unwrap();
    (randomness.0.into(), signature.to_bytes().into())
}

impl Chain {
    /// At block 1, with a genesis provider for each power in sats; provider numbers count from 40.
    pub(crate) fn new(powers: &[u64]) -> Self {
        let mut storage = mining::light_client(10);
        let numbers: Vec<u8> = (40..).take(powers.len()).collect();
        let trees: Vec<_> = numbers.iter().map(|number| Rc::new(tree(*number, 1, COMMITTED))).collect();
        let provider = |(number, tree): (&u8, &Rc<Tree>)| GenesisProvider {
            key: key_word(*number),
            owner: owner(*number),
            commission_bp: 0,
            start: 1,
            count: COMMITTED,
            root: tree.root().into(),
        };
        let providers: Vec<_> = numbers.iter().zip(&trees).map(provider).collect();
        staking::initialise(&mut storage, staking::tests::world::params().versions(), &providers).unwrap();
        initialise(&mut storage, &RULES_OF_TESTS, &providers).unwrap();
        rewards::initialise(&mut storage, &Parameters::of(Network::Devnet)).unwrap();
        let mut chain = Self { storage, trees, fork: 0 };
        for (number, power) in numbers.iter().zip(powers) {
            chain.set_power(*number, *power);
        }
        begin_block(&mut chain.storage).unwrap();
        chain
    }

    pub(crate) fn set_power(&mut self, number: u8, sats: u64) {
        staking::tests::world::set_power(&mut self.storage, number, sats);
    }

    /// Goes on differently from here.
    pub(super) fn fork(&self, fork: u8) -> Self {
        Self { fork, ..self.clone() }
    }

    pub(crate) fn number(&self) -> u64 {
        self.storage.block.number
    }

    /// The hash of the block at `height` on this fork, for heights made since.
    pub(super) fn hash(&self, height: u64) -> B256 {
        keccak256([&[self.fork], &height.to_be_bytes()[..]].concat())
    }

    /// Ends this block and begins the next one.
    pub(crate) fn next(&mut self) {
        let parent = self.number();
        let hash = self.hash(parent);
        let slot = U256::from(parent % snapshot::HISTORY_BLOCKS);
        self.storage.store(snapshot::HISTORY, slot, hash.into()).unwrap();
        self.storage.block.number += 1;
        begin_block(&mut self.storage).unwrap();
    }

    pub(super) fn run(&mut self, blocks: u64) {
        (0..blocks).for_each(|_| self.next());
    }

    pub(super) fn call<C: SolCall>(&mut self, call: C) -> Result<C::Return, CallError> {
        self.call_from(Address::ZERO, call)
    }

    pub(super) fn call_from<C: SolCall>(&mut self, caller: Address, call: C) -> Result<C::Return, CallError> {
        run(&mut self.storage, SystemContract::Finality, caller, call)
    }

    pub(super) fn ballot(&self, number: u8, height: u64) -> IFinality::voteCall {
        let hash = self.hash(height);
        let (randomness, signature) = sign(number, height, hash);
        let path = if (1..=COMMITTED).contains(&height) {
            self.trees[usize::from(number - 40)].proof(height - 1).unwrap().aunts
        } else {
            Vec::new()
        };
        IFinality::voteCall {
            provider: key_word(number),
            height,
            blockHash: hash,
            randomness,
            signature,
            commitment: 0,
            path: path.into_iter().map(B256::from).collect(),
        }
    }

    pub(crate) fn vote(&mut self, number: u8, height: u64) -> Result<(), CallError> {
        self.call(self.ballot(number, height)).map(|_| ())
    }

    pub(crate) fn late_vote(&mut self, number: u8, height: u64) -> Result<(), CallError> {
        let IFinality::voteCall { provider, height, blockHash, randomness, signature, commitment, path } =
            self.ballot(number, height);
        let call =
            IFinality::lateVoteCall { provider, height, blockHash, randomness, signature, commitment, path };
        self.call(call).map(|_| ())
    }

    /// The next block, with these providers' votes for the one before.
    pub(super) fn round(&mut self, voters: &[u8]) {
        self.next();
        for number in voters {
            self.vote(*number, self.number() - 1).unwrap();
        }
    }

    pub(crate) fn finalized(&mut self) -> u64 {
        self.call(IFinality::finalizedCall {}).unwrap()
    }

    pub(crate) fn total(&mut self, height: u64) -> u64 {
        self.call(IFinality::snapshotCall { height }).unwrap().total
    }

    /// `count` Bitcoin headers.
    pub(super) fn bitcoin(&mut self, count: usize) {
        let tip = light_client::tip(&mut self.storage).unwrap().header;
        let headers = mining::chain(&tip, count, 0);
        self.storage.block.timestamp = u64::from(headers.last().unwrap().time) + 10;
        light_client::submit(&mut self.storage, &mining::bytes(&headers)).unwrap();
    }
}

/// A signed commitment.
pub(super) fn promise(number: u8, start: u64, count: u64) -> IFinality::commitRandomnessCall {
    let root = tree(number, start, count).root();
    let digest = Commitment::new(start, count, root).unwrap().digest(CHAIN_ID);
    let signature = bip340::sign(&secret(number), &digest, &[0; 32]).serialize().to_vec();
    IFinality::commitRandomnessCall {
        provider: key_word(number),
        start,
        count,
        root: root.into(),
        signature: signature.into(),
    }
}
