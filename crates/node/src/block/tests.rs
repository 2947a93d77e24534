use alloy_primitives::{Address, B256, Bytes};
use ballast_types::{Block, Extra, Transaction};
use commonware_codec::{DecodeExt as _, Encode as _};

use super::*;
use crate::{
    fixture::{genesis, wallet},
    node::genesis_block,
};

fn block_one() -> Block {
    let parent = genesis_block(&genesis(1, 0, 1_000, 60));
    let mut block = parent.block().clone();
    block.header.number = 1;
    block.header.parent_hash = parent.hash();
    block.transactions = vec![Transaction::Ethereum(wallet(0).transfer(0, Address::ZERO, 1, 1))];
    block.header.transactions_root = Block::transactions_root(&block.transactions);
    block
}

fn with_extra(change: impl FnOnce(&mut Extra)) -> Block {
    let mut block = block_one();
    let mut extra = block.extra().unwrap();
    change(&mut extra);
    block.header.extra_data = extra.encoded();
    block
}

#[test]
fn a_block_survives_its_encoding() {
    let block = block_one();
    let wrapped = ChainBlock::new(block.clone()).unwrap();
    let bytes = wrapped.encode();
    assert_eq!(bytes.len(), wrapped.encode_size());
    let decoded = ChainBlock::decode(bytes).unwrap();
    assert_eq!(decoded.block(), &block);
    assert_eq!(decoded.digest(), wrapped.digest());
    assert_eq!(decoded.hash(), block.hash(), "the digest is the Ethereum hash");
    assert_eq!(decoded.context(), wrapped.context());
}

#[test]
fn context_time_and_target_come_from_the_header() {
    let block = with_extra(|extra| {
        extra.context.epoch = 3;
        extra.context.view = 9;
        extra.context.parent_view = 8;
        extra.timestamp_millis = 250;
    });
    let (parent, seconds) = (block.header.parent_hash, block.header.timestamp);
    let block = ChainBlock::new(block).unwrap();
    let context = block.context();
    assert_eq!(context.round, Round::new(Epoch::new(3), View::new(9)));
    assert_eq!((context.parent.0, hash_of(context.parent.1)), (View::new(8), parent));
    assert_eq!(hash_of(block.parent()), parent);
    assert_eq!(block.time_ms(), seconds * 1_000 + 250);
    let (root, _) = state::empty();
    assert_eq!(block.sync_target().root.0, root.0);
}

#[test]
fn another_body_under_the_same_header_is_refused() {
    let mut block = block_one();
    block.transactions.clear();
    let bytes: Bytes = block.encoded().into();
    assert!(ChainBlock::decode(bytes.0.encode()).is_err());
}

#[test]
fn trailing_bytes_are_refused() {
    let mut bytes = block_one().encoded();
    bytes.push(0);
    assert!(ChainBlock::decode(Bytes::from(bytes).0.encode()).is_err());
}

#[test]
fn a_header_without_operations_is_refused() {
    let block = with_extra(|extra| extra.operations.end = extra.operations.start);
    assert!(matches!(ChainBlock::new(block), Err(BlockFormError::NoOperations)));
}

#[test]
fn a_proposer_that_is_no_key_is_refused() {
    // not every 32 bytes are a point: about half of them are
    let no_point =
        (0..=u8::MAX).map(B256::repeat_byte).find(|key| PublicKey::decode(Copying(key.as_slice())).is_err());
    let leader = no_point.unwrap();
    let block = with_extra(|extra| extra.context.leader = leader);
    assert!(matches!(ChainBlock::new(block), Err(BlockFormError::Leader(found)) if found == leader));
}
