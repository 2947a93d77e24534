//! [`Bitcoin`] over the RPC interface.

use std::time::Duration;

use bitcoin::block::Header;
use bitcoin::consensus::encode::{deserialize_hex, serialize_hex};
use bitcoin::{Amount, Block, BlockHash, FeeRate, OutPoint, ScriptBuf, Transaction, TxOut, Txid};
use serde_json::json;

use crate::answers::{ChainInfo, FeeEstimate, HeaderInfo, MempoolVerdict, OutputInfo, Scan, SpendingInfo};
use crate::rpc::{malformed, typed};
use crate::{
    Acceptance, Bitcoin, BitcoinError, BlockHeader, MAX_FEE_RATE, RpcClient, RpcCode, Submitted, Tip, Unspent,
};

/// How long a scan of all unspent outputs may take.
const SCAN_TIMEOUT: Duration = Duration::from_secs(900);

/// More than all coins: our rules, not the node, judge what an output without an owner may hold (slashed bitcoin may
/// end in one), in BTC.
const MAX_BURN: u32 = 21_000_000;

/// Headers asked for in one batch.
const BATCH: u32 = 2_000;

/// Bitcoin Core counts heights in an `int`.
const MAX_HEIGHT: u32 = i32::MAX as u32;

/// [`MAX_FEE_RATE`] in BTC per 1000 vbytes, which are 4 kwu.
fn max_fee_rate() -> f64 {
    Amount::from_sat(MAX_FEE_RATE.to_sat_per_kwu() * 4).to_btc()
}

impl Bitcoin for RpcClient {
    fn tip(&self) -> Result<Tip, BitcoinError> {
        let info: ChainInfo = self.call("getblockchaininfo", json!([]))?;
        Ok(Tip { height: info.blocks, hash: info.bestblockhash })
    }

    fn block_hash(&self, height: u32) -> Result<Option<BlockHash>, BitcoinError> {
        if height > MAX_HEIGHT {
            return Ok(None);
        }
        unless(RpcCode::InvalidParameter, self.call("getblockhash", json!([height])))
    }

    fn header(&self, hash: &BlockHash) -> Result<Option<BlockHeader>, BitcoinError> {
        const METHOD: &str = "getblockheader";
        let info: Option<HeaderInfo> = unless(RpcCode::NotFound, self.call(METHOD, json!([hash, true])))?;
        let Some(found) = info.map(HeaderInfo::into_header) else { return Ok(None) };
        same(METHOD, hash, &found.header.block_hash())?;
        Ok(Some(found))
    }

    fn headers(&self, first: u32, count: u32) -> Result<Vec<Header>, BitcoinError> {
        let end = first.saturating_add(count).min(MAX_HEIGHT);
        let mut headers: Vec<Header> = Vec::new();
        for from in (first..end).step_by(BATCH as usize) {
            let asked = BATCH.min(end - from);
            let batch = self.header_batch(from, asked)?;
            let whole = batch.len() == asked as usize;
            for (height, header) in (from..).zip(batch) {
                if headers.last().is_some_and(|last| last.block_hash() != header.prev_blockhash) {
                    return Err(BitcoinError::Moved { height });
                }
                headers.push(header);
            }
            if !whole {
                break;
            }
        }
        Ok(headers)
    }

    fn block(&self, hash: &BlockHash) -> Result<Option<Block>, BitcoinError> {
        const METHOD: &str = "getblock";
        let hex: Option<String> = unless(RpcCode::NotFound, self.call(METHOD, json!([hash, 0])))?;
        let Some(hex) = hex else { return Ok(None) };
        let block: Block = decoded(METHOD, hex)?;
        same(METHOD, hash, &block.block_hash())?;
        if !block.check_merkle_root() {
            return Err(malformed(METHOD, "transactions that do not hash to the header's root"));
        }
        Ok(Some(block))
    }

    fn transaction(
        &self,
        txid: &Txid,
        block: Option<&BlockHash>,
    ) -> Result<Option<Transaction>, BitcoinError> {
        const METHOD: &str = "getrawtransaction";
        let params = match block {
            Some(block) => json!([txid, 0, block]),
            None => json!([txid, 0]),
        };
        let hex: Option<String> = unless(RpcCode::NotFound, self.call(METHOD, params))?;
        let Some(hex) = hex else { return Ok(None) };
        let tx: Transaction = decoded(METHOD, hex)?;
        same(METHOD, txid, &tx.compute_txid())?;
        Ok(Some(tx))
    }

    fn spent_outputs(&self, txid: &Txid, block: &BlockHash) -> Result<Option<Vec<TxOut>>, BitcoinError> {
        const METHOD: &str = "getrawtransaction";
        let answer = self.call::<SpendingInfo>(METHOD, json!([txid, 2, block]));
        let Some(info) = unless(RpcCode::NotFound, answer)? else { return Ok(None) };
        same(METHOD, txid, &info.txid)?;
        let missing = || malformed(METHOD, "no outputs behind the inputs: is the block pruned?");
        info.into_spent_outputs().map(Some).ok_or_else(missing)
    }

