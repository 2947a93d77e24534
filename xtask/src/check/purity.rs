//! Code that decides touches nothing: no clock, no socket, no file, no thread, no randomness of its own.
//!
//! Manifests cannot tell, since all of these are in the standard library; so the source is read. Tests may do as they
//! like.

use std::path::Path;

use super::Problems;
use super::sources::{rust_files, text};

/// Folders of pure code.
const PURE: &[&str] = &["libs", "crates/types", "crates/system", "crates/roles"];

/// What runs the pure steps of the roles, the connection through which they see the chain, their files and a
/// custodian's connections to the others.
const THIN: &[&str] = &[
    "crates/roles/src/cursor",
    "crates/roles/src/custodian/files",
    "crates/roles/src/custodian/peers",
    "crates/roles/src/custodian/run",
    "crates/roles/src/custodian/server",
    "crates/roles/src/http",
    "crates/roles/src/key_file",
    "crates/roles/src/provider/run",
    "crates/roles/src/provider/store",
    "crates/roles/src/relayer/run",
    "crates/roles/src/runner",
    "crates/roles/src/whole",
];

/// What touches the world, and what to do instead.
const WORDS: &[(&str, &str)] = &[
    ("SystemTime", "take the time or the height as an argument"),
    ("Instant", "take the time or the height as an argument"),
    ("std::net", "leave connections to the caller"),
    ("std::fs", "leave files to the caller"),
    ("std::env", "take it as an argument"),
    ("std::process", "leave processes to the caller"),
    ("std::thread", "leave threads to the caller"),
    ("tokio", "leave the runtime to the runner"),
    ("bitreq", "leave connections to the caller"),
    ("thread_local!", "pass it explicitly"),
    ("thread_rng", "take `&mut impl CryptoRng`"),
    ("rand::rng()", "take `&mut impl CryptoRng`"),
    ("OsRng", "take `&mut impl CryptoRng`"),
];

pub(super) fn check(root: &Path) -> anyhow::Result<Problems> {
    let mut problems = Vec::new();
    for folder in PURE {
        for file in rust_files(root, folder)?.iter().filter(|file| is_pure(file)) {
            problems.extend(judge(&file.display().to_string(), &text(root, file)?));
        }
    }
    Ok(problems)
}

/// Tests, benches and examples are not, nor is what stands in [`THIN`].
fn is_pure(file: &Path) -> bool {
    let outside = ["tests", "benches", "examples"];
    let is_outside =
        file.with_extension("").components().any(|part| outside.iter().any(|name| part.as_os_str() == *name));
    !is_outside
        && !THIN.iter().any(|thin| file.starts_with(thin) || file == Path::new(thin).with_extension("rs"))
}

fn judge(file: &str, text: &str) -> Problems {
    let code = |line: &'_ str| line.split("//").next().unwrap_or_default().to_owned();
    let lines = text.lines().map(code).enumerate();
    let found = |(number, line): (usize, String)| {
        let words = WORDS.iter().filter(move |(word, _)| has_word(&line, word));
        words.map(move |(word, instead)| format!("{file}:{}: {word} in pure code; {instead}", number + 1))
    };
    lines.flat_map(found).collect()
}

/// Whether `word` stands in `line` and is not part of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    let is_name = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(start, _)| {
        let (before, after) = (line[..start].chars().next_back(), line[start + word.len()..].chars().next());
        !before.is_some_and(is_name) && !after.is_some_and(is_name)
    })
}

#[cfg(test)]
mod tests;
