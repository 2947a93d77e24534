use super::*;
use ballast_schnorr::nonce;

fn evidence(messages: [&[u8]; 2]) -> (SigningKey, Evidence) {
    let key = SigningKey::from_bytes(&[7; 32]).unwrap();
    let nonce = || nonce::derive(&key, b"test", 1);
    let signatures = messages.map(|message| Signed {
        message: hex::encode(message),
        signature: hex::encode(eots::sign(&key, nonce(), message).unwrap().to_bytes()),
    });
    let public_randomness = hex::encode(nonce().public().as_bytes());
    let evidence = Evidence { provider: key.x_only(), public_randomness, signatures };
    (key, evidence)
}

#[test]
fn two_messages_reveal_the_key() {
    let (key, evidence) = evidence([b"one", b"other"]);
    assert_eq!(evidence.extract().unwrap().x_only(), key.x_only());
}

#[test]
fn one_message_twice_reveals_nothing() {
    let (_, evidence) = evidence([b"one", b"one"]);
    assert!(format!("{:#}", evidence.extract().unwrap_err()).contains("no evidence"));
}

#[test]
fn each_field_is_checked() {
    let spoil: [fn(&mut Evidence); 4] = [
        |evidence| evidence.public_randomness.truncate(62),
        |evidence| evidence.signatures[0].message = "6f6e66".to_owned(),
        |evidence| evidence.signatures[1].signature = "ff".repeat(32),
        |evidence| evidence.provider = SigningKey::from_bytes(&[8; 32]).unwrap().x_only(),
    ];
    for spoil in spoil {
        let (_, mut evidence) = evidence([b"one", b"other"]);
        spoil(&mut evidence);
        evidence.extract().unwrap_err();
    }
}
