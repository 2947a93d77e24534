use bitcoin::hashes::Hash;
use bitcoin::script::{Builder, PushBytesBuf};
use bitcoin::{PubkeyHash, ScriptHash, WPubkeyHash, WScriptHash, WitnessProgram, WitnessVersion, opcodes};

use super::*;
use crate::testing::{signing_key, treasury, x_only};

fn key(byte: u8) -> PublicKey {
    PublicKey::new(signing_key(byte).public_key())
}

fn multisig(threshold: i64, keys: &[PublicKey]) -> ScriptBuf {
    let script = Builder::new().push_int(threshold);
    keys.iter()
        .fold(script, Builder::push_key)
        .push_int(i64::try_from(keys.len()).unwrap())
        .push_opcode(OP_CHECKMULTISIG)
        .into_script()
}

fn program(version: WitnessVersion, bytes: &[u8]) -> ScriptBuf {
    ScriptBuf::new_witness_program(&WitnessProgram::new(version, bytes).unwrap())
}

#[test]
fn every_standard_script_can_be_paid() {
    let uncompressed = PublicKey::new_uncompressed(key(1).inner);
    let scripts = [
        ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([1; 20])),
        ScriptBuf::new_p2sh(&ScriptHash::from_byte_array([1; 20])),
        ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array([1; 20])),
        ScriptBuf::new_p2wsh(&WScriptHash::from_byte_array([1; 32])),
        ScriptBuf::new_p2tr(secp256k1::SECP256K1, x_only(1), None),
        ScriptBuf::new_p2pk(&key(1)),
        ScriptBuf::new_p2pk(&uncompressed),
        multisig(1, &[key(1)]),
        multisig(2, &[key(1), key(2), uncompressed]),
        program(WitnessVersion::V1, &[1; 33]),
        program(WitnessVersion::V16, &[1; 2]),
    ];
    for script in scripts {
        assert_eq!(check_script(&script), Ok(()), "{script}");
    }
}

#[test]
fn what_nobody_or_everybody_owns_cannot_be_paid() {
    let burn = ScriptBuf::new_op_return(PushBytesBuf::try_from(vec![1; 20]).unwrap());
    assert_eq!(check_script(&burn), Err(PayeeError::Burns));
    assert_eq!(check_script(&ScriptBuf::from_hex("51024e73").unwrap()), Err(PayeeError::Anchor));
    assert_eq!(check_script(&program(WitnessVersion::V1, &[255; 32])), Err(PayeeError::NoPoint));
}

#[test]
fn scripts_that_nodes_do_not_relay_cannot_be_paid() {
    let off_curve = PushBytesBuf::try_from([&[2][..], &[255; 32]].concat()).unwrap();
    let push_key = |threshold: i64, count: i64| {
        let script = Builder::new().push_int(threshold).push_slice(&off_curve);
        script.push_int(count).push_opcode(OP_CHECKMULTISIG).into_script()
    };
    let scripts = [
        ScriptBuf::new(),
        ScriptBuf::from_bytes(vec![opcodes::OP_TRUE.to_u8()]),
        ScriptBuf::from_bytes([&[0, 21][..], &[1; 21]].concat()),
        multisig(0, &[key(1)]),
        multisig(2, &[key(1)]),
        multisig(1, &[key(1), key(2), key(3), key(4)]),
        push_key(1, 1),
        push_key(1, 2),
        Builder::new().push_int(1).push_int(0).push_opcode(OP_CHECKMULTISIG).into_script(),
    ];
    for script in scripts {
        assert_eq!(check_script(&script), Err(PayeeError::NotStandard { script: script.clone() }));
    }
}

#[test]
fn amounts_are_above_minimum_and_dust() {
    let (script, treasury) = (ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([1; 20])), x_only(7));
    let treasury = self::treasury(treasury).script_pubkey();
    let check = |sats, minimum| check(&script, Amount::from_sat(sats), Amount::from_sat(minimum), &treasury);
    let error = |minimum, amount| {
        let (minimum, amount) = (Amount::from_sat(minimum), Amount::from_sat(amount));
        Err(PayeeError::TooLittle { minimum, amount })
    };
    assert_eq!(check(10_000, 10_000), Ok(()));
    assert_eq!(check(9_999, 10_000), error(10_000, 9_999));
    assert_eq!(check(546, 0), Ok(()));
    assert_eq!(check(545, 0), error(546, 545), "dust");
    let amount = Amount::MAX_MONEY + Amount::from_sat(1);
    assert_eq!(check(amount.to_sat(), 0), Err(PayeeError::TooMuch { amount }));
    let own = super::check(&treasury, Amount::ONE_BTC, Amount::ZERO, &treasury);
    assert_eq!(own, Err(PayeeError::Treasury));
}
