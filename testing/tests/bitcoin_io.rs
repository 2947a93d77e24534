//! The client's answers are Bitcoin Core's.

use anyhow::Result;
use ballast_bitcoin_io::{Acceptance, Auth, Bitcoin, BitcoinError, RpcClient, RpcCode, RpcConfig, Submitted};
use ballast_regtest::{Regtest, keypair};
use bitcoin::hashes::Hash;
use bitcoin::{Amount, BlockHash, Network, ScriptBuf, Transaction, TxOut, Txid, constants};
use secp256k1::Secp256k1;
use serde_json::json;

fn script(name: &str) -> ScriptBuf {
    ScriptBuf::new_p2tr(&Secp256k1::new(), keypair(name).x_only_public_key().0, None)
}

fn payment(node: &Regtest, sats: u64) -> Result<Transaction> {
    node.pay(&[TxOut { value: Amount::from_sat(sats), script_pubkey: script("staker") }])
}

#[test]
fn blocks_and_headers_are_read() -> Result<()> {
    let node = Regtest::start()?;
    let rpc = node.rpc();
    let genesis = constants::genesis_block(Network::Regtest);
    assert_eq!(rpc.block_hash(0)?, Some(genesis.block_hash()));
    assert_eq!(rpc.block(&genesis.block_hash())?, Some(genesis.clone()));

    let mined = node.mine(30)?;
    let tip = rpc.tip()?;
    assert_eq!((tip.height, Some(&tip.hash)), (30, mined.last()));
    let headers = rpc.headers(0, 1_000)?;
    assert_eq!((headers.len(), headers[0]), (31, genesis.header));
    assert_eq!(headers[30].block_hash(), tip.hash);
    assert_eq!(rpc.headers(29, 1)?, headers[29..30]);
    assert!(rpc.headers(31, 5)?.is_empty());

    let found = rpc.header(&mined[9])?.expect("a mined block");
    assert_eq!((found.header, found.height, found.confirmations), (headers[10], 10, 21));
    for height in [31, i32::MAX as u32, u32::MAX] {
        assert_eq!(rpc.block_hash(height)?, None);
        assert!(rpc.headers(height, u32::MAX)?.is_empty());
    }
    assert_eq!(rpc.header(&BlockHash::all_zeros())?, None);
    assert_eq!(rpc.block(&BlockHash::all_zeros())?, None);
    Ok(())
}

#[test]
fn a_stale_branch_is_still_known() -> Result<()> {
    let node = Regtest::start()?;
    let stale = node.mine(3)?[2];
    node.reorg(1)?;
    let found = node.rpc().header(&stale)?.expect("a stale block");
    assert_eq!((found.height, found.confirmations), (3, 0));
    assert_ne!(node.rpc().block_hash(3)?, Some(stale));
    Ok(())
}

#[test]
fn a_transaction_goes_from_judged_to_pooled_to_confirmed() -> Result<()> {
    let node = Regtest::funded()?;
    let rpc = node.rpc();
    let tx = payment(&node, 7_000)?;
    let txid = tx.compute_txid();
    assert_eq!(rpc.test_accept(&tx)?, Acceptance::Refused { reason: "txn-already-in-mempool".into() });
    assert_eq!(rpc.submit(&tx)?, Submitted::InMempool);
    assert_eq!(rpc.transaction(&txid, None)?.as_ref(), Some(&tx));

    let block = node.mine_with(&[])?;
    assert_eq!(rpc.transaction(&txid, Some(&block))?, None);
    let block = node.mine(1)?[0];
    let spent = rpc.spent_outputs(&txid, &block)?.expect("it is in this block");
    let paid: Amount = tx.output.iter().map(|output| output.value).sum();
    assert_eq!(spent.len(), tx.input.len());
    assert!(spent.iter().map(|output| output.value).sum::<Amount>() >= paid);
    assert_eq!(rpc.spent_outputs(&Txid::all_zeros(), &block)?, None);
    assert_eq!(rpc.transaction(&txid, Some(&block))?.as_ref(), Some(&tx));
    assert_eq!(rpc.transaction(&txid, None)?, None);
    assert_eq!(rpc.submit(&tx)?, Submitted::Confirmed);
    assert_eq!(rpc.transaction(&Txid::all_zeros(), Some(&block))?, None);
    Ok(())
}

