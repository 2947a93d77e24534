//! Bad shares, silent signers, and signers that have forgotten.

use std::collections::BTreeSet;

use super::*;

fn cheaters(numbers: &[u16]) -> AggregateError {
    AggregateError::Cheaters { members: numbers.iter().map(|number| member(*number)).collect() }
}

/// Adds one to a signer's share of one digest.
fn spoil(session: &Session, signed: &mut Signed, number: u16, digest: usize) {
    let shares = signed.shares.get_mut(&member(number)).unwrap();
    let mut bytes = shares.to_bytes();
    bytes[digest * 32 + 31] ^= 1;
    *shares = SignatureShares::from_bytes(session, &bytes).unwrap();
}

#[test]
fn a_bad_share_names_its_signer() {
    let keys = keys(4, 6, 1);
    let session = session(&keys, 0);
    for digest in 0..3 {
        let mut signed = sign(&keys, &session, &[1, 3, 4, 6], 2);
        spoil(&session, &mut signed, 4, digest);
        let result = aggregate(&keys.group, &session, &signed.commitments, &signed.shares);
        assert_eq!(result, Err(cheaters(&[4])));
        for number in [1, 3, 4, 6] {
            let shares = &signed.shares[&member(number)];
            let result = check_share(&keys.group, &session, &signed.commitments, member(number), shares);
            assert_eq!(result.is_err(), number == 4);
        }
    }
    let without = signatures(&keys, &super::session(&keys, 1), &[1, 2, 3, 6], 3);
    assert_eq!(without.len(), 3);
}

#[test]
fn all_cheaters_are_named_at_once() {
    let keys = keys(4, 6, 1);
    let session = session(&keys, 0);
    let mut signed = sign(&keys, &session, &[1, 2, 5, 6], 2);
    spoil(&session, &mut signed, 5, 0);
    spoil(&session, &mut signed, 1, 2);
    let error = aggregate(&keys.group, &session, &signed.commitments, &signed.shares).unwrap_err();
    assert_eq!(error, cheaters(&[1, 5]));
    assert_eq!(
        error.to_string(),
        "bad signature shares from custodian 1, custodian 5: leave them out in the next attempt"
    );
}

#[test]
fn shares_under_other_commitments_are_bad() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let (honest, other) = (sign(&keys, &session, &[1, 2], 2), sign(&keys, &session, &[1, 2], 3));
    let mut shares = honest.shares.clone();
    shares.insert(member(2), other.shares[&member(2)].clone());
    let result = aggregate(&keys.group, &session, &honest.commitments, &shares);
    assert_eq!(result, Err(cheaters(&[2])));
}

#[test]
fn a_silent_signer_is_named() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let mut signed = sign(&keys, &session, &[1, 3], 2);
    signed.shares.remove(&member(3));
    let result = aggregate(&keys.group, &session, &signed.commitments, &signed.shares);
    assert_eq!(result, Err(AggregateError::Missing { member: member(3) }));
}

#[test]
fn a_restart_forgets_nonces() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let mut rng = rng(1);
    let (mut first, mut second) = (keys.signer(1), keys.signer(2));
    let commitments = BTreeMap::from([
        (member(1), first.commit(&session, &mut rng).unwrap()),
        (member(2), second.commit(&session, &mut rng).unwrap()),
    ]);
    assert_eq!(first.open_sessions(), 1);

    let mut restarted = keys.signer(1);
    let forgotten = SignError::NoNonces { session: session.id() };
    assert_eq!(restarted.sign(&session, &commitments), Err(forgotten));
    restarted.commit(&session, &mut rng).unwrap();
    let other = SignError::OtherCommitments { member: member(1) };
    assert_eq!(restarted.sign(&session, &commitments), Err(other));

    // The process that did not restart signs, once.
    first.sign(&session, &commitments).unwrap();
    assert_eq!(first.open_sessions(), 0);
    assert_eq!(first.sign(&session, &commitments), Err(forgotten));
}

