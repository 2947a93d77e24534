//! Finds a bitcoind to test with: `BITCOIND_EXE`, then `PATH`, then the one that `cargo xtask bitcoind` built.
//!
//! The first that is new enough wins. Too old a one on `PATH` is passed over; one that the user named must serve.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail, ensure};

/// The environment variable that names a bitcoind.
pub const VARIABLE: &str = "BITCOIND_EXE";

/// The oldest major version that serves.
pub const OLDEST: u32 = 30;

/// Where to look.
#[derive(Debug, Clone)]
pub struct Places {
    /// The executable that the user named.
    pub named: Option<PathBuf>,
    /// The search path.
    pub path: OsString,
    /// The one we built, if it is there.
    pub built: PathBuf,
}

/// A version of Bitcoin Core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// E.g. 30 for a release of the 30.x series.
    pub major: u32,
    /// E.g. 2; 99 marks a development snapshot of what will be the next major version.
    pub minor: u32,
}

/// A bitcoind that is new enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The executable.
    pub exe: PathBuf,
    /// What it says of itself.
    pub version: Version,
}

impl Places {
    /// The places of this user.
    ///
    /// # Errors
    ///
    /// If there is no home folder.
    pub fn of_user() -> anyhow::Result<Self> {
        Ok(Self {
            named: std::env::var_os(VARIABLE).filter(|exe| !exe.is_empty()).map(PathBuf::from),
            path: std::env::var_os("PATH").unwrap_or_default(),
            built: cache_folder()?.join("bitcoind/bin/bitcoind"),
        })
    }

    /// The first bitcoind that is new enough, or `None`.
    ///
    /// # Errors
    ///
    /// If the one that the user named does not run or is too old.
    pub fn find(&self) -> anyhow::Result<Option<Found>> {
        self.find_by(version)
    }

    fn find_by(&self, version: impl Fn(&Path) -> anyhow::Result<Version>) -> anyhow::Result<Option<Found>> {
        if let Some(exe) = &self.named {
            let version = version(exe).with_context(|| format!("{VARIABLE} names {}", exe.display()))?;
            ensure!(
                version.major >= OLDEST,
                "{VARIABLE} names {} of version {version}; unset it or name {OLDEST}.0 or newer",
                exe.display()
            );
            return Ok(Some(Found { exe: exe.clone(), version }));
        }
        let on_path = std::env::split_paths(&self.path).map(|folder| folder.join("bitcoind"));
        let new_enough = |exe: PathBuf| {
            let version = version(&exe).ok()?;
            (version.major >= OLDEST).then_some(Found { exe, version })
        };
        Ok(on_path.chain([self.built.clone()]).filter(|exe| exe.is_file()).find_map(new_enough))
    }
}

/// The bitcoind of this user.
///
/// # Errors
///
/// If there is none, with the command that makes one.
pub fn find() -> anyhow::Result<Found> {
    Places::of_user()?.find()?.with_context(|| {
        format!("no bitcoind of version {OLDEST} or newer; run `cargo xtask bitcoind`, or set {VARIABLE}")
    })
}

/// Our folder in the user's cache folder (`XDG_CACHE_HOME`, which counts only if absolute, else `~/.cache`).
///
/// # Errors
///
/// If there is no home folder.
pub fn cache_folder() -> anyhow::Result<PathBuf> {
    let named = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || std::env::home_dir().map(|home| home.join(".cache"));
    Ok(named.or_else(home).context("no home folder; set XDG_CACHE_HOME")?.join("ballast"))
}

/// Asks `exe` for its version, away from the user's own settings: bitcoind writes them anew even for this, and two that
/// do so at once fail.
///
/// # Errors
///
/// If it does not run or says something else.
pub fn version(exe: &Path) -> anyhow::Result<Version> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let mut question = Command::new(exe);
    question.arg(format!("-datadir={}", folder.path().display())).args(["-nosettings", "-version"]);
    let output = question.output().context("cannot run it")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.lines().next().unwrap_or_default();
    match parse_version(first) {
        Some(version) if output.status.success() => Ok(version),
        _ => bail!("`{} -version` names no version of Bitcoin Core: {first:?}", exe.display()),
    }
}

/// Reads e.g. `Bitcoin Core daemon version v31.99.0-unk bitcoind`.
fn parse_version(line: &str) -> Option<Version> {
    if !line.starts_with("Bitcoin Core") {
        return None;
    }
    let number = line.split_whitespace().find_map(|word| word.strip_prefix('v')?.split_once('.'));
    let (major, rest) = number?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some(Version { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

impl Version {
    /// Whether this is no release.
    #[must_use]
    pub fn is_snapshot(self) -> bool {
        self.minor == 99
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = if self.is_snapshot() { " (a development snapshot, no release)" } else { "" };
        write!(f, "{}.{}{snapshot}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests;
