use alloy_consensus::ReceiptEnvelope;
use alloy_primitives::{LogData, address, b256, bytes};
use proptest::prelude::*;

use super::*;

fn log() -> Log {
    let topic = b256!("00000000000000000000000000000000000000000000000000000000000000aa");
    let address = address!("ba11a57000000000000000000000000000000001");
    Log { address, data: LogData::new_unchecked(vec![topic], bytes!("0102")) }
}

fn receipt(tx_type: u8) -> Receipt {
    Receipt { tx_type, success: true, cumulative_gas_used: 21_000, logs: vec![log()] }
}

#[test]
fn encoding_is_ethereums() {
    let body = Body { status: true.into(), cumulative_gas_used: 21_000, logs: vec![log()] }.with_bloom();
    let theirs = [
        (0, ReceiptEnvelope::Legacy(body.clone())),
        (1, ReceiptEnvelope::Eip2930(body.clone())),
        (2, ReceiptEnvelope::Eip1559(body.clone())),
        (4, ReceiptEnvelope::Eip7702(body)),
    ];
    for (tx_type, envelope) in theirs {
        assert_eq!(receipt(tx_type).encoded_2718(), envelope.encoded_2718(), "type {tx_type}");
    }
    let duty = receipt(0x42).encoded_2718();
    assert_eq!((duty[0], &duty[1..]), (0x42, &receipt(2).encoded_2718()[1..]));
}

#[test]
fn round_trip() {
    for tx_type in [0, 1, 2, 4, 0x42] {
        let failed = Receipt { success: false, logs: vec![], ..receipt(tx_type) };
        for receipt in [receipt(tx_type), failed] {
            let bytes = receipt.encoded_2718();
            assert_eq!(bytes.len(), receipt.encode_2718_len());
            assert_eq!(Receipt::decode_exact(&bytes), Ok(receipt));
        }
    }
}

#[test]
fn bad_bytes_are_refused() {
    assert_eq!(Receipt::decode_exact(&[]), Err(ReceiptError::Type(0)));
    assert_eq!(Receipt::decode_exact(&[3, 0xc0]), Err(ReceiptError::Type(3)));
    let mut trailing = receipt(2).encoded_2718();
    trailing.push(0);
    assert_eq!(Receipt::decode_exact(&trailing), Err(ReceiptError::NotCanonical));
    // a bloom that is not that of the logs
    let mut other_bloom = receipt(2).encoded_2718();
    other_bloom[100] ^= 1;
    assert_eq!(Receipt::decode_exact(&other_bloom), Err(ReceiptError::NotCanonical));
}

#[test]
fn bloom_of_a_block_is_the_union() {
    let other = Receipt { logs: vec![Log::default()], ..receipt(2) };
    let mut union = receipt(2).bloom();
    union.accrue_bloom(&other.bloom());
    assert_eq!(Receipt::block_bloom(&[receipt(2), other]), union);
    assert_eq!(Receipt::root(&[]), alloy_consensus::EMPTY_ROOT_HASH);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Receipt::decode_exact(&bytes);
    }
}
