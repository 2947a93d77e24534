//! A bitcoind that has headers and no transactions.

use std::{
    io,
    sync::{Mutex, MutexGuard},
};

use ballast_bitcoin_io::{Acceptance, Bitcoin, BitcoinError, BlockHeader, Submitted, Tip, Unspent};
use bitcoin::{
    Block, BlockHash, CompactTarget, FeeRate, Network, OutPoint, ScriptBuf, Transaction, TxMerkleNode, Txid,
    block::{Header, Version},
    constants::genesis_block,
    hashes::Hash,
};

const REGTEST_BITS: u32 = 0x207f_ffff;

pub(super) fn genesis() -> Header {
    genesis_block(Network::Regtest).header
}

/// A regtest header on `parent`; `salt` tells siblings apart.
pub(super) fn mine(parent: &Header, salt: u8) -> Header {
    let mut header = Header {
        version: Version::from_consensus(4),
        prev_blockhash: parent.block_hash(),
        merkle_root: TxMerkleNode::from_byte_array([salt; 32]),
        time: parent.time + 600,
        bits: CompactTarget::from_consensus(REGTEST_BITS),
        nonce: 0,
    };
    while !header.target().is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
    header
}

/// A bitcoind that has headers.
pub(super) struct FakeBitcoin(Mutex<BitcoinState>);

pub(super) struct BitcoinState {
    /// From the genesis block on.
    pub(super) headers: Vec<Header>,
    pub(super) up: bool,
}

impl BitcoinState {
    pub(super) fn mine(&mut self, count: usize, salt: u8) {
        for _ in 0..count {
            let next = mine(self.headers.last().unwrap(), salt);
            self.headers.push(next);
        }
    }

    /// Replaces the last `depth` headers by one more.
    pub(super) fn reorganise(&mut self, depth: usize, salt: u8) {
        self.headers.truncate(self.headers.len() - depth);
        self.mine(depth + 1, salt);
    }
}

impl FakeBitcoin {
    /// A bitcoind that has the genesis block.
    pub(super) fn new() -> Self {
        Self(Mutex::new(BitcoinState { headers: vec![genesis()], up: true }))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, BitcoinState> {
        self.0.lock().unwrap()
    }

    fn running(&self) -> Result<MutexGuard<'_, BitcoinState>, BitcoinError> {
        let state = self.state();
        if state.up {
            Ok(state)
        } else {
            Err(BitcoinError::Unreachable {
                url: "bitcoin".into(),
                source: io::ErrorKind::ConnectionRefused.into(),
            })
        }
    }
}

impl Bitcoin for FakeBitcoin {
    fn tip(&self) -> Result<Tip, BitcoinError> {
        let state = self.running()?;
        let hash = state.headers.last().unwrap().block_hash();
        Ok(Tip { height: state.headers.len() as u32 - 1, hash })
    }

    fn block_hash(&self, height: u32) -> Result<Option<BlockHash>, BitcoinError> {
        Ok(self.running()?.headers.get(height as usize).map(Header::block_hash))
    }

    fn headers(&self, first: u32, count: u32) -> Result<Vec<Header>, BitcoinError> {
        Ok(self.running()?.headers.iter().skip(first as usize).take(count as usize).copied().collect())
    }

    fn header(&self, _: &BlockHash) -> Result<Option<BlockHeader>, BitcoinError> {
        panic!("a relayer reads headers by height")
    }

    fn block(&self, _: &BlockHash) -> Result<Option<Block>, BitcoinError> {
        panic!("a relayer reads no blocks")
    }

    fn transaction(&self, _: &Txid, _: Option<&BlockHash>) -> Result<Option<Transaction>, BitcoinError> {
        panic!("a relayer of headers reads no transactions")
    }

    fn output(&self, _: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        panic!("a relayer reads no outputs")
    }

    fn unspent(&self, _: &[ScriptBuf]) -> Result<Vec<Unspent>, BitcoinError> {
        panic!("a relayer reads no outputs")
    }

    fn fee_rate(&self, _: u16) -> Result<Option<FeeRate>, BitcoinError> {
        panic!("a relayer of headers pays no fees")
    }

    fn test_accept(&self, _: &Transaction) -> Result<Acceptance, BitcoinError> {
        panic!("a relayer of headers sends no transactions")
    }

    fn submit(&self, _: &Transaction) -> Result<Submitted, BitcoinError> {
        panic!("a relayer of headers sends no transactions")
    }
}
