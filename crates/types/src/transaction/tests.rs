use alloy_consensus::{
    SignableTransaction, Signed, TxEip1559, TxEip2930, TxEip4844, TxEip4844Variant, TxEip7702, TxLegacy,
};
use alloy_primitives::{Signature, TxKind, U256, address, bytes, hex};
use proptest::prelude::*;

use super::*;

/// A valid signature of nobody in particular: r and s are below half the order.
fn signature() -> Signature {
    Signature::new(U256::from(0x1234), U256::from(0x5678), true)
}

fn signed<T: SignableTransaction<Signature>>(tx: T) -> Signed<T> {
    tx.into_signed(signature())
}

fn every_accepted_type() -> Vec<TxEnvelope> {
    let to = TxKind::Call(address!("00000000000000000000000000000000000000ff"));
    let address = address!("00000000000000000000000000000000000000ff");
    vec![
        signed(TxLegacy { chain_id: Some(840_099), gas_limit: 21_000, to, ..Default::default() }).into(),
        signed(TxEip2930 { chain_id: 840_099, gas_limit: 30_000, to, ..Default::default() }).into(),
        signed(TxEip1559 { chain_id: 840_099, gas_limit: 30_000, input: bytes!("01"), ..Default::default() })
            .into(),
        signed(TxEip7702 { chain_id: 840_099, to: address, ..Default::default() }).into(),
    ]
}

#[test]
fn ethereum_types_round_trip() {
    let mut types = Vec::new();
    for envelope in every_accepted_type() {
        let transaction = Transaction::Ethereum(envelope.clone());
        let bytes = transaction.encoded();
        let decoded = Transaction::decode_exact(&bytes).unwrap();
        assert_eq!(decoded, transaction);
        assert_eq!(decoded.hash(), alloy_primitives::keccak256(&bytes));
        assert_eq!(decoded.chain_id(), Some(840_099));
        assert_eq!(bytes.len(), decoded.encode_2718_len());
        types.push(decoded.ty());
    }
    assert_eq!(types, [0, 1, 2, 4]);
}

#[test]
fn duties_round_trip() {
    let duty =
        Duty { chain_id: 1, to: address!("ba11a57000000000000000000000000000000001"), input: bytes!("05") };
    let transaction = Transaction::Duty(duty.clone());
    assert_eq!(Transaction::decode_exact(&duty.encoded()), Ok(transaction.clone()));
    assert_eq!(transaction.hash(), duty.hash());
    assert_eq!(transaction.sender(), Ok(Address::ZERO));
    assert_eq!((transaction.ty(), transaction.encode_2718_len()), (0x42, duty.encoded().len()));
}

#[test]
fn blob_transactions_are_refused() {
    let blob: TxEip4844Variant = TxEip4844 { chain_id: 840_099, ..Default::default() }.into();
    let bytes = TxEnvelope::from(signed(blob)).encoded_2718();
    assert_eq!(Transaction::decode_exact(&bytes), Err(TransactionError::Type(3)));
}

#[test]
fn unknown_types_are_refused() {
    assert_eq!(Transaction::decode_exact(&[0x05, 0xc0]), Err(TransactionError::Type(5)));
    assert_eq!(Transaction::decode_exact(&[0x7f]), Err(TransactionError::Type(0x7f)));
    assert!(matches!(Transaction::decode_exact(&[]), Err(TransactionError::Rlp(_))));
    // a legacy transaction has no type byte
    assert!(
        Transaction::decode_exact(&[&[0], &every_accepted_type()[0].encoded_2718()[..]].concat()).is_err()
    );
}

#[test]
fn legacy_transactions_need_a_chain_id() {
    // the well-known deployer of deterministic-deployment-proxy, signed for every chain
    let bytes = hex!(
        "f8a58085174876e800830186a08080b853604580600e600039806000f350fe7fffffffffffffffffffffffffffffffffffffffffffffffffff"
        "ffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf31ba0222222222222222222222222"
        "2222222222222222222222222222222222222222a02222222222222222222222222222222222222222222222222222222222222222"
    );
    assert_eq!(Transaction::decode_exact(&bytes), Err(TransactionError::Unprotected));
}

#[test]
fn trailing_bytes_are_refused() {
    for envelope in every_accepted_type() {
        let mut bytes = envelope.encoded_2718();
        bytes.push(0);
        assert!(matches!(Transaction::decode_exact(&bytes), Err(TransactionError::Rlp(_))), "{bytes:?}");
    }
}

#[test]
fn size_is_bounded() {
    let bytes = vec![0xc0; MAX_TRANSACTION_SIZE + 1];
    let expected =
        TransactionError::TooLarge { found: MAX_TRANSACTION_SIZE + 1, limit: MAX_TRANSACTION_SIZE };
    assert_eq!(Transaction::decode_exact(&bytes), Err(expected));
}

#[test]
fn sender_is_recovered_from_low_s_only() {
    let tx = TxEip1559 { chain_id: 840_099, ..Default::default() };
    let low = Transaction::Ethereum(tx.clone().into_signed(signature()).into());
    assert!(low.sender().is_ok());
    let order = U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
    let high = Signature::new(U256::from(0x1234), order - U256::from(0x5678), false);
    let high = Transaction::Ethereum(tx.into_signed(high).into());
    assert_eq!(high.sender(), Err(TransactionError::Signature));
}

proptest! {
    #[test]
    fn what_decodes_is_canonical(which in 0usize..4, position: prop::sample::Index, bit in 0u8..8) {
        let mut bytes = every_accepted_type()[which].encoded_2718();
        let position = position.index(bytes.len());
        bytes[position] ^= 1 << bit;
        if let Ok(decoded) = Transaction::decode_exact(&bytes) {
            prop_assert_eq!(decoded.encoded(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Transaction::decode_exact(&bytes);
    }
}
