use super::*;

#[test]
fn plain_code_passes() {
    let text = "//! Reads no SystemTime.\nuse core::time::Duration; // not std::fs\nlet instant_of_death = Instantly;\n";
    assert!(judge("a.rs", text).is_empty());
}

#[test]
fn every_word_is_found_with_its_line() {
    for (word, instead) in WORDS {
        let problems = judge("a.rs", &format!("fn a() {{\n    {word};\n}}\n"));
        assert_eq!(problems, [format!("a.rs:2: {word} in pure code; {instead}")]);
    }
}

#[test]
fn pure_folders_are_read_and_the_rest_is_not() {
    let root = tempfile::tempdir().unwrap();
    let judge_at = |file: &str| {
        let path = root.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "use std::fs;\n").unwrap();
        let problems = check(root.path()).unwrap();
        std::fs::remove_file(path).unwrap();
        problems.len()
    };
    for pure in ["libs/a/src/b.rs", "crates/system/src/c/d.rs", "crates/roles/src/provider.rs"] {
        assert_eq!(judge_at(pure), 1, "{pure}");
    }
    for other in [
        "libs/a/src/b/tests.rs",
        "libs/a/tests/vectors.rs",
        "libs/a/benches/sign.rs",
        "crates/roles/src/runner.rs",
        "crates/roles/src/http/headers.rs",
        "crates/node/src/lib.rs",
    ] {
        assert_eq!(judge_at(other), 0, "{other}");
    }
}
