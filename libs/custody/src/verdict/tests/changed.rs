//! A rogue coordinator's transactions, each refused by name.

use super::*;

/// A name and what was done to the transaction to earn it.
type Change<'a> = (&'a str, &'a dyn Fn(&mut Transaction));

#[test]
fn every_change_has_its_name() {
    let changes: [Change; 13] = [
        ("output_changed", &|tx| tx.output[0].script_pubkey = tx.output[1].script_pubkey.clone()),
        ("output_changed", &|tx| tx.output[1].value += sat(1)),
        ("output_changed", &|tx| tx.output[2].value -= sat(1)),
        ("output_changed", &|tx| tx.output.swap(0, 1)),
        ("output_count_changed", &|tx| drop(tx.output.pop())),
        ("output_count_changed", &|tx| tx.output.push(tx.output[0].clone())),
        ("input_changed", &|tx| tx.input.swap(0, 1)),
        ("input_changed", &|tx| tx.input[1].previous_output = outpoint(77)),
        ("input_count_changed", &|tx| drop(tx.input.pop())),
        ("sequence_changed", &|tx| tx.input[0].sequence = Sequence::MAX),
        ("already_signed", &|tx| tx.input[1].witness = Witness::from_slice(&[[0; 64]])),
        ("lock_time_changed", &|tx| tx.lock_time = LockTime::from_consensus(500)),
        ("version_changed", &|tx| tx.version = Version::TWO),
    ];
    for (name, change) in changes {
        let mut view = View::of(paying());
        change(&mut view.proposed);
        let refusal = view.judge().unwrap_err();
        assert_eq!(refusal.name(), name, "{refusal}");
        assert!(matches!(refusal, Refusal::Transaction(_)));
    }
}

#[test]
fn a_redirected_payout_is_told_from_the_right_one() {
    let mut view = View::of(paying());
    let expected = view.proposed.output[0].clone();
    view.proposed.output[0].script_pubkey = ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([9; 20]));
    let found = view.proposed.output[0].clone();
    let difference = Difference::Output { index: 0, expected, found };
    assert_eq!(view.judge(), Err(difference.into()));
}

#[test]
fn another_rung_is_another_transaction() {
    let mut view = View::of(paying());
    view.proposed = view.intent.bump(FeeRate::from_sat_per_vb_u32(20)).unwrap().transaction();
    assert_eq!(view.refusal(), "output_changed");
}
