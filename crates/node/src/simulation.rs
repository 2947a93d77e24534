//! Whole validators on a simulated network, clock and disk: one seed, one run.

use std::{
    collections::BTreeMap,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use alloy_primitives::TxKind;
use alloy_sol_types::SolCall as _;
use ballast_evm::{CallRequest, Environment};
use ballast_types::{Genesis, SystemContract, Transaction, interfaces::ILightClient};
use commonware_consensus::{
    marshal::Identifier,
    types::{Epoch, Height, Round, View},
};
use commonware_cryptography::{Signer as _, ed25519::PublicKey};
use commonware_glue::simulate::{
    action::Crash,
    engine::{EngineDefinition, InitContext},
    exit::ProcessedHeightAtLeast,
    plan::{PlanBuilder, PlanResult},
    processed::ProcessedHeight,
    property::Property,
    reporter::MonitorReporter,
    tracker::ProgressTracker,
};
use commonware_p2p::simulated::Link;
use commonware_runtime::{Clock as _, Handle, Quota, Spawner as _, Supervisor as _, deterministic};
use commonware_utils::probability;

use crate::{
    ValidatorSecrets,
    chain::Chain,
    engine::{self, Parts},
    epochs::Marshal,
    fixture::{bitcoin_base, genesis, header_duty, mine, raw, validator, wallet},
    index::Index,
    mempool::Limits,
    node::genesis_block,
};

const BLOCK_TIME_MS: u64 = 200;
/// Runs of each test with random crashes.
const SEEDS: u64 = 3;

/// Validators that send each other pBTC.
#[derive(Clone)]
struct Network {
    genesis: Arc<Genesis>,
    validators: Vec<ValidatorSecrets>,
    /// Survives a crash, as a file does.
    indices: Arc<Mutex<BTreeMap<usize, Arc<Index>>>>,
}

#[derive(Clone)]
struct Running {
    chain: Arc<Chain>,
    marshal: Marshal,
}

impl Network {
    fn of(validators: u8, epoch_blocks: u64) -> Self {
        let genesis = Arc::new(genesis(validators, 0, BLOCK_TIME_MS, epoch_blocks));
        let mut validators: Vec<_> = (0..validators).map(validator).collect();
        validators.sort_by_key(|validator| validator.public());
        Self { genesis, validators, indices: Arc::default() }
    }

    fn chain(&self, index: usize) -> Arc<Chain> {
        let genesis_block = genesis_block(&self.genesis);
        let mut indices = self.indices.lock().unwrap();
        let index = indices
            .entry(index)
            .or_insert_with(|| Arc::new(Index::in_memory(genesis_block.block()).unwrap()));
        Arc::new(Chain::new(self.genesis.clone(), genesis_block.clone(), index.clone(), Limits::default()))
    }

    /// Runs until every validator has finalised `height` blocks.
    fn run(
        &self,
        height: u64,
        arrange: impl FnOnce(PlanBuilder<Self>) -> PlanBuilder<Self>,
    ) -> PlanResult<Self> {
        let link = Link {
            latency: Duration::from_millis(10),
            jitter: Duration::from_millis(5),
            success_rate: probability!(1.0),
        };
        let plan = PlanBuilder::new(self.clone())
            .link(link)
            .exit_condition(ProcessedHeightAtLeast::new(height))
            .property(OneChain { height })
            .timeout(Duration::from_secs(600));
        arrange(plan).run().unwrap().remove(0)
    }
}

/// Height of the chain's light client.
fn bitcoin_height(chain: &Chain) -> u32 {
    let number = chain.latest().unwrap();
    let environment = Environment::of(&chain.index().header(number).unwrap().unwrap()).unwrap();
    let to = TxKind::Call(SystemContract::LightClient.address());
    let request =
        CallRequest { to, input: ILightClient::tipCall {}.abi_encode().into(), ..CallRequest::default() };
    let state = chain.state_at(number).unwrap();
    let called =
        ballast_evm::call(&state, &environment, &chain.genesis().parameters.chain, &request).unwrap();
    ILightClient::tipCall::abi_decode_returns(&called.output).unwrap().height
}

/// Sends a transfer and the next Bitcoin header every block time, as a client of this validator.
async fn send(clock: deterministic::Context, chain: Arc<Chain>, number: u8) {
    let sender = wallet(number);
    let mut headers = vec![bitcoin_base(chain.genesis().timestamp_ms)];
    loop {
        clock.sleep(Duration::from_millis(BLOCK_TIME_MS)).await;
        if chain.latest().unwrap() == 0 {
            continue;
        }
        let next = bitcoin_height(&chain) as usize + 1;
        while headers.len() <= next {
            headers.extend(headers.last().map(mine));
        }
        // another validator's client may have been faster
        let _ = chain.submit(&header_duty(&headers[next]).encoded());
        let nonce = chain.pending_nonce(sender.address).unwrap();
        let transfer = sender.transfer(nonce, wallet(number + 1).address, 1, 1_000);
        chain.submit(&raw(&transfer)).unwrap();
    }
}

impl ProcessedHeight for Running {
    async fn processed_height(&self) -> u64 {
        self.marshal.get_processed().await.map_or(0, |processed| processed.height().get())
    }
}

impl EngineDefinition for Network {
    type PublicKey = PublicKey;
    type Engine = Handle<()>;
    type State = Running;

    fn participants(&self) -> Vec<PublicKey> {
        self.validators.iter().map(|validator| validator.identity.public_key()).collect()
    }

    fn channels(&self) -> Vec<(u64, Quota)> {
        engine::channels().collect()
    }

    fn max_message_size(&self) -> u32 {
        engine::max_message()
    }

    async fn init(&self, init: InitContext<'_, PublicKey>) -> (Handle<()>, Running) {
        let number = u8::try_from(init.index).unwrap();
        let chain = self.chain(init.index);
        let parts = Parts {
            chain: chain.clone(),
            secrets: self.validators[init.index].clone(),
            peers: init.oracle.manager(),
            blocker: init.oracle.control(init.public_key.clone()),
            prefix: format!("v{number}"),
        };
        let client = chain.clone();
        init.context.child("client").spawn(move |context| send(context, client, number));
        let (me, monitor) = (init.public_key.clone(), init.monitor);
        let observe = |mailbox| MonitorReporter::new(me, monitor, mailbox);
        let engine = engine::start(init.context, parts, init.channels, observe).await;
        (engine.handle, Running { chain, marshal: engine.marshal })
    }

    fn start(engine: Handle<()>) -> Handle<()> {
        engine
    }
}

/// Every validator has the same chain up to `height`, and its index is what its engine finalised.
#[derive(Clone)]
struct OneChain {
    height: u64,
}

impl OneChain {
    async fn hold(&self, states: &[&Running]) -> Result<(), String> {
        let (mut transfers, mut duties) = (0, 0);
        for number in 1..=self.height {
            let mut hashes = Vec::new();
            for state in states {
                let stored = state.chain.index().stored(number).map_err(|error| error.to_string())?;
                let stored = stored.ok_or(format!("block {number} is not in an index"))?;
                let block = state.marshal.get_block(Identifier::Height(Height::new(number))).await;
                let block = block.ok_or(format!("block {number} is not in an archive"))?;
                if block.inner().hash() != stored.hash {
                    return Err(format!("index and engine differ at {number}"));
                }
                if stored.receipts.iter().any(|receipt| !receipt.success) {
                    return Err(format!("block {number} has a transaction that failed"));
                }
                let is_duty = |transaction: &Transaction| matches!(transaction, Transaction::Duty(_));
                let transactions = &stored.block.transactions;
                let first = transactions.iter().take_while(|transaction| is_duty(transaction)).count();
                if transactions[first..].iter().any(is_duty) {
                    return Err(format!("block {number} has a duty after a transfer"));
                }
                duties += first;
                transfers += transactions.len() - first;
                hashes.push(stored.hash);
            }
            if hashes.windows(2).any(|pair| pair[0] != pair[1]) {
                return Err(format!("hashes at {number} differ: {hashes:?}"));
            }
        }
        if transfers.min(duties) < self.height as usize / 4 {
            return Err(format!("{} blocks have {transfers} transfers and {duties} duties", self.height));
        }
        Ok(())
    }
}

impl Property<PublicKey, Running> for OneChain {
    fn name(&self) -> &str {
        "one chain"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<PublicKey>,
        states: &'a [&'a Running],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(self.hold(states))
    }
}

