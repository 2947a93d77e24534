use std::collections::HashMap;

use super::*;
use crate::stake::Plan;
use crate::stake::tests::world::{VALUE, World, provider};

fn shown(world: &World, txid: Txid) -> HashMap<&'static str, Value> {
    fields(&world.chain, txid).unwrap().into_iter().collect()
}

#[test]
fn a_stake_that_counts_is_shown_whole() {
    let world = World::new();
    world.working.set(2);
    let staked = world.stake(Plan { wait: true, ..Plan::default() }).unwrap();
    let shown = shown(&world, staked.txid);
    assert_eq!(shown["status"], "active");
    assert_eq!(shown["provider"], json!(provider().x_only()));
    assert_eq!(
        (&shown["value_sat"], &shown["provider_power_sat"]),
        (&json!(VALUE.to_sat()), &json!(VALUE.to_sat()))
    );
    assert_eq!(shown["approvals"], "2 of 2");
    assert_eq!(shown["members"].as_array().map(Vec::len), Some(2));
    let block = world.bitcoin.state().block_with(staked.txid).unwrap();
    assert_eq!(shown["anchor"], json!(block.block_hash()));
    assert_eq!(
        (&shown["spend"], &shown["exit"], &shown["counts"]),
        (&Value::Null, &json!("none"), &json!(true))
    );
}

#[test]
fn a_stake_on_its_way_has_no_anchor() {
    let world = World::new();
    let staked = world.stake(Plan::default()).unwrap();
    let shown = shown(&world, staked.txid);
    assert_eq!((&shown["status"], &shown["anchor"]), (&json!("verified"), &Value::Null));
    assert_eq!((&shown["counts"], &shown["provider_power_sat"]), (&json!(false), &json!(0)));
}

#[test]
fn a_txid_that_is_no_stake_is_told_apart() {
    let error = fields(&World::new().chain, Txid::all_zeros()).unwrap_err().to_string();
    assert!(error.contains("knows no stake"), "{error}");
}
