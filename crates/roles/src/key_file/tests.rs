use super::*;

const HEX: &str = "0707070707070707070707070707070707070707070707070707070707070707";

fn read_text(text: &str) -> Result<SigningKey, KeyFileError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    read(file.path())
}

#[test]
fn wif_and_hex_are_the_same_key() {
    let expected = SigningKey::from_bytes(&[7; 32]).unwrap().x_only();
    let inner = bitcoin::secp256k1::SecretKey::from_slice(&[7; 32]).unwrap();
    let wif = |network| PrivateKey::new(inner, network).to_wif();
    for text in [
        HEX.to_owned(),
        format!("{HEX}\n"),
        wif(bitcoin::NetworkKind::Main),
        format!("  {}\n", wif(bitcoin::NetworkKind::Test)),
    ] {
        assert_eq!(read_text(&text).unwrap().x_only(), expected);
    }
}

#[test]
fn what_is_no_key_is_refused_without_showing_it() {
    for text in ["", "hello", &HEX[1..], &format!("{HEX}07")] {
        let refused = read_text(text).unwrap_err();
        assert!(matches!(refused, KeyFileError::NoKey { .. }), "{refused}");
        assert!(!refused.to_string().contains(&HEX[1..]));
    }
    let zero = read_text(&"00".repeat(32)).unwrap_err();
    assert!(matches!(zero, KeyFileError::OutOfRange { .. }), "{zero}");
    let missing = read(Path::new("no such file")).unwrap_err();
    assert!(matches!(missing, KeyFileError::Unreadable { .. }), "{missing}");
}
