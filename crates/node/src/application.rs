//! The state machine that the engine drives: build a block, check a block, take note of a final one.
//!
//! Execution is `ballast_evm`'s; what is decided here is what a header says beyond execution: the root of the state
//! store, the operations behind it, and the committee of the next epoch. No clock decides anything about a block that
//! exists; the proposer alone reads one.

use std::sync::Arc;

use alloy_primitives::B256;
use ballast_evm::{
    Environment, ExecutionError, Outcome, Seal, build_block, check_header, execute_block, on_reader,
};
use ballast_types::{ConsensusContext, OperationRange, ValidatorKeys};
use commonware_consensus::{
    CertifiableBlock as _, Epochable as _, Heightable as _, Viewable as _,
    marshal::ancestry::Ancestry,
    types::{Epocher as _, FixedEpocher, Height},
};
use commonware_glue::stateful::{
    Application, Finality, Input, Proposed,
    db::{DatabaseSet, Merkleized as _, Unmerkleized as _},
};
use commonware_runtime::{Clock, Spawner};
use commonware_storage::Context as StorageContext;
use futures::StreamExt as _;

use crate::{
    block::{ChainBlock, RoundContext, identity_bytes},
    chain::Chain,
    committees::{Committees, Scheme},
    pacing::{block_time, now_ms},
    state::{self, Databases, Open, Sealed, SyncTarget, View},
};

/// Builds and checks blocks.
#[derive(Clone)]
pub(crate) struct StateMachine {
    chain: Arc<Chain>,
    committees: Committees,
    epocher: FixedEpocher,
}

impl StateMachine {
    pub(crate) fn new(chain: Arc<Chain>, committees: Committees, epocher: FixedEpocher) -> Self {
        Self { chain, committees, epocher }
    }

    /// The committee that the header at `height` must name: that of the next epoch in the last block of one.
    fn next_committee(&self, context: &RoundContext, height: Height) -> Option<Vec<ValidatorKeys>> {
        if self.epocher.containing(height)?.last() != height {
            return Some(Vec::new());
        }
        // the set is that of the genesis until the validators contract changes it
        self.committees.keys(context.epoch()).map(|keys| keys.to_vec())
    }

    async fn build<E: Spawner + StorageContext>(
        &self,
        context: RoundContext,
        parent: &ChainBlock,
        now_ms: u64,
        open: Open<E>,
    ) -> Option<(ChainBlock, Sealed<E>)> {
        let header = &parent.block().header;
        let next_committee = self.next_committee(&context, Height::new(header.number + 1))?;
        let genesis = self.chain.genesis().clone();
        let parameters = &genesis.parameters.chain;
        let time = block_time(now_ms, parent.time_ms(), parameters.max_step_ms);
        let environment = Environment::child_of(header, parent.hash(), time, parameters);
        let candidates = self.chain.candidates(environment.base_fee);
        let built = {
            let (environment, genesis) = (environment.clone(), genesis.clone());
            on_reader(&View::<E>(&open), move |state| build_block(state, &environment, &genesis, candidates))
                .await
        };
        let built = built.and_then(|built| built).expect("the state store can be read");
        self.chain.drop_invalid(&built.left_out);
        let sealed = seal_state::<E>(open, &built.outcome).await;
        let seal = Seal {
            context: ConsensusContext {
                epoch: context.epoch().get(),
                view: context.view().get(),
                parent_view: context.parent.0.get(),
                leader: identity_bytes(&context.leader),
            },
            state_root: B256::new(sealed.root().0),
            operations: operations::<E>(&sealed),
            next_committee,
        };
        let block = environment.seal(built.transactions, &built.outcome, seal);
        let block = ChainBlock::new(block).expect("extraData was just encoded from valid keys");
        self.chain.remember(block.hash(), environment.number, built.outcome);
        Some((block, sealed))
    }

