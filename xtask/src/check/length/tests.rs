use super::*;

#[test]
fn the_limit_is_allowed_and_one_more_is_not() {
    let root = tempfile::tempdir().unwrap();
    let check_with = |lines| {
        std::fs::write(root.path().join("a.rs"), "\n".repeat(lines)).unwrap();
        check(root.path()).unwrap()
    };
    assert!(check_with(500).is_empty());
    assert_eq!(check_with(501), ["a.rs has 501 lines, at most 500 are allowed; split it by subject"]);
}
