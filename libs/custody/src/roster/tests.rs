use super::*;
use crate::testing::{ceremony, member, x_only};

#[test]
fn a_member_survives_its_identifier() {
    for number in [1, 2, 255, 256, u16::MAX] {
        assert_eq!(Member::of(&member(number).identifier()), member(number));
    }
    assert_eq!(Member::try_from(0), Err(RosterError::MemberZero));
}

#[test]
fn a_roster_needs_two_signers_and_enough_members() {
    let two = BTreeMap::from([(member(1), x_only(1)), (member(5), x_only(5))]);
    assert_eq!(Roster::new(1, two.clone()), Err(RosterError::Threshold { found: 1 }));
    assert_eq!(Roster::new(3, two.clone()), Err(RosterError::TooFew { members: 2, threshold: 3 }));
    let roster = Roster::new(2, two).unwrap();
    assert_eq!((roster.threshold(), roster.size()), (2, 2));
    assert_eq!(roster.others(member(1)).collect::<Vec<_>>(), [member(5)]);
    assert_eq!(roster.identity(member(2)), Err(RosterError::Unknown { member: member(2) }));
}

#[test]
fn two_members_cannot_share_an_identity() {
    let shared = BTreeMap::from([(member(1), x_only(1)), (member(2), x_only(2)), (member(3), x_only(1))]);
    let (first, second) = (member(1), member(3));
    assert_eq!(Roster::new(2, shared), Err(RosterError::SharedIdentity { first, second }));
}

#[test]
fn members_left_out_keep_the_others_numbers() {
    let roster = ceremony(4, 6).roster().clone();
    let smaller = roster.without(&[member(2), member(3)]).unwrap();
    assert_eq!(smaller.members().map(Member::get).collect::<Vec<_>>(), [1, 4, 5, 6]);
    assert_eq!(smaller.threshold(), 4);
    let error = roster.without(&[member(1), member(2), member(3)]).unwrap_err();
    assert_eq!(error, RosterError::TooFew { members: 3, threshold: 4 });
}
