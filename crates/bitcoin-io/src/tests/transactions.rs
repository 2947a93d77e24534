//! Transactions: found, judged and handed in.

use bitcoin::consensus::encode::serialize_hex;
use bitcoin::constants::genesis_block;
use bitcoin::hashes::Hash;
use bitcoin::{Amount, FeeRate, Network, ScriptBuf, Transaction, TxOut};
use serde_json::json;

use super::fake::{Fake, Reply};
use crate::{Acceptance, Bitcoin, BitcoinError, MAX_FEE_RATE, RpcCode, Submitted};

fn tx() -> Transaction {
    genesis_block(Network::Bitcoin).txdata.swap_remove(0)
}

#[test]
fn a_transaction_is_hashed_again() {
    let (tx, block) = (tx(), genesis_block(Network::Bitcoin).block_hash());
    let mut other = tx.clone();
    other.output[0].value = Amount::ZERO;
    let fake = Fake::start(vec![
        Reply::Result(json!(serialize_hex(&tx))),
        Reply::Error(-5, "No such mempool transaction"),
        Reply::Result(json!(serialize_hex(&other))),
    ]);
    let (client, txid) = (fake.client(), tx.compute_txid());
    assert_eq!(client.transaction(&txid, Some(&block)).unwrap(), Some(tx));
    assert_eq!(client.transaction(&txid, None).unwrap(), None);
    let error = client.transaction(&txid, None).unwrap_err();
    assert!(matches!(error, BitcoinError::Malformed { method: "getrawtransaction", .. }), "{error}");
    let params: Vec<_> = fake.seen().into_iter().map(|seen| seen.body["params"].clone()).collect();
    assert_eq!(params, [json!([txid, 0, block]), json!([txid, 0]), json!([txid, 0])]);
}

#[test]
fn what_a_transaction_spends_is_told_whole_or_not_at_all() {
    let (tx, block) = (tx(), genesis_block(Network::Bitcoin).block_hash());
    let txid = tx.compute_txid();
    let input = json!({ "prevout": { "value": 0.00000330, "scriptPubKey": { "hex": "51" } } });
    let fake = Fake::start(vec![
        Reply::Result(json!({ "txid": txid, "vin": [input.clone(), input.clone()] })),
        Reply::Error(-5, "No such transaction found in the provided block"),
        Reply::Result(json!({ "txid": txid, "vin": [input, {}] })),
        Reply::Result(json!({ "txid": bitcoin::Txid::from_byte_array([1; 32]), "vin": [] })),
    ]);
    let client = fake.client();
    let output = TxOut { value: Amount::from_sat(330), script_pubkey: ScriptBuf::from_bytes(vec![0x51]) };
    assert_eq!(client.spent_outputs(&txid, &block).unwrap(), Some(vec![output.clone(), output]));
    assert_eq!(client.spent_outputs(&txid, &block).unwrap(), None);
    for _ in 0..2 {
        let error = client.spent_outputs(&txid, &block).unwrap_err();
        assert!(matches!(error, BitcoinError::Malformed { method: "getrawtransaction", .. }), "{error}");
    }
    assert_eq!(fake.seen()[0].body["params"], json!([txid, 2, block]));
}

#[test]
fn a_submitted_transaction_is_pooled_confirmed_or_refused() {
    let tx = tx();
    let fake = Fake::start(vec![
        Reply::Result(json!(tx.compute_txid())),
        Reply::Error(-27, "Transaction outputs already in utxo set"),
        Reply::Error(-26, "non-BIP68-final"),
        Reply::Error(-25, "bad-txns-inputs-missingorspent"),
        Reply::Error(-22, "TX decode failed"),
    ]);
    let client = fake.client();
    assert_eq!(client.submit(&tx).unwrap(), Submitted::InMempool);
    assert_eq!(client.submit(&tx).unwrap(), Submitted::Confirmed);
    for expected in ["non-BIP68-final", "bad-txns-inputs-missingorspent"] {
        match client.submit(&tx) {
            Err(BitcoinError::Refused { txid, reason }) => {
                assert_eq!((txid, reason.as_str()), (tx.compute_txid(), expected));
            }
            other => panic!("expected {expected}, found {other:?}"),
        }
    }
    let error = client.submit(&tx).unwrap_err();
    assert!(matches!(error, BitcoinError::Rpc { code: RpcCode::Deserialization, .. }), "{error}");
    // 0.1 BTC per 1000 vbytes are 10 000 sat/vB.
    let seen = fake.seen();
    assert_eq!(MAX_FEE_RATE, FeeRate::from_sat_per_vb(10_000).unwrap());
    assert_eq!(seen[0].body["params"], json!([serialize_hex(&tx), 0.1, 21_000_000]));
}

#[test]
fn a_txid_that_is_not_ours_is_no_answer() {
    let other = genesis_block(Network::Bitcoin).block_hash();
    let fake = Fake::start(vec![Reply::Result(json!(other))]);
    let error = fake.client().submit(&tx()).unwrap_err();
    assert!(matches!(error, BitcoinError::Malformed { method: "sendrawtransaction", .. }), "{error}");
}

#[test]
fn the_mempool_judges_without_taking() {
    let txid = tx().compute_txid();
    let fake = Fake::start(vec![
        Reply::Result(
            json!([{ "txid": txid, "allowed": true, "vsize": 111, "fees": { "base": 0.00000222 } }]),
        ),
        Reply::Result(json!([{ "txid": txid, "allowed": false, "reject-reason": "dust" }])),
    ]);
    let client = fake.client();
    let accepted = Acceptance::Accepted { vsize: 111, fee: Amount::from_sat(222) };
    assert_eq!(client.test_accept(&tx()).unwrap(), accepted);
    assert_eq!(client.test_accept(&tx()).unwrap(), Acceptance::Refused { reason: "dust".into() });
}

#[test]
fn a_verdict_is_one_on_our_transaction_with_a_reason() {
    let (txid, other) = (tx().compute_txid(), genesis_block(Network::Bitcoin).block_hash());
    let answers = [
        json!([]),
        json!([{ "txid": other, "allowed": true, "vsize": 111, "fees": { "base": 0.1 } }]),
        json!([{ "txid": txid, "allowed": true }]),
        json!([{ "txid": txid, "allowed": false }]),
    ];
    let fake = Fake::start(answers.into_iter().map(Reply::Result).collect());
    let client = fake.client();
    for _ in 0..4 {
        let error = client.test_accept(&tx()).unwrap_err();
        assert!(matches!(error, BitcoinError::Malformed { method: "testmempoolaccept", .. }), "{error}");
    }
}
