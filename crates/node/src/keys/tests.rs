use super::*;
use crate::fixture::{genesis, validator};

#[test]
fn one_seed_gives_one_pair_of_keys() {
    assert_eq!(validator(1).public(), validator(1).public());
    let (one, two) = (validator(1).public(), validator(2).public());
    assert_ne!(one.ed25519, two.ed25519);
    assert_ne!(one.bls, two.bls);
}

#[test]
fn a_genesis_with_proofs_is_accepted() {
    assert_eq!(check_genesis(&genesis(4, 0, 1_000, 60)), Ok(()));
}

#[test]
fn a_proof_for_another_chain_is_refused() {
    let mut genesis = genesis(2, 0, 1_000, 60);
    genesis.parameters.chain.chain_id += 1;
    assert_eq!(check_genesis(&genesis), Err(KeyError::Possession { index: 0 }));
}

#[test]
fn a_proof_of_another_key_is_refused() {
    let mut genesis = genesis(2, 0, 1_000, 60);
    genesis.validators[1].possession = genesis.validators[0].possession;
    assert_eq!(check_genesis(&genesis), Err(KeyError::Possession { index: 1 }));
}

#[test]
fn keys_must_be_points_and_differ() {
    let committee = genesis(2, 0, 1_000, 60).committee();
    assert_eq!(parse_committee(&committee).map(|committee| committee.len()), Ok(2));
    let mut broken = committee.clone();
    broken[1].bls.0[0] ^= 0x80;
    assert_eq!(parse_committee(&broken).unwrap_err(), KeyError::NotAPoint { index: 1, key: "bls" });
    let mut repeated = committee;
    repeated[1].bls = repeated[0].bls;
    assert_eq!(parse_committee(&repeated).unwrap_err(), KeyError::Repeated);
}
