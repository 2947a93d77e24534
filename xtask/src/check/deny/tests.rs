use super::*;

#[test]
fn the_tools_verdict_is_ours() {
    let root = Path::new("/");
    assert!(check_with(Path::new("/bin/true"), root).unwrap().is_empty());
    let problems = check_with(Path::new("/bin/false"), root).unwrap();
    assert!(problems[0].starts_with("`false check bans licenses sources` ended with"), "{problems:?}");
    assert!(check_with(Path::new("/nowhere/cargo-deny"), root).is_err());
}

#[test]
fn another_tool_or_version_is_not_wanted() {
    assert!(!is_wanted(Path::new("/bin/true")));
    assert!(!is_wanted(Path::new("/nowhere/cargo-deny")));
}
