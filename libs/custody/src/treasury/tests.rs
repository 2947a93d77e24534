use bitcoin::absolute::LockTime;
use bitcoin::hashes::Hash;
use bitcoin::sighash::{Prevouts, SighashCache};
use bitcoin::taproot::LeafVersion;
use bitcoin::transaction::Version;
use bitcoin::{Amount, TapLeafHash, TapSighashType, Transaction, TxIn, TxOut, Witness};

use super::*;
use crate::testing::{accepts, outpoint, signing_key, treasury, x_only};

/// Recovery keys of the tests, in the order of their x coordinates.
const ASCENDING: [u8; 3] = [101, 102, 103];

fn keys() -> Vec<XOnlyPublicKey> {
    ASCENDING.map(x_only).to_vec()
}

/// Bitcoin Core 31.99 derives this address from this descriptor.
#[test]
fn address_and_descriptor_are_bitcoin_cores() {
    let treasury = Treasury { group: x_only(7), recovery: Recovery::new(12_960, 2, keys()).unwrap() };
    let address = "bcrt1p00drj0wh3ms5z3z7vzgj2qpfp8jdcdy8acyzu6hukl293d9ddwestl8y29";
    assert_eq!(treasury.address(KnownHrp::Regtest).to_string(), address);
    let keys = treasury.recovery.keys();
    let expected = format!(
        "tr({},and_v(v:older(12960),multi_a(2,{},{},{})))",
        "989c0b76cb563971fdc9bef31ec06c3560f3249d6ee9e5d83c57625596e05f6f", keys[0], keys[1], keys[2]
    );
    assert_eq!(treasury.descriptor(), expected);
}

#[test]
fn the_script_is_the_miniscript() {
    let recovery = Recovery::new(12_960, 2, keys()).unwrap();
    let [a, b, c] = [0, 1, 2].map(|index| recovery.keys()[index].to_string());
    let expected = format!("02a032b26920{a}ac20{b}ba20{c}ba529c");
    assert_eq!(recovery.script().to_hex_string(), expected);
}

#[test]
fn the_order_of_recovery_keys_does_not_matter() {
    let mut reversed = keys();
    reversed.reverse();
    assert_eq!(Recovery::new(144, 2, reversed), Recovery::new(144, 2, keys()));
}

#[test]
fn times_follow_from_one_number() {
    let recovery = Recovery::new(12_960, 2, keys()).unwrap();
    assert_eq!((recovery.renew_by(), recovery.alarm_from(), recovery.blocks()), (6_480, 4_320, 12_960));
}

#[test]
fn impossible_recoveries_are_refused() {
    let twice = vec![x_only(101), x_only(102), x_only(101)];
    assert_eq!(Recovery::new(144, 2, twice), Err(RecoveryError::Twice { key: x_only(101) }));
    for threshold in [0, 4] {
        let error = RecoveryError::Threshold { threshold, keys: 3 };
        assert_eq!(Recovery::new(144, threshold, keys()), Err(error));
    }
    let many: Vec<_> = (1..=101).map(x_only).collect();
    assert_eq!(Recovery::new(144, 2, many), Err(RecoveryError::Threshold { threshold: 2, keys: 101 }));
    assert_eq!(Recovery::new(3, 2, keys()), Err(RecoveryError::TooSoon { found: 3 }));
}

/// A spend by the recovery leaf, signed by some of its keys.
fn recovered(sequence: Sequence, signers: &[u8]) -> bool {
    let treasury = treasury(x_only(7));
    let leaf = treasury.recovery.script();
    let spent = TxOut { value: Amount::ONE_BTC, script_pubkey: treasury.script_pubkey() };
    let output = TxOut { value: Amount::from_sat(99_000_000), script_pubkey: spent.script_pubkey.clone() };
    let input = TxIn { previous_output: outpoint(1), sequence, ..TxIn::default() };
    let (input, output) = (vec![input], vec![output]);
    let mut transaction = Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input, output };
    let leaf_hash = TapLeafHash::from_script(&leaf, LeafVersion::TapScript);
    let prevouts = [&spent];
    let hash = SighashCache::new(&transaction)
        .taproot_script_spend_signature_hash(0, &Prevouts::All(&prevouts), leaf_hash, TapSighashType::Default)
        .unwrap();
    let sign = |key: &XOnlyPublicKey| {
        let signer = signers.iter().find(|signer| x_only(**signer) == *key)?;
        let digest = hash.as_byte_array();
        Some(ballast_schnorr::bip340::sign(&signing_key(*signer), digest, &[0; 32]).serialize().to_vec())
    };
    let mut witness: Vec<Vec<u8>> =
        treasury.recovery.keys().iter().rev().map(|key| sign(key).unwrap_or_default()).collect();
    let control = treasury.spend_info().control_block(&(leaf.clone(), LeafVersion::TapScript)).unwrap();
    witness.extend([leaf.to_bytes(), control.serialize()]);
    transaction.input[0].witness = Witness::from_slice(&witness);
    accepts(&transaction, &[spent])
}

#[test]
fn recovery_keys_take_over_after_the_timelock_and_not_before() {
    assert!(recovered(treasury(x_only(7)).recovery.sequence(), &[101, 103]));
    assert!(recovered(Sequence::from_height(144), &[102, 103]));
    assert!(!recovered(Sequence::from_height(143), &[101, 103]), "too early");
    assert!(!recovered(Sequence::from_height(144), &[101]), "too few");
    assert!(!recovered(Sequence::from_height(144), &[101, 102, 103]), "more than the threshold");
}
