//! Numbers of the engine: names on disk, buffers, timeouts. None of them is consensus but the message size.

use std::{
    num::{NonZeroU32, NonZeroU64, NonZeroUsize},
    time::Duration,
};

use ballast_types::limits::{MAX_COMMITTEE, MAX_TRANSACTION_SIZE};
use commonware_broadcast::buffered;
use commonware_consensus::{
    CertifiableAutomaton, Relay, Reporter,
    marshal::{self, Start, resolver::p2p as repair, standard::Standard},
    simplex::{
        self, SkipBudget,
        config::{ForwardPolicy, SkipPolicy},
        elector::RoundRobin,
        types::Activity,
    },
    types::{FixedEpocher, ViewDelta},
};
use commonware_cryptography::{Digested, Sha256, ed25519::PublicKey};
use commonware_glue::stateful::{PruneConfig, db::SyncEngineConfig};
use commonware_p2p::{Blocker, Provider, max_message_size, utils::mux::prefixed};
use commonware_parallel::Sequential;
use commonware_runtime::{Quota, buffer::paged::CacheRef};
use commonware_storage::archive::immutable;
use commonware_utils::{NZDuration, NZU32, NZU64, NZUsize};

use crate::{
    block::{ChainBlock, Digest, RoundContext},
    committees::{Committees, Scheme},
    epochs::{self, EpochStart},
};

pub(super) const BUFFER: NonZeroUsize = NZUsize!(1 << 20);
pub(super) const MAILBOX: NonZeroUsize = NZUsize!(1024);
const FETCH_TIMEOUT: Duration = Duration::from_secs(2);
const SYNC_BATCH: NonZeroU64 = NZU64!(256);
/// Views whose votes are kept: what a straggler can still ask for, and what conflicts are found in.
const RETAINED_VIEWS: ViewDelta = ViewDelta::new(64);
/// Blocks' worth of state operations to keep beyond those that recovery rewinds.
const RETAINED_STATE_BLOCKS: usize = 64;
/// What a leader needs beyond the block time before the others give up on it.
const PATIENCE: Duration = Duration::from_secs(2);

/// Messages per second that one peer may send on one channel. A mailbox is allocated for as many of every peer.
const RATE: NonZeroU32 = NZU32!(512);

/// Number of network channels.
pub(crate) const CHANNELS: usize = 6;

/// Channel ids and their rate limits: the same on every node.
pub(crate) fn channels() -> impl Iterator<Item = (u64, Quota)> {
    (0..).take(CHANNELS).map(|channel| (channel, Quota::per_second(RATE)))
}

/// The largest message of any channel, for the largest committee. Every node must use the same.
pub(crate) fn max_message() -> u32 {
    let committee = u32::try_from(MAX_COMMITTEE).expect("a committee has at most 100 members");
    max_message_size(&[
        prefixed(simplex::max_payload_size::<Scheme, Digest>(committee)),
        marshal::max_payload_size::<Standard<ChainBlock>, Scheme>(committee, &()),
        MAX_TRANSACTION_SIZE,
    ])
}

/// Fetching blocks and certificates that are missing.
pub(super) fn repair<P, B>(public_key: PublicKey, peers: P, blocker: B) -> repair::Config<PublicKey, P, B>
where
    P: Provider<PublicKey = PublicKey>,
    B: Blocker<PublicKey = PublicKey>,
{
    repair::Config {
        public_key,
        peer_provider: peers,
        blocker,
        mailbox_size: MAILBOX,
        fetch_timeout: NZDuration!(FETCH_TIMEOUT),
        fetch_retry_delay: Duration::from_millis(100),
        priority_requests: false,
        priority_responses: false,
    }
}

/// Sending one's own blocks to everybody.
pub(super) fn broadcast<P>(public_key: PublicKey, peers: P) -> buffered::Config<PublicKey, (), P, Sequential>
where
    P: Provider<PublicKey = PublicKey>,
{
    buffered::Config {
        public_key,
        mailbox_size: MAILBOX,
        deque_size: 10,
        priority: false,
        codec_config: (),
        peer_provider: peers,
        strategy: Sequential,
    }
}

