//! The build itself: where the source comes from and how it is compiled.
//!
//! Two crates ship a source tree of Bitcoin Core: `libbitcoinkernel-sys` the project's own, and
//! `libbitcoinkernel-sys-covenants` one with BIP-119 (OP_CHECKTEMPLATEVERIFY) in force on regtest. They are fetched through a
//! throw-away manifest and never a dependency, since their build scripts would compile the kernel library. What they ship
//! are development snapshots, no releases: good for tests, not for money.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use crate::cargo::{cargo, packages};

/// A crate that ships a source tree of Bitcoin Core.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source {
    name: &'static str,
    version: &'static str,
    /// SHA-256 of the crate, which cargo compares with what it downloads and writes into the lock file.
    checksum: &'static str,
    /// What it is, for whoever waits.
    is: &'static str,
}

/// The project's own tree.
pub(super) const CORE: Source = Source {
    name: "libbitcoinkernel-sys",
    version: "0.4.1",
    checksum: "345d18a1ce19a1becfcaaa066e3a60e9c7813ef5c23ea8c20704ca4ba1a46339",
    is: "a development snapshot (31.99), for tests",
};

/// With BIP-119.
pub(super) const BIP119: Source = Source {
    name: "libbitcoinkernel-sys-covenants",
    version: "0.0.22",
    checksum: "1fdad2bcc5280c2531bb69d27af8f5d8fe296c235af0f0b0b09c718b15701298",
    is: "a development snapshot (29.99) with BIP-119 in force on regtest, for tests",
};

/// No wallet, no tests, no graphical interface, nothing that needs a further library.
const OPTIONS: &[&str] = &[
    "-DCMAKE_BUILD_TYPE=Release",
    "-DENABLE_WALLET=OFF",
    "-DWITH_EMBEDDED_ASMAP=OFF",
    "-DBUILD_TESTS=OFF",
    "-DBUILD_BENCH=OFF",
    "-DBUILD_TX=OFF",
    "-DBUILD_UTIL=OFF",
    "-DBUILD_WALLET_TOOL=OFF",
    "-DBUILD_BITCOIN_BIN=OFF",
    "-DENABLE_IPC=OFF",
    "-DBUILD_GUI=OFF",
    "-DENABLE_EXTERNAL_SIGNER=OFF",
    "-DWITH_ZMQ=OFF",
    "-DBUILD_DAEMON=ON",
    "-DBUILD_CLI=ON",
];

/// Builds below `work` and returns the folder of the executables.
pub(super) fn build(source: &Source, work: &Path) -> anyhow::Result<PathBuf> {
    let Source { name, version, is, .. } = source;
    let source = fetch(source, &work.join("source"))?;
    eprintln!("building Bitcoin Core from {name} {version}: {is}");
    let objects = work.join("objects");
    run(configure(&source, &objects))?;
    run(compile(&objects))?;
    Ok(objects.join("bin"))
}

/// Fetches the source and returns its folder.
fn fetch(source: &Source, folder: &Path) -> anyhow::Result<PathBuf> {
    let Source { name, version, checksum, .. } = source;
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest(source))?;
    fs::write(folder.join("src/lib.rs"), "")?;
    let mut tool = cargo(folder);
    tool.arg("fetch");
    run(tool)?;
    let lock = fs::read_to_string(folder.join("Cargo.lock"))?;
    ensure!(
        lock.contains(checksum),
        "{name} {version} is not the one with checksum {checksum}; do not build it"
    );
    let found = packages(folder, &["--locked"])?.into_iter().find(|package| package.name == *name);
    let manifest = found.with_context(|| format!("cargo metadata lists no {name}"))?.manifest_path;
    let source = manifest.with_file_name("bitcoin");
    ensure!(source.join("CMakeLists.txt").is_file(), "no source of Bitcoin Core at {}", source.display());
    Ok(source)
}

/// A package of its own, in no workspace.
fn manifest(Source { name, version, .. }: &Source) -> String {
    format!(
        "[package]\nname = \"bitcoind-source\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
    )
}

fn configure(source: &Path, objects: &Path) -> Command {
    let mut tool = Command::new("cmake");
    tool.args(["-G", "Ninja", "-S"]).arg(source).arg("-B").arg(objects).args(OPTIONS);
    tool
}

fn compile(objects: &Path) -> Command {
    let mut tool = Command::new("ninja");
    tool.arg("-C").arg(objects).args(["bitcoind", "bitcoin-cli"]);
    tool
}

/// Runs a tool with its output on standard error, since ours is the path alone.
fn run(mut tool: Command) -> anyhow::Result<()> {
    let name = tool.get_program().to_string_lossy().into_owned();
    let status = tool.stdin(Stdio::null()).stdout(std::io::stderr()).status();
    let status = status.with_context(|| format!("cannot run {name}; is it installed?"))?;
    ensure!(status.success(), "{name} ended with {status}; see above");
    Ok(())
}

#[cfg(test)]
mod tests;
