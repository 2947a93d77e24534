//! `cargo xtask bitcoind`: finds a bitcoind that is new enough, or builds one, once, into the user's cache folder.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Regtest;
use ballast_regtest::bitcoind::{Found, Places, cache_folder, version};

use crate::packages;

mod recipe;

/// What Bitcoin Core's daemon and command line are built with.
const NEEDED: &[&str] =
    &["cmake", "ninja-build", "g++", "libboost-dev", "libevent-dev", "libsqlite3-dev", "pkg-config"];

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
    eprintln!("no bitcoind found; building one into {}, which takes some minutes", cache.display());
    let work = cache.join("build");
    remove(&work)?;
    let binaries = recipe::build(&work)?;
    install(&binaries, &cache.join("bitcoind"), starts)?;
    remove(&work)?;
    let exe = places.built.clone();
    Ok(Found { version: version(&exe)?, exe })
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

#[cfg(test)]
mod tests;
