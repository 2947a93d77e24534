//! The `ballast` binary, run as a user would run it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use anyhow::{Context, bail, ensure};
use ballast_bitcoin_io::{Auth, RpcConfig};
use ballast_regtest::Regtest;
use serde_json::Value;

/// A folder of key and stake files, and the binary run inside it against one node.
#[derive(Debug)]
pub struct Cli<'a> {
    node: &'a Regtest,
    folder: tempfile::TempDir,
    exe: PathBuf,
}

impl<'a> Cli<'a> {
    /// Runs against `node` in a fresh folder.
    ///
    /// # Errors
    /// When the binary has not been built; `cargo test --workspace` builds it.
    pub fn new(node: &'a Regtest) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        Ok(Self { node, folder, exe: executable()? })
    }

    /// A file in the folder.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a key file and returns its x-only public key in hex and its taproot address.
    ///
    /// # Errors
    /// When the command fails.
    pub fn new_key(&self, name: &str) -> anyhow::Result<(String, String)> {
        let made = self.output(Command::new(&self.exe).args(["key", "new", "--json", "--out", name]))?;
        let field = |name: &str| made[name].as_str().map(str::to_owned).context("no such field");
        Ok((field("x_only")?, field("address")?))
    }

    /// Runs a command that talks to the node and returns its JSON.
    ///
    /// # Errors
    /// What the command printed, when it fails.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> anyhow::Result<Value> {
        self.output(&mut self.command(arguments)?)
    }

    /// Runs a command line, split at spaces.
    ///
    /// # Errors
    /// As [`Cli::run`].
    pub fn line(&self, line: &str) -> anyhow::Result<Value> {
        self.run(line.split_whitespace())
    }

    /// What a command line prints when it refuses.
    ///
    /// # Errors
    /// When it does not refuse.
    pub fn refusal(&self, line: &str) -> anyhow::Result<String> {
        match self.line(line) {
            Ok(done) => bail!("`ballast {line}` did it: {done}"),
            Err(refused) => Ok(refused.to_string()),
        }
    }

    /// Runs command lines at the same time and returns what each printed, when all have ended.
    ///
    /// # Errors
    /// What a command printed, when it fails.
    pub fn at_once(&self, lines: &[String]) -> anyhow::Result<Vec<Value>> {
        let spawn = |line: &String| {
            let mut command = self.command(line.split_whitespace())?;
            command.current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().context("cannot run ballast")
        };
        let children = lines.iter().map(spawn).collect::<anyhow::Result<Vec<_>>>()?;
        let outputs = children.into_iter().map(Child::wait_with_output).collect::<Result<Vec<_>, _>>()?;
        outputs.iter().map(printed).collect()
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> anyhow::Result<Command> {
        let mut command = Command::new(&self.exe);
        command.args(arguments).arg("--json");
        let RpcConfig { url, auth: Auth::Cookie(cookie), .. } = self.node.rpc().config() else {
            bail!("the harness logs in by cookie");
        };
        command.arg("--bitcoin-rpc").arg(url).arg("--bitcoin-cookie").arg(cookie);
        Ok(command)
    }

    fn output(&self, command: &mut Command) -> anyhow::Result<Value> {
        let output = command.current_dir(self.folder.path()).output().context("cannot run ballast")?;
        printed(&output)
    }
}

/// The JSON that a command printed, or what it said when it failed.
pub(crate) fn printed(output: &Output) -> anyhow::Result<Value> {
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The binary that cargo built beside this test: `target/<profile>/ballast`.
pub(crate) fn executable() -> anyhow::Result<PathBuf> {
    let test = std::env::current_exe()?;
    let profile = test.parent().and_then(Path::parent).context("a test lies in target/<profile>/deps")?;
    let exe = profile.join("ballast");
    ensure!(
        exe.is_file(),
        "{} is missing: run `cargo build -p ballast`, or `cargo test --workspace`",
        exe.display()
    );
    Ok(exe)
}
