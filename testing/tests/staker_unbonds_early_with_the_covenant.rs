//! A staker leaves before its time with the signatures that the covenant gave before the stake was made.

use std::fs;

use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Regtest;
use ballast_testing::{StakingScene, txid};
use bitcoin::consensus::encode::deserialize_hex;
use bitcoin::{OutPoint, Transaction};
use serde_json::Value;

#[test]
fn staker_unbonds_early_with_the_covenant() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    let stake = scene.stake()?;

    // The way out was signed beforehand: the members are not asked again.
    let unbonding = scene.cli.line("unbond --stake stake.json --staker-key staker.key")?;
    assert_eq!(unbonding["state"], "broadcast");
    assert_eq!(unbonding["amount_sat"], 98_000);
    node.mine(1)?;
    assert_eq!(node.rpc().output(&stake)?, None);

    // Saying it again changes nothing.
    let again = scene.cli.line("unbond --stake stake.json --staker-key staker.key")?;
    assert_eq!(again["state"], "unbonding before");
    assert_eq!(again["unbonding_txid"], unbonding["unbonding_txid"]);

    // After the unbonding time, 10 blocks, the bitcoin comes home.
    node.mine(8)?;
    let refusal = scene.cli.refusal("withdraw --stake stake.json --staker-key staker.key")?;
    assert!(refusal.contains("matures in 1 blocks"), "{refusal}");
    node.mine(1)?;
    let withdrawn = scene.cli.line("withdraw --stake stake.json --staker-key staker.key")?;
    assert_eq!(withdrawn["from"], "unbonding output");
    node.mine(1)?;
    let home = OutPoint::new(txid(&withdrawn, "withdrawal_txid")?, 0);
    assert_eq!(
        node.rpc().output(&home)?.map(|coin| coin.output.script_pubkey),
        Some(scene.home.script_pubkey())
    );
    Ok(())
}

#[test]
fn without_a_quorum_nothing_is_locked_and_nothing_unbonds() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;

    // One approval of two: the stake waits, and its coins stay where they are.
    let waiting = scene.cli.line(&format!("{} --covenant-key member0.key", scene.stake_command()))?;
    assert_eq!(waiting["state"], "waiting for the covenant");
    node.mine(1)?;
    assert_eq!(node.rpc().output(&OutPoint::new(txid(&waiting, "staking_txid")?, 0))?, None);
    let refusal = scene.cli.refusal("unbond --stake stake.json --staker-key staker.key")?;
    assert!(refusal.contains("exactly 2"), "{refusal}");

    // Whoever has the file cannot lock the coins either: its transaction has yet to be signed.
    let file: Value = serde_json::from_slice(&fs::read(scene.cli.path("stake.json"))?)?;
    let tx: Transaction = deserialize_hex(file["staking_tx"].as_str().unwrap_or_default())?;
    assert_eq!(tx.compute_txid(), txid(&waiting, "staking_txid")?);
    let reason = node.refusal(&tx)?;
    assert!(reason.starts_with("mempool-script-verify-flag-failed"), "{reason}");

    // A stranger is no member, and a member counts once.
    let stranger = scene.approve_command(0).replace("member0.key", "provider.key");
    let refusal = scene.cli.refusal(&stranger)?;
    assert!(refusal.contains("is not of the covenant in these parameters"), "{refusal}");
    let twice = scene.cli.line(&scene.approve_command(0))?;
    assert_eq!(twice["approvals"], "1 of 2");

    // The second member approves on its own machine, and the same command as at first broadcasts the same stake.
    let approved = scene.cli.line(&scene.approve_command(2))?;
    assert_eq!(approved["approvals"], "2 of 2");
    let staked = scene.cli.line(&scene.stake_command())?;
    assert_eq!(staked["state"], "broadcast");
    assert_eq!(staked["staking_txid"], waiting["staking_txid"]);
    assert_eq!(scene.cli.line(&scene.stake_command())?["state"], "broadcast before");
    Ok(())
}
