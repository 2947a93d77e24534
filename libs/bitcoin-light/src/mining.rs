//! Headers made in a test.

use core::num::NonZeroU32;

use bitcoin::block::{Header, Version};
use bitcoin::hashes::Hash;
use bitcoin::{CompactTarget, Network, Target, TxMerkleNode};

use crate::{Difficulty, HeaderRules, MemoryChain, StoredHeader};

/// Regtest's bits: every second hash meets them.
pub(crate) const REGTEST_BITS: u32 = 0x207f_ffff;
/// The limit of [`short`] rules: one hash in 256 meets it.
pub(crate) const EASY: u32 = 0x2000_ffff;
/// Four times as hard as [`EASY`].
pub(crate) const HARD: u32 = 0x1f3f_ffc0;
/// Time of the regtest genesis block.
pub(crate) const GENESIS_TIME: u32 = 1_296_688_602;
/// A time that no header in a test is ahead of.
pub(crate) const LATE: u64 = u32::MAX as u64;

/// Rules with a period of four headers of 600 seconds and a limit that a test can mine.
pub(crate) fn short(difficulty: Difficulty) -> HeaderRules {
    HeaderRules {
        limit: Target::from_compact(CompactTarget::from_consensus(EASY)),
        interval: NonZeroU32::new(4).unwrap(),
        difficulty,
        ..HeaderRules::REGTEST
    }
}

/// A child of `parent` with enough work. `salt` makes siblings differ.
pub(crate) fn mine(parent: &Header, time: u32, bits: u32, salt: u8) -> Header {
    let mut header = Header {
        version: Version::from_consensus(0x2000_0000),
        prev_blockhash: parent.block_hash(),
        merkle_root: TxMerkleNode::from_byte_array([salt; 32]),
        time,
        bits: CompactTarget::from_consensus(bits),
        nonce: 0,
    };
    solve(&mut header);
    header
}

/// Moves the nonce on to the next one with enough work.
pub(crate) fn solve(header: &mut Header) {
    while !header.target().is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
}

/// As many regtest headers as asked for on top of `parent`, ten minutes apart.
pub(crate) fn regtest_headers(parent: &Header, count: usize, salt: u8) -> Vec<Header> {
    headers(parent, &vec![(600, REGTEST_BITS); count], salt)
}

/// Headers on top of `parent`, each so many seconds after the one before and with these bits.
pub(crate) fn headers(parent: &Header, steps: &[(u32, u32)], salt: u8) -> Vec<Header> {
    let mut parent = *parent;
    let mut next = |&(gap, bits): &(u32, u32)| {
        parent = mine(&parent, parent.time + gap, bits, salt);
        parent
    };
    steps.iter().map(&mut next).collect()
}

/// A regtest chain of `height` headers on the genesis block.
pub(crate) fn regtest_chain(height: usize) -> MemoryChain {
    let genesis = bitcoin::constants::genesis_block(Network::Regtest).header;
    let mut chain = MemoryChain::new(StoredHeader::base(&HeaderRules::REGTEST, genesis, 0).unwrap());
    if height > 0 {
        chain.extend(&HeaderRules::REGTEST, &regtest_headers(&genesis, height, 0), LATE).unwrap();
    }
    chain
}

/// A chain under [`short`] rules that consists of its base at height 0.
pub(crate) fn short_chain(rules: &HeaderRules) -> MemoryChain {
    let mut base = bitcoin::constants::genesis_block(Network::Regtest).header;
    base.bits = CompactTarget::from_consensus(EASY);
    solve(&mut base);
    MemoryChain::new(StoredHeader::base(rules, base, 0).unwrap())
}
