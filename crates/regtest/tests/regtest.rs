//! The harness does what the stories rely on.

use anyhow::Result;
use ballast_bitcoin_io::{Auth, Bitcoin, BitcoinError, Patience, RpcClient, RpcConfig, Submitted};
use ballast_regtest::{Regtest, bitcoind, keypair};
use bitcoin::{Amount, OutPoint, ScriptBuf, TxOut, Witness};
use secp256k1::Secp256k1;

fn script(name: &str) -> ScriptBuf {
    ScriptBuf::new_p2tr(&Secp256k1::new(), keypair(name).x_only_public_key().0, None)
}

fn pays(sats: u64, script_pubkey: ScriptBuf) -> TxOut {
    TxOut { value: Amount::from_sat(sats), script_pubkey }
}

#[test]
fn any_script_is_funded_with_any_value() -> Result<()> {
    let node = Regtest::funded()?;
    let more_than_one_coin = Amount::from_int_btc(120);
    for (value, script) in [
        (Amount::from_sat(330), script("staker")),
        (more_than_one_coin, script("staker")),
        (Amount::from_sat(1_000), ScriptBuf::new_p2wpkh(&"00".repeat(20).parse()?)),
        (Amount::from_sat(1_000), ScriptBuf::new_p2wsh(&"00".repeat(32).parse()?)),
    ] {
        let coin = node.fund(&script, value)?;
        assert_eq!((coin.output.value, coin.output.script_pubkey, coin.confirmations), (value, script, 1));
    }
    let poor = node.fund(&script("staker"), Amount::from_int_btc(100_000)).unwrap_err();
    assert!(poor.to_string().contains("mine some blocks"), "{poor}");
    Ok(())
}

#[test]
fn payments_in_the_mempool_use_different_coins() -> Result<()> {
    let node = Regtest::funded()?;
    let first = node.pay(&[pays(1_000, script("a"))])?;
    let second = node.pay(&[pays(1_000, script("a")), pays(2_000, script("b"))])?;
    assert_ne!(first.input[0].previous_output, second.input[0].previous_output);
    node.mine(1)?;
    assert_eq!(node.rpc().unspent(&[script("a"), script("b")])?.len(), 3);
    Ok(())
}

#[test]
fn a_reorganisation_replaces_blocks_and_returns_their_transactions() -> Result<()> {
    let node = Regtest::funded()?;
    let before = node.rpc().tip()?;
    let coin = node.fund(&script("staker"), Amount::from_sat(5_000))?;
    node.mine(2)?;

    // Two at one height, since the second must not produce the block that the first made invalid.
    for extra in 1..=2 {
        let branch = node.reorg(2 + extra)?;
        assert_eq!(branch.len() as u32, 3 + extra);
        assert_eq!(node.rpc().tip()?.height, before.height + 3 + extra);
        assert_eq!(node.rpc().block_hash(before.height)?, Some(before.hash));
        assert_eq!(node.rpc().output(&coin.outpoint)?.map(|coin| coin.confirmations), Some(0));
    }
    node.mine(1)?;
    assert_eq!(node.rpc().output(&coin.outpoint)?.map(|coin| coin.confirmations), Some(1));
    assert!(node.reorg(10_000).is_err());
    Ok(())
}

#[test]
fn a_refusal_is_told_and_an_acceptance_is_a_failure() -> Result<()> {
    let node = Regtest::funded()?;
    let good = node.pay(&[pays(1_000, script("staker"))])?;
    let mut unsigned = good.clone();
    unsigned.input[0].witness = Witness::new();
    unsigned.output[0].value -= Amount::from_sat(500); // Pays enough to replace the good one.
    let reason = node.refusal(&unsigned)?;
    assert!(reason.starts_with("mempool-script-verify-flag-failed"), "{reason}");
    assert!(node.refusal(&good).unwrap_err().to_string().contains("took transaction"));
    Ok(())
}

#[test]
fn a_chosen_block_may_hold_what_the_mempool_refuses() -> Result<()> {
    let node = Regtest::funded()?;
    let dust = node.pay(&[pays(1_000, script("staker")), pays(0, ScriptBuf::from_hex("51")?)]);
    assert!(matches!(dust.unwrap_err().downcast_ref(), Some(BitcoinError::Refused { .. })));
    let paid = node.pay(&[pays(1_000, script("staker"))])?;
    node.mine_with(&[])?;
    let outpoint = OutPoint::new(paid.compute_txid(), 0);
    assert_eq!(node.rpc().output(&outpoint)?.map(|coin| coin.confirmations), Some(0));
    node.mine_with(std::slice::from_ref(&paid))?;
    assert_eq!(node.rpc().output(&outpoint)?.map(|coin| coin.confirmations), Some(1));
    assert_eq!(node.rpc().submit(&paid)?, Submitted::Confirmed);
    Ok(())
}

#[test]
fn the_chain_survives_a_stop_and_a_kill() -> Result<()> {
    let mut node = Regtest::funded()?;
    let tip = node.rpc().tip()?;
    assert!(node.resume().is_err(), "it still runs");
    node.stop()?;
    node.resume()?;
    assert_eq!(node.rpc().tip()?, tip);
    node.kill()?;
    node.resume()?;
    assert_eq!(node.rpc().tip()?, tip);
    node.mine(1)?;
    Ok(())
}

#[test]
fn a_bitcoind_that_does_not_start_says_why() -> Result<()> {
    let exe = bitcoind::find()?.exe;
    let error = format!("{:#}", Regtest::start_with(&exe, &["-port=abc"]).unwrap_err());
    assert!(error.contains("does not start") && error.contains("log"), "{error}");
    Ok(())
}

#[test]
fn a_dropped_node_leaves_no_process_and_no_folder() -> Result<()> {
    let node = Regtest::start()?;
    let client = RpcClient::new(RpcConfig { patience: Patience::NONE, ..node.rpc().config().clone() });
    let Auth::Cookie(cookie) = &client.config().auth else {
        unreachable!("the harness logs in with the cookie")
    };
    client.tip()?;
    drop(node);
    assert!(!cookie.parent().expect("the network's folder").exists());
    assert!(matches!(client.tip(), Err(BitcoinError::Cookie { .. })));
    // Without the cookie, only a connection tells whether somebody still listens.
    let auth = Auth::User { name: "nobody".into(), password: String::new() };
    let stranger = RpcClient::new(RpcConfig { auth, ..client.config().clone() });
    assert!(matches!(stranger.tip(), Err(BitcoinError::Unreachable { .. })));
    Ok(())
}

#[test]
fn a_kept_chain_is_taken_over_from_an_orphan() {
    let folder = tempfile::tempdir().unwrap();
    let exe = bitcoind::find().unwrap().exe;
    let owner = Regtest::open(&exe, folder.path()).unwrap();
    let hash = owner.mine(3).unwrap()[2];
    // The owner dies without stopping its bitcoind.
    std::mem::forget(owner);
    let mut heir = Regtest::open(&exe, folder.path()).unwrap();
    assert_eq!(heir.rpc().tip().unwrap().hash, hash);
    heir.stop().unwrap();
    let again = Regtest::open(&exe, folder.path()).unwrap();
    assert_eq!(again.rpc().tip().unwrap().height, 3);
}
