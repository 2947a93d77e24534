//! A bitcoind that takes only what is signed: it checks spends by the key path of taproot itself, by BIP-341.

use std::sync::{Arc, Mutex};

use ballast_bitcoin_io::{Acceptance, Bitcoin, BitcoinError, BlockHeader, Submitted, Tip, Unspent};
use bitcoin::{
    Amount, Block, BlockHash, FeeRate, OutPoint, ScriptBuf, Sequence, TapSighashType, Transaction, TxIn,
    TxOut, Txid, Witness, XOnlyPublicKey,
    absolute::LockTime,
    block::Header,
    hashes::Hash,
    secp256k1::{Message, SECP256K1, schnorr::Signature},
    sighash::{Prevouts, SighashCache},
    transaction::Version,
};

use crate::fake::bitcoin::FakeBitcoin;

/// One bitcoind, shared by all who hold it.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) bitcoin: Arc<FakeBitcoin>,
    pub(super) moods: Arc<Mutex<Moods>>,
}

#[derive(Default)]
pub(super) struct Moods {
    pub(super) fee_rate: Option<FeeRate>,
    /// Whether it takes no transaction.
    pub(super) refuses: bool,
}

impl Node {
    pub(super) fn new() -> Self {
        Self { bitcoin: Arc::new(FakeBitcoin::new()), moods: Arc::default() }
    }
}

/// A transaction that spends one output, told apart by `salt`.
pub(super) fn spend(previous_output: OutPoint, salt: u32, outputs: Vec<(ScriptBuf, u64)>) -> Transaction {
    let script_sig = ScriptBuf::from_bytes(salt.to_be_bytes().to_vec());
    let input = TxIn { previous_output, script_sig, sequence: Sequence::MAX, witness: Witness::new() };
    let output = |(script_pubkey, sats)| TxOut { value: Amount::from_sat(sats), script_pubkey };
    let output = outputs.into_iter().map(output).collect();
    Transaction { version: Version::TWO, lock_time: LockTime::ZERO, input: vec![input], output }
}

/// Whether every input is spent by the key path, with a valid signature.
fn is_signed(transaction: &Transaction, spent: &[TxOut]) -> bool {
    let mut cache = SighashCache::new(transaction);
    transaction.input.iter().zip(spent).enumerate().all(|(index, (input, output))| {
        let [signature] = input.witness.to_vec().try_into().unwrap_or([vec![]]);
        let sighash = cache
            .taproot_key_spend_signature_hash(index, &Prevouts::All(spent), TapSighashType::Default)
            .unwrap();
        let message = Message::from_digest(sighash.to_byte_array());
        let key = XOnlyPublicKey::from_slice(&output.script_pubkey.as_bytes()[2..]).unwrap();
        Signature::from_slice(&signature)
            .is_ok_and(|signature| SECP256K1.verify_schnorr(&signature, &message, &key).is_ok())
    })
}

impl Bitcoin for Node {
    fn tip(&self) -> Result<Tip, BitcoinError> {
        self.bitcoin.tip()
    }

    fn block_hash(&self, height: u32) -> Result<Option<BlockHash>, BitcoinError> {
        self.bitcoin.block_hash(height)
    }

    fn header(&self, hash: &BlockHash) -> Result<Option<BlockHeader>, BitcoinError> {
        self.bitcoin.header(hash)
    }

    fn headers(&self, first: u32, count: u32) -> Result<Vec<Header>, BitcoinError> {
        self.bitcoin.headers(first, count)
    }

    fn block(&self, hash: &BlockHash) -> Result<Option<Block>, BitcoinError> {
        self.bitcoin.block(hash)
    }

    fn transaction(
        &self,
        txid: &Txid,
        block: Option<&BlockHash>,
    ) -> Result<Option<Transaction>, BitcoinError> {
        self.bitcoin.transaction(txid, block)
    }

    fn spent_outputs(&self, txid: &Txid, block: &BlockHash) -> Result<Option<Vec<TxOut>>, BitcoinError> {
        self.bitcoin.spent_outputs(txid, block)
    }

    fn output(&self, _: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        panic!("what the mempool spends can be replaced")
    }

    fn confirmed_output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        self.bitcoin.confirmed_output(outpoint)
    }

    fn unspent(&self, scripts: &[ScriptBuf]) -> Result<Vec<Unspent>, BitcoinError> {
        self.bitcoin.unspent(scripts)
    }

    fn fee_rate(&self, _: u16) -> Result<Option<FeeRate>, BitcoinError> {
        Ok(self.moods.lock().unwrap().fee_rate)
    }

    fn test_accept(&self, tx: &Transaction) -> Result<Acceptance, BitcoinError> {
        self.bitcoin.test_accept(tx)
    }

    /// Takes what is signed and spends confirmed outputs; the later one replaces.
    fn submit(&self, tx: &Transaction) -> Result<Submitted, BitcoinError> {
        let mut spent = Vec::new();
        for input in &tx.input {
            spent.extend(self.confirmed_output(&input.previous_output)?.map(|coin| coin.output));
        }
        let is_good = spent.len() == tx.input.len() && is_signed(tx, &spent);
        if self.moods.lock().unwrap().refuses || !is_good {
            return Err(BitcoinError::Refused { txid: tx.compute_txid(), reason: "bad-txns".into() });
        }
        let replaced: Vec<OutPoint> = tx.input.iter().map(|input| input.previous_output).collect();
        self.bitcoin
            .state()
            .mempool
            .retain(|waiting| waiting.input.iter().all(|input| !replaced.contains(&input.previous_output)));
        self.bitcoin.submit(tx)
    }
}
