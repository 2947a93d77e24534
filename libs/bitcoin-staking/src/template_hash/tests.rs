use bitcoin::consensus::encode::{deserialize, deserialize_hex, serialize};
use bitcoin::{OutPoint, Txid};
use serde_json::Value;

use super::*;
use crate::fixture::template_delegation;
use crate::{Slashed, TemplateDelegation};

/// The transactions of a stake's life that scripts fix.
fn fixed(delegation: &TemplateDelegation) -> [Transaction; 3] {
    let slashing = |slashed| delegation.slashing(slashed).transaction().clone();
    let unbonding = delegation.unbonding().transaction().clone();
    [unbonding, slashing(Slashed::Stake), slashing(Slashed::Unbonding)]
}

#[test]
fn published_vectors_have_their_hashes() {
    let file: Value = serde_json::from_str(include_str!("../../testvectors/template_hash.json")).unwrap();
    let mut judged = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let tx: Transaction = deserialize_hex(vector["hex_tx"].as_str().unwrap()).unwrap();
        let inputs = vector["spend_index"].as_array().unwrap();
        let hashes = vector["result"].as_array().unwrap();
        assert_eq!(inputs.len(), hashes.len());
        for (input, hash) in inputs.iter().zip(hashes) {
            let input = u32::try_from(input.as_u64().unwrap()).unwrap();
            assert_eq!(TemplateHash::of(&tx, input).to_string(), hash.as_str().unwrap());
            judged += 1;
        }
    }
    assert_eq!(judged, 400);
}

#[test]
fn each_byte_of_a_fixed_transaction_counts_but_those_of_its_prevout() {
    /// After the version and the number of inputs.
    const PREVOUT: std::ops::Range<usize> = 5..41;
    for tx in fixed(&template_delegation()) {
        let (bytes, hash) = (serialize(&tx), TemplateHash::of(&tx, 0));
        let mut changed = 0;
        for (place, flip) in (0..bytes.len()).flat_map(|place| (1..=255_u8).map(move |flip| (place, flip))) {
            let mut spoiled = bytes.clone();
            spoiled[place] ^= flip;
            let Ok(spoiled) = deserialize::<Transaction>(&spoiled) else { continue };
            let same = TemplateHash::of(&spoiled, 0) == hash;
            assert_eq!(same, PREVOUT.contains(&place), "byte {place} with {flip:02x}");
            changed += usize::from(!same);
        }
        // All of them but counts and lengths, which leave no transaction.
        assert!(changed >= 66 * 255, "most changes are still transactions: {changed}");
    }
}

#[test]
fn another_input_has_another_hash_and_another_prevout_the_same() {
    let [mut tx, ..] = fixed(&template_delegation());
    let hash = TemplateHash::of(&tx, 0);
    assert_ne!(TemplateHash::of(&tx, 1), hash);
    tx.input[0].previous_output = OutPoint::new(Txid::from_byte_array([7; 32]), 7);
    tx.input[0].witness.push([1, 2, 3]);
    assert_eq!(TemplateHash::of(&tx, 0), hash);
    tx.input.push(tx.input[0].clone());
    assert_ne!(TemplateHash::of(&tx, 0), hash);
}
