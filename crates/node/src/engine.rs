//! Wires one validator: block broadcast, marshal, state machine, and an engine per epoch.
//!
//! Everything here is generic over the runtime and the network, so that the same code runs on sockets and in the
//! deterministic simulator; it is instantiated once for each and decides nothing.

mod config;

use std::{num::NonZeroU64, sync::Arc, time::Duration};

use commonware_broadcast::buffered;
use commonware_consensus::{
    Reporter, Reporters,
    marshal::{
        Update,
        core::Actor as MarshalActor,
        resolver::p2p as repair,
        standard::{Deferred, Standard},
    },
    simplex,
    types::{Epocher as _, FixedEpocher, Height},
};
use commonware_cryptography::{
    Digested, Digestible as _, Signer as _, certificate::Verifier as _, ed25519::PublicKey,
};
use commonware_glue::stateful::{Config as StatefulConfig, Mailbox as StatefulMailbox, Stateful, SyncPlan};
use commonware_p2p::{Blocker, Provider, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage, buffer::paged::CacheRef};
use commonware_storage::archive::immutable;
use commonware_utils::{NZU16, NZUsize};
use rand_core::CryptoRng;

use self::config::{CHANNELS, MAILBOX, Voting};
pub(crate) use self::config::{channels, max_message};
use crate::{
    application::StateMachine,
    block::{ChainBlock, Digest},
    chain::Chain,
    committees::{Committees, Scheme},
    epochs::{self, EpochStart, Marshal},
    evidence, gossip,
    keys::ValidatorSecrets,
    pacing::Paced,
    state::{self, NoSync},
};

type CertificateArchive<E> = immutable::Archive<E, Digest, simplex::types::Finalization<Scheme, Digest>>;
type BlockArchive<E> = immutable::Archive<E, Digest, Arc<ChainBlock>>;
type MarshalOf<E> = MarshalActor<
    E,
    Standard<ChainBlock>,
    Committees,
    CertificateArchive<E>,
    BlockArchive<E>,
    FixedEpocher,
    Sequential,
>;

/// What one validator is made of.
pub(crate) struct Parts<P, B> {
    /// Index, mempool, genesis.
    pub(crate) chain: Arc<Chain>,
    /// Keys.
    pub(crate) secrets: ValidatorSecrets,
    /// Who the peers are.
    pub(crate) peers: P,
    /// Cuts off a peer that breaks the protocol.
    pub(crate) blocker: B,
    /// Prefix of the names of everything on disk.
    pub(crate) prefix: String,
}

/// A running validator.
pub(crate) struct Engine {
    /// Ends when the validator ends; aborting it aborts everything below.
    pub(crate) handle: Handle<()>,
    /// Where blocks are served from.
    #[cfg_attr(not(test), expect(dead_code, reason = "the simulation compares it with the index"))]
    pub(crate) marshal: Marshal,
}

