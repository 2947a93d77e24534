//! The clients in `testing/clients`, run against a devnet.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

use crate::Devnet;

/// Runs npm in the folder of the clients, with the devnet's ready file in their environment.
///
/// # Errors
/// What it printed, when it fails.
pub fn npm(devnet: &Devnet, arguments: &[&str]) -> anyhow::Result<()> {
    let output = Command::new("npm")
        .args(arguments)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("clients"))
        .env("BALLAST_READY_FILE", devnet.ready_file())
        .output()
        .context("cannot run npm; `cargo xtask test` installs it")?;
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    ensure!(output.status.success(), "npm {} failed\n{out}\n{err}", arguments.join(" "));
    Ok(())
}
