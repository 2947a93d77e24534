//! A staker makes a second stake while the first waits in the mempool: they use different coins and share a block.

use ballast_bitcoin_io::Bitcoin;
use ballast_regtest::Regtest;
use ballast_testing::{StakingScene, txid};
use bitcoin::{Amount, OutPoint};

#[test]
fn two_stakes_share_a_block() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    node.fund(&scene.home.script_pubkey(), Amount::from_sat(500_000))?;
    let one = format!("{} --covenant-key member0.key --covenant-key member1.key", scene.stake_command());

    // The same command but for the file makes another stake.
    let other = one.replace("stake.json", "other.json");
    let first = scene.cli.line(&one)?;
    let second = scene.cli.line(&other)?;
    assert_ne!(first["staking_txid"], second["staking_txid"]);
    node.mine(1)?;
    for stake in [first, second] {
        let outpoint = OutPoint::new(txid(&stake, "staking_txid")?, 0);
        assert_eq!(node.rpc().output(&outpoint)?.map(|stake| stake.confirmations), Some(1));
    }
    Ok(())
}

#[test]
fn coins_that_another_stake_took_are_missed() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    let approved = " --covenant-key member0.key --covenant-key member1.key";
    let slow = scene
        .stake_command()
        .replace("--amount 100000", "--amount 100001")
        .replace("stake.json", "slow.json");
    let fast = scene.stake_command();

    // Both wait for the covenant with the staker's one coin; the one that is approved first gets it.
    scene.cli.line(&slow)?;
    scene.cli.line(&fast)?;
    assert_eq!(scene.cli.line(&format!("{fast}{approved}"))?["state"], "broadcast");
    for mined in [0, 1] {
        node.mine(mined)?;
        let refusal = scene.cli.refusal(&format!("{slow}{approved}"))?;
        assert!(refusal.contains("make a new stake with another --out"), "{refusal}");
    }

    // A third finds nothing in the mempool to spend twice, and the change once it is confirmed.
    let third = format!("{fast}{approved}").replace("stake.json", "third.json");
    assert_eq!(scene.cli.line(&third)?["state"], "broadcast");
    let refusal = scene.cli.refusal(&third.replace("third.json", "fourth.json"))?;
    assert!(refusal.contains("cannot fund this stake"), "{refusal}");
    Ok(())
}
