//! A bitcoind for tests: headers with real work, blocks with transactions, and a mempool that knows what is spent.

use std::{
    collections::HashMap,
    io,
    sync::{Mutex, MutexGuard},
};

use ballast_bitcoin_io::{Acceptance, Bitcoin, BitcoinError, BlockHeader, Submitted, Tip, Unspent};
use bitcoin::{
    Block, BlockHash, CompactTarget, FeeRate, Network, OutPoint, ScriptBuf, Transaction, TxMerkleNode, TxOut,
    Txid,
    block::{Header, Version},
    constants::genesis_block,
    hashes::Hash,
};

const REGTEST_BITS: u32 = 0x207f_ffff;

pub fn genesis() -> Header {
    genesis_block(Network::Regtest).header
}

/// A regtest header on `parent`; `salt` tells siblings apart.
pub fn mine(parent: &Header, salt: u8) -> Header {
    let mut header = Header {
        version: Version::from_consensus(4),
        prev_blockhash: parent.block_hash(),
        merkle_root: TxMerkleNode::from_byte_array([salt; 32]),
        time: parent.time + 600,
        bits: CompactTarget::from_consensus(REGTEST_BITS),
        nonce: 0,
    };
    solve(&mut header);
    header
}

fn solve(header: &mut Header) {
    while !header.target().is_met_by(header.block_hash()) {
        header.nonce += 1;
    }
}

/// A bitcoind.
pub struct FakeBitcoin(Mutex<BitcoinState>);

pub struct BitcoinState {
    /// From the genesis block on.
    pub headers: Vec<Header>,
    /// What waits for a block, in the order of arrival.
    pub mempool: Vec<Transaction>,
    pub up: bool,
    /// Reorganisations so far: seconds by which the blocks after them differ from those before.
    forks: u32,
    /// The transactions of every block ever mined that has any, stale ones too.
    bodies: HashMap<BlockHash, Vec<Transaction>>,
}

impl BitcoinState {
    pub fn mine(&mut self, count: usize, salt: u8) {
        for _ in 0..count {
            let next = mine(self.headers.last().unwrap(), salt);
            self.headers.push(next);
        }
    }

    /// Mines a block with these transactions after its coinbase and returns its height.
    pub fn mine_with(&mut self, transactions: &[Transaction]) -> u32 {
        let coinbase = genesis_block(Network::Regtest).txdata.remove(0);
        let txdata = [&[coinbase], transactions].concat();
        let mut block = Block { header: mine(self.headers.last().unwrap(), 0), txdata };
        block.header.time += self.forks;
        block.header.merkle_root = block.compute_merkle_root().unwrap();
        solve(&mut block.header);
        let txids: Vec<Txid> = transactions.iter().map(Transaction::compute_txid).collect();
        let spent: Vec<OutPoint> = inputs(transactions).collect();
        self.mempool.retain(|waiting| {
            let conflicts = waiting.input.iter().any(|input| spent.contains(&input.previous_output));
            !conflicts && !txids.contains(&waiting.compute_txid())
        });
        self.bodies.insert(block.block_hash(), block.txdata);
        self.headers.push(block.header);
        self.headers.len() as u32 - 1
    }

    /// Mines a block with all that waits.
    pub fn mine_mempool(&mut self) -> u32 {
        let waiting = std::mem::take(&mut self.mempool);
        self.mine_with(&waiting)
    }

    /// Replaces the last `depth` headers by one more. What was in them is forgotten.
    pub fn reorganise(&mut self, depth: usize, salt: u8) {
        self.cut(depth);
        self.mine(depth + 1, salt);
    }

    /// Forgets the last `depth` blocks, to be replaced by others.
    pub fn cut(&mut self, depth: usize) {
        self.forks += 1;
        self.headers.truncate(self.headers.len() - depth);
    }

    /// Whether a block of the best chain has this transaction.
    pub fn is_confirmed(&self, txid: Txid) -> bool {
        self.place(txid).is_some()
    }

    /// The block of the best chain that has this transaction.
    pub fn block_with(&self, txid: Txid) -> Option<Block> {
        let header = self.headers[self.place(txid)?.0 as usize];
        Some(Block { header, txdata: self.body(&header).to_vec() })
    }

    fn body(&self, header: &Header) -> &[Transaction] {
        self.bodies.get(&header.block_hash()).map_or(&[], Vec::as_slice)
    }

    /// The best chain's transactions with their heights.
    fn chain(&self) -> impl Iterator<Item = (u32, &Transaction)> {
        (0..)
            .zip(&self.headers)
            .flat_map(|(height, header)| self.body(header).iter().map(move |tx| (height, tx)))
    }

    fn place(&self, txid: Txid) -> Option<(u32, &Transaction)> {
        self.chain().find(|(_, tx)| tx.compute_txid() == txid)
    }

    fn created(&self, outpoint: &OutPoint) -> Option<(u32, TxOut)> {
        let waiting = self.mempool.iter().find(|tx| tx.compute_txid() == outpoint.txid);
        let (confirmations, tx) = match self.place(outpoint.txid) {
            Some((height, tx)) => (self.headers.len() as u32 - height, tx),
            None => (0, waiting?),
        };
        Some((confirmations, tx.output.get(outpoint.vout as usize)?.clone()))
    }

