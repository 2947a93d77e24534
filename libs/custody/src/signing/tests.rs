use super::*;
use crate::testing::{CHAIN, Keys, Signed, ceremony, keys, member, rng, sign, signatures, signing_key};

mod faults;
mod messages;

/// Three digests: two roots and the group key itself.
fn digests() -> Vec<Digest> {
    let under = [
        Under::OutputKey(TapNodeHash::from_byte_array([1; 32])),
        Under::OutputKey(TapNodeHash::from_byte_array([2; 32])),
        Under::GroupKey,
    ];
    [[11; 32], [12; 32], [13; 32]]
        .into_iter()
        .zip(under)
        .map(|(hash, under)| Digest { hash, under })
        .collect()
}

fn session(keys: &Keys, attempt: u32) -> Session {
    Session::new(CHAIN, &keys.group, attempt, digests()).unwrap()
}

#[test]
fn two_of_three_sign() {
    let keys = keys(2, 3, 1);
    for signers in [&[1, 2][..], &[1, 3], &[2, 3], &[1, 2, 3]] {
        assert_valid(&keys, signers);
    }
}

#[test]
fn four_of_six_sign() {
    let keys = keys(4, 6, 1);
    for signers in [&[1, 2, 3, 4][..], &[3, 4, 5, 6], &[1, 2, 3, 4, 6]] {
        assert_valid(&keys, signers);
    }
}

#[test]
fn ten_of_fifteen_sign() {
    let keys = keys(10, 15, 1);
    assert_valid(&keys, &[1, 2, 3, 5, 7, 9, 11, 13, 14, 15]);
}

fn assert_valid(keys: &Keys, signers: &[u16]) {
    let session = session(keys, 0);
    let signatures = signatures(keys, &session, signers, 4);
    assert_eq!(signatures.len(), 3);
    for (digest, signature) in session.digests().iter().zip(&signatures) {
        assert!(digest.verifies(keys.group.key(), signature));
    }
    // Three keys, three signatures: none is valid under another's key.
    for (digest, other) in session.digests().iter().zip(session.digests().iter().cycle().skip(1)) {
        let digest = Digest { under: other.under, ..*digest };
        assert!(!signatures.iter().any(|signature| digest.verifies(keys.group.key(), signature)));
    }
}

#[test]
fn output_keys_are_those_of_bip_341() {
    let keys = keys(2, 3, 1);
    let root = TapNodeHash::from_byte_array([1; 32]);
    let script = bitcoin::ScriptBuf::new_p2tr(SECP256K1, keys.group.key(), Some(root));
    assert_eq!(Under::OutputKey(root).key(keys.group.key()).serialize(), script.as_bytes()[2..]);
    assert_eq!(Under::GroupKey.key(keys.group.key()), keys.group.key());
}

#[test]
fn the_id_binds_everything() {
    let keys_1 = keys(2, 3, 1);
    let base = session(&keys_1, 0);
    let with = |chain_id, group: &Group, attempt, edit: &dyn Fn(&mut Vec<Digest>)| {
        let mut digests = digests();
        edit(&mut digests);
        Session::new(chain_id, group, attempt, digests).unwrap().id()
    };
    let same: &dyn Fn(&mut Vec<Digest>) = &|_| ();
    assert_eq!(with(CHAIN, &keys_1.group, 0, same), base.id());
    let others = [
        with(CHAIN + 1, &keys_1.group, 0, same),
        with(CHAIN, &keys(2, 3, 2).group, 0, same),
        with(CHAIN, &keys_1.group, 1, same),
        with(CHAIN, &keys_1.group, 0, &|digests| digests.swap(0, 1)),
        with(CHAIN, &keys_1.group, 0, &|digests| digests[0].hash[31] ^= 1),
        with(CHAIN, &keys_1.group, 0, &|digests| digests[0].under = Under::GroupKey),
        with(CHAIN, &keys_1.group, 0, &|digests| digests.truncate(2)),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_ne!(*other, base.id(), "{index}");
    }
    assert_eq!(Session::new(CHAIN, &keys_1.group, 0, vec![]), Err(SessionError::Empty));
}

#[test]
fn a_repeating_random_source_repeats_no_nonce_in_another_session() {
    let keys = keys(2, 3, 1);
    let share = keys.share(1);
    let (_, first) = commit(&share, &session(&keys, 0), &mut rng(7)).unwrap();
    let (_, again) = commit(&share, &session(&keys, 0), &mut rng(7)).unwrap();
    let (_, other) = commit(&share, &session(&keys, 1), &mut rng(7)).unwrap();
    assert_eq!(first, again, "the test's random source does repeat");
    let points = |commitments: &Commitments| -> Vec<Vec<u8>> {
        commitments.to_bytes().chunks(33).map(<[u8]>::to_vec).collect()
    };
    assert!(points(&first).iter().all(|point| !points(&other).contains(point)));
    let mut distinct = points(&first);
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), 6);
}

#[test]
fn messages_of_a_session_are_signed_by_their_authors() {
    let keys = keys(2, 3, 1);
    let ceremony = ceremony(2, 3);
    let (session, next) = (session(&keys, 0), session(&keys, 1));
    let signature = session.statement(Round::Commitments, b"payload").sign(&signing_key(2), &[0; 32]);
    let verify = |session: &Session, number, round| {
        session.verify(ceremony.roster(), member(number), round, b"payload", &signature)
    };
    verify(&session, 2, Round::Commitments).unwrap();
    assert!(verify(&session, 1, Round::Commitments).is_err());
    assert!(verify(&session, 2, Round::SignatureShares).is_err());
    assert!(verify(&next, 2, Round::Commitments).is_err());
}
