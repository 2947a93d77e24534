//! `cargo xtask devnet`: `ballast devnet`, on a machine that has nothing yet.

use clap::Args;

use crate::cargo::{cargo, root};
use crate::{bitcoind, packages};
use ballast_regtest::bitcoind::VARIABLE;

#[derive(Args)]
pub(crate) struct Devnet {
    /// Arguments for `ballast devnet`, e.g. `--validators 4`, `mine 3` or `--help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Devnet {
    /// True if it ended as it was told to.
    pub(crate) fn run(&self) -> anyhow::Result<bool> {
        let exe = bitcoind::provide()?;
        packages::compiler()?;
        let run = ["run", "--package", "ballast", "--", "devnet"];
        Ok(cargo(root()).args(run).args(&self.arguments).env(VARIABLE, &exe).status()?.success())
    }
}
