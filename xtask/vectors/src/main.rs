//! `cargo xtask vectors FILE...`: checks test vectors with the project's libraries.
//!
//! A crate apart from `xtask`, since Bitcoin Core's interpreter is C++ and `xtask` may have to install a compiler first.
//!
//! A file holds an object with a list `vectors`; its stem names the kind, which is the module that
//! checks it. One vector is one pass or one fail. A check builds every output from the vector's inputs
//! with the libraries and compares; it verifies every signature, and makes it anew where the secret is in
//! the vector or in `test_keys.json` beside the file. A field that no check reads is a failure, unless it
//! is prose or on the kind's list of foreign fields, which is printed.
//!
//! The checks restate no rule that a library has, or they could not test it.

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Parser;
use serde_json::Value;

use self::reader::{Checked, Node};
use self::report::Foreign;
use self::test_keys::KeyRing;

mod adaptor_generated;
mod adaptor_repo_csv;
mod bls;
mod btc_headers;
mod checkpoint_format;
mod eots;
mod file;
mod interpreter;
mod json;
mod observable_staking;
mod param_set;
mod params;
mod pop;
mod pub_rand_commit;
mod reader;
mod real_testnet_delegation;
mod repo_btcstaking;
mod report;
mod signing_contexts;
mod slashing_amounts;
mod stake_expansion;
mod staking_scripts;
mod test_keys;
mod transactions;

#[cfg(test)]
mod tests;

/// Check test vectors; the name of a file without its extension is the kind.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask vectors")]
struct Vectors {
    /// JSON files with a list `vectors`.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print one JSON document instead of lines.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match Vectors::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

impl Vectors {
    /// Checks the files and prints what was found.
    ///
    /// # Errors
    /// If any vector fails, or a file cannot be read, has no vectors or is of no known kind.
    fn run(&self) -> anyhow::Result<()> {
        let mut out = stdout().lock();
        let mut reports = Vec::new();
        for file in &self.files {
            eprintln!("checking {}", file.display());
            let report = file::judge(file);
            if !self.json {
                writeln!(out, "{report}").context("the report could not be printed")?;
            }
            reports.push(report);
        }
        if self.json {
            serde_json::to_writer_pretty(&mut out, &reports).context("the report could not be printed")?;
            writeln!(out).context("the report could not be printed")?;
        }
        let refused: Vec<_> = reports.iter().filter(|report| !report.is_clean()).collect();
        let names: Vec<_> = refused.iter().map(|report| report.file.as_str()).collect();
        ensure!(names.is_empty(), "{} of {} files failed: {}", names.len(), reports.len(), names.join(", "));
        Ok(())
    }
}

/// What a vector is checked against besides itself.
struct Context<'a> {
    /// The test keys beside the file, if they are there.
    keys: Option<&'a KeyRing>,
    /// Where the file says that its vectors come from, if it does.
    source: Option<&'a str>,
    /// All rows of the file.
    rows: &'a [Value],
    /// The position of the vector among them.
    index: usize,
}

impl<'a> Context<'a> {
    /// The other rows of the file.
    fn others(&self) -> impl Iterator<Item = &'a Value> {
        let (before, rest) = self.rows.split_at(self.index);
        before.iter().chain(rest.iter().skip(1))
    }
}

/// How the vectors of one file name are checked.
struct Kind {
    /// The file's stem.
    name: &'static str,
    check: fn(&Node<'_>, &Context<'_>) -> Checked,
    /// Fields of somebody else.
    foreign: &'static [Foreign],
    /// For a kind that looks up test keys: the fields that are foreign where they are not beside the file.
    keyed: Option<&'static [Foreign]>,
}

impl Kind {
    const fn new(name: &'static str, check: fn(&Node<'_>, &Context<'_>) -> Checked) -> Self {
        Self { name, check, foreign: &[], keyed: None }
    }
}

const KINDS: [Kind; 18] = [
    Kind::new("adaptor_generated", adaptor_generated::check),
    Kind::new("adaptor_repo_csv", adaptor_repo_csv::check),
    Kind::new("bls", bls::check),
    Kind::new("btc_headers", btc_headers::check),
    Kind::new("checkpoint_format", checkpoint_format::check),
    Kind::new("eots", eots::check),
    Kind {
        foreign: &observable_staking::FOREIGN,
        keyed: Some(&[]),
        ..Kind::new("observable_staking", observable_staking::check)
    },
    Kind { foreign: &params::FOREIGN, ..Kind::new("params", params::check) },
    Kind::new("pop", pop::check),
    Kind::new("pub_rand_commit", pub_rand_commit::check),
    Kind {
        foreign: &real_testnet_delegation::FOREIGN,
        ..Kind::new("real_testnet_delegation", real_testnet_delegation::check)
    },
    Kind::new("repo_btcstaking", repo_btcstaking::check),
    Kind::new("signing_contexts", signing_contexts::check),
    Kind::new("slashing_amounts", slashing_amounts::check),
    Kind { keyed: Some(&stake_expansion::KEYED), ..Kind::new("stake_expansion", stake_expansion::check) },
    Kind { keyed: Some(&[]), ..Kind::new("staking_scripts", staking_scripts::check) },
    Kind::new("test_keys", test_keys::check),
    Kind { keyed: Some(&transactions::KEYED), ..Kind::new("transactions", transactions::check) },
];
