//! One role of a devnet as a process of its own, which can be killed.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};

use crate::Devnet;
use crate::cli::executable;

/// A role that a devnet started with `--apart` does not run itself.
#[derive(Debug)]
pub struct RoleProcess {
    role: String,
    config: PathBuf,
    log: PathBuf,
    process: Child,
}

impl Devnet {
    /// Starts a member by the name of its configuration file, like `provider-1`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn role(&self, name: &str) -> anyhow::Result<RoleProcess> {
        let role = name.split('-').next().unwrap_or(name).to_owned();
        let config = self.data().join("roles").join(format!("{name}.toml"));
        let log = self.path(&format!("{name}.log"));
        let process = spawn(&role, &config, &log)?;
        Ok(RoleProcess { role, config, log, process })
    }
}

impl RoleProcess {
    /// `kill -9`.
    ///
    /// # Errors
    /// When it has ended by itself, with its log.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        let ended = self.process.try_wait()?;
        ensure!(ended.is_none(), "{} ended by itself: {}", self.role, self.log());
        self.process.kill()?;
        self.process.wait()?;
        Ok(())
    }

    /// Starts it again after a kill.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn resume(&mut self) -> anyhow::Result<()> {
        self.process = spawn(&self.role, &self.config, &self.log)?;
        Ok(())
    }

    /// What it has said so far.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for RoleProcess {
    fn drop(&mut self) {
        // it may have ended
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn spawn(role: &str, config: &PathBuf, log: &PathBuf) -> anyhow::Result<Child> {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    Command::new(executable()?)
        .arg(role)
        .arg("--config")
        .arg(config)
        .env("RUST_LOG", "warn")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .with_context(|| format!("cannot run ballast {role}"))
}
