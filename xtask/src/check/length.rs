//! No Rust file has more than 500 lines. Most should have fewer than 300.

use std::path::Path;

use super::Problems;
use super::sources::{rust_files, text};

/// Lines that a file may have.
const MOST: usize = 500;

pub(super) fn check(root: &Path) -> anyhow::Result<Problems> {
    let mut problems = Vec::new();
    for file in rust_files(root, "")? {
        problems.extend(judge(&file, text(root, &file)?.lines().count()));
    }
    Ok(problems)
}

fn judge(file: &Path, lines: usize) -> Option<String> {
    (lines > MOST).then(|| {
        format!("{} has {lines} lines, at most {MOST} are allowed; split it by subject", file.display())
    })
}

#[cfg(test)]
mod tests;
