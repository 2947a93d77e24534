//! A stake with a wrong time, value, rate, script, fee or key is refused with its own error, by the staker's command and
//! by each covenant member for itself; nothing is signed and nothing is broadcast.

use std::fs;

use ballast_regtest::Regtest;
use ballast_testing::StakingScene;
use bitcoin::consensus::encode::{deserialize_hex, serialize_hex};
use bitcoin::{Amount, Transaction};
use serde_json::{Value, json};

#[test]
fn the_staker_is_told_what_is_wrong() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    let good = scene.stake_command();
    let (provider, member) = (&scene.provider, &scene.members[0]);
    let cases = [
        (good.replace("--time 200", "--time 199"), "staking time of 199 blocks: choose from 200 to 64000"),
        (good.replace("--time 200", "--time 70000"), "timelock of 70000 blocks"),
        (good.replace("--amount 100000", "--amount 49999"), "choose from 0.0005"),
        (good.replace("--amount 100000", "--amount 5000000"), "cannot fund this stake"),
        (good.replace(provider, member), "occurs twice among staker, providers and covenant"),
        (good.replace(&scene.members[1], member), "is listed twice"),
        (good.replace(&format!(" --covenant {member}"), ""), "2 covenant keys: the parameters ask for 3"),
        (format!("{good} --fee-rate 10001"), "fee rate of 10001 sat/vB: choose from 1 to 10000"),
    ];
    for (command, cause) in cases {
        let refusal = scene.cli.refusal(&command)?;
        assert!(refusal.contains(cause), "`{command}` was refused with: {refusal}");
        assert!(!scene.cli.path("stake.json").exists());
    }
    Ok(())
}

/// Changes one transaction of a stake file.
fn altered(file: &Value, field: &str, change: impl Fn(&mut Transaction)) -> anyhow::Result<Value> {
    let mut tx: Transaction = deserialize_hex(file[field].as_str().unwrap_or_default())?;
    change(&mut tx);
    let mut file = file.clone();
    file[field] = json!(serialize_hex(&tx));
    Ok(file)
}

#[test]
fn a_covenant_member_believes_nothing_in_the_file() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    scene.cli.line(&scene.stake_command())?;
    let path = scene.cli.path("stake.json");
    let good: Value = serde_json::from_slice(&fs::read(&path)?)?;
    let (other_provider, _) = scene.cli.new_key("other.key")?;
    let sats = Amount::from_sat;
    let home = || scene.home.script_pubkey();
    let with = |field: &str, value: Value| {
        let mut file = good.clone();
        file[field] = value;
        file
    };
    let forged = with("slashing_signature", good["unbonding_slashing_signature"].clone());
    let signed = altered(&good, "staking_tx", |tx| tx.input[0].witness.push([0; 64]))?;
    let cases = [
        (
            altered(&good, "slashing_tx", |tx| tx.output[0].value -= sats(1))?,
            "slashed amount 0.00009999 BTC: the slashing rate takes at least 0.0001",
        ),
        (
            altered(&good, "slashing_tx", |tx| tx.output[0].script_pubkey = home())?,
            "the parameters send them to",
        ),
        (altered(&good, "slashing_tx", |tx| tx.output[1].script_pubkey = home())?, "slashing change script"),
        (
            altered(&good, "unbonding_slashing_tx", |tx| tx.output[1].value += sats(1))?,
            "slashing fee 0.00000999 BTC: the parameters ask for",
        ),
        (
            altered(&good, "unbonding_tx", |tx| tx.output[0].value -= sats(1))?,
            "unbonding fee 0.00002001 BTC: the parameters fix it at 0.00002",
        ),
        (
            altered(&good, "unbonding_tx", |tx| tx.output[0].script_pubkey = home())?,
            "unbonding output script",
        ),
        (
            altered(&good, "staking_tx", |tx| tx.output[0].value -= sats(1))?,
            "the staking output holds 0.00099999 BTC, not 0.001",
        ),
        (signed, "staking_tx is signed"),
        (with("staking_value", json!(99_999)), "the staking output holds 0.001"),
        (with("staking_time", json!(199)), "staking time of 199 blocks: choose from 200 to 64000"),
        (with("unbonding_time", json!(9)), "unbonding time of 9 blocks: the parameters fix it at 10"),
        (with("provider", json!(scene.members[0])), "occurs twice among staker, providers and covenant"),
        (with("provider", json!(other_provider)), "no output has the staking script"),
        (with("staker", json!(other_provider)), "no output has the staking script"),
        (with("covenant", json!([scene.members[0], scene.members[0], scene.members[1]])), "is listed twice"),
        (with("covenant", json!([scene.members[0], scene.members[1]])), "the parameters ask for 3"),
        (forged, "the staker's signature for slashing the staking output does not verify"),
    ];
    for (file, cause) in cases {
        fs::write(&path, file.to_string())?;
        let refusal = scene.cli.refusal(&scene.approve_command(0))?;
        assert!(refusal.contains(cause), "expected `{cause}`, found: {refusal}");
        let kept: Value = serde_json::from_slice(&fs::read(&path)?)?;
        assert_eq!(kept, file, "a refused file is not touched");
    }

    // The file as it was is approved.
    fs::write(&path, good.to_string())?;
    assert_eq!(scene.cli.line(&scene.approve_command(0))?["approvals"], "1 of 2");
    Ok(())
}

#[test]
fn a_covenant_member_knows_its_covenant() -> anyhow::Result<()> {
    let node = Regtest::funded()?;
    let scene = StakingScene::new(&node)?;
    // All is right with this stake, but the staker itself holds two of the three seats.
    let (mut theirs, honest) = (scene.stake_command(), scene.approve_command(0));
    let mut believed = honest.clone();
    for (index, member) in scene.members.iter().enumerate().skip(1) {
        let (own, _) = scene.cli.new_key(&format!("own{index}.key"))?;
        theirs = theirs.replace(member, &own);
        believed = believed.replace(member, &own);
    }
    scene.cli.line(&theirs)?;
    let before = fs::read(scene.cli.path("stake.json"))?;
    let refusal = scene.cli.refusal(&honest)?;
    assert!(refusal.contains("the stake is under another covenant"), "{refusal}");
    assert_eq!(fs::read(scene.cli.path("stake.json"))?, before);
    // The covenant was all that was wrong, and the order of its members is all the same.
    let mut words: Vec<_> = believed.split(' ').collect();
    words.swap(4, 6);
    assert_eq!(scene.cli.line(&words.join(" "))?["approvals"], "1 of 2");
    Ok(())
}
