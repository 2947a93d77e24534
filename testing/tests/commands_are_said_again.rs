//! Commands that are said again report what has become of the stake, and a withdrawal that waits can be hurried.

use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Regtest;
use ballast_testing::{StakingScene, txid};
use bitcoin::OutPoint;

const UNBOND: &str = "unbond --stake stake.json --staker-key staker.key";
const WITHDRAW: &str = "withdraw --stake stake.json --staker-key staker.key";

#[test]
fn a_stake_that_is_over_is_not_confirmed() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    scene.stake()?;
    let state = || anyhow::Ok(scene.cli.line(&scene.stake_command())?["state"].clone());
    assert_eq!(state()?, "broadcast before");

    // Unbonding spends it, first in the mempool and then for good; so does the withdrawal.
    scene.cli.line(UNBOND)?;
    assert_eq!(state()?, "spent");
    node.mine(10)?;
    assert_eq!(state()?, "spent");
    scene.cli.line(WITHDRAW)?;
    node.mine(1)?;
    assert_eq!(state()?, "spent");

    // When another stake has taken the change, nothing on Bitcoin tells of the first one.
    let everything =
        format!("{} --covenant-key member0.key --covenant-key member1.key", scene.stake_command())
            .replace("--amount 100000", "--amount 900000")
            .replace("stake.json", "next.json");
    assert_eq!(scene.cli.line(&everything)?["state"], "broadcast");
    let refusal = scene.cli.refusal(&scene.stake_command())?;
    assert!(refusal.contains("the stake has ended") && refusal.contains("make a new stake"), "{refusal}");
    Ok(())
}

#[test]
fn a_withdrawal_that_waits_is_reported_or_replaced() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    scene.stake()?;
    scene.cli.line(UNBOND)?;
    node.mine(10)?;
    let first = scene.cli.line(&format!("{WITHDRAW} --fee-rate 3"))?;
    assert_eq!(first["state"], "broadcast");

    // The same again is the same transaction.
    let again = scene.cli.line(&format!("{WITHDRAW} --fee-rate 3"))?;
    assert_eq!(again["state"], "broadcast before");
    assert_eq!(again["withdrawal_txid"], first["withdrawal_txid"]);

    // To pay less, or the same to somebody else, replaces nothing.
    let elsewhere = scene.cli.new_key("elsewhere.key")?.1;
    for other in ["--fee-rate 2".to_owned(), format!("--fee-rate 3 --to {elsewhere}")] {
        let refusal = scene.cli.refusal(&format!("{WITHDRAW} {other}"))?;
        assert!(refusal.contains("state a higher --fee-rate"), "{refusal}");
    }

    // To pay more does, and what replaced the first is what confirms.
    let hurried = scene.cli.line(&format!("{WITHDRAW} --fee-rate 9 --to {elsewhere}"))?;
    assert_eq!(hurried["state"], "replacement broadcast");
    assert_eq!(hurried["from"], "unbonding output");
    let (first, hurried) = (txid(&first, "withdrawal_txid")?, txid(&hurried, "withdrawal_txid")?);
    assert_eq!(node.rpc().transaction(&first, None)?, None);
    node.mine(1)?;
    assert!(node.rpc().output(&OutPoint::new(hurried, 0))?.is_some());
    Ok(())
}
