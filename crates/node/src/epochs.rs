//! One consensus engine per epoch.
//!
//! Epochs have a fixed number of blocks. The last header of epoch e names the committee of epoch e + 1; when that block
//! is final, the engine of e stops and one for e + 1 starts on top of it, on subchannels of its own. A node that
//! restarts reads the boundary block before its position; a node that falls behind hears votes of a later epoch and
//! asks their sender for its own epoch's last block.

use commonware_actor::Feedback;
use commonware_consensus::{
    Heightable as _, Reporter,
    marshal::{Update, core::Mailbox as MarshalMailbox, standard::Standard},
    simplex::config::Floor,
    types::{Epoch, Epocher as _, FixedEpocher, Height},
};
use commonware_cryptography::{Digested, Digestible as _, ed25519::PublicKey};
use commonware_macros::select_loop;
use commonware_p2p::{
    Receiver, Sender,
    utils::mux::{Builder as _, MuxHandle, Muxer, SubReceiver, SubSender},
};
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage};
use commonware_utils::{Acknowledgement as _, channel::mpsc, vec::NonEmptyVec};

use crate::{
    block::{ChainBlock, Digest},
    committees::{Committees, Scheme},
};

/// Where marshal serves blocks from.
pub(crate) type Marshal = MarshalMailbox<Scheme, Standard<ChainBlock>>;

/// Takes finalised blocks from marshal.
#[derive(Clone)]
pub(crate) struct Mailbox(mpsc::UnboundedSender<Update<ChainBlock>>);

/// What [`run`] reads.
pub(crate) type Inbox = mpsc::UnboundedReceiver<Update<ChainBlock>>;

/// A mailbox and its other end.
pub(crate) fn mailbox() -> (Mailbox, Inbox) {
    let (sender, inbox) = mpsc::unbounded_channel();
    (Mailbox(sender), inbox)
}

impl Reporter for Mailbox {
    type Activity = Update<ChainBlock>;

    fn report(&mut self, update: Self::Activity) -> Feedback {
        // an error means that the node stops
        if self.0.send(update).is_ok() { Feedback::Ok } else { Feedback::Closed }
    }
}

/// One epoch's engine: what it needs to start.
pub(crate) struct EpochStart<Tx: Sender, Rx> {
    /// Which epoch.
    pub(crate) epoch: Epoch,
    /// Its votes.
    pub(crate) scheme: Scheme,
    /// The last block of the epoch before it.
    pub(crate) floor: Floor<Scheme, Digest>,
    /// Votes, certificates, certificates by request.
    pub(crate) channels: [(SubSender<Tx>, Rx); 3],
}

/// What the epochs run on.
pub(crate) struct Config<Tx, Rx> {
    /// Blocks.
    pub(crate) marshal: Marshal,
    /// Finalised blocks as they come.
    pub(crate) inbox: Inbox,
    /// Filled epoch by epoch.
    pub(crate) committees: Committees,
    /// Cuts heights into epochs.
    pub(crate) epocher: FixedEpocher,
    /// The genesis block.
    pub(crate) genesis: Digested<ChainBlock>,
    /// Votes, certificates, certificates by request.
    pub(crate) channels: [(Tx, Rx); 3],
    /// Prefix of the journals' names.
    pub(crate) prefix: String,
}

/// Name of the journal of an epoch's engine.
pub(crate) fn journal(prefix: &str, epoch: Epoch) -> String {
    format!("{prefix}-simplex-{epoch}")
}

/// Runs engines until the node stops. `start` starts the engine of one epoch.
pub(crate) async fn run<E, Tx, Rx, F>(context: E, config: Config<Tx, Rx>, start: F)
where
    E: Spawner + Metrics + Clock + Storage,
    Tx: Sender<PublicKey = PublicKey>,
    Rx: Receiver<PublicKey = PublicKey>,
    F: Fn(EpochStart<Tx, SubReceiver<PublicKey>>) -> Handle<()>,
{
    let Config { marshal, mut inbox, committees, epocher, genesis, channels, prefix } = config;
    let [votes, certificates, requests] = channels;
    let (mux, mut votes, mut later) =
        Muxer::builder(context.child("votes"), votes.0, votes.1).with_backup().build();
    mux.start();
    let (mux, mut certificates) = Muxer::new(context.child("certificates"), certificates.0, certificates.1);
    mux.start();
    let (mux, mut requests) = Muxer::new(context.child("requests"), requests.0, requests.1);
    mux.start();

    let (mut epoch, mut boundary) = recover(&marshal, &epocher, genesis).await;
    let mut running: Option<Handle<()>> = None;
    loop {
        let committee = &boundary.inner().extra().next_committee;
        let scheme =
            committees.register(epoch, committee).expect("validators checked the committee of a final block");
        let channels = [
            open(&mut votes, epoch).await,
            open(&mut certificates, epoch).await,
            open(&mut requests, epoch).await,
        ];
        let [Some(votes), Some(certificates), Some(requests)] = channels else { return };
        let floor = Floor::Genesis(boundary.digest());
        let channels = [votes, certificates, requests];
        let engine = start(EpochStart { epoch, scheme: scheme.as_ref().clone(), floor, channels });
        if let Some(previous) = running.replace(engine) {
            previous.abort();
        }
        forget(&context, &prefix, epoch).await;

        let Some(last) = epocher.last(epoch) else { return };
        let next;
        select_loop! {
            context,
            on_stopped => { return; },
            Some((subchannel, (from, _))) = later.recv() else { return; } => {
                if Epoch::new(subchannel) > epoch {
                    marshal.hint_finalized(last, NonEmptyVec::new(from));
                }
            },
            Some(update) = inbox.recv() else { return; } => {
                let Update::Block(block, acknowledgement) = update else { continue };
                acknowledgement.acknowledge();
                if block.height() == last {
                    next = block;
                    break;
                }
            },
        }
        (epoch, boundary) = (epoch.next(), next);
    }
}

/// The epoch that the node is in and the block before it.
async fn recover(
    marshal: &Marshal,
    epocher: &FixedEpocher,
    genesis: Digested<ChainBlock>,
) -> (Epoch, Digested<ChainBlock>) {
    let processed = marshal.get_processed().await.map_or(Height::zero(), |processed| processed.height());
    let epoch = epocher.containing(processed.next()).expect("a fixed epocher contains every height").epoch();
    let boundary = match epoch.previous().and_then(|previous| epocher.last(previous)) {
        Some(height) => marshal.get_block(height).await.expect("blocks are never pruned"),
        None => genesis,
    };
    (epoch, boundary)
}

async fn open<Tx: Sender<PublicKey = PublicKey>>(
    mux: &mut MuxHandle<Tx>,
    epoch: Epoch,
) -> Option<(SubSender<Tx>, SubReceiver<PublicKey>)> {
    // fails only when the muxer has stopped, and with it the node
    mux.register(epoch.get()).await.ok()
}

/// Deletes the journal of the engine before the one that was just stopped.
async fn forget(context: &impl Storage, prefix: &str, epoch: Epoch) {
    let Some(old) = epoch.previous().and_then(Epoch::previous) else { return };
    // a node that was down over several epochs, or a fresh one, has no such journal
    if let Err(error) = context.remove(&journal(prefix, old), None).await {
        tracing::debug!(%error, %old, "no journal to delete");
    }
}
