use super::*;
use crate::testing::{keys, member};

#[test]
fn bytes_read_back() {
    let group = keys(2, 3, 1).group;
    assert_eq!(group.to_bytes().len(), HEAD + 3 * ENTRY);
    assert_eq!(Group::from_bytes(&group.to_bytes()), Ok(group.clone()));
    assert_eq!(group.members().map(Member::get).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(group.contains(member(3)) && !group.contains(member(4)));
}

#[test]
fn cut_off_bytes_are_refused() {
    let bytes = keys(2, 3, 1).group.to_bytes();
    let whole = |length: usize| length >= HEAD && (length - HEAD).is_multiple_of(ENTRY);
    for length in (0..bytes.len()).filter(|length| !whole(*length)) {
        let expected = HEAD + length.saturating_sub(HEAD) / ENTRY * ENTRY;
        let error = MessageError::Length { expected, found: length };
        assert_eq!(Group::from_bytes(&bytes[..length]), Err(error.into()));
    }
    let error = Group::from_bytes(&bytes[..HEAD + ENTRY]).unwrap_err();
    assert_eq!(error, GroupError::Threshold { threshold: 2, members: 1 });
}

#[test]
fn every_field_has_its_error() {
    let bytes = keys(2, 3, 1).group.to_bytes();
    let with = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        Group::from_bytes(&bytes).unwrap_err()
    };
    assert_eq!(with(0, &[0, 1]), GroupError::Threshold { threshold: 1, members: 3 });
    assert_eq!(with(0, &[0, 4]), GroupError::Threshold { threshold: 4, members: 3 });
    assert_eq!(with(2, &[255; 32]), MessageError::Point { at: 2 }.into());
    assert_eq!(with(HEAD, &[0, 0]), MessageError::Member { at: HEAD }.into());
    assert_eq!(with(HEAD, &[0, 2]), GroupError::Order { at: HEAD + ENTRY });
    assert_eq!(with(HEAD + 2, &[9]), MessageError::Point { at: HEAD + 2 }.into());
}
