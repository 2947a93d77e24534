//! The port: what the rest of the code asks of a Bitcoin node.

use bitcoin::block::Header;
use bitcoin::{Amount, Block, BlockHash, FeeRate, OutPoint, ScriptBuf, Transaction, TxOut, Txid};

use crate::BitcoinError;

/// The largest fee rate that [`Bitcoin::submit`] hands in, 10 000 sat/vB: Bitcoin Core's own default, the last guard
/// against a typing error.
pub const MAX_FEE_RATE: FeeRate = FeeRate::from_sat_per_kwu(2_500_000);

/// A Bitcoin node, as seen by the roles and the command line.
///
/// Heights are block heights; the genesis block has height 0. "Best chain" is the node's own view at the moment of
/// the call; two calls may see two different chains.
///
/// # Errors
///
/// Every method fails with [`BitcoinError`] when the node cannot be reached, refuses the login, is not ready, or
/// answers something that is not an answer to the question. `None` is never an error: it means that the node was
/// asked and does not know.
pub trait Bitcoin {
    /// The last block of the best chain.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn tip(&self) -> Result<Tip, BitcoinError>;

    /// The hash of the block of the best chain at `height`; `None` above the tip.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn block_hash(&self, height: u32) -> Result<Option<BlockHash>, BitcoinError>;

    /// A header with its place, of the best chain or of a stale branch.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn header(&self, hash: &BlockHash) -> Result<Option<BlockHeader>, BitcoinError>;

    /// Up to `count` consecutive headers of the best chain from height `first` on; fewer when the tip comes first.
    ///
    /// # Errors
    ///
    /// See the trait; and [`BitcoinError::Moved`] if a reorganisation took place in between.
    fn headers(&self, first: u32, count: u32) -> Result<Vec<Header>, BitcoinError>;

    /// A whole block.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn block(&self, hash: &BlockHash) -> Result<Option<Block>, BitcoinError>;

    /// A transaction of the named block, or, without one, of the mempool.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn transaction(
        &self,
        txid: &Txid,
        block: Option<&BlockHash>,
    ) -> Result<Option<Transaction>, BitcoinError>;

    /// The outputs that a transaction of a block spends, in the order of its inputs; `None` if the node knows no such
    /// block, or the block has no such transaction.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn spent_outputs(&self, txid: &Txid, block: &BlockHash) -> Result<Option<Vec<TxOut>>, BitcoinError>;

    /// An output that neither the best chain nor the mempool spends.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError>;

    /// An output of the best chain that no block spends. The mempool is not looked at: what a transaction there spends
    /// can still be spent by its replacement.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn confirmed_output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError>;

    /// All unspent outputs of the best chain that pay exactly one of `scripts`. The mempool is not looked at.
    /// This reads the whole set of unspent outputs: minutes on mainnet.
    ///
    /// # Errors
    ///
    /// See the trait; and [`BitcoinError::NotReady`] while somebody else's search runs, since the node runs one at a
    /// time.
    fn unspent(&self, scripts: &[ScriptBuf]) -> Result<Vec<Unspent>, BitcoinError>;

    /// The fee rate at which a transaction should confirm within `blocks` blocks; `None` if the node has seen too
    /// little to say.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn fee_rate(&self, blocks: u16) -> Result<Option<FeeRate>, BitcoinError>;

    /// Whether the mempool would take `tx` now. A transaction that it holds already counts as refused.
    ///
    /// # Errors
    ///
    /// See the trait.
    fn test_accept(&self, tx: &Transaction) -> Result<Acceptance, BitcoinError>;

    /// Hands `tx` to the network. Saying it twice is harmless.
    ///
    /// # Errors
    ///
    /// See the trait; and [`BitcoinError::Refused`] if the node does not take it. A confirmed transaction whose
    /// outputs are all spent again is refused like one with missing inputs.
    fn submit(&self, tx: &Transaction) -> Result<Submitted, BitcoinError>;
}

/// The last block of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Its height.
    pub height: u32,
    /// Its hash.
    pub hash: BlockHash,
}

/// A header and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHeader {
    /// The header itself.
    pub header: Header,
    /// Its height.
    pub height: u32,
    /// Blocks of the best chain from this one to the tip, both counted; 0 on a stale branch.
    pub confirmations: u32,
}

/// An unspent output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unspent {
    /// Where it is.
    pub outpoint: OutPoint,
    /// Its value and script.
    pub output: TxOut,
    /// Blocks of the best chain from its own to the tip, both counted; 0 in the mempool.
    pub confirmations: u32,
    /// Whether a coinbase made it: then it can be spent from 100 confirmations on.
    pub coinbase: bool,
}

/// The mempool's verdict on a transaction that it was only shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acceptance {
    /// It would be taken.
    Accepted {
        /// Virtual size in vbytes, as policy counts it.
        vsize: u64,
        /// What it pays.
        fee: Amount,
    },
    /// It would not.
    Refused {
        /// Bitcoin Core's word for the cause, e.g. `non-BIP68-final`.
        reason: String,
    },
}

/// Where a transaction is after it was handed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Submitted {
    /// In the mempool, perhaps since earlier.
    InMempool,
    /// In a block of the best chain already.
    Confirmed,
}