/// A store of blocks or certificates by height that is never pruned.
pub(super) fn archive<C>(
    prefix: &str,
    name: &str,
    page_cache: CacheRef,
    codec_config: C,
) -> immutable::Config<C> {
    immutable::Config {
        metadata_partition: format!("{prefix}-{name}-meta"),
        freezer_table_partition: format!("{prefix}-{name}-table"),
        freezer_table_initial_size: 1 << 14,
        freezer_table_resize_frequency: 4,
        freezer_table_resize_chunk_size: 1 << 14,
        freezer_key_partition: format!("{prefix}-{name}-keys"),
        freezer_key_page_cache: page_cache,
        freezer_value_partition: format!("{prefix}-{name}-values"),
        freezer_value_target_size: 1 << 30,
        freezer_value_compression: None,
        ordinal_partition: format!("{prefix}-{name}-heights"),
        items_per_section: NZU64!(65_536),
        freezer_key_write_buffer: BUFFER,
        freezer_value_write_buffer: BUFFER,
        ordinal_write_buffer: BUFFER,
        replay_buffer: BUFFER,
        codec_config,
    }
}

/// Ordering finalised blocks and keeping them.
pub(super) fn marshal(
    committees: Committees,
    epocher: FixedEpocher,
    start: Start<Scheme, Digest, Digested<ChainBlock>>,
    prefix: &str,
    page_cache: CacheRef,
) -> marshal::Config<Committees, FixedEpocher, Sequential, ChainBlock, Digested<ChainBlock>> {
    marshal::Config {
        provider: committees,
        epocher,
        start,
        partition_prefix: prefix.to_owned(),
        mailbox_size: MAILBOX,
        view_retention: RETAINED_VIEWS,
        prunable_items_per_section: NZU64!(1024),
        page_cache,
        replay_buffer: BUFFER,
        key_write_buffer: BUFFER,
        value_write_buffer: BUFFER,
        block_codec_config: (),
        max_repair: NZUsize!(10),
        max_pending_acks: NZUsize!(4),
        strategy: Sequential,
    }
}

/// Copying state from peers, which no node asks for.
pub(super) fn sync() -> SyncEngineConfig {
    SyncEngineConfig {
        fetch_batch_size: SYNC_BATCH,
        apply_batch_size: SYNC_BATCH,
        max_outstanding_requests: NZUsize!(8),
    }
}

/// Forgetting old operations of the state store. The archives ignore the part about blocks.
pub(super) fn prune() -> PruneConfig {
    PruneConfig {
        maintenance_interval: NZUsize!(64),
        retained_marshal_blocks: RETAINED_STATE_BLOCKS,
        retained_qmdb_blocks: RETAINED_STATE_BLOCKS,
    }
}

/// What every epoch's engine shares.
#[derive(Clone)]
pub(super) struct Voting<A, B> {
    pub(super) automaton: A,
    pub(super) blocker: B,
    pub(super) prefix: String,
    pub(super) page_cache: CacheRef,
    pub(super) block_time: Duration,
}

type Simplex<A, B, F> = simplex::Config<Scheme, RoundRobin<Sha256>, B, Digest, A, A, F, Sequential>;

impl<A, B> Voting<A, B>
where
    A: CertifiableAutomaton<Context = RoundContext, Digest = Digest> + Relay<Digest = Digest> + Clone,
    B: Blocker<PublicKey = PublicKey>,
{
    /// The engine of one epoch.
    pub(super) fn engine<F, Tx, Rx>(self, start: &EpochStart<Tx, Rx>, reporter: F) -> Simplex<A, B, F>
    where
        F: Reporter<Activity = Activity<Scheme, Digest>>,
        Tx: commonware_p2p::Sender,
    {
        let leader_timeout = self.block_time + PATIENCE;
        let certification_timeout = leader_timeout + PATIENCE;
        simplex::Config {
            scheme: start.scheme.clone(),
            elector: RoundRobin::default(),
            blocker: self.blocker,
            automaton: self.automaton.clone(),
            relay: self.automaton,
            reporter,
            track_historical_votes: true,
            strategy: Sequential,
            partition: epochs::journal(&self.prefix, start.epoch),
            mailbox_size: MAILBOX,
            epoch: start.epoch,
            floor: start.floor.clone(),
            replay_buffer: BUFFER,
            write_buffer: BUFFER,
            page_cache: self.page_cache,
            leader_timeout,
            certification_timeout,
            timeout_retry: Duration::from_millis(500),
            view_retention: RETAINED_VIEWS,
            skip: SkipPolicy::Enabled {
                timeout: certification_timeout + PATIENCE,
                budget: SkipBudget::Participants,
            },
            fetch_timeout: NZDuration!(FETCH_TIMEOUT),
            fetch_retry_delay: Duration::from_secs(1),
            forward: ForwardPolicy::Disabled,
        }
    }
}
