use anyhow::bail;

use super::*;

/// A folder with two files in place of executables.
fn built(folder: &Path, text: &str) -> PathBuf {
    let binaries = folder.join("binaries");
    fs::create_dir_all(&binaries).unwrap();
    for name in ["bitcoind", "bitcoin-cli"] {
        fs::write(binaries.join(name), text).unwrap();
    }
    binaries
}

#[test]
fn what_starts_is_installed_and_replaces_the_old() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bitcoind");
    for text in ["old", "new"] {
        let binaries = built(folder.path(), text);
        let is_this = |exe: &Path| {
            assert_eq!(fs::read_to_string(exe)?, text);
            Ok(())
        };
        install(&binaries, &target, is_this).unwrap();
        for name in ["bitcoind", "bitcoin-cli"] {
            assert_eq!(fs::read_to_string(target.join("bin").join(name)).unwrap(), text);
        }
    }
    assert!(!folder.path().join("bitcoind.new").exists());
}

#[test]
fn what_does_not_start_leaves_the_old_alone() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bitcoind");
    install(&built(folder.path(), "old"), &target, |_| Ok(())).unwrap();
    let binaries = built(folder.path(), "new");
    assert!(install(&binaries, &target, |_| bail!("it does not start")).is_err());
    fs::remove_file(binaries.join("bitcoin-cli")).unwrap();
    let error = install(&binaries, &target, |_| Ok(())).unwrap_err().to_string();
    assert_eq!(error, "no bitcoin-cli was built");
    assert_eq!(fs::read_to_string(target.join("bin/bitcoind")).unwrap(), "old");
}

#[test]
fn the_remains_of_an_interrupted_build_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("bitcoind");
    let remains = folder.path().join("bitcoind.new/bin/half");
    fs::create_dir_all(&remains).unwrap();
    install(&built(folder.path(), "new"), &target, |_| Ok(())).unwrap();
    assert!(target.join("bin/bitcoind").is_file() && !target.join("bin/half").exists());
}

#[test]
fn one_build_keeps_others_out_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lock");
    let second = File::create(&path).unwrap();
    let first = alone(&path).unwrap();
    assert!(matches!(second.try_lock(), Err(TryLockError::WouldBlock)));
    drop(first);
    assert!(second.try_lock().is_ok());
}

#[test]
fn what_somebody_built_meanwhile_is_taken() {
    let real = ballast_regtest::bitcoind::find().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let places = Places { named: Some(real.exe.clone()), path: "".into(), built: folder.path().join("none") };
    assert_eq!(build(&places, folder.path()).unwrap(), real);
    assert!(!folder.path().join("bitcoind.build").exists());
}

#[test]
fn one_without_bip119_is_not_taken_for_one_with_it() {
    let error = enforces_bip119(&ballast_regtest::bitcoind::find().unwrap().exe).unwrap_err().to_string();
    assert!(error.contains("does not enforce OP_CHECKTEMPLATEVERIFY"), "{error}");
}

#[test]
fn a_real_one_starts_and_another_program_does_not() {
    starts(&ballast_regtest::bitcoind::find().unwrap().exe).unwrap();
    assert!(starts(Path::new("/bin/true")).is_err());
}
