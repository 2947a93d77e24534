//! `cargo xtask bitcoind`: finds a bitcoind that is new enough, or builds one, once, into the user's cache folder.
//! With `--bip119` it is one on whose regtest OP_CHECKTEMPLATEVERIFY is in force.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Regtest;
use ballast_regtest::bitcoind::{Found, Places, cache_folder, version};
use clap::Args;
use recipe::Source;
use serde_json::{Value, json};

use crate::packages;

mod recipe;

/// What Bitcoin Core's daemon and command line are built with.
const NEEDED: &[&str] =
    &["cmake", "ninja-build", "g++", "libboost-dev", "libevent-dev", "libsqlite3-dev", "pkg-config"];

#[derive(Args)]
pub(crate) struct Bitcoind {
    /// One with BIP-119 in force on regtest, for stakes without a committee.
    #[arg(long)]
    bip119: bool,
}

impl Bitcoind {
    /// Prints the path.
    pub(crate) fn run(&self) -> anyhow::Result<bool> {
        let exe = if self.bip119 { provide_bip119(&cache_folder()?)? } else { provide()? };
        println!("{}", exe.display());
        Ok(true)
    }
}

/// The path of a bitcoind that starts.
pub(crate) fn provide() -> anyhow::Result<PathBuf> {
    let places = Places::of_user()?;
    let found = match places.find()? {
        Some(found) => {
            starts(&found.exe)?;
            found
        }
        None => build(&places, &cache_folder()?)?,
    };
    eprintln!("bitcoind {} at {}", found.version, found.exe.display());
    Ok(found.exe)
}

/// Builds bitcoind, unless somebody else does so right now: then waits and takes theirs.
fn build(places: &Places, cache: &Path) -> anyhow::Result<Found> {
    fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let _lock = alone(&cache.join("bitcoind.lock"))?;
    if let Some(found) = places.find()? {
        return Ok(found);
    }
    packages::provide(NEEDED)?;
    // One built earlier may have lacked no more than a library.
    if let Some(found) = places.find()? {
        return Ok(found);
    }
    compile(&recipe::CORE, cache, "bitcoind", starts)?;
    let exe = places.built.clone();
    Ok(Found { version: version(&exe)?, exe })
}

/// The path of a bitcoind that enforces BIP-119. Nobody else ships one, so only our own cache is looked at.
fn provide_bip119(cache: &Path) -> anyhow::Result<PathBuf> {
    const NAME: &str = "bitcoind-bip119";
    let exe = cache.join(NAME).join("bin/bitcoind");
    fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let _lock = alone(&cache.join(format!("{NAME}.lock")))?;
    if exe.is_file() {
        enforces_bip119(&exe)?;
    } else {
        packages::provide(NEEDED)?;
        compile(&recipe::BIP119, cache, NAME, enforces_bip119)?;
    }
    eprintln!("bitcoind {} with BIP-119 at {}", version(&exe)?, exe.display());
    Ok(exe)
}

/// Builds `source` into `cache/name`, if `check` likes the result.
fn compile(
    source: &Source,
    cache: &Path,
    name: &str,
    check: impl Fn(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    eprintln!("no {name} found; building one into {}, which takes some minutes", cache.display());
    let work = cache.join(format!("{name}.build"));
    remove(&work)?;
    let binaries = recipe::build(source, &work)?;
    install(&binaries, &cache.join(name), check)?;
    remove(&work)
}

/// A lock that holds until it is dropped or the process ends, however it ends.
fn alone(path: &Path) -> anyhow::Result<File> {
    let lock = File::create(path).with_context(|| format!("cannot make {}", path.display()))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            eprintln!("another build is under way; waiting for it");
            lock.lock()?;
        }
        Err(TryLockError::Error(error)) => return Err(error.into()),
    }
    Ok(lock)
}

/// Copies the two executables to `target/bin`. They get there all at once and only if `check` likes the first.
fn install(
    binaries: &Path,
    target: &Path,
    check: impl Fn(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let new = target.with_extension("new");
    remove(&new)?;
    fs::create_dir_all(new.join("bin"))?;
    for name in ["bitcoind", "bitcoin-cli"] {
        fs::copy(binaries.join(name), new.join("bin").join(name))
            .with_context(|| format!("no {name} was built"))?;
    }
    check(&new.join("bin/bitcoind"))?;
    remove(target)?;
    fs::rename(&new, target).with_context(|| format!("cannot make {}", target.display()))
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Starts it on an empty regtest chain and stops it again.
fn starts(exe: &Path) -> anyhow::Result<()> {
    let mut node = Regtest::start_with(exe, &[])?;
    ensure!(node.rpc().tip()?.height == 0, "{} has blocks on a new chain", exe.display());
    node.stop()
}

/// Starts it on an empty regtest chain and asks whether BIP-119 is in force there.
fn enforces_bip119(exe: &Path) -> anyhow::Result<()> {
    let mut node = Regtest::start_with(exe, &[])?;
    let answer: Value = node.rpc().call("getdeploymentinfo", json!([]))?;
    ensure!(
        answer["deployments"]["ctv"]["active"] == true,
        "{} does not enforce OP_CHECKTEMPLATEVERIFY on regtest; remove it and build again",
        exe.display()
    );
    node.stop()
}

#[cfg(test)]
mod tests;
