//! A provider signs two messages at one height. From the two signatures alone its key follows; the key opens the
//! covenant's locked signatures; the slashing transaction confirms.

use std::fs;

use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Regtest;
use ballast_schnorr::{SigningKey, eots, message, nonce};
use ballast_testing::{StakingScene, txid};
use bitcoin::{OutPoint, PrivateKey, ScriptBuf};
use serde_json::json;

const DEVNET: u64 = 840_099;

/// Signs `block` and `other` at `height` with the one nonce of that height, as no honest signer would.
fn double_sign(key: &SigningKey, height: u64) -> anyhow::Result<serde_json::Value> {
    let context = message::nonce_context(DEVNET);
    let mut randomness = None;
    let mut signatures = Vec::new();
    for block in [[0xaa; 32], [0xbb; 32]] {
        let vote = message::vote(DEVNET, height, &block);
        let nonce = nonce::derive(key, context.as_bytes(), height);
        randomness = Some(nonce.public());
        let signature = eots::sign(key, nonce, &vote)?;
        signatures
            .push(json!({ "message": hex::encode(vote), "signature": hex::encode(signature.to_bytes()) }));
    }
    let randomness = randomness.map(|r| hex::encode(r.as_bytes()));
    Ok(json!({ "provider": key.x_only(), "public_randomness": randomness, "signatures": signatures }))
}

fn provider_key(scene: &StakingScene<'_>) -> anyhow::Result<SigningKey> {
    let wif = fs::read_to_string(scene.cli.path("provider.key"))?;
    Ok(SigningKey::new(PrivateKey::from_wif(wif.trim())?.inner))
}

/// Pay-to-anchor, where anybody may raise the fee and the rest ends with the miners.
fn anchor() -> ScriptBuf {
    ScriptBuf::from_hex("51024e73").expect("hex")
}

#[test]
fn double_signer_loses_the_stake() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    let stake = scene.stake()?;

    // The evidence has two signatures and no secret; the provider's key file is gone before it is used.
    let evidence = double_sign(&provider_key(&scene)?, 7)?;
    fs::write(scene.cli.path("evidence.json"), evidence.to_string())?;
    fs::remove_file(scene.cli.path("provider.key"))?;

    let slashed = scene.cli.line("slash --stake stake.json --evidence evidence.json")?;
    assert_eq!(slashed["slashed"], "staking output");
    assert_eq!((&slashed["slashed_sat"], &slashed["fee_sat"]), (&json!(10_000), &json!(1_000)));
    node.mine(1)?;

    // A tenth is burnt, the rest is the staker's after the unbonding time.
    assert_eq!(node.rpc().output(&stake)?, None);
    let slashing = txid(&slashed, "slashing_txid")?;
    let burnt = node.rpc().output(&OutPoint::new(slashing, 0))?.expect("slashed output");
    assert_eq!((burnt.output.value.to_sat(), burnt.output.script_pubkey), (10_000, anchor()));
    let change = node.rpc().output(&OutPoint::new(slashing, 1))?.expect("slashing change");
    assert_eq!(change.output.value.to_sat(), 89_000);
    assert_eq!(
        scene.cli.line("slash --stake stake.json --evidence evidence.json")?["state"],
        "slashed before"
    );
    node.mine(9)?;
    assert_eq!(
        scene.cli.line("withdraw --stake stake.json --staker-key staker.key")?["from"],
        "slashing change"
    );
    Ok(())
}

#[test]
fn unbonding_is_no_way_to_escape() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    scene.stake()?;
    let evidence = double_sign(&provider_key(&scene)?, 8)?;
    fs::write(scene.cli.path("evidence.json"), evidence.to_string())?;

    // The staker runs for the exit; the slashing transaction of the unbonding output follows, even unconfirmed.
    let unbonding = scene.cli.line("unbond --stake stake.json --staker-key staker.key")?;
    let slashed = scene.cli.line("slash --stake stake.json --evidence evidence.json")?;
    assert_eq!(slashed["slashed"], "unbonding output");
    assert_eq!(slashed["slashed_sat"], 9_800);
    node.mine(1)?;
    assert_eq!(node.rpc().output(&OutPoint::new(txid(&unbonding, "unbonding_txid")?, 0))?, None);
    assert!(node.rpc().output(&OutPoint::new(txid(&slashed, "slashing_txid")?, 1))?.is_some());
    Ok(())
}

#[test]
fn what_is_no_evidence_slashes_nobody() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    let stake = scene.stake()?;
    let key = provider_key(&scene)?;
    let good = double_sign(&key, 7)?;
    let refused = |evidence: &serde_json::Value| {
        fs::write(scene.cli.path("evidence.json"), evidence.to_string())?;
        scene.cli.refusal("slash --stake stake.json --evidence evidence.json")
    };

    // One signature twice, two nonces, somebody else's double sign, a signature of nothing.
    let mut once = good.clone();
    once["signatures"][1] = once["signatures"][0].clone();
    assert!(refused(&once)?.contains("no evidence"));
    let mut two_nonces = good.clone();
    two_nonces["signatures"][1] = double_sign(&key, 8)?["signatures"][1].clone();
    assert!(refused(&two_nonces)?.contains("a signature is not by"));
    let other = SigningKey::from_bytes(&[7; 32])?;
    assert!(refused(&double_sign(&other, 7)?)?.contains("the stake is with"));
    let mut garbage = good.clone();
    let mut s = good["signatures"][0]["signature"].as_str().unwrap_or_default().to_owned();
    let digit = if s.pop() == Some('0') { '1' } else { '0' };
    s.push(digit);
    garbage["signatures"][0]["signature"] = json!(s);
    assert!(refused(&garbage)?.contains("a signature is not by"));

    // The stake stands.
    assert!(node.rpc().output(&stake)?.is_some());
    Ok(())
}
