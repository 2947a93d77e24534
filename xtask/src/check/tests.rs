//! The checks that are tools, on a crate of four lines.

use std::fs;
use std::process::Stdio;

use tempfile::TempDir;

use super::*;

const GOOD: &str = "//! See [`one`].\n\n/// One.\npub fn one() -> u32 {\n    1\n}\n";

fn package(source: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"sample\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("src/lib.rs"), source).unwrap();
    folder
}

/// The tool's verdict, without its words and apart from other builds.
fn judge(folder: &TempDir, mut tool: Command) -> Problems {
    tool.env("CARGO_TARGET_DIR", folder.path().join("target")).stdout(Stdio::null()).stderr(Stdio::null());
    passes(tool).unwrap()
}

#[test]
fn format_is_checked_and_repaired() {
    let bad = package("pub fn one() -> u32 { 1 }\n");
    let check = |fix| judge(&bad, format::tool(bad.path(), fix));
    assert_eq!(check(false).len(), 1);
    assert!(check(true).is_empty());
    assert!(check(false).is_empty());
    assert_eq!(
        fs::read_to_string(bad.path().join("src/lib.rs")).unwrap(),
        "pub fn one() -> u32 {\n    1\n}\n"
    );
}

#[test]
fn a_lint_is_a_problem() {
    let check = |folder: TempDir| judge(&folder, lints::tool(folder.path()));
    assert!(check(package(GOOD)).is_empty());
    let problems = check(package("pub fn one() -> u32 {\n    return 1;\n}\n"));
    assert!(problems[0].starts_with("`cargo clippy --workspace --all-targets"), "{problems:?}");
}

#[test]
fn a_link_that_leads_nowhere_is_a_problem() {
    let check = |folder: TempDir| judge(&folder, docs::tool(folder.path()));
    assert!(check(package(GOOD)).is_empty());
    let problems = check(package(&GOOD.replace("[`one`]", "[`two`]")));
    assert!(problems[0].starts_with("`cargo doc"), "{problems:?}");
}

#[test]
fn steps_have_the_names_that_only_takes() {
    let names: Vec<_> = Step::value_variants().iter().map(|step| step.name()).collect();
    assert_eq!(names, ["format", "length", "architecture", "layers", "purity", "deny", "lints", "docs"]);
}
