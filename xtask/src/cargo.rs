//! The workspace as cargo sees it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Deserialize;

/// The root of this repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is a folder of the repository")
}

/// The cargo that runs us, to be run in `folder`.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    command
}

/// A crate of the workspace.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its folder from the root, with `/`.
    pub(crate) folder: String,
    pub(crate) dependencies: Vec<Dependency>,
    /// What each feature turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

/// A dependency as a manifest states it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for an ordinary one, else `dev` or `build`.
    pub(crate) kind: Option<String>,
    /// Whether only a feature brings it.
    pub(crate) optional: bool,
    /// The features that it turns on.
    pub(crate) features: Vec<String>,
}

/// A package of `cargo metadata`.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
    pub(crate) features: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// The packages that `cargo metadata` lists for the manifest in `folder`; with `--no-deps` those of the workspace.
pub(crate) fn packages(folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<Package>> {
    let output = cargo(folder).args(["metadata", "--format-version=1"]).args(arguments).output()?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    let metadata: Metadata = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    Ok(metadata.packages)
}

/// The crates of the workspace at `root`.
pub(crate) fn members(root: &Path) -> anyhow::Result<Vec<Member>> {
    let member = |package: Package| {
        let folder = package.manifest_path.parent().context("a manifest has a folder")?;
        let folder = folder.strip_prefix(root).context("a crate outside the repository")?;
        let folder = folder.to_str().context("a folder's name is no UTF-8")?.replace('\\', "/");
        let Package { name, dependencies, features, .. } = package;
        Ok(Member { name, folder, dependencies, features })
    };
    packages(root, &["--no-deps"])?.into_iter().map(member).collect()
}
