//! The format is rustfmt's.

use std::path::Path;
use std::process::Command;

use crate::cargo::cargo;

pub(super) fn tool(root: &Path, fix: bool) -> Command {
    let mut tool = cargo(root);
    tool.args(["fmt", "--all"]);
    if !fix {
        tool.args(["--", "--check"]);
    }
    tool
}
