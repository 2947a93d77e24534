//! The Rust files of the repository.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// Folders that hold nothing of ours.
const FOREIGN: &[&str] = &["target", "node_modules", "data"];

/// All Rust files below `folder`, from the root, sorted. A folder that is missing has none.
pub(super) fn rust_files(root: &Path, folder: &str) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    if root.join(folder).is_dir() {
        collect(&root.join(folder), &mut found)?;
    }
    let from_root = |path: PathBuf| Ok(path.strip_prefix(root)?.to_owned());
    let mut files = found.into_iter().map(from_root).collect::<anyhow::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let (path, kind) = entry.and_then(|entry| Ok((entry.path(), entry.file_type()?)))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if kind.is_dir() && !name.starts_with('.') && !FOREIGN.contains(&&*name) {
            collect(&path, found)?;
        } else if kind.is_file() && path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The text of a file named from the root.
pub(super) fn text(root: &Path, file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {}", file.display()))
}

#[cfg(test)]
mod tests;
