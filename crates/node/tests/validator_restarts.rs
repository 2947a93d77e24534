//! One validator on a real disk: it includes what clients submit, stops, and goes on where it was.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use ballast_evm::State as _;
use ballast_node::{Chain, ChainEvent, NodeError, SubmitError, index::IndexError, mempool::MempoolError};
use ballast_types::{Genesis, Transaction};

#[path = "../src/fixture.rs"]
mod fixture;

use fixture::{PBTC, config, raw, validator, wallet};

fn genesis() -> Genesis {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
    fixture::genesis(1, now, 100, 8)
}

/// Waits until block `number` is final.
fn wait_for(chain: &Arc<Chain>, number: u64) {
    let mut events = chain.subscribe();
    while chain.latest().unwrap() < number {
        events.blocking_recv().unwrap();
    }
}

#[test]
fn transfers_are_included_and_the_chain_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let genesis = genesis();
    let node = ballast_node::run(config(folder.path(), &genesis)).unwrap();
    let chain = node.chain();
    wait_for(chain, 1);
    let (from, to) = (wallet(0), wallet(40));
    let mut events = chain.subscribe();
    let hashes: Vec<_> = (0..5)
        .map(|nonce| chain.submit(&raw(&from.transfer(nonce, to.address, PBTC, 1_000))).unwrap())
        .collect();
    assert!(matches!(events.blocking_recv().unwrap(), ChainEvent::Pending(tx) if tx.hash() == hashes[0]));
    while hashes.iter().any(|hash| chain.transaction(*hash).unwrap().is_none()) {
        events.blocking_recv().unwrap();
    }
    let place = chain.transaction(hashes[4]).unwrap().unwrap();
    let stored = chain.index().stored(place.block).unwrap().unwrap();
    assert_eq!(stored.block.transactions[place.index].hash(), hashes[4]);
    assert!(stored.receipts[place.index].success);
    assert!(chain.pending(hashes[4]).is_none(), "what is in a block does not wait");
    assert!(node.metrics().contains("validator"), "the engine counts");
    wait_for(chain, place.block + 9);
    node.stop().unwrap();

    let before = reopen(folder.path(), &genesis, place.block);
    let after = reopen(folder.path(), &genesis, place.block + 12);
    assert_eq!(before, after[..before.len()], "the chain is continued, not replaced");
}

/// Starts again, waits for block `number`, reads the balances and returns every hash.
fn reopen(folder: &std::path::Path, genesis: &Genesis, number: u64) -> Vec<alloy_primitives::B256> {
    let node = ballast_node::run(config(folder, genesis)).unwrap();
    wait_for(node.chain(), number);
    let chain = node.chain();
    let latest = chain.latest().unwrap();
    let state = chain.state_at(latest).unwrap();
    let received = state.account(wallet(40).address).unwrap().unwrap();
    assert_eq!(received.balance, alloy_primitives::U256::from(5 * PBTC));
    assert_eq!(state.account(wallet(0).address).unwrap().unwrap().nonce, 5);
    let hashes = (0..=latest).map(|number| chain.index().hash(number).unwrap().unwrap()).collect();
    node.stop().unwrap();
    hashes
}

#[test]
fn what_no_block_could_carry_is_refused_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let node = ballast_node::run(config(folder.path(), &genesis())).unwrap();
    let chain = node.chain();
    wait_for(chain, 1);
    let (rich, poor) = (wallet(0), wallet(100));
    assert!(matches!(chain.submit(&[0x03]), Err(SubmitError::Malformed(_))));
    let unfunded = chain.submit(&raw(&poor.transfer(0, rich.address, 1, 1)));
    assert!(matches!(unfunded, Err(SubmitError::Transaction(_))), "{unfunded:?}");
    let ahead = raw(&rich.transfer(1_000, poor.address, 1, 1));
    assert!(matches!(chain.submit(&ahead), Err(SubmitError::Mempool(MempoolError::NonceTooHigh { .. }))));
    let waits = raw(&rich.transfer(3, poor.address, 1, 1));
    let hash = chain.submit(&waits).unwrap();
    assert!(matches!(chain.pending(hash), Some(Transaction::Ethereum(_))));
    assert!(matches!(chain.submit(&waits), Err(SubmitError::Mempool(MempoolError::Known(_)))));
    assert_eq!((chain.waiting(), chain.pending_nonce(rich.address).unwrap()), ((1, 0), 0));
    node.stop().unwrap();
}

#[test]
fn a_folder_in_use_and_a_foreign_genesis_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let genesis = genesis();
    let node = ballast_node::run(config(folder.path(), &genesis)).unwrap();
    let second = ballast_node::run(config(folder.path(), &genesis));
    assert!(matches!(second, Err(NodeError::Index(IndexError::File(_)))), "{second:?}");
    node.stop().unwrap();
    let other = fixture::genesis(1, genesis.timestamp_ms + 1, 100, 8);
    let foreign = ballast_node::run(config(folder.path(), &other));
    assert!(matches!(foreign, Err(NodeError::Index(IndexError::OtherChain { .. }))), "{foreign:?}");
    let mut forged = genesis.clone();
    forged.validators[0].possession = Default::default();
    assert!(matches!(ballast_node::run(config(folder.path(), &forged)), Err(NodeError::Committee(_))));
    let mut broken = genesis;
    broken.parameters.chain.epoch_blocks = 0;
    assert!(matches!(ballast_node::run(config(folder.path(), &broken)), Err(NodeError::Genesis(_))));
}

#[test]
fn validators_on_sockets_share_a_chain_and_what_waits() {
    let genesis = {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64;
        fixture::genesis(2, now, 200, 8)
    };
    // two free ports, which stay free long enough
    let port = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let addresses = [port(), port()];
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let start = |me: usize| {
        let other = 1 - me;
        let peer = ballast_node::Peer {
            identity: validator(other as u8).public().ed25519,
            address: addresses[other],
        };
        let mut config = config(folders[me].path(), &genesis);
        (config.secrets, config.listen, config.peers) = (validator(me as u8), addresses[me], vec![peer]);
        ballast_node::run(config).unwrap()
    };
    let nodes = [start(0), start(1)];
    nodes.iter().for_each(|node| wait_for(node.chain(), 2));
    // with a gap in front it waits, so that the other validator can be seen to hold it
    let waits = nodes[0].chain().submit(&raw(&wallet(0).transfer(1, wallet(1).address, 1, 1))).unwrap();
    wait_for(nodes[1].chain(), nodes[1].chain().latest().unwrap() + 3);
    assert!(nodes[1].chain().pending(waits).is_some(), "peers hear of it");
    let first = nodes[1].chain().submit(&raw(&wallet(0).transfer(0, wallet(1).address, 1, 1))).unwrap();
    let mut events = nodes[0].chain().subscribe();
    while nodes[0].chain().transaction(first).unwrap().is_none() {
        events.blocking_recv().unwrap();
    }
    let number = nodes.iter().map(|node| node.chain().latest().unwrap()).min().unwrap();
    let hash = |node: &ballast_node::Node| node.chain().index().hash(number).unwrap();
    assert_eq!(hash(&nodes[0]), hash(&nodes[1]));
    nodes.into_iter().for_each(|node| node.stop().unwrap());
}
