//! The documentation builds, and its links lead somewhere.

use std::path::Path;
use std::process::Command;

use crate::cargo::cargo;

pub(super) fn tool(root: &Path) -> Command {
    let mut tool = cargo(root);
    tool.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
    tool
}
