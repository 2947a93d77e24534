//! The table "to change X, open Y" of ARCHITECTURE.md names files that exist.
//!
//! The table is the one whose header has a cell that begins with "to change" and a later cell that begins with "open".
//! Every row names at least one path in backticks in the latter.

use std::path::Path;

use anyhow::{Context, ensure};

use super::Problems;
use super::sources::text;

const FILE: &str = "ARCHITECTURE.md";

pub(super) fn check(root: &Path) -> anyhow::Result<Problems> {
    judge(&text(root, Path::new(FILE))?, |path| root.join(path).exists())
}

fn judge(page: &str, exists: impl Fn(&str) -> bool) -> anyhow::Result<Problems> {
    let mut lines = page.lines().map(cells);
    let column = lines.by_ref().find_map(|header| open_column(&header));
    let column = column.with_context(|| format!("{FILE} has no table \"to change X, open Y\"; write one"))?;
    let rows: Vec<_> = lines.skip(1).take_while(|row| !row.is_empty()).collect();
    ensure!(!rows.is_empty(), "the table \"to change X, open Y\" of {FILE} is empty; fill it");

    let mut problems = Vec::new();
    for row in rows {
        let what = row.first().copied().unwrap_or_default();
        let paths = backticked(row.get(column).copied().unwrap_or_default());
        if paths.is_empty() {
            problems.push(format!("\"{what}\" names no path in backticks"));
        }
        let missing = paths.into_iter().filter(|path| !exists(path));
        problems.extend(missing.map(|path| format!("\"{what}\" names {path}, which does not exist")));
    }
    Ok(problems)
}

/// The cells of a table's row; none if the line is no row.
fn cells(line: &str) -> Vec<&str> {
    let row = line.trim().strip_prefix('|').map(|row| row.strip_suffix('|').unwrap_or(row));
    row.map(|row| row.split('|').map(str::trim).collect()).unwrap_or_default()
}

fn open_column(header: &[&str]) -> Option<usize> {
    let begins = |cell: &&str, word| cell.to_lowercase().starts_with(word);
    let change = header.iter().position(|cell| begins(cell, "to change"))?;
    header
        .iter()
        .enumerate()
        .skip(change + 1)
        .find(|(_, cell)| begins(cell, "open"))
        .map(|(column, _)| column)
}

fn backticked(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests;
