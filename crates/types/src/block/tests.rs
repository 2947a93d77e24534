use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope};
use alloy_primitives::{Address, Signature, address, bytes, keccak256};
use proptest::prelude::*;

use super::*;
use crate::{duty::Duty, extra::OperationRange};

fn ordinary(nonce: u64) -> Transaction {
    let tx = TxEip1559 { chain_id: 840_099, nonce, gas_limit: 21_000, ..Default::default() };
    let signature = Signature::new(U256::from(0x1234), U256::from(0x5678), true);
    Transaction::Ethereum(TxEnvelope::from(tx.into_signed(signature)))
}

fn duty() -> Transaction {
    let to = address!("ba11a57000000000000000000000000000000001");
    Transaction::Duty(Duty { chain_id: 840_099, to, input: bytes!("deadbeef") })
}

fn block(transactions: Vec<Transaction>) -> Block {
    let extra =
        Extra { operations: OperationRange { start: 1, end: 2, ..Default::default() }, ..Extra::default() };
    let header = Header {
        number: 7,
        extra_data: extra.encoded(),
        base_fee_per_gas: Some(1_000_000),
        transactions_root: Block::transactions_root(&transactions),
        ..Header::default()
    };
    Block { header, transactions }
}

#[test]
fn round_trip() {
    for transactions in [vec![], vec![duty()], vec![duty(), ordinary(0), ordinary(1)]] {
        let block = block(transactions);
        let bytes = block.encoded();
        assert_eq!(bytes.len(), block.encoded_len());
        assert_eq!(Block::decode_exact(&bytes), Ok(block.clone()));
        assert_eq!(block.extra().unwrap().operations.end, 2);
    }
}

#[test]
fn hash_is_that_of_the_header() {
    let block = block(vec![duty()]);
    let mut header = Vec::new();
    block.header.encode(&mut header);
    assert_eq!(block.hash(), keccak256(header));
}

#[test]
fn transactions_root_is_ethereums() {
    assert_eq!(Block::transactions_root(&[]), alloy_consensus::EMPTY_ROOT_HASH);
    let envelopes = [0, 1].map(|nonce| match ordinary(nonce) {
        Transaction::Ethereum(envelope) => envelope,
        Transaction::Duty(_) => unreachable!("ordinary() makes ordinary transactions"),
    });
    assert_eq!(Block::transactions_root(&[ordinary(0), ordinary(1)]), calculate_transaction_root(&envelopes));
}

#[test]
fn other_transactions_than_the_headers_are_refused() {
    let mut altered = block(vec![duty(), ordinary(0)]);
    let expected = altered.header.transactions_root;
    altered.transactions.swap(0, 1);
    let found = Block::transactions_root(&altered.transactions);
    let error = BlockError::TransactionsRoot { expected, found };
    assert_eq!(Block::decode_exact(&altered.encoded()), Err(error));
}

#[test]
fn header_fields_without_meaning_are_fixed() {
    let refused = |change: fn(&mut Header), field| {
        let mut block = block(vec![]);
        change(&mut block.header);
        assert_eq!(Block::decode_exact(&block.encoded()), Err(BlockError::Field(field)));
    };
    refused(|header| header.ommers_hash = B256::ZERO, "sha3Uncles");
    refused(|header| header.difficulty = U256::from(1), "difficulty");
    refused(|header| header.nonce = B64::repeat_byte(1), "nonce");
    refused(|header| header.base_fee_per_gas = None, "baseFeePerGas");
    refused(|header| header.withdrawals_root = Some(B256::ZERO), "withdrawalsRoot and later");
}

#[test]
fn bad_extra_data_is_refused() {
    let mut block = block(vec![]);
    block.header.extra_data = bytes!("02");
    let expected = BlockError::Extra(ExtraError::Version { found: Some(2) });
    assert_eq!(Block::decode_exact(&block.encoded()), Err(expected));
}

#[test]
fn a_bad_transaction_is_named() {
    let duty = Duty { chain_id: 1, to: Address::ZERO, input: bytes!("00") };
    let mut raw = duty.encoded();
    raw.push(0);
    let header = block(vec![]).header;
    let list = vec![Bytes::from(duty.encoded()), Bytes::from(raw)];
    let mut bytes = Vec::new();
    let payload_length = header.length() + list.length();
    ListHeader { list: true, payload_length }.encode(&mut bytes);
    header.encode(&mut bytes);
    list.encode(&mut bytes);
    let source = TransactionError::Duty(crate::DutyError::Trailing(1));
    assert_eq!(Block::decode_exact(&bytes), Err(BlockError::Transaction { index: 1, source }));
}

#[test]
fn trailing_bytes_and_sizes_are_refused() {
    let mut bytes = block(vec![duty()]).encoded();
    bytes.push(0);
    assert_eq!(Block::decode_exact(&bytes), Err(BlockError::Trailing(1)));
    let expected = BlockError::TooLarge { found: MAX_BLOCK_SIZE + 1, limit: MAX_BLOCK_SIZE };
    assert_eq!(Block::decode_exact(&vec![0; MAX_BLOCK_SIZE + 1]), Err(expected));
    let crowd = block(vec![duty(); MAX_BLOCK_TRANSACTIONS + 1]);
    let expected = BlockError::TooMany { found: MAX_BLOCK_TRANSACTIONS + 1, limit: MAX_BLOCK_TRANSACTIONS };
    assert_eq!(Block::decode_exact(&crowd.encoded()), Err(expected));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn one_block_has_one_encoding(position: prop::sample::Index, bit in 0u8..8) {
        let original = block(vec![duty(), ordinary(0)]);
        let mut bytes = original.encoded();
        let position = position.index(bytes.len());
        bytes[position] ^= 1 << bit;
        if let Ok(decoded) = Block::decode_exact(&bytes) {
            prop_assert_ne!(decoded.hash(), original.hash());
            prop_assert_eq!(decoded.encoded(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Block::decode_exact(&bytes);
    }
}
