//! Every message reads back; cut off, altered or longer ones do not.

use super::*;

fn too_short<T: fmt::Debug>(bytes: &[u8], parse: impl Fn(&[u8]) -> Result<T, MessageError>) {
    let expected = bytes.len();
    for found in 0..expected {
        assert_eq!(parse(&bytes[..found]).unwrap_err(), MessageError::Length { expected, found });
    }
    let error = parse(&[bytes, &[0]].concat()).unwrap_err();
    assert_eq!(error, MessageError::Length { expected, found: expected + 1 });
}

/// Every flipped bit breaks the author's signature, whatever it does to the message.
fn signed_bit_for_bit(round: Round, bytes: &[u8]) {
    let ceremony = ceremony(2, 3);
    let signature = ceremony.statement(round, bytes).sign(&signing_key(1), &[0; 32]);
    ceremony.verify(member(1), round, bytes, &signature).unwrap();
    for at in 0..bytes.len() {
        let mut altered = bytes.to_vec();
        altered[at] ^= 1;
        let forged = Forged { member: member(1), round: round as u8 };
        assert_eq!(ceremony.verify(member(1), round, &altered, &signature), Err(forged.into()));
    }
}

fn with(bytes: &[u8], at: usize, value: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at..at + value.len()].copy_from_slice(value);
    bytes
}

#[test]
fn packages() {
    let ceremony = ceremony(2, 3);
    let (_, package) = Dealer::new(&ceremony, member(1), &mut rng(1)).unwrap();
    let bytes = package.to_bytes();
    assert_eq!(bytes.len(), 33 + 2 * 33 + 64);
    let parse = |bytes: &[u8]| Package::from_bytes(&ceremony, bytes);
    assert_eq!(parse(&bytes).unwrap(), package);
    too_short(&bytes, parse);
    signed_bit_for_bit(Round::Package, &bytes);
    for at in [0, 33, 66] {
        for tag in [4, 5] {
            assert_eq!(parse(&with(&bytes, at, &[tag])), Err(MessageError::Point { at }));
        }
        assert_eq!(parse(&with(&bytes, at, &[0; 33])), Err(MessageError::Point { at }), "infinity");
    }
    assert_eq!(parse(&with(&bytes, 99, &[255; 64])), Err(MessageError::Scalar { at: 99 }));
}

#[test]
fn a_package_with_any_altered_commitment_or_proof_is_not_proven() {
    let ceremony = ceremony(2, 3);
    let (_, package) = Dealer::new(&ceremony, member(1), &mut rng(1)).unwrap();
    let bytes = package.to_bytes();
    // The constant term and the proof; the other commitments are bound by the shares and the author's signature.
    for at in (33..66).chain(99..163) {
        let altered = with(&bytes, at, &[bytes[at] ^ 1]);
        if let Ok(package) = Package::from_bytes(&ceremony, &altered) {
            assert_eq!(package.check(member(1)), Err(PackagesError::Proof { member: member(1) }), "{at}");
        }
    }
}

#[test]
fn a_longer_polynomial_is_no_package() {
    let (_, raised) = Dealer::new(&ceremony(3, 3), member(1), &mut rng(1)).unwrap();
    let error = Package::from_bytes(&ceremony(2, 3), &raised.to_bytes()).unwrap_err();
    assert_eq!(error, MessageError::Length { expected: 163, found: 196 });
}

#[test]
fn sealed_shares() {
    let dealt = deal(&ceremony(2, 3), 1);
    let shares = &dealt.sealed[&member(1)];
    let bytes = shares.to_bytes();
    assert_eq!(bytes.len(), 33 + 2 * 48);
    let parse = |bytes: &[u8]| SealedShares::from_bytes(dealt.packages.ceremony(), member(1), bytes);
    assert_eq!(parse(&bytes).unwrap(), *shares);
    too_short(&bytes, parse);
    signed_bit_for_bit(Round::SealedShares, &bytes);
    assert_eq!(parse(&with(&bytes, 0, &[4])), Err(MessageError::Point { at: 0 }));
}

#[test]
fn complaints() {
    let complaint = Complaint::new(member(2), SecretKey::from_slice(&[7; 32]).unwrap());
    let bytes = complaint.to_bytes();
    assert_eq!(Complaint::from_bytes(&bytes), Ok(complaint));
    too_short(&bytes, Complaint::from_bytes);
    signed_bit_for_bit(Round::Complaint, &bytes);
    assert_eq!(Complaint::from_bytes(&with(&bytes, 0, &[0, 0])), Err(MessageError::Member { at: 0 }));
    for scalar in [[0; 32], [255; 32]] {
        let error = Complaint::from_bytes(&with(&bytes, 2, &scalar)).unwrap_err();
        assert_eq!(error, MessageError::Scalar { at: 2 });
    }
    assert_eq!(format!("{complaint:?}"), "Complaint(against custodian 2)");
}

#[test]
fn stored_dealers() {
    let ceremony = ceremony(2, 3);
    let (dealer, _) = Dealer::new(&ceremony, member(1), &mut rng(1)).unwrap();
    let bytes = dealer.to_secret_bytes();
    assert_eq!(bytes.len(), 32 + 2 + 32 + 2 * (32 + 33) + 32);
    let read = |ceremony: &Ceremony, number: u16, bytes: &[u8]| {
        Dealer::from_secret_bytes(ceremony, member(number), bytes).map(|_| ())
    };
    read(&ceremony, 1, &bytes).unwrap();
    for at in 0..bytes.len() {
        let altered = with(&bytes, at, &[bytes[at] ^ 1]);
        assert_eq!(read(&ceremony, 1, &altered), Err(DealerError::Damaged));
        assert_eq!(read(&ceremony, 1, &bytes[..at]), Err(DealerError::Damaged));
    }
    assert_eq!(read(&ceremony, 2, &bytes), Err(DealerError::OtherPackage { member: member(2) }));
    let next = ceremony.without(&[]).unwrap();
    let error = DealerError::OtherCeremony { expected: next.id(), found: ceremony.id() };
    assert_eq!(read(&next, 1, &bytes), Err(error));
    assert_eq!(format!("{dealer:?}"), format!("Dealer(custodian 1, {})", ceremony.id()));
}
