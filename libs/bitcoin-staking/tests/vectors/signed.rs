//! Sighashes, signatures and witnesses, and what Bitcoin Core's interpreter says of them.

use ballast_bitcoin_staking::witness::{self, CovenantSignatures};
use ballast_bitcoin_staking::{SlashingTx, Spend, WitnessError};
use ballast_schnorr::{AdaptorSignature, DecryptionKey, EncryptionKey, SigningKey, bip340};
use bitcoin::XOnlyPublicKey;
use bitcoin::hashes::Hash;
use serde_json::Value;

use super::interpreter::accepts;
use super::read::*;
use super::transactions::{Life, all};

/// The auxiliary randomness of every plain signature in the file.
const NO_AUX: [u8; 32] = [0; 32];

/// Vectors that carry signatures, with their lives.
fn signed() -> Vec<(Value, Life)> {
    let signed: Vec<_> = all().into_iter().filter(|vector| vector.get("signed").is_some()).collect();
    assert_eq!(signed.len(), 45);
    signed.into_iter().map(|vector| (vector["signed"].clone(), Life::build(&vector))).collect()
}

fn plain_signatures(value: &Value) -> CovenantSignatures {
    let signatures = value.as_object().unwrap();
    signatures.iter().map(|(member, value)| (member.parse().unwrap(), signature(value))).collect()
}

/// Every field of `value` whose name begins with `invalid_` must fail in the interpreter.
fn assert_invalid(value: &Value, spend: &Spend) -> usize {
    let invalid = value.as_object().unwrap().iter().filter(|(name, _)| name.starts_with("invalid_"));
    invalid.map(|(name, value)| assert!(!accepts(&tx(value), spend.output()), "{name}")).count()
}

#[test]
fn unbonding_is_signed_by_staker_and_quorum() {
    let (secrets, mut invalid) = (secrets(), 0);
    for (signed, life) in signed() {
        let (unbonding, expected) = (&life.unbonding, &signed["unbonding"]);
        let sighash = unbonding.sighash();
        assert_eq!(sighash.to_string(), text(&expected["sighash"]));
        let sign = |key: &XOnlyPublicKey| bip340::sign(&secrets[key], sighash.as_byte_array(), &NO_AUX);
        let staker = signature(&expected["staker_sig"]);
        assert_eq!(staker, sign(&unbonding.terms().staker()));
        let covenant = plain_signatures(&expected["covenant_sigs"]);
        covenant.iter().for_each(|(member, signature)| assert_eq!(*signature, sign(member)));

        let quorum = witness::first_quorum(unbonding.terms().covenant().committee().unwrap(), &covenant);
        let mut signers = keys(&expected["covenant_signers_in_witness"]);
        signers.sort_by_key(|key| key.serialize());
        assert!(quorum.keys().eq(&signers));
        let tx = unbonding.signed(&staker, &quorum).unwrap();
        assert_tx(&tx, &expected["tx_hex"], "unbonding");
        assert!(accepts(&tx, unbonding.spend().output()));
        assert_eq!(witness::staker_signature(&tx.input[0].witness), Some(staker));
        if covenant.len() > quorum.len() {
            let expected = WitnessError::Quorum { expected: quorum.len(), found: covenant.len() };
            assert_eq!(unbonding.signed(&staker, &covenant), Err(expected));
        }
        invalid += assert_invalid(expected, unbonding.spend());
    }
    assert_eq!(invalid, 30);
}

#[test]
fn slashing_opens_with_the_providers_secret() {
    let (secrets, mut invalid) = (secrets(), 0);
    for (signed, life) in signed() {
        for (name, tx) in [("slashing", &life.slashing), ("unbonding_slashing", &life.unbonding_slashing)] {
            let expected = &signed[name];
            check_slashing(tx, expected, |key| &secrets[key]);
            invalid += assert_invalid(expected, tx.spend());
        }
    }
    assert_eq!(invalid, 6);
}

fn check_slashing<'a>(
    slashing: &SlashingTx,
    expected: &Value,
    secret: impl Fn(&XOnlyPublicKey) -> &'a SigningKey,
) {
    let sighash = slashing.sighash();
    assert_eq!(sighash.to_string(), text(&expected["sighash"]));
    let sign = |key: &XOnlyPublicKey| bip340::sign(secret(key), sighash.as_byte_array(), &NO_AUX);
    let (provider, staker) = (key(&expected["fp_pk"]), signature(&expected["staker_sig"]));
    assert_eq!(staker, sign(&slashing.terms().staker()));
    assert_eq!(signature(&expected["fp_sig"]), sign(&provider));

    let decryption = DecryptionKey::new(secret(&provider));
    assert_eq!(hex::encode(*decryption.secret_bytes()), text(&expected["fp_sk_even"]));
    let opened: CovenantSignatures = expected["covenant"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(member, value)| {
            let member = member.parse().unwrap();
            let aux = hex::decode(text(&value["aux"])).unwrap().try_into().unwrap();
            let lock = EncryptionKey::new(&provider);
            let locked =
                AdaptorSignature::sign(secret(&member), &lock, sighash.as_byte_array(), &aux).unwrap();
            assert_eq!(hex::encode(locked.to_bytes()), text(&value["adaptor_sig"]));
            let opened = locked.decrypt(&decryption).unwrap();
            assert_eq!(opened, signature(&value["decrypted_sig"]));
            (member, opened)
        })
        .collect();
    let tx = slashing.signed(&staker, (provider, &signature(&expected["fp_sig"])), &opened).unwrap();
    assert_tx(&tx, &expected["tx_hex"], "slashing");
    assert!(accepts(&tx, slashing.spend().output()));
}

#[test]
fn withdrawals_are_signed_by_the_staker_alone() {
    let secrets = secrets();
    for (signed, life) in signed() {
        let staker = &secrets[&life.unbonding.terms().staker()];
        for (name, withdrawal) in &life.withdrawals {
            let (expected, sighash) = (&signed[*name], withdrawal.sighash());
            assert_eq!(sighash.to_string(), text(&expected["sighash"]));
            let signature = bip340::sign(staker, sighash.as_byte_array(), &NO_AUX);
            assert_eq!(signature.to_string(), text(&expected["staker_sig"]));
            let tx = withdrawal.signed(&signature).unwrap();
            assert_tx(&tx, &expected["tx_hex"], name);
            assert!(accepts(&tx, withdrawal.spend().output()));
        }
    }
}
