//! Clippy has nothing to say, in tests and benches neither.

use std::path::Path;
use std::process::Command;

use crate::cargo::cargo;

pub(super) fn tool(root: &Path) -> Command {
    let mut tool = cargo(root);
    tool.args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    tool
}
