//! A bitcoind of our own: started, stopped, killed and started again.

use std::net::TcpListener;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use ballast_bitcoin_io::{Auth, Bitcoin, Patience, RpcClient, RpcConfig};
use serde_json::json;
use tempfile::TempDir;

use crate::{Miner, bitcoind};

/// How long bitcoind may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// The port of the last start, beside the chain.
const PORT_FILE: &str = "rpc-port";

/// How often to start anew when somebody else took the free port in between.
const STARTS: u32 = 3;

/// Where bitcoind keeps its chain.
#[derive(Debug)]
enum Folder {
    /// Gone with the [`Regtest`].
    Temporary(TempDir),
    /// Stays.
    Kept(PathBuf),
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(folder) => folder.path(),
            Self::Kept(path) => path,
        }
    }
}

/// A running bitcoind with a regtest chain. Dropping it ends the process, and a temporary chain with it.
#[derive(Debug)]
pub struct Regtest {
    exe: PathBuf,
    arguments: Vec<String>,
    folder: Folder,
    process: Child,
    miner: Miner,
}

impl Regtest {
    /// The genesis block and nothing else.
    ///
    /// # Errors
    ///
    /// If there is no bitcoind or it does not start.
    pub fn start() -> anyhow::Result<Self> {
        Self::start_with(&bitcoind::find()?.exe, &[])
    }

    /// A chain of 110 blocks, so that [`Miner::fund`] has eleven coins of 50 BTC.
    ///
    /// # Errors
    ///
    /// If there is no bitcoind or it does not start.
    pub fn funded() -> anyhow::Result<Self> {
        let node = Self::start()?;
        node.mine(110)?;
        Ok(node)
    }

    /// A certain bitcoind with further command-line arguments.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub fn start_with(exe: &Path, arguments: &[&str]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let arguments: Vec<_> = arguments.iter().map(ToString::to_string).collect();
        let (process, miner) = launch(exe, folder.path(), &arguments)?;
        Ok(Self { exe: exe.into(), arguments, folder: Folder::Temporary(folder), process, miner })
    }

    /// Starts `exe` on the chain in `folder`, new or as it was left. A bitcoind that still runs there, because its
    /// owner was killed, is stopped first.
    ///
    /// # Errors
    ///
    /// If the folder cannot be made, or bitcoind does not stop or start.
    pub fn open(exe: &Path, folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        Self::stop_orphan(folder)?;
        let (process, miner) = launch(exe, folder, &[])?;
        let folder = Folder::Kept(folder.to_owned());
        Ok(Self { exe: exe.into(), arguments: Vec::new(), folder, process, miner })
    }

    /// Stops the bitcoind that was last started on `folder`, if it still runs.
    ///
    /// # Errors
    ///
    /// If it does not stop.
    pub fn stop_orphan(folder: &Path) -> anyhow::Result<()> {
        let Some(config) = running(folder) else { return Ok(()) };
        let orphan = RpcClient::new(RpcConfig { patience: Patience::NONE, ..config });
        if orphan.call::<String>("stop", json!([])).is_err() {
            return Ok(());
        }
        // bitcoind removes its pid file last
        let deadline = Instant::now() + PATIENCE;
        while folder.join("regtest/bitcoind.pid").exists() {
            if Instant::now() > deadline {
                bail!("the bitcoind that still runs on {} does not stop", folder.display());
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Stops bitcoind as a user would and waits for its end.
    ///
    /// # Errors
    ///
    /// If it does not stop.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let _: String = self.rpc().call("stop", json!([]))?;
        let deadline = Instant::now() + PATIENCE;
        while self.process.try_wait()?.is_none() {
            if Instant::now() > deadline {
                bail!("bitcoind did not stop within {PATIENCE:?}");
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// `kill -9`. Blocks that bitcoind has not flushed are lost, as in a power cut; [`Regtest::stop`] flushes.
    ///
    /// # Errors
    ///
    /// If the system does not end it.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Starts the stopped or killed bitcoind again, on the same chain, with another port and another cookie.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub fn resume(&mut self) -> anyhow::Result<()> {
        if self.process.try_wait()?.is_none() {
            bail!("bitcoind still runs; stop or kill it first");
        }
        (self.process, self.miner) = launch(&self.exe, self.folder.path(), &self.arguments)?;
        Ok(())
    }
}

impl Deref for Regtest {
    type Target = Miner;

    fn deref(&self) -> &Miner {
        &self.miner
    }
}

impl Drop for Regtest {
    fn drop(&mut self) {
        // Nothing is left to do if it has ended already.
        let _ = self.kill();
    }
}

fn launch(exe: &Path, folder: &Path, arguments: &[String]) -> anyhow::Result<(Child, Miner)> {
    let mut failure = None;
    for _ in 0..STARTS {
        let port = free_port()?;
        let mut process = spawn(exe, folder, port, arguments)?;
        std::fs::write(folder.join(PORT_FILE), port.to_string()).context("cannot write the port file")?;
        let config = config(folder, port);
        match wait_until_ready(&mut process, &config) {
            Ok(()) => return Ok((process, Miner::new(config))),
            Err(error) => failure = Some(error.context(last_words(folder))),
        }
        let _ = process.kill();
        process.wait()?;
    }
    Err(failure.expect("STARTS is not zero")).context(format!("{} does not start", exe.display()))
}

fn config(folder: &Path, port: u16) -> RpcConfig {
    RpcConfig::new(format!("http://127.0.0.1:{port}"), Auth::Cookie(folder.join("regtest/.cookie")))
}

/// How to reach the bitcoind that was last started on `folder`.
pub(crate) fn running(folder: &Path) -> Option<RpcConfig> {
    let port = std::fs::read_to_string(folder.join(PORT_FILE)).ok()?.parse().ok()?;
    Some(config(folder, port))
}

fn spawn(exe: &Path, folder: &Path, port: u16, arguments: &[String]) -> anyhow::Result<Child> {
    // A cookie of an earlier run would be refused, which looks like a wrong login.
    let _ = std::fs::remove_file(folder.join("regtest/.cookie"));
    Command::new(exe)
        .arg(format!("-datadir={}", folder.display()))
        .args([
            "-regtest",
            "-server",
            "-listen=0",
            "-connect=0",
            "-dnsseed=0",
            "-printtoconsole=0",
            "-dbcache=16",
        ])
        .args(["-rpcbind=127.0.0.1", "-rpcallowip=127.0.0.1"])
        .arg(format!("-rpcport={port}"))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {}", exe.display()))
}

/// bitcoind cannot choose a port and tell which; so we look for a free one and hope that it stays free.
fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").context("no free port")?.local_addr()?.port())
}

fn wait_until_ready(process: &mut Child, config: &RpcConfig) -> anyhow::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    let once = RpcConfig { patience: Patience::NONE, ..config.clone() };
    loop {
        if let Some(status) = process.try_wait()? {
            bail!("it ended with {status}");
        }
        // No `connect`: the one with BIP-119 calls itself older than those that a chain may use.
        match RpcClient::new(once.clone()).tip() {
            Ok(_) => return Ok(()),
            Err(error) if Instant::now() > deadline => return Err(error.into()),
            Err(_) => sleep(Duration::from_millis(20)),
        }
    }
}

/// The end of bitcoind's log, for whoever wonders why it did not start.
fn last_words(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("regtest/debug.log")).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    format!("end of its log:\n{}", lines[lines.len().saturating_sub(10)..].join("\n"))
}