#[test]
fn outputs_are_found_by_script_until_they_are_spent() -> Result<()> {
    let node = Regtest::funded()?;
    let rpc = node.rpc();
    let coin = node.fund(&script("staker"), Amount::from_sat(2_099_999_999))?;
    node.mine(4)?;
    let found = rpc.unspent(&[script("staker"), script("nobody")])?;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].outpoint, &found[0].output, found[0].confirmations),
        (coin.outpoint, &coin.output, 5)
    );
    assert_eq!(rpc.output(&coin.outpoint)?.as_ref(), Some(&found[0]));

    // A miner's coin is spent by the mempool first and then for good.
    let tx = payment(&node, 1_000)?;
    let spent = tx.input[0].previous_output;
    assert_eq!(rpc.output(&spent)?, None);
    assert_eq!(rpc.confirmed_output(&spent)?.map(|coin| coin.outpoint), Some(spent));
    node.mine(1)?;
    assert_eq!(rpc.confirmed_output(&spent)?, None);
    assert!(rpc.unspent(&[script("staker")])?.iter().any(|coin| coin.outpoint.txid == tx.compute_txid()));
    Ok(())
}

#[test]
fn inflation_and_double_spends_are_refused() -> Result<()> {
    let node = Regtest::funded()?;
    let rpc = node.rpc();
    let tx = payment(&node, 1_000)?;
    let mut larger = tx.clone();
    larger.output[0].value += Amount::from_int_btc(100);
    let verdict = rpc.test_accept(&larger)?;
    assert_eq!(verdict, Acceptance::Refused { reason: "bad-txns-in-belowout".into() });

    node.mine(1)?;
    assert_eq!(rpc.test_accept(&tx)?, Acceptance::Refused { reason: "txn-already-known".into() });
    let mut other = tx.clone();
    other.output[0].value = Amount::from_sat(999);
    assert_eq!(rpc.test_accept(&other)?, Acceptance::Refused { reason: "missing-inputs".into() });
    assert_eq!(node.refusal(&other)?, "bad-txns-inputs-missingorspent");
    assert_eq!(rpc.fee_rate(6)?, None, "so short a chain tells no fee rate");
    Ok(())
}

#[test]
fn an_acceptable_transaction_is_measured() -> Result<()> {
    let node = Regtest::funded()?;
    let tx = payment(&node, 1_000)?;
    node.mine(1)?;
    // On a second node with the same chain up to the payment, the transaction is new.
    let other = Regtest::start()?;
    for height in 1..=110 {
        let hash = node.rpc().block_hash(height)?.expect("mined");
        let block = node.rpc().block(&hash)?.expect("mined");
        let hex = bitcoin::consensus::encode::serialize_hex(&block);
        let _: Option<String> = other.rpc().call("submitblock", json!([hex]))?;
    }
    let fee = Amount::from_int_btc(50) - tx.output.iter().map(|output| output.value).sum();
    assert_eq!(other.rpc().test_accept(&tx)?, Acceptance::Accepted { vsize: tx.vsize() as u64, fee });
    assert_eq!(other.rpc().transaction(&tx.compute_txid(), None)?, None, "judged, not taken");
    Ok(())
}

#[test]
fn a_client_finds_the_node_again_after_a_restart() -> Result<()> {
    let mut node = Regtest::start()?;
    let old = node.rpc().config().clone();
    node.stop()?;
    node.resume()?;
    let new = node.rpc().config().clone();
    let Auth::Cookie(_) = &new.auth else { panic!("the harness logs in with the cookie") };
    // The cookie of today, the address of today: only the address had to be learnt.
    let client = RpcClient::connect(RpcConfig { url: new.url, ..old }, Network::Regtest)?;
    assert_eq!(client.tip()?.height, 0);
    Ok(())
}

#[test]
fn a_stranger_is_told_apart_from_a_wrong_network() -> Result<()> {
    let node = Regtest::start()?;
    let config = node.rpc().config();
    let auth = Auth::User { name: "__cookie__".into(), password: "guess".into() };
    let stranger = RpcClient::new(RpcConfig { auth, ..config.clone() });
    assert!(matches!(stranger.tip(), Err(BitcoinError::Unauthorized { .. })));
    let error = RpcClient::connect(config.clone(), Network::Signet).unwrap_err();
    assert!(matches!(&error, BitcoinError::WrongNetwork { found, .. } if found == "regtest"), "{error}");
    let error = node.rpc().call::<()>("nosuchmethod", json!([])).unwrap_err();
    assert!(matches!(error, BitcoinError::Rpc { code: RpcCode::MethodNotFound, .. }), "{error}");
    Ok(())
}
