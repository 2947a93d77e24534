//! Two covenant members approve one stake file at the same time, and neither approval is lost.

use std::fs;

use ballast_regtest::Regtest;
use ballast_testing::StakingScene;
use serde_json::Value;

/// Losing takes luck; so many rounds make it certain.
const ROUNDS: u32 = 8;

#[test]
fn approvals_are_given_at_once() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    scene.cli.line(&scene.stake_command())?;
    let path = scene.cli.path("stake.json");
    let fresh = fs::read(&path)?;
    for _ in 0..ROUNDS {
        fs::write(&path, &fresh)?;
        scene.cli.at_once(&[scene.approve_command(0), scene.approve_command(1)])?;
        let file: Value = serde_json::from_slice(&fs::read(&path)?)?;
        let members: Vec<_> =
            file["approvals"].as_object().into_iter().flatten().map(|(key, _)| key).collect();
        assert_eq!(members.len(), 2, "one of {members:?} is lost");
    }
    let staked = scene.cli.line(&scene.stake_command())?;
    assert_eq!(staked["state"], "broadcast");
    Ok(())
}
