use bitcoin::ScriptBuf;
use bitcoin::hashes::Hash;
use bitcoin::{PubkeyHash, ScriptHash, WPubkeyHash, WScriptHash};

use super::*;
use crate::fixture::terms;

#[test]
fn thresholds_are_those_of_bitcoin_core() {
    for (script, sats) in [
        (ScriptBuf::new_p2pkh(&PubkeyHash::all_zeros()), 546),
        (ScriptBuf::new_p2sh(&ScriptHash::all_zeros()), 540),
        (ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros()), 294),
        (ScriptBuf::new_p2wsh(&WScriptHash::all_zeros()), 330),
        (terms().staking_output().taproot().script_pubkey(), TAPROOT.to_sat()),
        (ScriptBuf::from_hex("51024e73").unwrap(), 240),
        (ScriptBuf::from_hex("6a07626162796c6f6e").unwrap(), 0),
    ] {
        assert_eq!(threshold(&script), Amount::from_sat(sats), "{script}");
        // Bitcoin Core's own rule, as rust-bitcoin has it.
        assert_eq!(threshold(&script), script.minimal_non_dust(), "{script}");
    }
}

#[test]
fn the_threshold_itself_is_not_dust() {
    let script_pubkey = ScriptBuf::new_p2wpkh(&WPubkeyHash::all_zeros());
    let output = |sats| TxOut { value: Amount::from_sat(sats), script_pubkey: script_pubkey.clone() };
    assert!(is_dust(&output(293)));
    assert!(!is_dust(&output(294)));
}

#[test]
fn op_return_may_be_worth_nothing() {
    let script_pubkey = ScriptBuf::from_hex("6a07626162796c6f6e").unwrap();
    assert!(!is_dust(&TxOut { value: Amount::ZERO, script_pubkey }));
}
