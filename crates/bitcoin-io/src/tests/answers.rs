//! Blocks, headers and outputs, true and false.

use bitcoin::block::Header;
use bitcoin::consensus::encode::serialize_hex;
use bitcoin::constants::genesis_block;
use bitcoin::hashes::Hash;
use bitcoin::{Amount, BlockHash, FeeRate, Network, OutPoint, ScriptBuf};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::fake::{Fake, Reply, config, user};
use crate::answers::OutputInfo;
use crate::{Bitcoin, BitcoinError, RpcClient, RpcCode};

fn malformed<T: std::fmt::Debug>(answer: Result<T, BitcoinError>, method: &str) {
    match answer {
        Err(BitcoinError::Malformed { method: named, .. }) => assert_eq!(named, method),
        other => panic!("expected a malformed answer, found {other:?}"),
    }
}

fn header_answer(header: &Header) -> Value {
    json!({
        "hash": header.block_hash(), "confirmations": -1, "height": 7, "version": header.version.to_consensus(),
        "merkleroot": header.merkle_root, "time": header.time, "nonce": header.nonce,
        "bits": format!("{:08x}", header.bits.to_consensus()), "previousblockhash": header.prev_blockhash,
    })
}

/// `length` headers on top of genesis; their work does not matter here.
fn branch(length: u32) -> Vec<Header> {
    let first = genesis_block(Network::Regtest).header;
    let next = |parent: &Header| {
        Some(Header { prev_blockhash: parent.block_hash(), nonce: parent.nonce + 1, ..*parent })
    };
    std::iter::successors(Some(first), next).take(length as usize).collect()
}

/// The two batches that `headers` asks for; `None` is a height above the tip.
fn batches(hashes: &[Option<BlockHash>], headers: &[Header]) -> Vec<Reply> {
    let hash = |(id, hash): (usize, &Option<BlockHash>)| match hash {
        Some(hash) => json!({ "id": id, "result": hash }),
        None => json!({ "id": id, "error": { "code": -8, "message": "Block height out of range" } }),
    };
    let header = |(id, header)| json!({ "id": id, "result": serialize_hex(header) });
    let batch = |list: Vec<Value>| Reply::Raw(200, Value::Array(list).to_string());
    vec![
        batch(hashes.iter().enumerate().map(hash).collect()),
        batch(headers.iter().enumerate().map(header).collect()),
    ]
}

#[test]
fn a_height_above_the_tip_has_no_block() {
    let hash = BlockHash::all_zeros();
    let fake = Fake::start(vec![Reply::Result(json!(hash)), Reply::Error(-8, "Block height out of range")]);
    let client = fake.client();
    assert_eq!(client.block_hash(0).unwrap(), Some(hash));
    assert_eq!(client.block_hash(1).unwrap(), None);
    assert_eq!(fake.seen()[1].body["params"], json!([1]));
}

#[test]
fn a_header_is_put_together_and_hashed_again() {
    let header = branch(2)[1];
    let mut other = header_answer(&header);
    other["nonce"] = json!(header.nonce + 1);
    let fake = Fake::start(vec![
        Reply::Result(header_answer(&header)),
        Reply::Result(other),
        Reply::Error(-5, "Block not found"),
    ]);
    let client = fake.client();
    let found = client.header(&header.block_hash()).unwrap().unwrap();
    assert_eq!((found.header, found.height, found.confirmations), (header, 7, 0));
    malformed(client.header(&header.block_hash()), "getblockheader");
    assert_eq!(client.header(&header.block_hash()).unwrap(), None);
}

#[test]
fn headers_end_at_the_tip() {
    let headers = branch(3);
    let mut hashes: Vec<_> = headers.iter().map(|header| Some(header.block_hash())).collect();
    hashes.push(None);
    let fake = Fake::start(batches(&hashes, &headers));
    assert_eq!(fake.client().headers(0, 4).unwrap(), headers);
}

