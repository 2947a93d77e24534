//! Votes in a block: what one adds to its execution, and what a hundred do.
//!
//! `cargo bench -p ballast-evm`; results are in `docs/performance.md`. "added" is the paired difference of one block
//! executed with the votes and executed without them, in turns. Peer: libsecp256k1's Schnorr verification, of which a vote
//! needs one.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, FixedBytes, U256};
use alloy_sol_types::SolCall;
use ballast_evm::{
    Candidates, Environment, Seal, build_block, check_header, execute_block, memory::MemoryState, time_ms,
};
use ballast_schnorr::{SigningKey, Tree, eots, message, nonce};
use ballast_system::{BlockEnv, Storage, memory::Memory, testing};
use ballast_types::{
    Block, Duty, Genesis, Network, OperationRange, Parameters, SystemContract, ValidatorKeys,
    genesis::{BitcoinBase, GenesisProvider, GenesisValidator},
    interfaces::IFinality,
};
use bitcoin::consensus::serialize;
use bitcoin::constants::genesis_block;
use bitcoin::secp256k1::{Keypair, Message, Secp256k1};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};

const PROVIDERS: u16 = 100;
/// Heights of each commitment: a path of 12 hashes.
const COMMITTED: u64 = 4096;
/// Power of each provider, in sats.
const POWER: u64 = 1_000_000;

struct Provider {
    key: SigningKey,
    tree: Tree,
}

impl Provider {
    fn new(number: u16, chain_id: u64) -> Self {
        let mut bytes = [1; 32];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_bytes(&bytes).expect("in range");
        let context = message::nonce_context(chain_id);
        let leaves = nonce::public_randomness(&key, context.as_bytes(), 1..COMMITTED + 1);
        Self { key, tree: Tree::new(&leaves).expect("not empty") }
    }

    fn word(&self) -> B256 {
        self.key.x_only().serialize().into()
    }

    fn genesis(&self) -> GenesisProvider {
        let (key, root) = (self.word(), self.tree.root().into());
        let owner = Address::from_slice(&key[..20]);
        GenesisProvider { key, owner, commission_bp: 0, start: 1, count: COMMITTED, root }
    }

    fn vote(&self, chain_id: u64, height: u64, hash: B256) -> Duty {
        let context = message::nonce_context(chain_id);
        let nonce = nonce::derive(&self.key, context.as_bytes(), height);
        let randomness = nonce.public().0.into();
        let message = message::vote(chain_id, height, &hash);
        let signature = eots::sign(&self.key, nonce, &message).expect("in range").to_bytes().into();
        let path =
            self.tree.proof(height - 1).expect("committed").aunts.into_iter().map(B256::from).collect();
        let call = IFinality::voteCall {
            provider: self.word(),
            height,
            blockHash: hash,
            randomness,
            signature,
            commitment: 0,
            path,
        };
        Duty { chain_id, to: SystemContract::Finality.address(), input: call.abi_encode().into() }
    }
}

/// A chain in memory with a hundred providers.
struct Chain {
    genesis: Genesis,
    state: MemoryState,
    head: Block,
    providers: Vec<Provider>,
}

impl Chain {
    /// At block 2, the first one whose snapshot has power.
    fn new() -> Self {
        let mut parameters = Parameters::of(Network::Devnet);
        // the headers are of 2011
        parameters.bitcoin.stale_after_s = 0;
        let covenant =
            |byte| B256::from(SigningKey::from_bytes(&[byte; 32]).expect("in range").x_only().serialize());
        parameters.staking.covenant_keys = [201, 202, 203].map(covenant).to_vec();
        let chain_id = parameters.chain.chain_id;
        let providers: Vec<_> = (1..=PROVIDERS).map(|number| Provider::new(number, chain_id)).collect();
        let keys = ValidatorKeys { ed25519: B256::repeat_byte(1), bls: FixedBytes::repeat_byte(1) };
        let base = genesis_block(bitcoin::Network::Regtest).header;
        let genesis = Genesis {
            timestamp_ms: 1_296_688_662_000,
            parameters,
            validators: vec![GenesisValidator { keys, possession: FixedBytes::ZERO }],
            bitcoin: BitcoinBase { height: 0, headers: vec![FixedBytes::from_slice(&serialize(&base))] },
            providers: providers.iter().map(Provider::genesis).collect(),
            alloc: BTreeMap::new(),
        };
        genesis.check().expect("a good genesis");
        let head = genesis.block(B256::ZERO, OperationRange::default());
        let mut chain = Self { genesis, state: MemoryState::default(), head, providers };
        chain.grow();
        chain.give_power();
        chain.grow();
        chain
    }