#[test]
fn one_validator_makes_a_chain_across_epochs() {
    Network::of(1, 7).run(25, |plan| plan);
}

#[test]
fn four_validators_make_one_chain() {
    Network::of(4, 1_000).run(25, |plan| plan);
}

#[test]
fn blocks_come_at_the_block_time() {
    let network = Network::of(4, 1_000);
    network.run(20, |plan| plan);
    let indices = network.indices.lock().unwrap();
    let time = |number| ballast_evm::time_ms(&indices[&0].header(number).unwrap().unwrap()).unwrap();
    let steps: Vec<_> = (1..20).map(|number| time(number + 1) - time(number)).collect();
    assert!(steps.iter().all(|step| (BLOCK_TIME_MS..BLOCK_TIME_MS + 100).contains(step)), "{steps:?}");
}

#[test]
fn one_seed_is_one_run() {
    let run = |seed| Network::of(4, 8).run(20, |plan| plan.seed(seed)).state;
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}

fn random_crashes() -> Crash<PublicKey> {
    Crash::Random { frequency: Duration::from_millis(1_500), downtime: Duration::from_millis(700), count: 1 }
}

#[test]
fn validators_crash_and_come_back_across_epochs() {
    for seed in 0..SEEDS {
        let result = Network::of(4, 10).run(45, |plan| plan.crash(random_crashes()).seed(seed));
        assert!(result.crashes >= 3, "seed {seed}: {} crashes", result.crashes);
    }
}

#[test]
fn the_only_validator_crashes_and_goes_on() {
    for seed in 0..SEEDS {
        let result = Network::of(1, 10).run(30, |plan| plan.crash(random_crashes()).seed(seed));
        assert!(result.crashes >= 3, "seed {seed}: {} crashes", result.crashes);
    }
}

#[test]
fn old_state_is_pruned_and_a_crash_after_it_loses_nothing() {
    // long enough for two rounds of pruning
    Network::of(1, 50).run(200, |plan| plan.crash(random_crashes()));
}

#[test]
fn messages_get_lost_and_the_chain_goes_on() {
    let link = Link {
        latency: Duration::from_millis(20),
        jitter: Duration::from_millis(20),
        success_rate: probability!(0.9),
    };
    Network::of(4, 10).run(25, |plan| plan.link(link));
}

#[test]
fn a_late_validator_follows_every_epoch() {
    let network = Network::of(4, 3);
    let late = network.participants()[2].clone();
    let round = Round::new(Epoch::new(5), View::new(2));
    let crash = Crash::DelayRound { participants: vec![late], round };
    let result = network.run(30, |plan| plan.crash(crash));
    assert!(result.delayed_started);
}