    async fn check<E: Spawner + StorageContext>(
        &self,
        block: &ChainBlock,
        parent: &ChainBlock,
        open: Open<E>,
    ) -> Option<Sealed<E>> {
        let reject =
            |reason: &dyn std::fmt::Display| tracing::warn!(hash = %block.hash(), %reason, "invalid block");
        let genesis = self.chain.genesis().clone();
        let header = &block.block().header;
        let (parent_header, parent_hash) = (&parent.block().header, parent.hash());
        let environment = check_header(parent_header, parent_hash, header, &genesis.parameters.chain);
        let environment = environment.inspect_err(|error| reject(error)).ok()?;
        let executed = {
            let block = block.clone();
            let execute = move |state: &dyn ballast_evm::State| {
                execute_block(state, &environment, &genesis, block.block())
            };
            on_reader(&View::<E>(&open), execute)
                .await
                .map_err(ExecutionError::from)
                .and_then(|outcome| outcome)
        };
        let outcome = match executed {
            Ok(outcome) => outcome,
            Err(ExecutionError::Invalid(error)) => {
                reject(&error);
                return None;
            }
            #[expect(clippy::panic, reason = "a node that cannot read its own state must stop, not vote")]
            Err(ExecutionError::State(error)) => panic!("the state store cannot be read: {error}"),
        };
        let sealed = seal_state::<E>(open, &outcome).await;
        let extra = block.extra();
        if header.state_root != sealed.root().0 || extra.operations != operations::<E>(&sealed) {
            reject(&"state root");
            return None;
        }
        self.chain.remember(block.hash(), header.number, outcome);
        Some(sealed)
    }
}

async fn seal_state<E: Spawner + StorageContext>(open: Open<E>, outcome: &Outcome) -> Sealed<E> {
    state::write::<E>(open, &outcome.changes).merkleize().await.expect("the state store can be read")
}

fn operations<E: Spawner + StorageContext>(sealed: &Sealed<E>) -> OperationRange {
    let root = B256::new(sealed.ops_root().0);
    OperationRange { root, start: *sealed.sync_boundary(), end: *sealed.bounds().tip.size }
}

impl<E: Spawner + StorageContext + Clock> Application<E> for StateMachine {
    type SigningScheme = Scheme;
    type Context = RoundContext;
    type Block = ChainBlock;
    type Databases = Databases<E>;
    type Captured = ();
    type Provider = ();
    type Input = ();

    fn sync_targets(block: &ChainBlock) -> SyncTarget {
        block.sync_target().clone()
    }

    async fn genesis(&mut self) -> ChainBlock {
        self.chain.genesis_block().clone()
    }

    async fn propose(
        &mut self,
        (runtime, context): (E, RoundContext),
        ancestry: impl Ancestry<ChainBlock>,
        open: Open<E>,
        _: Input<(), ()>,
    ) -> Option<Proposed<Self, E>> {
        let mut ancestry = Box::pin(ancestry);
        let parent = ancestry.next().await?;
        let now = now_ms(&runtime);
        let (block, merkleized) = self.build::<E>(context, parent.inner(), now, open).await?;
        Some(Proposed { block, merkleized })
    }

    async fn process(
        &mut self,
        (_, context): (E, RoundContext),
        ancestry: impl Ancestry<ChainBlock>,
        open: Open<E>,
        _: Finality,
    ) -> Option<Sealed<E>> {
        let mut ancestry = Box::pin(ancestry);
        let block = ancestry.next().await?;
        let parent = ancestry.next().await?;
        if block.inner().extra().next_committee != self.next_committee(&context, block.height())? {
            tracing::warn!(hash = %block.inner().hash(), "invalid block: not the next committee");
            return None;
        }
        self.check::<E>(block.inner(), parent.inner(), open).await
    }

    async fn capture(
        &mut self,
        _: (E, RoundContext),
        _: &ChainBlock,
        _: &Sealed<E>,
        _: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
    }

    async fn finalized(
        &mut self,
        _: (E, RoundContext),
        block: &ChainBlock,
        (): (),
        _: <Databases<E> as DatabaseSet<E>>::Readers,
    ) {
        self.chain.finalise(block).expect("the index can be written");
        let committee = &block.extra().next_committee;
        if !committee.is_empty() {
            // before the next block is processed, however far the engine is behind
            let next = block.context().epoch().next();
            self.committees.register(next, committee).expect("process compared it with a known committee");
        }
    }
}
