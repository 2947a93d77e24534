//! A devnet in a process of its own, started as a user starts it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use ballast_regtest::Miner;
use ballast_roles::http::HttpChain;
use serde_json::Value;
use tempfile::TempDir;

use crate::Begun;
use crate::cli::{executable, printed};

/// How long a start or a stop may take: a whole system on a busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A running devnet. Dropping it ends it and its bitcoind.
#[derive(Debug)]
pub struct Devnet {
    folder: TempDir,
    flags: Vec<String>,
    process: Child,
    ready: Value,
}

impl Devnet {
    /// Starts a new devnet; unless the flags say otherwise, with 200 ms blocks and a Bitcoin that stands still.
    ///
    /// # Errors
    /// When it is not ready in time; the error ends with its log.
    pub fn start(flags: &[&str]) -> anyhow::Result<Self> {
        Self::start_with(flags, |_| Ok(())).map(|(devnet, ())| devnet)
    }

    /// The same; once the files of its roles are written, `apart` starts those that the devnet does not run itself.
    ///
    /// # Errors
    /// As [`Devnet::start`], or what `apart` says.
    pub fn start_with<T>(
        flags: &[&str],
        apart: impl FnOnce(&Self) -> anyhow::Result<T>,
    ) -> anyhow::Result<(Self, T)> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let fast: &[_] = if flags.contains(&"--block-time") { &[] } else { &["--block-time", "200ms"] };
        let still: &[_] =
            if flags.contains(&"--bitcoin-block-time") { &[] } else { &["--bitcoin-block-time", "0"] };
        let flags: Vec<_> =
            [&["--rpc-port", "0"], fast, still, flags].concat().iter().map(ToString::to_string).collect();
        let process = spawn(&folder, &flags)?;
        let mut devnet = Self { folder, flags, process, ready: Value::Null };
        let last_written = devnet.data().join("roles").join("custodian-3.toml");
        devnet.wait_for(&last_written)?;
        let started = apart(&devnet)?;
        devnet.wait()?;
        Ok((devnet, started))
    }

    /// What the ready file says.
    #[must_use]
    pub fn ready(&self) -> &Value {
        &self.ready
    }

    /// The path of the ready file.
    #[must_use]
    pub fn ready_file(&self) -> PathBuf {
        self.folder.path().join("ready.json")
    }

    /// A client of its JSON-RPC.
    #[must_use]
    pub fn chain(&self) -> HttpChain {
        HttpChain::new(self.ready["rpc_url"].as_str().unwrap_or_default())
    }

    /// The miner of its Bitcoin.
    ///
    /// # Errors
    /// When its bitcoind does not answer.
    pub fn miner(&self) -> anyhow::Result<Miner> {
        Miner::of(&self.data().join("bitcoin"))
    }

    /// Runs `ballast devnet` with an action on this devnet.
    ///
    /// # Errors
    /// What it printed, when it fails.
    pub fn act(&self, action: &str) -> anyhow::Result<Value> {
        let output = Command::new(executable()?)
            .arg("devnet")
            .args(action.split_whitespace())
            .args(["--json", "--data-dir"])
            .arg(self.data())
            .output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    /// Runs a command of `ballast` against this devnet and returns its JSON.
    ///
    /// # Errors
    /// What it printed, when it fails.
    pub fn ballast(&self, line: &str) -> anyhow::Result<Value> {
        printed(&self.command(line)?.output()?)
    }

    /// Starts a command of `ballast` that has something to wait for.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn begin(&self, line: &str) -> anyhow::Result<Begun> {
        Begun::spawn(self.command(line)?)
    }

    fn command(&self, line: &str) -> anyhow::Result<Command> {
        let mut command = Command::new(executable()?);
        command
            .args(line.split_whitespace())
            .arg("--json")
            .env("BALLAST_RPC", self.ready["rpc_url"].as_str().unwrap_or_default())
            .env("BALLAST_BITCOIN_RPC", self.ready["bitcoin_rpc_url"].as_str().unwrap_or_default())
            .env("BALLAST_BITCOIN_COOKIE", self.ready["bitcoin_cookie"].as_str().unwrap_or_default())
            .current_dir(self.folder.path());
        Ok(command)
    }

    /// What a command prints when it refuses.
    ///
    /// # Errors
    /// When it does not refuse.
    pub fn refusal(&self, line: &str) -> anyhow::Result<String> {
        match self.ballast(line) {
            Ok(done) => bail!("`ballast {line}` did it: {done}"),
            Err(refused) => Ok(refused.to_string()),
        }
    }

    /// A file in the folder in which commands run.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `kill -9`, while its bitcoind goes on.
    ///
    /// # Errors
    /// When the system does not end it.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Ctrl-C, and waits for a clean end.
    ///
    /// # Errors
    /// When it does not end, or not cleanly.
    pub fn stop(&mut self) -> anyhow::Result<()> {
        let interrupted = Command::new("kill").arg("-INT").arg(self.process.id().to_string()).status()?;
        ensure!(interrupted.success(), "the devnet has ended before");
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait()? {
                ensure!(status.success(), "it ended with {status}\n{}", self.log());
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "it does not stop\n{}", self.log());
            sleep(Duration::from_millis(50));
        }
    }

    /// Starts the stopped or killed devnet again.
    ///
    /// # Errors
    /// As [`Devnet::start`].
    pub fn resume(&mut self) -> anyhow::Result<()> {
        self.process = spawn(&self.folder, &self.flags)?;
        self.wait()
    }

    /// The devnet's own folder.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn wait_for(&mut self, file: &Path) -> anyhow::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while !file.exists() {
            if let Some(status) = self.process.try_wait()? {
                bail!("it ended with {status}\n{}", self.log());
            }
            ensure!(Instant::now() < deadline, "it is not ready after {PATIENCE:?}\n{}", self.log());
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn wait(&mut self) -> anyhow::Result<()> {
        self.wait_for(&self.ready_file())?;
        self.ready = serde_json::from_slice(&std::fs::read(self.ready_file())?)?;
        Ok(())
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // It may have ended; its bitcoind may outlive a kill, and the folder must not go before it.
        let _ = self.kill();
        let _ = ballast_regtest::Regtest::stop_orphan(&self.data().join("bitcoin"));
    }
}

fn spawn(folder: &TempDir, flags: &[String]) -> anyhow::Result<Child> {
    let path = |name: &str| folder.path().join(name);
    // The one of an earlier run must not be taken for this one's.
    let _ = std::fs::remove_file(path("ready.json"));
    let log = std::fs::File::create(path("log"))?;
    Command::new(executable()?)
        .arg("devnet")
        .args(flags)
        .arg("--data-dir")
        .arg(path("data"))
        .arg("--ready-file")
        .arg(path("ready.json"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .context("cannot run ballast")
}