#[test]
fn headers_that_do_not_follow_each_other_have_moved() {
    let headers = [branch(3)[0], branch(3)[2]];
    let hashes = headers.map(|header| Some(header.block_hash()));
    let fake = Fake::start(batches(&hashes, &headers));
    let error = fake.client().headers(5, 2).unwrap_err();
    assert!(matches!(error, BitcoinError::Moved { height: 6 }), "{error}");
}

#[test]
fn a_long_way_is_walked_in_bounded_batches() {
    let headers = branch(2_001);
    let hashes: Vec<_> = headers.iter().map(|header| Some(header.block_hash())).collect();
    let mut replies = batches(&hashes[..2_000], &headers[..2_000]);
    replies.extend(batches(&[vec![hashes[2_000]], vec![None; 1_999]].concat(), &headers[2_000..]));
    let fake = Fake::start(replies);
    assert_eq!(fake.client().headers(0, 1_000_000).unwrap(), headers);
    let sizes: Vec<_> = fake.seen().iter().map(|seen| seen.body.as_array().unwrap().len()).collect();
    assert_eq!(sizes, [2_000, 2_000, 2_000, 1]);
}

#[test]
fn a_chain_that_changes_between_two_batches_has_moved() {
    let headers = branch(2_002);
    let hash = |header: &Header| Some(header.block_hash());
    let mut replies = batches(&headers[..2_000].iter().map(hash).collect::<Vec<_>>(), &headers[..2_000]);
    replies.extend(batches(&[hash(&headers[2_001])], &headers[2_001..]));
    let error = Fake::start(replies).client().headers(0, 2_001).unwrap_err();
    assert!(matches!(error, BitcoinError::Moved { height: 2_000 }), "{error}");
}

#[test]
fn no_block_is_above_the_heights_that_the_node_counts() {
    // Nobody listens: the question is not asked.
    let client = RpcClient::new(config("http://127.0.0.1:1", user()));
    assert_eq!(client.block_hash(u32::MAX).unwrap(), None);
    assert_eq!(client.headers(u32::MAX - 1, u32::MAX).unwrap(), []);
}

#[test]
fn a_batch_is_answered_in_full_and_in_order() {
    let hashes = branch(2).iter().map(|header| Some(header.block_hash())).collect::<Vec<_>>();
    let short = batches(&hashes[..1], &[]).swap_remove(0);
    let swapped = json!([{ "id": 1, "result": hashes[1] }, { "id": 0, "result": hashes[0] }]);
    let fake = Fake::start(vec![short, Reply::Raw(200, swapped.to_string()), Reply::Result(json!(null))]);
    let client = fake.client();
    for _ in 0..3 {
        malformed(client.headers(0, 2), "getblockhash");
    }
}

#[test]
fn a_block_is_hashed_again_with_its_transactions() {
    let block = genesis_block(Network::Regtest);
    let mut robbed = block.clone();
    robbed.txdata[0].output[0].value = Amount::ZERO;
    let answers =
        [serialize_hex(&block), serialize_hex(&genesis_block(Network::Bitcoin)), serialize_hex(&robbed)];
    let mut replies: Vec<_> = answers.iter().map(|hex| Reply::Result(json!(hex))).collect();
    replies.push(Reply::Result(json!("00")));
    replies.push(Reply::Error(-1, "Block not available (pruned data)"));
    let fake = Fake::start(replies);
    let client = fake.client();
    assert_eq!(client.block(&block.block_hash()).unwrap(), Some(block.clone()));
    for _ in 0..3 {
        malformed(client.block(&block.block_hash()), "getblock");
    }
    let error = client.block(&block.block_hash()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bitcoind answers getblock with error -1: Block not available (pruned data)"
    );
}

