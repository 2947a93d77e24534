use bitcoin::absolute::LockTime;
use bitcoin::transaction::Version;
use bitcoin::{Amount, TxOut};
use proptest::prelude::*;

use super::*;

const TAG: [u8; 4] = *b"bbt4";

fn checkpoint() -> Checkpoint {
    Checkpoint {
        epoch: 7,
        block_hash: [0xaa; 32],
        signers: Bitmap::from_indices([0, 2]).unwrap(),
        submitter: [0xbb; 20],
        signature: [0xcc; 48],
    }
}

fn carrying(scripts: &[ScriptBuf]) -> Transaction {
    let output = |script: &ScriptBuf| TxOut { value: Amount::ZERO, script_pubkey: script.clone() };
    Transaction {
        version: Version::TWO,
        lock_time: LockTime::ZERO,
        input: Vec::new(),
        output: scripts.iter().map(output).collect(),
    }
}

#[test]
fn both_parts_have_their_lengths() {
    let [first, second] = checkpoint().parts().map(|part| part.to_script(TAG).into_bytes());
    assert_eq!((first.len(), &first[..3]), (81, &[0x6a, 0x4c, 78][..]));
    assert_eq!((second.len(), &second[..2]), (65, &[0x6a, 63][..]));
    assert_eq!(checkpoint().to_bytes().len(), 121);
}

#[test]
fn parts_of_two_checkpoints_are_not_joined() {
    let [first, second] = checkpoint().parts();
    let [other, _] = Checkpoint { epoch: 8, ..checkpoint() }.parts();
    assert_eq!(Checkpoint::join(&first, &second), Ok(checkpoint()));
    assert_eq!(Checkpoint::join(&other, &second), Err(JoinError::Link));
    assert_eq!(Checkpoint::join(&second, &first), Err(JoinError::Order));
    assert_eq!(Checkpoint::join(&first, &first), Err(JoinError::Order));
}

#[test]
fn a_transaction_with_two_announcements_carries_none() {
    let [first, second] = checkpoint().parts();
    let script = first.to_script(TAG);
    let payment = ScriptBuf::from_bytes(vec![0x51]);
    assert_eq!(Part::find(TAG, &carrying(&[payment.clone(), script.clone()])), Some(first));
    assert_eq!(Part::find(TAG, &carrying(&[script.clone(), second.to_script(TAG)])), None);
    let foreign = ScriptBuf::new_op_return([1, 2, 3]);
    assert_eq!(Part::find(TAG, &carrying(&[script, foreign])), None);
    assert_eq!(Part::find(TAG, &carrying(&[payment])), None);
}

#[test]
fn what_is_no_part_is_passed_over() {
    let bytes = checkpoint().parts()[0].to_bytes(TAG);
    let spoiled = |index: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[index] = byte;
        Part::from_bytes(TAG, &bytes)
    };
    assert_eq!(Part::from_bytes(*b"bbn1", &bytes), None, "another network");
    assert_eq!(spoiled(4, 0x01), None, "another version");
    assert_eq!(spoiled(4, 0x10), None, "a second part of this length");
    assert_eq!(spoiled(4, 0x20), None, "a third part");
    assert_eq!(Part::from_bytes(TAG, &bytes[..77]), None, "too short");
    assert_eq!(Part::from_bytes(TAG, &[&bytes[..], &[0]].concat()), None, "too long");
    assert_eq!(Part::from_bytes(TAG, &[]), None);
}

#[test]
fn only_one_shortest_push_behind_op_return_is_read() {
    let part = checkpoint().parts()[1];
    let good = part.to_script(TAG).into_bytes();
    assert_eq!(Part::from_script(TAG, Script::from_bytes(&good)), Some(part));
    let long_form = [&[0x6a, 0x4c][..], &good[1..]].concat();
    assert_eq!(Part::from_script(TAG, Script::from_bytes(&long_form)), None);
    let followed = [&good[..], &[0x51]].concat();
    assert_eq!(Part::from_script(TAG, Script::from_bytes(&followed)), None);
    assert_eq!(Part::from_script(TAG, Script::from_bytes(&good[1..])), None);
    assert_eq!(Part::from_script(TAG, Script::from_bytes(&good[..9])), None);
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        epoch: u64,
        block_hash: [u8; 32],
        signers: [u8; 13],
        submitter: [u8; 20],
        half: [u8; 24],
    ) {
        let mut signature = [0; 48];
        signature[24..].copy_from_slice(&half);
        let signers = Bitmap::from_bytes(signers);
        let checkpoint = Checkpoint { epoch, block_hash, signers, submitter, signature };
        let [first, second] = checkpoint.parts().map(|part| {
            Part::from_script(TAG, &part.to_script(TAG)).unwrap()
        });
        prop_assert_eq!(Checkpoint::join(&first, &second), Ok(checkpoint));
    }
}
