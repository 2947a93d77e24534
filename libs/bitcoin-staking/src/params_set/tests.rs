use super::*;
use crate::covenant::CommitteeError;
use crate::fixture::{COVENANT, key};

const FILE: &str = include_str!("../../params/devnet.toml");

fn covenant() -> [XOnlyPublicKey; 3] {
    COVENANT.map(key)
}

fn read(text: &str) -> Result<ParamsSet, ParamsSetError> {
    ParamsSet::from_toml_with_covenant(text, &covenant())
}

/// A second version of the devnet that starts at `height` and is numbered `version`.
fn with_second(version: u32, height: u32) -> Result<ParamsSet, ParamsSetError> {
    let (_, table) = FILE.split_once("[[versions]]").unwrap();
    let second = table
        .replace("version = 0", &format!("version = {version}"))
        .replace("btc_activation_height = 0", &format!("btc_activation_height = {height}"));
    read(&format!("{FILE}\n[[versions]]{second}").replace("activation_height = 0", "activation_height = 50"))
}

#[test]
fn the_last_version_that_has_started_holds() {
    let set = with_second(1, 70).unwrap();
    let at = |height| set.at(height).map(Params::version);
    assert_eq!(at(49), Err(ParamsSetError::BeforeFirst { first: 50, height: 49 }));
    assert_eq!([50, 69, 70, u32::MAX].map(at), [Ok(0), Ok(0), Ok(1), Ok(1)]);
    assert_eq!(set.version(1).unwrap().activation_height(), 70);
    assert_eq!(set.version(2), Err(ParamsSetError::UnknownVersion { version: 2 }));
}

#[test]
fn versions_count_up_and_start_later_and_later() {
    assert_eq!(with_second(2, 70), Err(ParamsSetError::Version { expected: 1, found: 2 }));
    for found in [49, 50] {
        let error = ParamsSetError::ActivationHeight { version: 1, above: 50, found };
        assert_eq!(with_second(1, found), Err(error));
    }
    let empty = ParamsSet::new("none".into(), Network::Regtest, 3, 6, Vec::new());
    assert_eq!(empty, Err(ParamsSetError::NoVersion));
}

#[test]
fn unbonding_takes_longer_than_timestamping() {
    let error = ParamsSetError::UnbondingTime { timestamp_depth: 10, found: 10 };
    assert_eq!(read(&FILE.replace("timestamp_depth = 6", "timestamp_depth = 10")), Err(error));
    assert!(read(&FILE.replace("timestamp_depth = 6", "timestamp_depth = 9")).is_ok());
}

#[test]
fn a_broken_rule_names_its_version() {
    let reason = ParamsError::Minority { quorum: 1, members: 3 };
    let refused = read(&FILE.replace("quorum = 2", "quorum = 1"));
    assert_eq!(refused, Err(ParamsSetError::Params { version: 0, reason }));
    let refused = ParamsSet::from_toml_with_covenant(FILE, &covenant()[..2]);
    let reason = ParamsError::CovenantSize { expected: 3, found: 2 };
    assert_eq!(refused, Err(ParamsSetError::Params { version: 0, reason }));
    let reason = ParamsError::CovenantSize { expected: 3, found: 0 };
    assert_eq!(ParamsSet::from_toml(FILE), Err(ParamsSetError::Params { version: 0, reason }));
    let refused = ParamsSet::from_toml(&FILE.replace("covenant_size = 3", ""));
    let reason = ParamsError::Committee(CommitteeError::Quorum { quorum: 2, members: 0 });
    assert_eq!(refused, Err(ParamsSetError::Params { version: 0, reason }));
}

#[test]
fn a_misspelt_field_is_not_passed_over() {
    for text in [FILE.replace("unbonding_fee_sat", "unbonding_fee"), format!("{FILE}\nextra = 1"), "?".into()]
    {
        assert!(matches!(read(&text), Err(ParamsSetError::Syntax { .. })), "{text}");
    }
}
