use super::*;

#[test]
fn a_new_key_file_reads_back_and_is_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staker.key");
    let key = PrivateKey::new(SecretKey::new(&mut OsRng), NetworkKind::Test);
    write_secret(&path, &key.to_wif()).unwrap();
    assert_eq!(read(&path, NetworkName::Devnet).unwrap().public_key(), key.inner.public_key(SECP256K1));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn an_existing_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("staker.key");
    write_secret(&path, "a secret").unwrap();
    let before = fs::read(&path).unwrap();
    let error = write_secret(&path, "another").unwrap_err();
    assert!(error.to_string().contains("never overwritten"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_missing_folder_is_no_existing_file() {
    let folder = tempfile::tempdir().unwrap();
    let error =
        format!("{:#}", write_secret(&folder.path().join("none/staker.key"), "a secret").unwrap_err());
    assert!(error.contains("No such file or directory") && !error.contains("overwritten"), "{error}");
}

#[test]
fn a_key_of_the_other_side_is_refused() {
    let secret = SecretKey::new(&mut OsRng);
    let wif = |kind| PrivateKey::new(secret, kind).to_wif();
    for (kind, network) in [
        (NetworkKind::Main, NetworkName::Devnet),
        (NetworkKind::Main, NetworkName::Testnet),
        (NetworkKind::Test, NetworkName::Mainnet),
    ] {
        let error = parse(&wif(kind), network).unwrap_err().to_string();
        assert!(error.contains(&format!("{network} takes one for")), "{error}");
    }
    parse(&wif(NetworkKind::Test), NetworkName::Testnet).unwrap();
}

#[test]
fn hex_and_wif_name_the_same_key() {
    let key = PrivateKey::new(SecretKey::new(&mut OsRng), NetworkKind::Main);
    let hex = hex::encode(key.inner.secret_bytes());
    let public = |text: &str| parse(text, NetworkName::Mainnet).unwrap().public_key();
    assert_eq!(public(&hex), public(&key.to_wif()));
}

#[test]
fn what_is_not_a_key_is_refused_without_being_repeated() {
    for text in ["", "hunter2", &"00".repeat(32), &"ff".repeat(32), &"aa".repeat(31)] {
        let error = format!("{:#}", parse(text, NetworkName::Devnet).unwrap_err());
        assert!(text.is_empty() || !error.contains(text), "{error}");
    }
}
