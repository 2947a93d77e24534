use super::*;

/// A file that [`read`] asks for its version.
fn fake(folder: &Path, line: &str) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let exe = folder.join("bitcoind");
    std::fs::write(&exe, line).unwrap();
    exe
}

fn read(exe: &Path) -> anyhow::Result<Version> {
    parse_version(&std::fs::read_to_string(exe)?).context("no version of Bitcoin Core")
}

const OLD: &str = "Bitcoin Core version v29.1.0";
const NEW: &str = "Bitcoin Core daemon version v30.0.0 bitcoind";

#[test]
fn versions_are_read() {
    let snapshot = Version { major: 31, minor: 99 };
    assert_eq!(parse_version("Bitcoin Core daemon version v31.99.0-unk bitcoind"), Some(snapshot));
    assert_eq!(parse_version("Bitcoin Core version v30.2.0"), Some(Version { major: 30, minor: 2 }));
    assert_eq!(
        parse_version("Bitcoin Core RPC client version v28.0rc1"),
        Some(Version { major: 28, minor: 0 })
    );
    for line in ["", "Bitcoin Core", "Bitcoin Core vX.1", "Other Node version v30.0.0"] {
        assert_eq!(parse_version(line), None, "{line}");
    }
    assert!(snapshot.to_string().contains("development snapshot"));
    assert_eq!(Version { major: 30, minor: 2 }.to_string(), "30.2");
}

#[test]
fn an_executable_is_asked() {
    let other = version(Path::new("/bin/echo")).unwrap_err().to_string();
    assert!(other.contains("names no version of Bitcoin Core"), "{other}");
    let missing = version(Path::new("/nowhere/bitcoind")).unwrap_err().to_string();
    assert!(missing.contains("cannot run it"), "{missing}");
}

#[test]
fn the_named_one_comes_first_then_the_path_then_ours() {
    let folder = tempfile::tempdir().unwrap();
    let [named, on_path, built] = ["named", "path", "built"].map(|name| fake(&folder.path().join(name), NEW));
    let path = folder.path().join("path").into_os_string();
    let mut places = Places { named: Some(named.clone()), path, built: built.clone() };
    let exe = |places: &Places| places.find_by(read).unwrap().unwrap().exe;
    assert_eq!(exe(&places), named);
    places.named = None;
    assert_eq!(exe(&places), on_path);
    fake(&folder.path().join("path"), OLD);
    assert_eq!(exe(&places), built, "an old one is passed over");
    std::fs::remove_file(&built).unwrap();
    assert_eq!(places.find_by(read).unwrap(), None);
}

#[test]
fn a_named_one_must_serve() {
    let folder = tempfile::tempdir().unwrap();
    let built = fake(&folder.path().join("built"), NEW);
    let find = |named: PathBuf| {
        let places = Places { named: Some(named), path: OsString::new(), built: built.clone() };
        format!("{:#}", places.find_by(read).unwrap_err())
    };
    let old = find(fake(&folder.path().join("old"), OLD));
    assert!(old.contains("BITCOIND_EXE") && old.contains("29.1"), "{old}");
    let other = find(fake(&folder.path().join("other"), "hello"));
    assert!(other.contains("no version of Bitcoin Core"), "{other}");
}
