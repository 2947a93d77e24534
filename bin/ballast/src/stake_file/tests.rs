use super::*;

#[test]
fn a_file_that_is_no_stake_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stake.json");
    assert!(format!("{:#}", JudgedStake::read(&path).unwrap_err()).contains("cannot read the stake file"));
    for text in ["", "{}", "[]", r#"{"network":"devnet","surprise":1}"#] {
        fs::write(&path, text).unwrap();
        let error = format!("{:#}", JudgedStake::read(&path).unwrap_err());
        assert!(error.contains("is not a stake file of this version"), "{error}");
    }
}

#[test]
fn transaction_hex_that_breaks_off_is_refused() {
    let tx = bitcoin::constants::genesis_block(bitcoin::Network::Bitcoin).txdata.swap_remove(0);
    let hex = bitcoin::consensus::encode::serialize_hex(&tx);
    let mut broken: Vec<_> = (0..hex.len()).map(|length| hex[..length].to_owned()).collect();
    broken.extend([format!("{hex}00"), hex.replacen("04ff", "04fg", 1), "ff".repeat(50)]);
    for field in ["staking_tx", "unbonding_tx", "slashing_tx", "unbonding_slashing_tx"] {
        let read = |hex: &str| {
            let error = serde_json::from_str::<StakeFile>(&format!(r#"{{"{field}":"{hex}"}}"#)).unwrap_err();
            error.to_string()
        };
        for hex in &broken {
            let error = read(hex);
            assert!(error.contains("not hex") || error.contains("no transaction"), "{field} {hex}: {error}");
        }
        assert!(read(&hex).contains("missing field"), "a whole one is read");
    }
}

#[test]
fn a_lock_has_one_holder() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stake.json");
    let held = lock(&path).unwrap();
    let other = File::open(folder.path().join("stake.json.lock")).unwrap();
    other.try_lock().unwrap_err();
    drop(held);
    other.try_lock().unwrap();
}
