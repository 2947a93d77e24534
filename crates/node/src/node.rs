//! A node: one validator on sockets and disk, on threads of its own.

use std::{
    fmt,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use ballast_types::{Genesis, GenesisError};
use commonware_cryptography::Signer as _;
use commonware_runtime::{
    Metrics as _, Runner as _, Spawner as _, Supervisor as _,
    tokio::{self as runtime, Context},
};
use thiserror::Error;
use tokio::sync::{oneshot, watch};

use crate::{
    block::ChainBlock,
    chain::Chain,
    engine::{self, Parts},
    index::{Index, IndexError},
    keys::{KeyError, ValidatorSecrets, check_genesis},
    mempool::Limits,
    network::{self, Peer, PeerError},
    state,
};

/// Stack of the node's threads: the EVM has a stack of its own, the engine's futures are large without optimisation.
const STACK: usize = 16 << 20;
/// How long actors may take to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// What a node needs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder for everything that the node keeps.
    pub data_dir: PathBuf,
    /// The chain.
    pub genesis: Genesis,
    /// The validator's keys; a node outside the committee follows.
    pub secrets: ValidatorSecrets,
    /// Where to listen for validators. A single validator takes any free port of the loopback address.
    pub listen: SocketAddr,
    /// Every other validator.
    pub peers: Vec<Peer>,
    /// Threads for consensus and execution.
    pub worker_threads: usize,
    /// How much may wait in the mempool.
    pub mempool: Limits,
}

/// Why a node does not start or stopped.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The genesis breaks a rule.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The committee of the genesis must not be trusted.
    #[error("genesis: {0}")]
    Committee(#[from] KeyError),
    /// The list of peers is wrong.
    #[error(transparent)]
    Peers(#[from] PeerError),
    /// The data folder cannot be made.
    #[error("data folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The index cannot be opened.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// No thread could be started.
    #[error("node thread: {0}")]
    Thread(std::io::Error),
    /// The node stopped by itself; its log says why.
    #[error("the node stopped by itself, see its log")]
    Stopped,
}

type Encode = Box<dyn Fn() -> String + Send + Sync>;

/// A running node. Dropping it stops it.
pub struct Node {
    chain: Arc<Chain>,
    metrics: Encode,
    stop: Option<oneshot::Sender<()>>,
    /// Closed when the node's thread ends.
    running: watch::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("chain", &self.chain).finish_non_exhaustive()
    }
}

/// Starts a node and waits until it has recovered what it has on disk; from then on it makes or follows blocks.
///
/// # Errors
/// [`NodeError`] says what to change.
pub fn run(config: Config) -> Result<Node, NodeError> {
    let chain = open(&config)?;
    let book = network::address_book(&config.secrets.identity.public_key(), config.listen, &config.peers)?;
    let (stop, stopped) = oneshot::channel();
    let (ended, running) = watch::channel(());
    let (ready, is_ready) = mpsc::channel::<Encode>();
    let runtime = runtime::Config::default()
        .with_worker_threads(config.worker_threads.max(1))
        .with_thread_stack_size(STACK)
        .with_storage_directory(config.data_dir.join("engine"));
    let node = chain.clone();
    let body = move || {
        runtime::Runner::new(runtime).start(|context| async move {
            let identity = config.secrets.identity.clone();
            let (oracle, channels) =
                network::start(&context, identity, node.genesis_block().hash(), config.listen, book);
            let (peers, blocker, prefix) = (oracle.clone(), oracle, "chain".to_owned());
            let parts = Parts { chain: node, secrets: config.secrets, peers, blocker, prefix };
            let engine = engine::start(context.child("validator"), parts, channels, |mailbox| mailbox).await;
            let encoder = context.child("metrics");
            // the caller waits for it, unless it is gone
            let _ = ready.send(Box::new(move || encoder.encode()));
            serve(context, stopped, engine.handle).await;
        });
        drop(ended);
    };
    let thread = thread::Builder::new().name("ballast-node".into()).stack_size(STACK).spawn(body);
    let thread = thread.map_err(NodeError::Thread)?;
    let metrics = is_ready.recv().map_err(|_| NodeError::Stopped)?;
    Ok(Node { chain, metrics, stop: Some(stop), running, thread: Some(thread) })
}

fn open(config: &Config) -> Result<Arc<Chain>, NodeError> {
    config.genesis.check()?;
    check_genesis(&config.genesis)?;
    let folder = |source| NodeError::Folder { path: config.data_dir.clone(), source };
    std::fs::create_dir_all(&config.data_dir).map_err(folder)?;
    let genesis_block = genesis_block(&config.genesis);
    let index = Index::open(&config.data_dir.join("index.redb"), genesis_block.block())?;
    let genesis = Arc::new(config.genesis.clone());
    Ok(Arc::new(Chain::new(genesis, genesis_block, Arc::new(index), config.mempool)))
}

/// The genesis block of a checked genesis.
pub(crate) fn genesis_block(genesis: &Genesis) -> ChainBlock {
    let (state_root, operations) = state::empty();
    ChainBlock::new(genesis.block(state_root, operations)).expect("a genesis header is well-formed")
}

/// Waits for the order to stop, or for the validator to end.
async fn serve(context: Context, stopped: oneshot::Receiver<()>, validator: commonware_runtime::Handle<()>) {
    let ended = std::pin::pin!(validator);
    let order = std::pin::pin!(stopped);
    futures::future::select(order, ended).await;
    tracing::info!("stopping");
    if let Err(error) = context.stop(0, Some(STOP_TIMEOUT)).await {
        tracing::warn!(%error, "some parts of the node did not stop in time");
    }
}

impl Node {
    /// The chain, to read and to submit to.
    pub fn chain(&self) -> &Arc<Chain> {
        &self.chain
    }

    /// Metrics of consensus, network and storage in Prometheus text format.
    pub fn metrics(&self) -> String {
        (self.metrics)()
    }

    /// Waits until the node has ended, which it does by itself only when it cannot go on.
    pub async fn ended(&self) {
        let mut running = self.running.clone();
        // nothing is ever sent; the error is that the sender is gone
        let _ = running.changed().await;
    }

    /// Stops the node and waits until everything is on disk.
    ///
    /// # Errors
    /// [`NodeError::Stopped`] if it had ended by itself.
    pub fn stop(mut self) -> Result<(), NodeError> {
        self.join()
    }

    fn join(&mut self) -> Result<(), NodeError> {
        let told = self.stop.take().is_some_and(|stop| stop.send(()).is_ok());
        let joined = self.thread.take().is_none_or(|thread| thread.join().is_ok());
        if told && joined { Ok(()) } else { Err(NodeError::Stopped) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.thread.is_some()
            && let Err(error) = self.join()
        {
            tracing::warn!(%error, "node");
        }
    }
}