/// Starts a validator on `channels`, in the order of [`channels`]. `observe` may wrap what receives finalised blocks.
pub(crate) async fn start<E, P, B, Tx, Rx, R>(
    context: E,
    parts: Parts<P, B>,
    channels: Vec<(Tx, Rx)>,
    observe: impl FnOnce(StatefulMailbox<E, StateMachine>) -> R,
) -> Engine
where
    E: CryptoRng + Spawner + Metrics + Clock + Storage,
    P: Provider<PublicKey = PublicKey>,
    B: Blocker<PublicKey = PublicKey>,
    Tx: Sender<PublicKey = PublicKey>,
    Rx: Receiver<PublicKey = PublicKey>,
    R: Reporter<Activity = Update<ChainBlock>>,
{
    let Parts { chain, secrets, peers, blocker, prefix } = parts;
    let channels: [_; CHANNELS] =
        channels.try_into().unwrap_or_else(|_| unreachable!("one pair for each channel"));
    let [votes, certificates, requests, missing, blocks, transactions] = channels;
    let me = secrets.identity.public_key();
    let parameters = &chain.genesis().parameters.chain;
    let epoch_blocks = NonZeroU64::new(parameters.epoch_blocks).expect("parameters are checked");
    let block_time = Duration::from_millis(parameters.block_time_ms);
    let epocher = FixedEpocher::new(epoch_blocks);
    let committees = Committees::new(chain.genesis_block().hash(), secrets.vote);
    register_known(&chain, &committees, &epocher);
    let genesis = chain.genesis_block().clone();
    let genesis = Digested::precomputed(genesis.clone(), genesis.digest());
    let page_cache = CacheRef::new(NZU16!(4096), NZUsize!(1024));

    let resolver_config = config::repair(me.clone(), peers.clone(), blocker.clone());
    let resolver = repair::init(context.child("repair"), resolver_config, missing);
    let (broadcast, buffer) = buffered::Engine::new(context.child("broadcast"), config::broadcast(me, peers));
    broadcast.start(blocks);

    let plan = SyncPlan::init(context.child("plan"), &prefix).await;
    let start = plan.marshal_start(genesis.clone());
    let marshal_config =
        config::marshal(committees.clone(), epocher.clone(), start, &prefix, page_cache.clone());
    let (certificate_archive, block_archive) = archives(&context, &prefix, &page_cache).await;
    let (marshal_actor, marshal, floor) =
        MarshalOf::<E>::init(context.child("marshal"), certificate_archive, block_archive, marshal_config)
            .await;

    let state_config = StatefulConfig {
        application: StateMachine::new(chain.clone(), committees.clone(), epocher.clone()),
        db_config: state::config(&format!("{prefix}-state"), page_cache.clone()),
        provider: (),
        marshal: (marshal.clone(), floor),
        mailbox_size: MAILBOX,
        plan,
        resolvers: NoSync,
        sync_config: config::sync(),
        prune_config: Some(config::prune()),
        strategy: Sequential,
    };
    let (stateful, state_mailbox) = Stateful::new(context.child("state"), state_config);
    let paced = Paced::new(state_mailbox.clone(), parameters.block_time_ms);
    let automaton = Deferred::new(context.child("deferred"), paced, marshal.clone(), epocher.clone());
    let (epoch_mailbox, inbox) = epochs::mailbox();
    marshal_actor.start(Reporters::from((observe(state_mailbox), epoch_mailbox)), buffer, resolver);
    stateful.start();
    gossip::start(context.child("gossip"), chain.clone(), transactions);

    let voting = Voting { automaton, blocker, prefix: prefix.clone(), page_cache, block_time };
    let simplex_context = context.child("simplex");
    let start = move |start: EpochStart<Tx, _>| {
        let context = simplex_context.child("epoch").with_attribute("epoch", start.epoch);
        let evidence = evidence::reporter(context.child("evidence"), start.scheme.clone(), chain.clone());
        let reporter = Reporters::from((voting.automaton.clone(), evidence));
        let config = voting.clone().engine(&start, reporter);
        let [votes, certificates, requests] = start.channels;
        simplex::Engine::new(context, config).start(votes, certificates, requests)
    };
    let channels = [votes, certificates, requests];
    let config =
        epochs::Config { marshal: marshal.clone(), inbox, committees, epocher, genesis, channels, prefix };
    // everything above is a descendant of this context, so that aborting this task leaves nothing running
    let handle = context.spawn(move |context| epochs::run(context, config, start));
    Engine { handle, marshal }
}

/// Registers the committees of the epochs that marshal may go on in, so that it can check what peers send at once.
fn register_known(chain: &Chain, committees: &Committees, epocher: &FixedEpocher) {
    let latest = chain.latest().expect("the index can be read");
    let epoch =
        epocher.containing(Height::new(latest + 1)).expect("a fixed epocher contains every height").epoch();
    // marshal may be a few blocks behind the index, and with them an epoch
    for epoch in [epoch.previous(), Some(epoch)].into_iter().flatten() {
        let boundary = epoch.previous().and_then(|previous| epocher.last(previous)).map_or(0, Height::get);
        let block =
            chain.index().block(boundary).expect("the index can be read").expect("it has every block");
        let committee = block.extra().expect("the index holds checked blocks").next_committee;
        committees.register(epoch, &committee).expect("validators checked the committee of a final block");
    }
}

async fn archives<E>(
    context: &E,
    prefix: &str,
    page_cache: &CacheRef,
) -> (CertificateArchive<E>, BlockArchive<E>)
where
    E: Spawner + Metrics + Clock + Storage,
{
    let codec_config = Scheme::certificate_codec_config_unbounded();
    let certificates = config::archive(prefix, "certificates", page_cache.clone(), codec_config);
    let certificates = immutable::Archive::init(context.child("certificates"), certificates).await;
    let blocks = config::archive(prefix, "blocks", page_cache.clone(), ());
    let blocks = immutable::Archive::init(context.child("blocks"), blocks).await;
    (certificates.expect("the certificate archive opens"), blocks.expect("the block archive opens"))
}
