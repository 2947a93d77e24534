//! Starts everything, in the order in which one thing needs another, and stops it in the reverse.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ballast_bitcoin_io::{Bitcoin, RpcClient, RpcConfig};
use ballast_node::{Config, Node, Peer, mempool};
use ballast_regtest::{Miner, Regtest, bitcoind};
use ballast_roles::http::HttpChain;
use ballast_roles::light_client;
use ballast_rpc::Server;
use ballast_types::Parameters;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::StartArgs;
use super::genesis::{self, Made};
use super::ready::Ready;
use super::{funding, roles, stakes};
use crate::node_chain::NodeChain;
use crate::role::order_to_stop;

/// Blocks mined on a new chain, so that the miner has coins to spend.
const FIRST_BLOCKS: u32 = 110;

/// What a running devnet tells of itself, in its folder.
pub(super) const READY: &str = "ready.json";

/// How often a start looks whether the chain has followed.
const LOOK: Duration = Duration::from_millis(50);

/// Runs a devnet until it is told to stop.
pub(super) fn run(args: &StartArgs) -> Result<()> {
    let folder = args.folder.path()?;
    if args.reset {
        reset(&folder)?;
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let _lock = lock(&folder)?;
    step("bitcoind on regtest");
    let mut bitcoin = Regtest::open(&bitcoind::find()?.exe, &folder.join("bitcoin"))?;
    if bitcoin.rpc().tip()?.height == 0 {
        bitcoin.mine(FIRST_BLOCKS)?;
    }
    let made = genesis::open(&folder, args, bitcoin.rpc())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(serve(args, &folder, &made, bitcoin.rpc().config()));
    step("stopping bitcoind");
    let stopped = bitcoin.stop();
    served.and(stopped)
}

async fn serve(args: &StartArgs, folder: &Path, made: &Made, bitcoin: &RpcConfig) -> Result<()> {
    step(match args.validators {
        1 => "one validator",
        _ => "validators",
    });
    let nodes = start_nodes(folder, made)?;
    let chain = NodeChain::new(nodes[0].chain().clone(), &folder.join("node-0"))?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.rpc_port));
    let server = Server::start(address, ballast_rpc::Limits::default(), chain.clone()).await?;
    let ready = Ready::new(server.address(), made.genesis.parameters.chain.chain_id, bitcoin)?;
    tokio::select! {
        first = first_block(&nodes[0]) => first?,
        ended = until_ended(&nodes) => ended?,
    }
    let (stop, stopped) = watch::channel(());
    let parameters = &made.genesis.parameters;
    let places = roles::Nodes { rpc_url: ready.rpc_url(), bitcoin };
    let members = roles::write(folder, args, parameters, &places)?;
    step("custodians, covenant, providers, relayer and slasher");
    let mut tasks = roles::start(&members, &args.apart, &stopped);
    tasks.push(mine(args.bitcoin_block_time, bitcoin, &stopped));
    let outcome = tokio::select! {
        begun = begin(args, folder, parameters, ready.rpc_url(), bitcoin) => begun,
        ended = until_ended(&nodes) => ended,
    };
    let outcome = match outcome {
        Ok(()) => announce(args, folder, &ready, &nodes).await,
        Err(error) => Err(error),
    };
    step("stopping");
    drop(stop);
    for task in tasks {
        task.await?;
    }
    server.stop().await;
    let stopped = nodes.into_iter().try_for_each(Node::stop);
    outcome.and(stopped.map_err(Into::into))
}

/// Does what a first start has to do and what an earlier one left undone: funds, then stakes.
async fn begin(
    args: &StartArgs,
    folder: &Path,
    parameters: &Parameters,
    rpc_url: &str,
    bitcoin: &RpcConfig,
) -> Result<()> {
    step("waiting for the chain to see Bitcoin");
    let chain = HttpChain::new(rpc_url);
    follow(chain.clone(), RpcClient::new(bitcoin.clone())).await?;
    let (folder, parameters, providers) = (folder.to_owned(), parameters.clone(), args.providers);
    let miner = Miner::new(bitcoin.clone());
    tokio::task::spawn_blocking(move || {
        funding::fund(&chain, &miner)?;
        stakes::stake(&folder, providers, &parameters, &chain, &miner)
    })
    .await?
}