#[test]
fn an_output_is_there_or_not() {
    let outpoint = OutPoint::null();
    let output = json!({
        "bestblock": BlockHash::all_zeros(), "confirmations": 3, "value": 0.1, "coinbase": true,
        "scriptPubKey": { "hex": "51024e73", "type": "anchor" },
    });
    let fake = Fake::start(vec![Reply::Result(output), Reply::Result(json!(null))]);
    let client = fake.client();
    let found = client.output(&outpoint).unwrap().unwrap();
    assert_eq!(found.output.value, Amount::from_sat(10_000_000));
    assert_eq!(found.output.script_pubkey, ScriptBuf::from_hex("51024e73").unwrap());
    assert!(found.coinbase && found.confirmations == 3 && found.outpoint == outpoint);
    assert_eq!(client.output(&outpoint).unwrap(), None);
}

#[test]
fn a_scan_counts_confirmations_and_must_be_whole() {
    let hit = json!({
        "txid": bitcoin::Txid::all_zeros(), "vout": 1, "scriptPubKey": "51", "amount": 0.00000001,
        "coinbase": false, "height": 98,
    });
    let scan = |success, height: u32| {
        Reply::Result(json!({ "success": success, "height": height, "unspents": [hit] }))
    };
    let fake = Fake::start(vec![scan(true, 100), scan(false, 100), scan(true, 97)]);
    let (client, script) = (fake.client(), ScriptBuf::from_hex("51").unwrap());
    let found = client.unspent(std::slice::from_ref(&script)).unwrap();
    assert_eq!((found[0].confirmations, found[0].output.value), (3, Amount::ONE_SAT));
    malformed(client.unspent(std::slice::from_ref(&script)), "scantxoutset");
    malformed(client.unspent(&[script]), "scantxoutset");
    assert_eq!(fake.seen()[0].body["params"], json!(["start", ["raw(51)"]]));
}

#[test]
fn another_scan_is_waited_for() {
    const BUSY: &str = "Scan already in progress, use action \"abort\" or \"status\"";
    let found = Reply::Result(json!({ "success": true, "height": 1, "unspents": [] }));
    let wrong = Reply::Error(-8, "Block height out of range");
    let busy = || Reply::Error(-8, BUSY);
    let fake = Fake::start(vec![busy(), busy(), found, busy(), busy(), busy(), wrong]);
    let client = fake.client();
    assert_eq!(client.unspent(&[]).unwrap(), []);
    let error = client.unspent(&[]).unwrap_err();
    assert!(matches!(&error, BitcoinError::NotReady { message } if message == BUSY), "{error}");
    let error = client.unspent(&[]).unwrap_err();
    assert!(matches!(error, BitcoinError::Rpc { code: RpcCode::InvalidParameter, .. }), "{error}");
}

#[test]
fn a_fee_rate_is_rounded_up_or_unknown() {
    let unknown = json!({ "errors": ["Insufficient data or no feerate found"], "blocks": 0 });
    let fake = Fake::start(vec![
        Reply::Result(json!({ "feerate": 0.00001001, "blocks": 2 })),
        Reply::Result(unknown),
    ]);
    let client = fake.client();
    assert_eq!(client.fee_rate(2).unwrap(), Some(FeeRate::from_sat_per_kwu(251)));
    assert_eq!(client.fee_rate(2).unwrap(), None);
}

proptest! {
    /// Bitcoin Core writes amounts as decimal fractions, serde_json reads them as doubles: no satoshi may get lost.
    #[test]
    fn every_amount_survives_json(sats in 0..=Amount::MAX_MONEY.to_sat()) {
        let text = format!(
            r#"{{"confirmations":0,"value":{}.{:08},"scriptPubKey":{{"hex":""}},"coinbase":false}}"#,
            sats / 100_000_000, sats % 100_000_000
        );
        let value: Value = serde_json::from_str(&text).unwrap();
        let info: OutputInfo = serde_json::from_value(value).unwrap();
        prop_assert_eq!(info.into_unspent(OutPoint::null()).output.value.to_sat(), sats);
    }
}
