//! Headers with real work for tests, at a difficulty where work is cheap.

use alloy_primitives::FixedBytes;
use ballast_bitcoin_light::{Difficulty, HeaderRules};
use ballast_types::{genesis::BitcoinBase, parameters::BitcoinParameters};
use bitcoin::{
    BlockHash, CompactTarget, Network, TxMerkleNode,
    block::{Header, Version},
    consensus::serialize,
    constants::genesis_block,
    hashes::Hash,
};

use crate::{light_client, memory::Memory, storage::BlockEnv};

/// Regtest's only difficulty: every second hash is enough.
pub(crate) const REGTEST_BITS: u32 = 0x207f_ffff;
/// Seconds between two headers.
pub(crate) const SPACING: u32 = 600;

/// Regtest's genesis block.
pub(crate) fn genesis() -> Header {
    genesis_block(Network::Regtest).header
}

/// Regtest's parameters.
pub(crate) fn parameters() -> BitcoinParameters {
    BitcoinParameters {
        network: Network::Regtest,
        confirmation_depth: 3,
        timestamp_depth: 6,
        stale_after_s: 3600,
    }
}

/// A light client on regtest whose base is the genesis block, at `seconds` after it.
pub(crate) fn light_client(seconds: u64) -> Memory {
    let timestamp = u64::from(genesis().time) + seconds;
    let mut storage = Memory::new(BlockEnv { number: 1, timestamp, chain_id: 840_099 });
    light_client::initialise(&mut storage, &parameters(), &base(&[genesis()], 0)).unwrap();
    storage
}

/// Headers as a genesis gives them.
pub(crate) fn base(headers: &[Header], height: u32) -> BitcoinBase {
    let bytes = |header| FixedBytes::from_slice(&serialize(header));
    BitcoinBase { height, headers: headers.iter().map(bytes).collect() }
}

/// Headers as a duty carries them.
pub(crate) fn bytes(headers: &[Header]) -> Vec<u8> {
    headers.iter().flat_map(serialize).collect()
}

/// Rules with regtest's limit and a difficulty that is adjusted every four headers.
pub(crate) fn short_periods() -> HeaderRules {
    let interval = 4u32.try_into().unwrap();
    HeaderRules { interval, difficulty: Difficulty::Adjusted, ..HeaderRules::REGTEST }
}

/// A child of `parent`; `salt` tells siblings apart.
pub(crate) fn mine(parent: &Header, time: u32, bits: u32, salt: u8) -> Header {
    let mut header = Header {
        version: Version::from_consensus(4),
        prev_blockhash: parent.block_hash(),
        merkle_root: TxMerkleNode::from_byte_array([salt + 1; 32]),
        time,
        bits: CompactTarget::from_consensus(bits),
        nonce: 0,
    };
    solve(&mut header);
    header
}

/// Finds a nonce.
pub(crate) fn solve(header: &mut Header) {
    while !header.target().is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
}

/// `count` regtest headers on top of `parent`.
pub(crate) fn chain(parent: &Header, count: usize, salt: u8) -> Vec<Header> {
    let next = |parent: &Header| Some(mine(parent, parent.time + SPACING, REGTEST_BITS, salt));
    std::iter::successors(next(parent), next).take(count).collect()
}

/// `count` headers on top of `parent`, `gap` seconds apart.
pub(crate) fn paced(parent: &Header, count: usize, gap: u32, bits: u32) -> Vec<Header> {
    let next = |parent: &Header| Some(mine(parent, parent.time + gap, bits, 0));
    std::iter::successors(next(parent), next).take(count).collect()
}

/// The hash of nothing.
pub(crate) fn nowhere() -> BlockHash {
    BlockHash::from_byte_array([7; 32])
}
