//! `cargo xtask test`: all tests, with a bitcoind.
//!
//! Nothing is printed after `cargo test`, so that its own summary ends the output.

use clap::Args;

use crate::cargo::{cargo, root};
use crate::{bitcoind, packages};
use ballast_regtest::bitcoind::VARIABLE;

#[derive(Args)]
pub(crate) struct Test {
    /// Arguments for `cargo test`; without any, everything is tested.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Test {
    /// True if every test passed.
    pub(crate) fn run(&self) -> anyhow::Result<bool> {
        let exe = bitcoind::provide()?;
        packages::compiler()?;
        packages::npm()?;
        if !cargo(root()).args(build(&self.arguments)).status()?.success() {
            return Ok(false);
        }
        let mut passed = true;
        for arguments in runs(&self.arguments) {
            passed &= cargo(root()).args(arguments).env(VARIABLE, &exe).status()?.success();
        }
        Ok(passed)
    }
}

/// Options of `cargo test` that decide where the binary is built and how.
const OF_BUILD: &[&str] = &["-r", "--release", "--locked", "--offline", "--frozen"];

/// The same for those with a value.
const OF_BUILD_WITH_VALUE: &[&str] = &["--profile", "--target-dir", "--config", "-j", "--jobs"];

/// The run of cargo that builds the programs which tests start. For everything these are the examples: `--tests` does not
/// build them, but it does build the binary. A run of some tests builds the examples and would leave the binary as it was.
fn build(arguments: &[String]) -> Vec<&str> {
    if arguments.is_empty() {
        return vec!["build", "--workspace", "--examples"];
    }
    let mut build = vec!["build", "--quiet", "--package", "ballast"];
    let mut of_cargo = arguments.iter().map(String::as_str).take_while(|argument| *argument != "--");
    while let Some(argument) = of_cargo.next() {
        let name = argument.split('=').next().unwrap_or_default();
        if OF_BUILD.contains(&argument) || (OF_BUILD_WITH_VALUE.contains(&name) && name != argument) {
            build.push(argument);
        } else if OF_BUILD_WITH_VALUE.contains(&argument) {
            build.extend([Some(argument), of_cargo.next()].into_iter().flatten());
        }
    }
    build
}

/// The runs of cargo. Examples in documentation come first: a run of theirs may have no test in it, and the last summary
/// should be one of tests.
fn runs(arguments: &[String]) -> Vec<Vec<&str>> {
    let given: Vec<_> = arguments.iter().map(String::as_str).collect();
    let of_cargo = given.iter().take_while(|argument| **argument != "--");
    let names_package = of_cargo.into_iter().any(|argument| {
        ["-p", "--package", "--workspace", "--manifest-path"].iter().any(|flag| argument.starts_with(flag))
    });
    let base: &[&str] =
        if names_package { &["test", "--no-fail-fast"] } else { &["test", "--no-fail-fast", "--workspace"] };
    let kinds: &[&[&str]] = if given.is_empty() { &[&["--doc"], &["--tests"]] } else { &[&given] };
    kinds.iter().map(|kind| [base, kind].concat()).collect()
}

#[cfg(test)]
mod tests;
