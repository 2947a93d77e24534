use bitcoin::hashes::Hash;

use super::*;
use crate::fixture::{VALUE, funded, key, stake, unbonding, wallet};
use crate::spend::is_signed;
use ballast_schnorr::bip340;

#[test]
fn only_taproot_coins_carry_the_wallets_key() {
    let psbt = funded(VALUE).psbt(Some(key(7)));
    assert_eq!(psbt.inputs[0].witness_utxo, Some(funded(VALUE).coins()[0].output.clone()));
    assert_eq!(psbt.inputs[0].tap_internal_key, None);
}

#[test]
fn a_signed_transaction_goes_back_to_unsigned() {
    let mut tx = unbonding().transaction().clone();
    tx.input[0].witness = Witness::from_slice(&[[1; 64]]);
    let judged = UnbondingTx::judge(tx, &stake(), VALUE - unbonding().output().value).unwrap();
    assert_eq!(judged.psbt(), unbonding().psbt());
}

#[test]
fn a_wallet_finds_the_same_sighash_in_it() {
    let unbonding = unbonding();
    let psbt = unbonding.psbt();
    let input = &psbt.inputs[0];
    let (_, (script, version)) = input.tap_scripts.first_key_value().unwrap();
    let hash = bitcoin::TapLeafHash::from_script(script, *version);
    let sighash = bitcoin::sighash::SighashCache::new(&psbt.unsigned_tx)
        .taproot_script_spend_signature_hash(
            0,
            &bitcoin::sighash::Prevouts::All(&[input.witness_utxo.clone().unwrap()]),
            hash,
            bitcoin::TapSighashType::Default,
        )
        .unwrap();
    assert_eq!(sighash, unbonding.sighash());
    let signature = bip340::sign(&crate::fixture::secret(1), sighash.as_byte_array(), &[0; 32]);
    assert!(is_signed(&key(1), unbonding.sighash(), &signature));
    assert_ne!(input.witness_utxo.as_ref().unwrap().script_pubkey, wallet());
}
