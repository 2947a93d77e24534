use std::collections::BTreeMap;

use bitcoin::secp256k1::SecretKey;
use frost_secp256k1_tr::keys::{SigningShare, dkg::round2};

use super::*;
use crate::MessageError;
use crate::signing::Session;
use crate::testing::{Dealt, ceremony, deal, keys, member, rng, signatures, signing_key};

mod faults;
mod messages;

#[test]
fn two_of_three_make_a_key() {
    make_a_key(2, 3);
}

#[test]
fn four_of_six_make_a_key() {
    make_a_key(4, 6);
}

#[test]
fn ten_of_fifteen_make_a_key() {
    make_a_key(10, 15);
}

/// Everybody ends up with the group that the public packages give, and the trial of all of them succeeds.
fn make_a_key(threshold: u16, size: u16) {
    let Dealt { packages, receivers, sealed } = deal(&ceremony(threshold, size), 1);
    for (member, receiver) in &receivers {
        let share = receiver.finish(&sealed).unwrap();
        assert_eq!((share.member(), share.group()), (*member, packages.group()));
    }
    let session = Session::trial(&packages, 0, transcript(&packages, &sealed).unwrap());
    assert_eq!(session.signers(), usize::from(size));
    let everybody: Vec<u16> = (1..=size).collect();
    let keys = keys(threshold, size, 1);
    assert_eq!(keys.group, *packages.group());
    assert_eq!(signatures(&keys, &session, &everybody, 2).len(), 1);
}

#[test]
fn the_trial_needs_everybody() {
    let Dealt { packages, sealed, .. } = deal(&ceremony(2, 3), 1);
    let session = Session::trial(&packages, 0, transcript(&packages, &sealed).unwrap());
    let keys = keys(2, 3, 1);
    let commitments = [1, 2].map(|number| {
        let mut signer = keys.signer(number);
        (member(number), signer.commit(&session, &mut rng(2)).unwrap())
    });
    let mut signer = keys.signer(1);
    signer.commit(&session, &mut rng(2)).unwrap();
    let error = signer.sign(&session, &BTreeMap::from(commitments)).unwrap_err();
    assert_eq!(error, crate::signing::SessionError::TooFew { needed: 3, found: 2 }.into());
}

#[test]
fn the_id_binds_chain_number_threshold_and_roster() {
    let ceremony = ceremony(2, 3);
    let roster = ceremony.roster();
    let others = [
        Ceremony::new(ceremony.chain_id() + 1, 0, roster.clone()),
        Ceremony::new(ceremony.chain_id(), 1, roster.clone()),
        Ceremony::new(ceremony.chain_id(), 0, Roster::new(3, roster.identities().collect()).unwrap()),
        Ceremony::new(ceremony.chain_id(), 0, roster.without(&[member(1)]).unwrap()),
    ];
    for other in others {
        assert_ne!(other.id(), ceremony.id());
    }
    assert_eq!(Ceremony::new(ceremony.chain_id(), 0, roster.clone()), ceremony);
}

#[test]
fn who_is_left_out_leaves_a_ceremony_of_its_own() {
    let first = ceremony(2, 3);
    let second = first.without(&[member(2)]).unwrap();
    assert_eq!((second.number(), second.roster().threshold(), second.roster().size()), (1, 2, 2));
    let signature = first.statement(Round::Package, b"payload").sign(&signing_key(1), &[0; 32]);
    first.verify(member(1), Round::Package, b"payload", &signature).unwrap();
    assert!(second.verify(member(1), Round::Package, b"payload", &signature).is_err());
    let Dealt { receivers, sealed, .. } = deal(&second, 5);
    let shares: Vec<_> = receivers.values().map(|receiver| receiver.finish(&sealed)).collect();
    assert!(shares.len() == 2 && shares.iter().all(Result::is_ok));
    let error = second.without(&[member(1)]).unwrap_err();
    assert_eq!(error, RosterError::TooFew { members: 1, threshold: 2 });
}

#[test]
fn a_restarted_custodian_goes_on() {
    let ceremony = ceremony(2, 3);
    let mut rng = rng(3);
    let mut dealers: BTreeMap<_, _> = ceremony
        .roster()
        .members()
        .map(|member| (member, Dealer::new(&ceremony, member, &mut rng).unwrap()))
        .collect();
    let packages = dealers.iter().map(|(member, (_, package))| (*member, package.clone())).collect();
    let packages = Packages::new(ceremony.clone(), packages).unwrap();
    let (dealer, _) = dealers.remove(&member(1)).unwrap();
    let stored = dealer.to_secret_bytes();
    let (_, published) = dealer.deal(&packages, &mut rng).unwrap();

    let restored = Dealer::from_secret_bytes(&ceremony, member(1), &stored).unwrap();
    assert_eq!(restored.to_secret_bytes(), stored);
    let (receiver, _) = restored.deal(&packages, &mut rng).unwrap();
    let mut sealed = BTreeMap::from([(member(1), published)]);
    let mut others = Vec::new();
    for (member, (dealer, _)) in dealers {
        let (other, shares) = dealer.deal(&packages, &mut rng).unwrap();
        sealed.insert(member, shares);
        others.push(other);
    }
    let group = receiver.finish(&sealed).unwrap().group().clone();
    for other in others {
        assert_eq!(*other.finish(&sealed).unwrap().group(), group);
    }
}

#[test]
fn the_transcript_binds_every_message() {
    let Dealt { packages, sealed, .. } = deal(&ceremony(2, 3), 1);
    let digest = transcript(&packages, &sealed).unwrap();
    let again = deal(&ceremony(2, 3), 9);
    let mut mixed = sealed.clone();
    mixed.insert(member(3), again.sealed[&member(3)].clone());
    assert_ne!(transcript(&packages, &mixed).unwrap(), digest);
    assert_ne!(transcript(&again.packages, &sealed).unwrap(), digest);
    mixed.remove(&member(2));
    assert_eq!(transcript(&packages, &mixed), Err(FinishError::Missing { member: member(2) }));
}