    fn output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        self.unspent_output(outpoint, true)
    }

    fn confirmed_output(&self, outpoint: &OutPoint) -> Result<Option<Unspent>, BitcoinError> {
        self.unspent_output(outpoint, false)
    }

    fn unspent(&self, scripts: &[ScriptBuf]) -> Result<Vec<Unspent>, BitcoinError> {
        const METHOD: &str = "scantxoutset";
        let descriptors: Vec<_> = scripts.iter().map(|script| format!("raw({script:x})")).collect();
        let scan: Scan = self.call_within(METHOD, json!(["start", descriptors]), SCAN_TIMEOUT)?;
        scan.into_unspent().ok_or_else(|| malformed(METHOD, "an aborted scan"))
    }

    fn fee_rate(&self, blocks: u16) -> Result<Option<FeeRate>, BitcoinError> {
        let estimate: FeeEstimate = self.call("estimatesmartfee", json!([blocks]))?;
        // 1000 vbytes are 4 kwu; rounded up, since a rate too low by a fraction may miss the relay minimum.
        Ok(estimate.feerate.map(|rate| FeeRate::from_sat_per_kwu(rate.to_sat().div_ceil(4))))
    }

    fn test_accept(&self, tx: &Transaction) -> Result<Acceptance, BitcoinError> {
        const METHOD: &str = "testmempoolaccept";
        let verdicts: Vec<MempoolVerdict> =
            self.call(METHOD, json!([[serialize_hex(tx)], max_fee_rate()]))?;
        let [verdict] = <[MempoolVerdict; 1]>::try_from(verdicts)
            .map_err(|all| malformed(METHOD, format!("{} verdicts on one transaction", all.len())))?;
        same(METHOD, &tx.compute_txid(), &verdict.txid)?;
        match (verdict.allowed, verdict.vsize, verdict.fees) {
            (Some(true), Some(vsize), Some(fees)) => Ok(Acceptance::Accepted { vsize, fee: fees.base }),
            _ => verdict
                .reject_reason
                .or(verdict.package_error)
                .map(|reason| Acceptance::Refused { reason })
                .ok_or_else(|| malformed(METHOD, "a verdict without a reason")),
        }
    }

    fn submit(&self, tx: &Transaction) -> Result<Submitted, BitcoinError> {
        const METHOD: &str = "sendrawtransaction";
        let txid = tx.compute_txid();
        match self.call::<Txid>(METHOD, json!([serialize_hex(tx), max_fee_rate(), MAX_BURN])) {
            Ok(answer) => same(METHOD, &txid, &answer).map(|()| Submitted::InMempool),
            Err(BitcoinError::Rpc { code: RpcCode::AlreadyConfirmed, .. }) => Ok(Submitted::Confirmed),
            Err(BitcoinError::Rpc { code: RpcCode::Verify | RpcCode::VerifyRejected, message, .. }) => {
                Err(BitcoinError::Refused { txid, reason: message })
            }
            Err(other) => Err(other),
        }
    }
}

impl RpcClient {
    fn unspent_output(&self, outpoint: &OutPoint, mempool: bool) -> Result<Option<Unspent>, BitcoinError> {
        let params = json!([outpoint.txid, outpoint.vout, mempool]);
        let info: Option<OutputInfo> = self.call("gettxout", params)?;
        Ok(info.map(|info| info.into_unspent(*outpoint)))
    }

    /// The headers of `count` heights from `first` on, each hashed again, in two exchanges.
    fn header_batch(&self, first: u32, count: u32) -> Result<Vec<Header>, BitcoinError> {
        let heights = (first..first + count).map(|height| ("getblockhash", json!([height])));
        let mut known = Vec::with_capacity(count as usize);
        for hash in self.batch(&heights.collect::<Vec<_>>())? {
            match unless(RpcCode::InvalidParameter, hash)? {
                Some(hash) => known.push(typed::<BlockHash>("getblockhash", hash)?),
                None => break,
            }
        }
        let calls: Vec<_> = known.iter().map(|hash| ("getblockheader", json!([hash, false]))).collect();
        let mut headers = Vec::with_capacity(known.len());
        for (hash, answer) in known.iter().zip(self.batch(&calls)?) {
            let header: Header = decoded("getblockheader", typed("getblockheader", answer?)?)?;
            same("getblockheader", hash, &header.block_hash())?;
            headers.push(header);
        }
        Ok(headers)
    }
}

/// Turns the node's "no such thing" into `None`.
fn unless<T>(absent: RpcCode, answer: Result<T, BitcoinError>) -> Result<Option<T>, BitcoinError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(BitcoinError::Rpc { code, .. }) if code == absent => Ok(None),
        Err(other) => Err(other),
    }
}

fn decoded<T: bitcoin::consensus::Decodable>(method: &'static str, hex: String) -> Result<T, BitcoinError> {
    deserialize_hex(&hex).map_err(|error| malformed(method, error))
}

fn same<T: PartialEq + std::fmt::Display>(
    method: &'static str,
    asked: &T,
    found: &T,
) -> Result<(), BitcoinError> {
    if asked == found { Ok(()) } else { Err(malformed(method, format!("{found} instead of {asked}"))) }
}
