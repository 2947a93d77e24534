use super::*;

#[test]
fn the_manifest_stands_alone_and_pins_the_source() {
    for (source, pinned) in [
        (CORE, "\nlibbitcoinkernel-sys = \"=0.4.1\"\n"),
        (BIP119, "\nlibbitcoinkernel-sys-covenants = \"=0.0.22\"\n"),
    ] {
        let manifest = manifest(&source);
        assert!(manifest.contains(pinned), "{manifest}");
        assert!(manifest.ends_with("\n[workspace]\n"), "{manifest}");
        assert_eq!(source.checksum.len(), 64);
    }
}

#[test]
fn only_the_daemon_and_its_command_line_are_built() {
    let configure = format!("{:?}", configure(Path::new("/s"), Path::new("/o")));
    assert!(
        configure.starts_with(r#""cmake" "-G" "Ninja" "-S" "/s" "-B" "/o" "-DCMAKE_BUILD_TYPE=Release""#)
    );
    assert!(configure.contains("ENABLE_WALLET=OFF") && configure.contains("BUILD_DAEMON=ON"));
    assert_eq!(format!("{:?}", compile(Path::new("/o"))), r#""ninja" "-C" "/o" "bitcoind" "bitcoin-cli""#);
}

#[test]
fn a_tool_that_fails_or_is_missing_is_named() {
    assert!(run(Command::new("true")).is_ok());
    let failed = run(Command::new("false")).unwrap_err().to_string();
    assert!(failed.starts_with("false ended with"), "{failed}");
    let missing = run(Command::new("no-such-tool")).unwrap_err().to_string();
    assert!(missing.contains("cannot run no-such-tool; is it installed?"), "{missing}");
}
