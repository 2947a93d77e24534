use super::*;
use crate::testing::{member, signing_key, x_only};

const STATEMENT: Statement<'_> =
    Statement { chain_id: 840_099, id: [7; 32], round: Round::Package, payload: b"payload" };

#[test]
fn the_digest_is_that_of_the_wire_format() {
    let message = [&840_099u64.to_be_bytes()[..], &[7; 32], &[1], b"payload"].concat();
    let hash = bip340::tagged_hash("ballast/ceremony/1", &[&message]);
    assert_eq!(STATEMENT.digest(), bip340::digest(&hash));
}

#[test]
fn a_signature_is_bound_to_every_field_and_its_author() {
    let signature = STATEMENT.sign(&signing_key(3), &[0; 32]);
    STATEMENT.verify(member(3), &x_only(3), &signature).unwrap();
    let others = [
        Statement { chain_id: 840_001, ..STATEMENT },
        Statement { id: [8; 32], ..STATEMENT },
        Statement { round: Round::Commitments, ..STATEMENT },
        Statement { payload: b"Payload", ..STATEMENT },
        Statement { payload: b"", ..STATEMENT },
    ];
    for other in others {
        let error = other.verify(member(3), &x_only(3), &signature).unwrap_err();
        assert_eq!(error, Forged { member: member(3), round: other.round as u8 });
    }
    assert!(STATEMENT.verify(member(4), &x_only(4), &signature).is_err());
}
