//! A command of `ballast` that has begun and has not ended: it waits for something that the story does next.

use std::process::{Child, Command, Stdio};

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::cli::printed;

/// A running command. Dropping it kills it.
#[derive(Debug)]
pub struct Begun {
    process: Option<Child>,
}

impl Begun {
    pub(crate) fn spawn(mut command: Command) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(Self { process: Some(command.spawn().context("cannot run ballast")?) })
    }

    /// `kill -9`.
    ///
    /// # Errors
    /// When it has ended by itself, with what it printed.
    pub fn kill(mut self) -> anyhow::Result<()> {
        let mut process = self.process.take().context("it has not ended")?;
        let ended = process.try_wait()?;
        process.kill()?;
        let output = process.wait_with_output()?;
        ensure!(ended.is_none(), "it ended by itself: {output:?}");
        Ok(())
    }

    /// Waits for its end, and returns its JSON.
    ///
    /// # Errors
    /// What it printed, when it failed.
    pub fn end(mut self) -> anyhow::Result<Value> {
        let process = self.process.take().context("it has not ended")?;
        printed(&process.wait_with_output()?)
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // it may have ended
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
