//! `cargo xtask vectors`: starts the vector checker, which is a crate of its own because it needs a C++ compiler.

use std::ffi::OsString;
use std::process::Command;

use clap::Args;

use crate::cargo::{cargo, root};
use crate::packages;

#[derive(Args)]
pub(crate) struct Vectors {
    /// Files, and options of the checker.
    #[arg(value_name = "FILE", required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Vectors {
    /// True if every vector passed.
    pub(crate) fn run(&self) -> anyhow::Result<bool> {
        packages::compiler()?;
        Ok(self.checker()?.status()?.success())
    }

    /// The checker, in the folder of the caller, from which the files are named.
    fn checker(&self) -> anyhow::Result<Command> {
        let mut tool = cargo(&std::env::current_dir()?);
        tool.args(["run", "--quiet", "--manifest-path"]).arg(root().join("Cargo.toml"));
        tool.args(["--package", "vectors", "--"]).args(&self.arguments);
        Ok(tool)
    }
}

#[cfg(test)]
mod tests;
