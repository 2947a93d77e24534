use alloy_consensus::{SignableTransaction, TxEip4844, TxEip4844Variant, TxLegacy};
use alloy_primitives::Signature;

use super::*;
use crate::testing::{Chain, alice, unsigned};

#[test]
fn blobs_and_other_chains_are_refused_before_revm_sees_them() {
    let signature = Signature::new(U256::from(1), U256::from(2), false);
    let blob: TxEip4844Variant = TxEip4844 { chain_id: 840_099, ..Default::default() }.into();
    let blob = TxEnvelope::from(blob.into_signed(signature));
    assert_eq!(tx_env(&blob, Address::ZERO, 840_099), Err(TransactionRejection::Type(3)));
    let legacy = TxEnvelope::from(TxLegacy::default().into_signed(signature));
    let expected = TransactionRejection::ChainId { expected: 840_099, found: None };
    assert_eq!(tx_env(&legacy, Address::ZERO, 840_099), Err(expected));
}

#[test]
fn every_field_reaches_revm() {
    let tx = alice().sign(alloy_consensus::TxEip1559 { gas_limit: 5, value: U256::from(6), ..unsigned(7) });
    let env = tx_env(tx.inner(), tx.signer(), 840_099).unwrap();
    assert_eq!((env.caller, env.nonce, env.gas_limit, env.value), (alice().address, 7, 5, U256::from(6)));
    assert_eq!((env.gas_price, env.gas_priority_fee), (2_000_000, Some(1_000)));
    assert_eq!((env.tx_type, env.chain_id), (2, Some(840_099)));
}

#[test]
fn the_lower_gas_bound_is_named() {
    let mut environment = Chain::new().next();
    let tx = TxEnv { gas_limit: 99, ..TxEnv::default() };
    let mut limit = |block| {
        environment.gas_limit = block;
        rejection(InvalidTransaction::CallerGasLimitMoreThanBlock, &tx, &environment, 50)
    };
    assert_eq!(limit(60), TransactionRejection::GasLimit { limit: 50, found: 99 });
    assert_eq!(limit(40), TransactionRejection::GasLimit { limit: 40, found: 99 });
}

#[test]
fn what_has_no_word_of_ours_keeps_revms() {
    let environment = Chain::new().next();
    let other = rejection(InvalidTransaction::EmptyAuthorizationList, &TxEnv::default(), &environment, 0);
    assert!(matches!(&other, TransactionRejection::Other(text) if text.contains("authorization")), "{other}");
}