    fn grow(&mut self) {
        let (block, _) = self.build(Vec::new());
        self.state.apply(&execute(self, &block));
        self.head = block;
    }

    fn give_power(&mut self) {
        let mut memory = Memory::new(BlockEnv { number: 1, timestamp: 0, chain_id: self.chain_id() });
        for ((contract, slot), word) in &self.state.storage {
            memory.store(*contract, *slot, *word).expect("writable");
        }
        for provider in &self.providers {
            testing::set_power(&mut memory, provider.word(), POWER).expect("writable");
        }
        self.state.storage =
            memory.words().iter().map(|(place, word)| (*place, *word)).collect::<BTreeMap<_, U256>>();
    }

    fn chain_id(&self) -> u64 {
        self.genesis.parameters.chain.chain_id
    }

    fn environment(&self) -> Environment {
        let time = time_ms(&self.head.header).expect("our own block") + 1_000;
        Environment::child_of(&self.head.header, self.head.hash(), time, &self.genesis.parameters.chain)
    }

    /// The next block with these duties, and how many of them it has.
    fn build(&self, duties: Vec<Duty>) -> (Block, usize) {
        let candidates = Candidates { duties, ..Candidates::default() };
        let built =
            build_block(&self.state, &self.environment(), &self.genesis, candidates).expect("in memory");
        let count = built.transactions.len();
        (self.environment().seal(built.transactions, &built.outcome, Seal::default()), count)
    }

    /// The votes of the first `count` providers for the latest block.
    fn votes(&self, count: usize) -> Vec<Duty> {
        let (height, hash) = (self.head.header.number, self.head.hash());
        self.providers[..count].iter().map(|provider| provider.vote(self.chain_id(), height, hash)).collect()
    }
}

/// Checks and executes a block as a validator does, and returns what it changes.
fn execute(chain: &Chain, block: &Block) -> ballast_evm::StateChanges {
    let parent = &chain.head;
    let parameters = &chain.genesis.parameters.chain;
    let environment =
        check_header(&parent.header, parent.hash(), &block.header, parameters).expect("our own header");
    execute_block(&chain.state, &environment, &chain.genesis, block).expect("our own block").changes
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn votes(c: &mut Criterion) {
    let chain = Chain::new();
    let (empty, none) = chain.build(Vec::new());
    assert_eq!(none, 0);
    let secp = Secp256k1::new();
    let pair = Keypair::from_seckey_slice(&secp, &[7; 32]).expect("in range");
    let message = Message::from_digest([9; 32]);
    let (peer, key) = (secp.sign_schnorr_no_aux_rand(&message, &pair), pair.x_only_public_key().0);
    let mut group = c.benchmark_group("votes");
    group.bench_function("peer: one Schnorr verification", |b| {
        b.iter(|| secp.verify_schnorr(black_box(&peer), &message, &key))
    });
    group.sampling_mode(SamplingMode::Flat).measurement_time(Duration::from_secs(20));
    group.bench_function("block without votes", |b| b.iter(|| execute(&chain, black_box(&empty))));
    for count in [1, 100] {
        let duties = chain.votes(count);
        let (block, included) = chain.build(duties.clone());
        assert_eq!(included, count, "a block has room for every vote");
        group.bench_function(format!("{count} added, executed"), |b| {
            b.iter_custom(|rounds| {
                let (mut with, mut without) = (Duration::ZERO, Duration::ZERO);
                for _ in 0..rounds {
                    with += timed(|| drop(black_box(execute(&chain, black_box(&block)))));
                    without += timed(|| drop(black_box(execute(&chain, black_box(&empty)))));
                }
                // noise can make a difference nothing, which Criterion does not take for a time
                with.saturating_sub(without).max(Duration::from_nanos(rounds))
            })
        });
        group.bench_function(format!("{count}, block built"), |b| {
            b.iter(|| chain.build(black_box(duties.clone())))
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = votes
}
criterion_main!(benches);
