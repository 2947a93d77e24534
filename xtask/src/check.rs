//! `cargo xtask check`: one check, one file. Each returns what is wrong, one line for one thing; nothing means good.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use clap::{Args, ValueEnum};

use crate::cargo::root;
use crate::packages;

mod architecture;
mod deny;
mod docs;
mod format;
mod layers;
mod length;
mod lints;
mod purity;
mod sources;

/// What is wrong.
type Problems = Vec<String>;

#[derive(Args)]
pub(crate) struct Check {
    /// Repair what can be repaired: the format.
    #[arg(long)]
    fix: bool,
    /// Only this step; may be given several times.
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
}

/// The steps, the fast ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Step {
    /// rustfmt.
    Format,
    /// No Rust file is too long.
    Length,
    /// The paths in ARCHITECTURE.md exist.
    Architecture,
    /// Crates depend only downwards, and frameworks have one importer.
    Layers,
    /// Code that decides touches nothing.
    Purity,
    /// Licences, sources and banned crates.
    Deny,
    /// Clippy.
    Lints,
    /// rustdoc.
    Docs,
}

impl Step {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Whether it compiles the workspace.
    fn compiles(self) -> bool {
        matches!(self, Self::Lints | Self::Docs)
    }

    fn check(self, root: &Path, fix: bool) -> anyhow::Result<Problems> {
        match self {
            Self::Format => passes(format::tool(root, fix)),
            Self::Length => length::check(root),
            Self::Architecture => architecture::check(root),
            Self::Layers => layers::check(root),
            Self::Purity => purity::check(root),
            Self::Deny => deny::check(root),
            Self::Lints => passes(lints::tool(root)),
            Self::Docs => passes(docs::tool(root)),
        }
    }
}

impl Check {
    /// Takes all steps, even after one has failed; true if all is well.
    pub(crate) fn run(&self) -> anyhow::Result<bool> {
        let steps = if self.only.is_empty() { Step::value_variants() } else { &self.only };
        if steps.iter().any(|step| step.compiles()) {
            packages::compiler()?;
        }
        let mut lines = Vec::new();
        let mut failed = Vec::new();
        for &step in steps {
            eprintln!("── {}", step.name());
            let start = Instant::now();
            let problems = step.check(root(), self.fix).unwrap_or_else(|error| vec![format!("{error:#}")]);
            for problem in &problems {
                eprintln!("{}: {problem}", step.name());
            }
            let verdict = if problems.is_empty() { "ok" } else { "FAILED" };
            lines.push(format!("{:14}{verdict:8}{:6.1} s", step.name(), start.elapsed().as_secs_f32()));
            failed.extend((!problems.is_empty()).then_some(step.name()));
        }
        println!("{}", lines.join("\n"));
        if let Some(first) = failed.first() {
            println!(
                "{} failed; see above, and again with: cargo xtask check --only {first}",
                failed.join(", ")
            );
        }
        Ok(failed.is_empty())
    }
}

/// Runs a tool that prints its own findings.
fn passes(mut tool: Command) -> anyhow::Result<Problems> {
    let status = tool.status()?;
    let line = || {
        let words = tool.get_args().map(|word| word.to_string_lossy());
        let program = Path::new(tool.get_program()).file_name().unwrap_or_default().to_string_lossy();
        format!("`{program} {}` ended with {status}", words.collect::<Vec<_>>().join(" "))
    };
    Ok(if status.success() { Vec::new() } else { vec![line()] })
}

#[cfg(test)]
mod tests;
