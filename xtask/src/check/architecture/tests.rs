use super::*;

const GOOD: &str = "\
# Architecture

| layer | what |
|---|---|
| `nonsense` | another table |

| To change `x` … | open |
|:---|:---|
| the `slashing` rule | `a/slashing.rs`, then `b/` |
| time | `c.rs` |

| text | `missing` |
";

fn exists(path: &str) -> bool {
    ["a/slashing.rs", "b/", "c.rs"].contains(&path)
}

#[test]
fn existing_paths_pass() {
    assert!(judge(GOOD, exists).unwrap().is_empty());
}

#[test]
fn a_missing_path_and_a_row_without_one_are_named() {
    let page = GOOD.replace("c.rs", "d.rs").replace("`a/slashing.rs`, then `b/`", "somewhere");
    let problems = judge(&page, exists).unwrap();
    assert_eq!(
        problems,
        ["\"the `slashing` rule\" names no path in backticks", "\"time\" names d.rs, which does not exist"]
    );
}

#[test]
fn a_page_without_the_table_or_with_an_empty_one_fails() {
    let missing = judge("| a | b |\n|---|---|\n| c | `d` |\n", exists).unwrap_err().to_string();
    assert!(missing.contains("has no table"), "{missing}");
    let empty = judge("| to change | open |\n|---|---|\n", exists).unwrap_err().to_string();
    assert!(empty.contains("is empty"), "{empty}");
}

#[test]
fn a_repository_without_the_page_fails() {
    let root = tempfile::tempdir().unwrap();
    assert!(check(root.path()).is_err());
    std::fs::write(root.path().join(FILE), "| to change | open |\n|---|---|\n| x | `y.rs` |\n").unwrap();
    assert_eq!(check(root.path()).unwrap(), ["\"x\" names y.rs, which does not exist"]);
    std::fs::write(root.path().join("y.rs"), "").unwrap();
    assert!(check(root.path()).unwrap().is_empty());
}
