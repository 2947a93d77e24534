use super::*;
use crate::testing::{keys, member};

#[test]
fn a_share_reads_back_from_its_store() {
    let keys = keys(2, 3, 1);
    let share = keys.share(2);
    assert_eq!((share.member(), share.group()), (member(2), &keys.group));
    let again = KeyShare::from_secret_bytes(&share.to_secret_bytes()).unwrap();
    assert_eq!(again.to_secret_bytes(), share.to_secret_bytes());
}

#[test]
fn every_damaged_byte_is_noticed() {
    let bytes = keys(2, 3, 1).share(1).to_secret_bytes();
    for at in 0..bytes.len() {
        let mut damaged = bytes.to_vec();
        damaged[at] ^= 1;
        assert_eq!(KeyShare::from_secret_bytes(&damaged).unwrap_err(), KeyShareError::Damaged);
        assert_eq!(KeyShare::from_secret_bytes(&bytes[..at]).unwrap_err(), KeyShareError::Damaged);
    }
}

#[test]
fn a_share_of_another_is_refused() {
    let keys = keys(2, 3, 1);
    let store = |number: u16, secret: &KeyShare| {
        let secret = secret.frost.signing_share().serialize();
        let bytes = stored::seal(TAG, &[&number.to_be_bytes(), &secret, &keys.group.to_bytes()]);
        KeyShare::from_secret_bytes(&bytes)
    };
    assert!(store(2, &keys.share(2)).is_ok());
    assert_eq!(store(1, &keys.share(2)).unwrap_err(), KeyShareError::OtherKey { member: member(1) });
    assert_eq!(store(4, &keys.share(2)).unwrap_err(), KeyShareError::NotAMember { member: member(4) });
    assert_eq!(store(0, &keys.share(2)).unwrap_err(), KeyShareError::Damaged);
}

#[test]
fn the_secret_is_not_printed() {
    let share = keys(2, 3, 1).share(1);
    assert_eq!(format!("{share:?}"), format!("KeyShare(custodian 1, {})", share.group().key()));
}
