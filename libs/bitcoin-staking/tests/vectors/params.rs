//! Parameters of Babylon's networks: the built-in tables against the repositories' values.

use ballast_bitcoin_staking::{Params, ParamsSet, ParamsSetError, UncheckedParams, babylon};
use serde_json::Value;

use super::read::*;

/// Fields that are about the chain, not about Bitcoin, and a second encoding of the slashing script.
const FOREIGN: [&str; 4] = [
    "min_commission_rate",
    "delegation_creation_base_gas_fee",
    "allow_list_expiration_height",
    "slashing_pk_script",
];

fn versions(kind: &str) -> Vec<Params> {
    let all = vectors(include_str!("../../testvectors/params.json"));
    let vector = all.iter().find(|vector| vector["kind"] == kind).unwrap();
    vector["versions"].as_array().unwrap().iter().map(params).collect()
}

fn params(value: &Value) -> Params {
    let mut fields = value.as_object().unwrap().clone();
    FOREIGN.iter().for_each(|name| assert!(fields.remove(*name).is_some(), "{name}"));
    let raw: UncheckedParams = serde_json::from_value(Value::Object(fields)).unwrap();
    Params::try_from(raw).unwrap()
}

fn assert_look_up(set: &ParamsSet) {
    let heights: Vec<_> = set.versions().iter().map(Params::activation_height).collect();
    let below = ParamsSetError::BeforeFirst { first: heights[0], height: heights[0] - 1 };
    assert_eq!(set.at(heights[0] - 1), Err(below));
    for (version, height) in (0..).zip(&heights) {
        assert_eq!(set.at(*height).unwrap().version(), version);
        assert_eq!(set.version(version), set.at(*height));
        if version > 0 {
            assert_eq!(set.at(height - 1).unwrap().version(), version - 1);
        }
    }
    assert_eq!(set.at(u32::MAX), set.version(heights.len() as u32 - 1));
}

#[test]
fn mainnet_is_built_in() {
    let set = babylon::mainnet();
    assert_eq!(set.versions(), versions("btcstaking_params_phase2"));
    assert_eq!((set.confirmation_depth(), set.timestamp_depth()), (30, 300));
    assert_look_up(&set);
}

#[test]
fn testnet_is_built_in() {
    let set = babylon::testnet();
    assert_eq!(set.versions(), versions("btcstaking_params_phase2_at_v1_upgrade"));
    assert_look_up(&set);
}
