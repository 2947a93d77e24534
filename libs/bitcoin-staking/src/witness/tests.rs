use super::*;
use crate::fixture::{COVENANT, PROVIDER, blocks, committee, key, secret, terms};

/// Any signature, told apart by its signer.
fn signature(signer: u8) -> Signature {
    bip340::sign(&secret(signer), &[signer; 32], &[0; 32])
}

fn signatures(signers: &[u8]) -> CovenantSignatures {
    signers.iter().map(|signer| (key(*signer), signature(*signer))).collect()
}

/// The covenant's numbers by descending key.
fn descending_members() -> [u8; 3] {
    let mut members = COVENANT;
    members.sort_by_key(|member| std::cmp::Reverse(key(*member).serialize()));
    members
}

#[test]
fn absent_members_leave_an_empty_element_in_descending_order() {
    let (terms, [high, middle, low]) = (terms(), descending_members());
    let output = terms.staking_output();
    let leaf = output.unbonding();
    let witness = unbonding(&terms, leaf, &signature(1), &signatures(&[low, high])).unwrap();
    let expected = [
        signature(high).serialize().to_vec(),
        Vec::new(),
        signature(low).serialize().to_vec(),
        signature(1).serialize().to_vec(),
        leaf.script().to_bytes(),
        leaf.control_block().serialize(),
    ];
    assert_eq!(witness.to_vec(), expected);
    let witness = unbonding(&terms, leaf, &signature(1), &signatures(&[low, middle])).unwrap();
    assert!(witness.nth(0).unwrap().is_empty());
}

#[test]
fn one_provider_of_several_signs() {
    let mut providers = [4, 5, 6];
    providers.sort_by_key(|provider| std::cmp::Reverse(key(*provider).serialize()));
    let terms = Terms::new(key(1), providers.map(key), committee(), blocks(200), blocks(10)).unwrap();
    let (output, chosen) = (terms.staking_output(), providers[1]);
    let covenant = signatures(&COVENANT[..2]);
    let fp = (key(chosen), &signature(chosen));
    let witness = slashing(&terms, output.slashing(), &signature(1), fp, &covenant).unwrap().to_vec();
    assert_eq!(witness.len(), 3 + 3 + 3);
    assert_eq!(witness[3..6], [vec![], signature(chosen).serialize().to_vec(), vec![]]);
    let stranger = (key(PROVIDER), &signature(PROVIDER));
    let refused = slashing(&terms, output.slashing(), &signature(1), stranger, &covenant);
    assert_eq!(refused, Err(WitnessError::NotProvider { key: key(PROVIDER) }));
}

#[test]
fn the_first_quorum_is_that_of_the_highest_keys() {
    let [high, middle, low] = descending_members();
    let chosen = |signers: &[u8]| first_quorum(&committee(), &signatures(signers));
    assert_eq!(chosen(&[low, middle, high]), signatures(&[high, middle]));
    assert_eq!(chosen(&[low, high]), signatures(&[high, low]));
    assert_eq!(chosen(&[low]), signatures(&[low]));
    assert_eq!(chosen(&[low, 99]), signatures(&[low]));
}

#[test]
fn the_stakers_signature_is_third_from_the_end() {
    let (terms, mut witness) = (terms(), Witness::new());
    assert_eq!(staker_signature(&witness), None);
    let output = terms.staking_output();
    witness.clone_from(&timelock(output.timelock(), &signature(1)));
    assert_eq!(staker_signature(&witness), Some(signature(1)));
    witness.push([0x50, 1, 2]);
    assert_eq!(staker_signature(&witness), Some(signature(1)));
    let witness = unbonding(&terms, output.unbonding(), &signature(1), &signatures(&COVENANT[1..])).unwrap();
    assert_eq!(staker_signature(&witness), Some(signature(1)));
    assert_eq!(staker_signature(&Witness::from_slice(&[[1, 2], [3, 4], [5, 6]])), None);
}