    fn is_spent_in_chain(&self, outpoint: &OutPoint) -> bool {
        self.chain().any(|(_, tx)| tx.input.iter().any(|input| input.previous_output == *outpoint))
    }

    /// Coins of wallets have no transaction here: their txid is zero.
    fn refusal(&self, tx: &Transaction) -> Option<&'static str> {
        for input in &tx.input {
            let outpoint = input.previous_output;
            let is_coin = outpoint.txid == Txid::all_zeros();
            if self.is_spent_in_chain(&outpoint) || !is_coin && self.created(&outpoint).is_none() {
                return Some("bad-txns-inputs-missingorspent");
            }
            if inputs(&self.mempool).any(|spent| spent == outpoint) {
                return Some("txn-mempool-conflict");
            }
        }
        None
    }
}

fn inputs(transactions: &[Transaction]) -> impl Iterator<Item = OutPoint> {
    transactions.iter().flat_map(|tx| tx.input.iter().map(|input| input.previous_output))
}

impl FakeBitcoin {
    /// A bitcoind that has the genesis block.
    pub fn new() -> Self {
        let (headers, mempool, bodies) = (vec![genesis()], vec![], HashMap::new());
        Self(Mutex::new(BitcoinState { headers, mempool, up: true, forks: 0, bodies }))
    }

    pub fn state(&self) -> MutexGuard<'_, BitcoinState> {
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
        panic!("a role reads headers by height")
    }

    fn block(&self, hash: &BlockHash) -> Result<Option<Block>, BitcoinError> {
        let state = self.running()?;
        let header = state.headers.iter().find(|header| header.block_hash() == *hash);
        Ok(header.map(|header| Block { header: *header, txdata: state.body(header).to_vec() }))
    }

    /// Of the mempool; a role reads whole blocks.
    fn transaction(
        &self,
        txid: &Txid,
        block: Option<&BlockHash>,
    ) -> Result<Option<Transaction>, BitcoinError> {
        assert_eq!(block, None);
        Ok(self.running()?.mempool.iter().find(|waiting| waiting.compute_txid() == *txid).cloned())
    }

    fn spent_outputs(&self, txid: &Txid, block: &BlockHash) -> Result<Option<Vec<TxOut>>, BitcoinError> {
        let state = self.running()?;
        let body = state.bodies.get(block).map_or(&[][..], Vec::as_slice);
        let Some(tx) = body.iter().find(|tx| tx.compute_txid() == *txid) else { return Ok(None) };
        let coin = TxOut { value: bitcoin::Amount::from_sat(100_000_000), script_pubkey: ScriptBuf::new() };
        let output = |outpoint| state.created(outpoint).map_or(coin.clone(), |(_, output)| output);
        Ok(Some(tx.input.iter().map(|input| output(&input.previous_output)).collect()))
    }

    fn output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        let state = self.running()?;
        if state.is_spent_in_chain(outpoint) || inputs(&state.mempool).any(|spent| spent == *outpoint) {
            return Ok(None);
        }
        Ok(state.created(outpoint).map(|(confirmations, output)| Unspent {
            outpoint: *outpoint,
            output,
            confirmations,
            coinbase: false,
        }))
    }

    fn confirmed_output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        let state = self.running()?;
        let is_unspent = !state.is_spent_in_chain(outpoint);
        let created = is_unspent.then(|| state.created(outpoint)).flatten();
        Ok(created.filter(|(confirmations, _)| *confirmations > 0).map(|(confirmations, output)| Unspent {
            outpoint: *outpoint,
            output,
            confirmations,
            coinbase: false,
        }))
    }

    fn unspent(&self, scripts: &[ScriptBuf]) -> Result<Vec<Unspent>, BitcoinError> {
        let outputs = |tx: &Transaction| {
            let txid = tx.compute_txid();
            let of_script =
                (0..).zip(&tx.output).filter(|(_, output)| scripts.contains(&output.script_pubkey));
            of_script.map(|(vout, _)| OutPoint::new(txid, vout)).collect::<Vec<_>>()
        };
        let found: Vec<_> = self.running()?.chain().flat_map(|(_, tx)| outputs(tx)).collect();
        found.iter().filter_map(|outpoint| self.confirmed_output(outpoint).transpose()).collect()
    }

    fn fee_rate(&self, _: u16) -> Result<Option<FeeRate>, BitcoinError> {
        Ok(FeeRate::from_sat_per_vb(2))
    }

    fn test_accept(&self, _: &Transaction) -> Result<Acceptance, BitcoinError> {
        panic!("a role submits without asking first")
    }

    fn submit(&self, tx: &Transaction) -> Result<Submitted, BitcoinError> {
        let mut state = self.running()?;
        let txid = tx.compute_txid();
        if state.mempool.iter().any(|waiting| waiting.compute_txid() == txid) {
            return Ok(Submitted::InMempool);
        }
        let is_unspent = |vout| !state.is_spent_in_chain(&OutPoint::new(txid, vout));
        if state.is_confirmed(txid) && (0..tx.output.len() as u32).any(is_unspent) {
            return Ok(Submitted::Confirmed);
        }
        if let Some(reason) = state.refusal(tx) {
            return Err(BitcoinError::Refused { txid, reason: reason.into() });
        }
        state.mempool.push(tx.clone());
        Ok(Submitted::InMempool)
    }
}