#[test]
fn a_failed_signing_uses_the_nonces_up() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let mut signer = keys.signer(1);
    let own = signer.commit(&session, &mut rng(1)).unwrap();
    let alone = BTreeMap::from([(member(1), own)]);
    let error = signer.sign(&session, &alone).unwrap_err();
    assert_eq!(error, SessionError::TooFew { needed: 2, found: 1 }.into());
    assert_eq!(signer.sign(&session, &alone), Err(SignError::NoNonces { session: session.id() }));
}

#[test]
fn an_open_session_keeps_its_commitments_until_forgotten() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let mut signer = keys.signer(1);
    let mut rng = rng(1);
    let first = signer.commit(&session, &mut rng).unwrap();
    assert_eq!(signer.commit(&session, &mut rng).unwrap(), first);
    signer.forget(session.id());
    assert_eq!(signer.open_sessions(), 0);
    assert_ne!(signer.commit(&session, &mut rng).unwrap(), first);
}

#[test]
fn nonces_of_one_session_do_not_sign_another() {
    let keys = keys(2, 3, 1);
    let share = keys.share(1);
    let (one, two) = (session(&keys, 0), session(&keys, 1));
    let (nonces, own) = commit(&share, &one, &mut rng(1)).unwrap();
    let (_, other) = commit(&keys.share(2), &one, &mut rng(2)).unwrap();
    let commitments = BTreeMap::from([(member(1), own), (member(2), other)]);
    let error = nonces.sign(&share, &two, &commitments).unwrap_err();
    assert_eq!(error, SignError::OtherSession { expected: one.id(), found: two.id() });
}

#[test]
fn signers_and_session_have_to_fit() {
    let (keys_1, keys_2) = (keys(2, 3, 1), keys(2, 3, 2));
    let session = session(&keys_1, 0);
    let other_group = SessionError::OtherGroup {
        expected: keys_1.group.key().serialize(),
        found: keys_2.group.key().serialize(),
    };
    assert_eq!(commit(&keys_2.share(1), &session, &mut rng(1)).unwrap_err(), other_group);

    let signed = sign(&keys_1, &session, &[1, 2], 2);
    let shares = &signed.shares;
    let result = aggregate(&keys_2.group, &session, &signed.commitments, shares);
    assert_eq!(result, Err(other_group.into()));

    let mut stranger = signed.commitments.clone();
    stranger.insert(member(4), stranger[&member(1)].clone());
    let unknown = SessionError::from(RosterError::Unknown { member: member(4) });
    assert_eq!(aggregate(&keys_1.group, &session, &stranger, shares), Err(unknown.into()));

    let mut fewer = signed.commitments.clone();
    fewer.get_mut(&member(2)).unwrap().0.pop();
    let count = SessionError::Count { member: member(2), expected: 3, found: 2 };
    assert_eq!(aggregate(&keys_1.group, &session, &fewer, shares), Err(count.into()));

    let mut fewer = shares.clone();
    fewer.get_mut(&member(2)).unwrap().0.pop();
    assert_eq!(aggregate(&keys_1.group, &session, &signed.commitments, &fewer), Err(count.into()));

    let stranger = &shares[&member(1)];
    let result = check_share(&keys_1.group, &session, &signed.commitments, member(3), stranger);
    assert_eq!(result, Err(AggregateError::NotChosen { member: member(3) }));
}

#[test]
fn a_signer_that_is_not_chosen_does_not_sign() {
    let keys = keys(2, 3, 1);
    let session = session(&keys, 0);
    let signed = sign(&keys, &session, &[1, 2], 2);
    let mut third = keys.signer(3);
    third.commit(&session, &mut rng(5)).unwrap();
    let error = third.sign(&session, &signed.commitments).unwrap_err();
    assert_eq!(error, SignError::NotChosen { member: member(3) });
    assert_eq!(signed.commitments.keys().copied().collect::<BTreeSet<_>>().len(), 2);
}