/// Tells that everything runs, then waits for the order to stop.
async fn announce(args: &StartArgs, folder: &Path, ready: &Ready, nodes: &[Node]) -> Result<()> {
    ready.write(&folder.join(READY))?;
    if let Some(path) = &args.ready_file {
        ready.write(path)?;
    }
    ready.print();
    tokio::select! {
        order = order_to_stop() => order,
        ended = until_ended(nodes) => ended,
    }
}

async fn until_ended(nodes: &[Node]) -> Result<()> {
    futures::future::select_all(nodes.iter().map(|node| Box::pin(node.ended()))).await;
    bail!("a validator stopped by itself: its log says why")
}

/// Waits until there is state to ask for: the genesis block has none.
async fn first_block(node: &Node) -> Result<()> {
    while node.chain().latest()? == 0 {
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}

/// Waits until the light client has the Bitcoin tip of this moment.
async fn follow(chain: HttpChain, bitcoin: RpcClient) -> Result<()> {
    let wanted = tokio::task::spawn_blocking(move || bitcoin.tip()).await??.height;
    loop {
        let chain = chain.clone();
        if tokio::task::spawn_blocking(move || light_client::tip(&chain)).await??.height >= wanted {
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn start_nodes(folder: &Path, made: &Made) -> Result<Vec<Node>> {
    let listen = made.secrets.iter().map(|_| free_address()).collect::<Result<Vec<_>>>()?;
    let everybody: Vec<_> = made
        .secrets
        .iter()
        .zip(&listen)
        .map(|(secrets, address)| Peer { identity: secrets.public().ed25519, address: *address })
        .collect();
    let start = |(index, secrets): (usize, &ballast_node::ValidatorSecrets)| {
        let peers = everybody.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, peer)| *peer);
        let config = Config {
            data_dir: folder.join(format!("node-{index}")),
            genesis: made.genesis.clone(),
            secrets: secrets.clone(),
            listen: listen[index],
            peers: peers.collect(),
            worker_threads: 2,
            mempool: mempool::Limits::default(),
        };
        Ok(ballast_node::run(config)?)
    };
    made.secrets.iter().enumerate().map(start).collect()
}

pub(super) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?.local_addr()?)
}

fn mine(every: Duration, bitcoin: &RpcConfig, stopped: &watch::Receiver<()>) -> JoinHandle<()> {
    let miner = Arc::new(Miner::new(bitcoin.clone()));
    let mut stopped = stopped.clone();
    tokio::spawn(async move {
        if every.is_zero() {
            return;
        }
        while tokio::time::timeout(every, stopped.changed()).await.is_err() {
            let miner = miner.clone();
            match tokio::task::spawn_blocking(move || miner.mine(1)).await {
                Ok(Ok(_)) => {}
                Ok(Err(error)) => eprintln!("· no block was mined: {error:#}"),
                Err(error) => eprintln!("· the miner broke off: {error}"),
            }
        }
    })
}

/// Removes a devnet, and nothing that is not one.
fn reset(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let _lock = lock(folder)?;
    Regtest::stop_orphan(&folder.join("bitcoin"))?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_folder = ["bitcoin", "roles", "stakes"].contains(&name.as_str()) || name.starts_with("node-");
        let is_file = [READY, "genesis.json"].iter().any(|file| name.starts_with(file))
            || name.starts_with("validator-");
        match (is_folder, is_file) {
            (true, _) => fs::remove_dir_all(&path)?,
            (_, true) => fs::remove_file(&path)?,
            _ => {}
        }
    }
    Ok(())
}

/// One process a devnet. The lock goes with the process, however it ends.
fn lock(folder: &Path) -> Result<fs::File> {
    let file = fs::File::create(folder.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            bail!("a devnet runs on {} already: stop it, or give another --data-dir", folder.display())
        }
        Err(fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

pub(super) fn step(what: &str) {
    eprintln!("· {what}");
}
