//! What each way to cheat, or to be silent, comes to.

use super::*;

fn accuse(dealt: &Dealt, victim: u16) -> Complaint {
    match dealt.receivers[&member(victim)].finish(&dealt.sealed).unwrap_err() {
        FinishError::BadShare { culprit, complaint } => {
            assert_eq!(complaint.accused(), culprit);
            Complaint::from_bytes(&complaint.to_bytes()).unwrap()
        }
        error => panic!("{error}"),
    }
}

/// Replaces what custodian 2 dealt by shares of its own choice, properly encrypted.
fn deal_wrongly(dealt: &mut Dealt) {
    let wrong = round2::Package::new(SigningShare::deserialize(&[9; 32]).unwrap());
    let shares = [1, 3].map(|recipient| (member(recipient), wrong.clone())).into();
    let ephemeral = SecretKey::from_slice(&[5; 32]).unwrap();
    let sealed = SealedShares::seal(&dealt.packages, member(2), &ephemeral, &shares);
    dealt.sealed.insert(member(2), sealed);
}

#[test]
fn a_wrong_share_convicts_its_dealer() {
    let mut dealt = deal(&ceremony(2, 3), 1);
    deal_wrongly(&mut dealt);
    for victim in [1, 3] {
        let complaint = accuse(&dealt, victim);
        assert_eq!(complaint.accused(), member(2));
        let blame = complaint.judge(member(victim), &dealt.packages, &dealt.sealed[&member(2)]);
        assert_eq!((blame, blame.member()), (Blame::Dealer(member(2)), member(2)));
    }
    dealt.receivers[&member(2)].finish(&dealt.sealed).unwrap();
}

#[test]
fn an_altered_share_convicts_its_dealer() {
    let honest = deal(&ceremony(2, 3), 1);
    let bytes = honest.sealed[&member(1)].to_bytes();
    // The share for custodian 2, then the one for custodian 3.
    for (at, victim) in [(33, 2), (33 + 47, 2), (33 + 48, 3), (33 + 95, 3)] {
        let mut dealt = deal(&ceremony(2, 3), 1);
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let altered = SealedShares::from_bytes(dealt.packages.ceremony(), member(1), &altered).unwrap();
        dealt.sealed.insert(member(1), altered);
        let complaint = accuse(&dealt, victim);
        let blame = complaint.judge(member(victim), &dealt.packages, &dealt.sealed[&member(1)]);
        assert_eq!(blame, Blame::Dealer(member(1)));
    }
}

#[test]
fn shares_of_another_ceremony_or_sender_do_not_open() {
    let other = deal(&ceremony(2, 3).without(&[]).unwrap(), 1);
    let mut dealt = deal(&ceremony(2, 3), 1);
    dealt.sealed.insert(member(2), other.sealed[&member(2)].clone());
    assert_eq!(accuse(&dealt, 1).accused(), member(2));

    let mut dealt = deal(&ceremony(2, 3), 1);
    let from_3 = dealt.sealed[&member(3)].to_bytes();
    let as_2 = SealedShares::from_bytes(dealt.packages.ceremony(), member(2), &from_3).unwrap();
    dealt.sealed.insert(member(2), as_2);
    assert_eq!(accuse(&dealt, 1).accused(), member(2));
}

#[test]
fn a_false_complaint_convicts_the_complainer() {
    let dealt = deal(&ceremony(2, 3), 1);
    let guilty = Blame::Complainer(member(1));
    let judge = |accused: u16, key: SecretKey| {
        let shares = &dealt.sealed[&member(2)];
        Complaint::new(member(accused), key).judge(member(1), &dealt.packages, shares)
    };
    let mut wrong = deal(&ceremony(2, 3), 1);
    deal_wrongly(&mut wrong);
    let own_key = SecretKey::from_slice(&accuse(&wrong, 1).to_bytes()[2..]).unwrap();
    assert_eq!(judge(2, own_key), guilty, "the share is good");
    assert_eq!(judge(2, SecretKey::from_slice(&[1; 32]).unwrap()), guilty, "not its own key");
    assert_eq!(judge(1, own_key), guilty, "itself");
    assert_eq!(judge(4, own_key), guilty, "a stranger");
}

#[test]
fn the_silent_are_named() {
    let mut dealt = deal(&ceremony(2, 3), 1);
    dealt.sealed.remove(&member(3));
    let error = dealt.receivers[&member(1)].finish(&dealt.sealed).unwrap_err();
    assert_eq!(error, FinishError::Missing { member: member(3) });

    let mut packages: BTreeMap<_, _> =
        dealt.packages.iter().map(|(member, package)| (member, package.clone())).collect();
    packages.remove(&member(2));
    let error = Packages::new(ceremony(2, 3), packages).unwrap_err();
    assert_eq!(error, PackagesError::Missing { member: member(2) });
}

#[test]
fn a_stranger_and_a_copied_package_are_named() {
    let dealt = deal(&ceremony(2, 3), 1);
    let packages = || -> BTreeMap<Member, Package> {
        dealt.packages.iter().map(|(member, package)| (member, package.clone())).collect()
    };
    let mut copied = packages();
    copied.insert(member(2), copied[&member(1)].clone());
    let error = Packages::new(ceremony(2, 3), copied).unwrap_err();
    assert_eq!(error, PackagesError::Proof { member: member(2) });

    let mut more = packages();
    more.insert(member(4), more[&member(1)].clone());
    let error = Packages::new(ceremony(2, 3), more).unwrap_err();
    assert_eq!(error, PackagesError::Unexpected { member: member(4) });
}

#[test]
fn a_dealer_refuses_packages_that_are_not_its_own() {
    let ceremony = ceremony(2, 3);
    let dealt = deal(&ceremony, 1);
    let (dealer, _) = Dealer::new(&ceremony, member(1), &mut rng(99)).unwrap();
    let error = dealer.deal(&dealt.packages, &mut rng(2)).unwrap_err();
    assert_eq!(error, DealerError::OtherPackage { member: member(1) });

    let next = ceremony.without(&[]).unwrap();
    let (dealer, _) = Dealer::new(&next, member(1), &mut rng(99)).unwrap();
    let error = dealer.deal(&dealt.packages, &mut rng(2)).unwrap_err();
    assert_eq!(error, DealerError::OtherCeremony { expected: next.id(), found: ceremony.id() });

    let error = Dealer::new(&ceremony, member(4), &mut rng(1)).unwrap_err();
    assert_eq!(error, RosterError::Unknown { member: member(4) }.into());
}
