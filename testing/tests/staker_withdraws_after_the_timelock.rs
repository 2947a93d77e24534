//! A stake opens for its staker alone when its time has passed, and not one block earlier.

use ballast_bitcoin_io::{Acceptance, Bitcoin};
use ballast_regtest::Regtest;
use ballast_testing::{StakingScene, txid};
use bitcoin::OutPoint;
use serde_json::json;

const TIME: u32 = 200;
const WITHDRAW: &str = "withdraw --stake stake.json --staker-key staker.key";

#[test]
fn staker_withdraws_after_the_timelock() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    let stake = scene.stake()?;

    // One block early the command says how long to wait.
    node.mine(TIME - 2)?;
    let refusal = scene.cli.refusal(WITHDRAW)?;
    assert!(refusal.contains("matures in 1 blocks"), "{refusal}");
    assert!(node.rpc().output(&stake)?.is_some());

    // Then the staker takes it home.
    node.mine(1)?;
    let withdrawn = scene.cli.line(WITHDRAW)?;
    assert_eq!(withdrawn["from"], "stake");
    let withdrawal = txid(&withdrawn, "withdrawal_txid")?;
    let signed = node.rpc().transaction(&withdrawal, None)?.expect("it is in the mempool");

    // Bitcoin refuses that very transaction one block earlier, and takes it in its time.
    let tip = node.rpc().tip()?.hash;
    let _: serde_json::Value = node.rpc().call("invalidateblock", json!([tip]))?;
    let Acceptance::Refused { reason } = node.rpc().test_accept(&signed)? else {
        panic!("accepted too early")
    };
    assert_eq!(reason, "non-BIP68-final");
    let _: serde_json::Value = node.rpc().call("reconsiderblock", json!([tip]))?;
    node.rpc().submit(&signed)?;
    node.mine(1)?;
    let home = node.rpc().output(&OutPoint::new(withdrawal, 0))?.expect("it is confirmed");
    assert_eq!(home.output.script_pubkey, scene.home.script_pubkey());
    assert_eq!(home.output.value.to_sat(), withdrawn["amount_sat"]);
    assert_eq!(100_000, home.output.value.to_sat() + withdrawn["fee_sat"].as_u64().unwrap_or_default());

    // Nothing is left to withdraw, neither in the same way nor in another.
    let again = scene.cli.line(WITHDRAW)?;
    assert_eq!(
        (&again["state"], &again["withdrawal_txid"]),
        (&json!("confirmed"), &withdrawn["withdrawal_txid"])
    );
    let refusal = scene.cli.refusal(&format!("{WITHDRAW} --fee-rate 50"))?;
    assert!(refusal.contains("nothing to withdraw"), "{refusal}");
    Ok(())
}

#[test]
fn nobody_but_the_staker_can_withdraw() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    scene.stake()?;
    node.mine(TIME)?;
    let refusal = scene.cli.refusal("withdraw --stake stake.json --staker-key provider.key")?;
    assert!(refusal.contains("not the staker's"), "{refusal}");
    Ok(())
}
