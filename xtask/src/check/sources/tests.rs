use super::*;

#[test]
fn ours_are_found_and_foreign_ones_are_not() {
    let root = tempfile::tempdir().unwrap();
    for file in
        ["b/x.rs", "a.rs", "a.txt", "target/y.rs", ".git/z.rs", "web/node_modules/w.rs", "b/data/v.rs"]
    {
        let path = root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file).unwrap();
    }
    assert_eq!(rust_files(root.path(), "").unwrap(), [Path::new("a.rs"), Path::new("b/x.rs")]);
    assert_eq!(rust_files(root.path(), "b").unwrap(), [Path::new("b/x.rs")]);
    assert!(rust_files(root.path(), "missing").unwrap().is_empty());
    assert_eq!(text(root.path(), Path::new("a.rs")).unwrap(), "a.rs");
    assert!(text(root.path(), Path::new("c.rs")).is_err());
}
