//! The answers of Bitcoin Core, as far as they are read, and their checked conversion.

use bitcoin::block::{Header, Version};
use bitcoin::hashes::Hash;
use bitcoin::{Amount, BlockHash, CompactTarget, OutPoint, ScriptBuf, TxMerkleNode, TxOut, Txid};
use serde::{Deserialize, Deserializer};

use crate::{BlockHeader, Unspent};

/// `getblockchaininfo`.
#[derive(Deserialize)]
pub(crate) struct ChainInfo {
    pub(crate) chain: String,
    pub(crate) blocks: u32,
    pub(crate) bestblockhash: BlockHash,
}

/// `getnetworkinfo`.
#[derive(Deserialize)]
pub(crate) struct NetworkInfo {
    pub(crate) version: u32,
}

/// `getblockheader`, verbose.
#[derive(Deserialize)]
pub(crate) struct HeaderInfo {
    confirmations: i64,
    height: u32,
    version: i32,
    merkleroot: TxMerkleNode,
    time: u32,
    nonce: u32,
    #[serde(deserialize_with = "compact_target")]
    bits: CompactTarget,
    previousblockhash: Option<BlockHash>,
}

impl HeaderInfo {
    /// The header put together again, with its place. A stale block has -1 confirmations here.
    pub(crate) fn into_header(self) -> BlockHeader {
        let header = Header {
            version: Version::from_consensus(self.version),
            prev_blockhash: self.previousblockhash.unwrap_or_else(BlockHash::all_zeros),
            merkle_root: self.merkleroot,
            time: self.time,
            bits: self.bits,
            nonce: self.nonce,
        };
        BlockHeader {
            header,
            height: self.height,
            confirmations: u32::try_from(self.confirmations).unwrap_or(0),
        }
    }
}

/// `gettxout`.
#[derive(Deserialize)]
pub(crate) struct OutputInfo {
    confirmations: u32,
    #[serde(with = "bitcoin::amount::serde::as_btc")]
    value: Amount,
    #[serde(rename = "scriptPubKey")]
    script: ScriptInfo,
    coinbase: bool,
}

#[derive(Deserialize)]
struct ScriptInfo {
    hex: ScriptBuf,
}

impl OutputInfo {
    /// The output at `outpoint`.
    pub(crate) fn into_unspent(self, outpoint: OutPoint) -> Unspent {
        let output = TxOut { value: self.value, script_pubkey: self.script.hex };
        Unspent { outpoint, output, confirmations: self.confirmations, coinbase: self.coinbase }
    }
}

/// `getrawtransaction`, with what its inputs spend.
#[derive(Deserialize)]
pub(crate) struct SpendingInfo {
    pub(crate) txid: Txid,
    vin: Vec<InputInfo>,
}

#[derive(Deserialize)]
struct InputInfo {
    prevout: Option<PrevoutInfo>,
}

#[derive(Deserialize)]
struct PrevoutInfo {
    #[serde(with = "bitcoin::amount::serde::as_btc")]
    value: Amount,
    #[serde(rename = "scriptPubKey")]
    script: ScriptInfo,
}

impl SpendingInfo {
    /// The outputs spent; `None` if the node leaves one out, as it does for a coinbase or without undo data.
    pub(crate) fn into_spent_outputs(self) -> Option<Vec<TxOut>> {
        let output = |prevout: PrevoutInfo| TxOut { value: prevout.value, script_pubkey: prevout.script.hex };
        self.vin.into_iter().map(|input| input.prevout.map(output)).collect()
    }
}

/// `scantxoutset`.
#[derive(Deserialize)]
pub(crate) struct Scan {
    success: bool,
    height: u32,
    unspents: Vec<ScanHit>,
}

#[derive(Deserialize)]
struct ScanHit {
    txid: Txid,
    vout: u32,
    #[serde(rename = "scriptPubKey")]
    script: ScriptBuf,
    #[serde(with = "bitcoin::amount::serde::as_btc")]
    amount: Amount,
    coinbase: bool,
    height: u32,
}

impl Scan {
    /// The outputs found; `None` if somebody aborted the scan or the heights contradict each other.
    pub(crate) fn into_unspent(self) -> Option<Vec<Unspent>> {
        let tip = self.height;
        self.success.then_some(())?;
        self.unspents.into_iter().map(|hit| hit.into_unspent(tip)).collect()
    }
}

impl ScanHit {
    fn into_unspent(self, tip: u32) -> Option<Unspent> {
        Some(Unspent {
            outpoint: OutPoint::new(self.txid, self.vout),
            output: TxOut { value: self.amount, script_pubkey: self.script },
            confirmations: tip.checked_sub(self.height)?.checked_add(1)?,
            coinbase: self.coinbase,
        })
    }
}

/// `estimatesmartfee`; the rate is in BTC per 1000 vbytes and missing if unknown.
#[derive(Deserialize)]
pub(crate) struct FeeEstimate {
    #[serde(default, with = "bitcoin::amount::serde::as_btc::opt")]
    pub(crate) feerate: Option<Amount>,
}

/// One element of `testmempoolaccept`.
#[derive(Deserialize)]
pub(crate) struct MempoolVerdict {
    pub(crate) txid: Txid,
    pub(crate) allowed: Option<bool>,
    pub(crate) vsize: Option<u64>,
    pub(crate) fees: Option<Fees>,
    #[serde(rename = "reject-reason")]
    pub(crate) reject_reason: Option<String>,
    #[serde(rename = "package-error")]
    pub(crate) package_error: Option<String>,
}

/// The fees in a [`MempoolVerdict`].
#[derive(Deserialize)]
pub(crate) struct Fees {
    #[serde(with = "bitcoin::amount::serde::as_btc")]
    pub(crate) base: Amount,
}

fn compact_target<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CompactTarget, D::Error> {
    let text = String::deserialize(deserializer)?;
    CompactTarget::from_unprefixed_hex(&text).map_err(serde::de::Error::custom)
}
