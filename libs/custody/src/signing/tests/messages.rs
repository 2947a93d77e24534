//! Every message reads back; cut off, altered or longer ones do not.

use super::*;
use crate::MessageError;

#[test]
fn commitments() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let (_, commitments) = commit(&keys.share(1), &session, &mut rng(1)).unwrap();
    let bytes = commitments.to_bytes();
    assert_eq!((commitments.len(), bytes.len()), (3, 3 * 66));
    assert!(!commitments.is_empty());
    assert_eq!(Commitments::from_bytes(&session, &bytes), Ok(commitments));
    for found in (0..bytes.len()).chain([bytes.len() + 1]) {
        let given = [&bytes[..], &[0]].concat();
        let error = Commitments::from_bytes(&session, &given[..found]).unwrap_err();
        assert_eq!(error, MessageError::Length { expected: 198, found });
    }
    for at in (0..bytes.len()).step_by(33) {
        for (width, value) in [(1, 5), (33, 0)] {
            let mut altered = bytes.clone();
            altered[at..at + width].fill(value);
            assert_eq!(Commitments::from_bytes(&session, &altered), Err(MessageError::Point { at }));
        }
    }
}

#[test]
fn shares() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let signed = sign(&keys, &session, &[1, 2], 2);
    let shares = signed.shares[&member(1)].clone();
    let bytes = shares.to_bytes();
    assert_eq!((shares.len(), bytes.len()), (3, 96));
    assert!(!shares.is_empty());
    assert_eq!(SignatureShares::from_bytes(&session, &bytes), Ok(shares));
    for found in (0..bytes.len()).chain([bytes.len() + 1]) {
        let given = [&bytes[..], &[0]].concat();
        let error = SignatureShares::from_bytes(&session, &given[..found]).unwrap_err();
        assert_eq!(error, MessageError::Length { expected: 96, found });
    }
    for at in [0, 32, 64] {
        let mut altered = bytes.clone();
        altered[at..at + 32].fill(255);
        assert_eq!(SignatureShares::from_bytes(&session, &altered), Err(MessageError::Scalar { at }));
    }
}

#[test]
fn any_altered_byte_of_a_share_names_its_sender() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let signed = sign(&keys, &session, &[1, 2], 2);
    let bytes = signed.shares[&member(1)].to_bytes();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let Ok(altered) = SignatureShares::from_bytes(&session, &altered) else { continue };
        let result = check_share(&keys.group, &session, &signed.commitments, member(1), &altered);
        let members = [member(1)].into();
        assert_eq!(result, Err(AggregateError::Cheaters { members }), "byte {at}");
    }
}
