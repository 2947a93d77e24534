//! What we depend on has a licence that fits, comes from the registry, and is on no list of ours: `deny.toml`.
//!
//! Advisories are left out: they change from one day to the next, and a check must not.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::ensure;
use ballast_regtest::bitcoind::cache_folder;

use super::{Problems, passes};
use crate::cargo::cargo;

/// The version used, installed once into our cache folder.
const VERSION: &str = "0.20.2";

pub(super) fn check(root: &Path) -> anyhow::Result<Problems> {
    check_with(&installed()?, root)
}

fn check_with(exe: &Path, root: &Path) -> anyhow::Result<Problems> {
    let mut tool = Command::new(exe);
    tool.current_dir(root).args(["check", "bans", "licenses", "sources"]);
    passes(tool)
}

fn installed() -> anyhow::Result<PathBuf> {
    let folder = cache_folder()?.join("tools");
    let exe = folder.join("bin/cargo-deny");
    if is_wanted(&exe) {
        return Ok(exe);
    }
    std::fs::create_dir_all(&folder)?;
    eprintln!("installing cargo-deny {VERSION} into {}", folder.display());
    // Unoptimised: it compiles in a third of the time and runs in a second.
    let mut tool = cargo(&folder);
    tool.args(["install", "--locked", "--debug", "--force", "--version", VERSION, "cargo-deny", "--root"]);
    tool.arg(&folder).env_remove("CARGO_TARGET_DIR");
    let problems = passes(tool)?;
    ensure!(
        problems.is_empty() && is_wanted(&exe),
        "cannot install cargo-deny {VERSION}: {}",
        problems.join(", ")
    );
    Ok(exe)
}

fn is_wanted(exe: &Path) -> bool {
    let output = Command::new(exe).arg("--version").output();
    output
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == format!("cargo-deny {VERSION}"))
}

#[cfg(test)]
mod tests;
