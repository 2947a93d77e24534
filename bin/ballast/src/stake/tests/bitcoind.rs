//! A bitcoind of a few blocks, with one coin of the staker's.

use std::cell::RefCell;

use ballast_bitcoin_io::{Acceptance, Bitcoin, BitcoinError, BlockHeader, Submitted, Tip, Unspent};
use bitcoin::block::Header;
use bitcoin::constants::genesis_block;
use bitcoin::{
    Amount, Block, BlockHash, FeeRate, Network, OutPoint, Script, ScriptBuf, Transaction, TxIn, TxOut, Txid,
    absolute, transaction,
};

pub(crate) struct FakeBitcoin {
    /// From the genesis block on.
    blocks: RefCell<Vec<Block>>,
    mempool: RefCell<Vec<Transaction>>,
}

impl FakeBitcoin {
    /// The genesis block, and one that pays to `script`.
    pub(crate) fn new(script: &Script) -> Self {
        let bitcoin =
            Self { blocks: RefCell::new(vec![genesis_block(Network::Regtest)]), mempool: RefCell::default() };
        let output = TxOut { value: Amount::from_sat(500_000), script_pubkey: script.into() };
        let input = TxIn {
            previous_output: OutPoint::new(bitcoin.blocks.borrow()[0].txdata[0].compute_txid(), 0),
            ..TxIn::default()
        };
        let coin = Transaction {
            version: transaction::Version::TWO,
            lock_time: absolute::LockTime::ZERO,
            input: vec![input],
            output: vec![output],
        };
        bitcoin.mempool.borrow_mut().push(coin);
        bitcoin.mine();
        bitcoin
    }

    /// A block of all that waits.
    pub(crate) fn mine(&self) {
        let mut blocks = self.blocks.borrow_mut();
        let parent = blocks.last().unwrap().header;
        let mut block = genesis_block(Network::Regtest);
        block.txdata.append(&mut self.mempool.borrow_mut());
        block.header.prev_blockhash = parent.block_hash();
        block.header.time = parent.time + 600;
        block.header.version = bitcoin::block::Version::from_consensus(4);
        block.header.merkle_root = block.compute_merkle_root().unwrap();
        while !block.header.target().is_met_by(block.header.block_hash()) {
            block.header.nonce += 1;
        }
        blocks.push(block);
    }

    pub(crate) fn height(&self) -> u32 {
        self.blocks.borrow().len() as u32 - 1
    }

    pub(crate) fn header_at(&self, height: u32) -> Header {
        self.blocks.borrow()[height as usize].header
    }

    pub(crate) fn block_at(&self, height: u32) -> Block {
        self.blocks.borrow()[height as usize].clone()
    }

    pub(crate) fn height_of(&self, txid: Txid) -> Option<u32> {
        let has = |block: &Block| block.txdata.iter().any(|tx| tx.compute_txid() == txid);
        self.blocks.borrow().iter().position(has).map(|height| height as u32)
    }

    /// Whether the output was ever made.
    pub(crate) fn is_known(&self, outpoint: &OutPoint) -> bool {
        self.all().iter().any(|(_, tx)| tx.compute_txid() == outpoint.txid)
    }

    /// Every transaction with its confirmations.
    fn all(&self) -> Vec<(u32, Transaction)> {
        let blocks = self.blocks.borrow();
        let confirmed = (1..).zip(blocks.iter().skip(1).rev());
        let confirmed =
            confirmed.flat_map(|(depth, block)| block.txdata[1..].iter().map(move |tx| (depth, tx.clone())));
        let waiting = self.mempool.borrow().clone();
        confirmed.chain(waiting.into_iter().map(|tx| (0, tx))).collect()
    }
}

impl Bitcoin for FakeBitcoin {
    fn tip(&self) -> Result<Tip, BitcoinError> {
        let height = self.height();
        Ok(Tip { height, hash: self.header_at(height).block_hash() })
    }

    fn block_hash(&self, height: u32) -> Result<Option<BlockHash>, BitcoinError> {
        Ok(self.blocks.borrow().get(height as usize).map(Block::block_hash))
    }

    fn header(&self, _: &BlockHash) -> Result<Option<BlockHeader>, BitcoinError> {
        panic!("a staker reads no headers")
    }

    fn headers(&self, _: u32, _: u32) -> Result<Vec<Header>, BitcoinError> {
        panic!("a staker reads no headers")
    }

    fn spent_outputs(&self, _: &Txid, _: &BlockHash) -> Result<Option<Vec<TxOut>>, BitcoinError> {
        panic!("a staker asks for no spent outputs")
    }

    fn confirmed_output(&self, _: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        panic!("a staker looks at the mempool too")
    }

    fn block(&self, hash: &BlockHash) -> Result<Option<Block>, BitcoinError> {
        Ok(self.blocks.borrow().iter().find(|block| block.block_hash() == *hash).cloned())
    }

    fn transaction(&self, txid: &Txid, _: Option<&BlockHash>) -> Result<Option<Transaction>, BitcoinError> {
        Ok(self.mempool.borrow().iter().find(|tx| tx.compute_txid() == *txid).cloned())
    }

    fn output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        let all = self.all();
        let spent = all.iter().flat_map(|(_, tx)| &tx.input).any(|input| input.previous_output == *outpoint);
        let made = all.iter().find(|(_, tx)| tx.compute_txid() == outpoint.txid);
        Ok(made.filter(|_| !spent).and_then(|(confirmations, tx)| {
            let output = tx.output.get(outpoint.vout as usize)?.clone();
            Some(Unspent { outpoint: *outpoint, output, confirmations: *confirmations, coinbase: false })
        }))
    }

    fn unspent(&self, scripts: &[ScriptBuf]) -> Result<Vec<Unspent>, BitcoinError> {
        let mut found = Vec::new();
        for (_, tx) in self.all() {
            for vout in 0..tx.output.len() as u32 {
                found.extend(self.output(&OutPoint::new(tx.compute_txid(), vout))?);
            }
        }
        found.retain(|unspent| scripts.contains(&unspent.output.script_pubkey));
        Ok(found)
    }

    fn fee_rate(&self, _: u16) -> Result<Option<FeeRate>, BitcoinError> {
        Ok(FeeRate::from_sat_per_vb(2))
    }

    fn test_accept(&self, _: &Transaction) -> Result<Acceptance, BitcoinError> {
        panic!("a staker submits at once")
    }

    fn submit(&self, tx: &Transaction) -> Result<Submitted, BitcoinError> {
        for input in &tx.input {
            assert!(self.output(&input.previous_output)?.is_some(), "{} is spent", input.previous_output);
        }
        self.mempool.borrow_mut().push(tx.clone());
        Ok(Submitted::InMempool)
    }
}
