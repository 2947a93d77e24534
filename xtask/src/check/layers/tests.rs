use std::collections::BTreeMap;

use super::*;

fn member(folder: &str, dependencies: &[&str]) -> Member {
    let dependency = |text: &&str| {
        let (name, kind) = text.split_once(' ').map_or((*text, None), |(name, kind)| (name, Some(kind)));
        let (name, kind) = (name.into(), kind.map(Into::into));
        Dependency { name, kind, optional: false, features: vec![] }
    };
    let name = folder.rsplit('/').next().unwrap_or_default();
    Member {
        name: name.into(),
        folder: folder.into(),
        dependencies: dependencies.iter().map(dependency).collect(),
        features: BTreeMap::new(),
    }
}

/// A workspace in which everything is right, with one more dependency.
fn workspace(folder: &str, dependency: &str) -> Vec<Member> {
    let mut members = vec![
        member("libs/schnorr", &["secp256k1"]),
        member("libs/custody", &["schnorr", "bitcoin"]),
        member("crates/types", &["schnorr"]),
        member("crates/system", &["types", "custody"]),
        member("crates/evm", &["system", "revm", "revm-primitives"]),
        member("crates/node", &["evm", "commonware-consensus", "tokio"]),
        member("crates/rpc", &["node", "jsonrpsee"]),
        member("crates/bitcoin-io", &["bitreq"]),
        member("crates/roles", &["types", "bitcoin-io", "schnorr", "bitreq", "tokio"]),
        member("bin/ballast", &["node", "roles", "rpc", "tokio"]),
        member("testing", &["bitcoin-io", "ballast"]),
        member("xtask", &["bitcoin-io", "testing dev"]),
        member("xtask/vectors", &["schnorr", "custody", "bitcoinconsensus"]),
    ];
    let extra = member(folder, &[dependency]).dependencies;
    if let Some(member) = members.iter_mut().find(|member| member.folder == folder) {
        member.dependencies.extend(extra);
    }
    members
}

#[test]
fn downwards_is_right_and_so_are_the_real_importers() {
    assert_eq!(judge(&workspace("", "")), Vec::<String>::new());
}

#[test]
fn upwards_is_wrong() {
    for (folder, dependency) in [
        ("libs/schnorr", "types"),
        ("crates/types", "system"),
        ("crates/system", "evm"),
        ("crates/evm", "node"),
        ("crates/node", "rpc"),
        ("crates/node", "bitcoin-io"),
        ("crates/bitcoin-io", "types"),
        ("crates/roles", "system"),
        ("crates/roles", "node"),
        ("bin/ballast", "testing"),
        ("bin/ballast", "testing build"),
        ("testing", "xtask"),
        ("xtask", "vectors"),
        ("xtask/vectors", "bitcoin-io"),
    ] {
        let problems = judge(&workspace(folder, dependency));
        assert_eq!(problems.len(), 1, "{folder} {dependency}: {problems:?}");
        assert!(problems[0].starts_with(&format!("{folder} depends on ")), "{problems:?}");
        assert!(problems[0].contains("lies above"), "{problems:?}");
    }
}

#[test]
fn tests_may_look_up() {
    assert!(judge(&workspace("libs/schnorr", "testing dev")).is_empty());
}

/// A crate with an optional dependency that lies above it and that this feature brings.
fn with_doubles(feature: &str) -> Vec<Member> {
    let mut members = workspace("crates/roles", "system");
    let roles = members.iter_mut().find(|member| member.name == "roles").unwrap();
    roles.dependencies.last_mut().unwrap().optional = true;
    roles.features = [(feature.into(), vec!["dep:system".into()])].into();
    members
}

#[test]
fn test_doubles_may_look_up() {
    assert!(judge(&with_doubles("testing")).is_empty());
    assert_eq!(judge(&with_doubles("more")).len(), 1);
    let mut by_default = with_doubles("testing");
    let roles = by_default.iter_mut().find(|member| member.name == "roles").unwrap();
    roles.features.insert("default".into(), vec!["testing".into()]);
    assert_eq!(judge(&by_default).len(), 1);
}

#[test]
fn test_doubles_are_not_shipped() {
    let using = |dependency: &str| {
        let mut members = workspace("bin/ballast", dependency);
        let binary = members.iter_mut().find(|member| member.folder == "bin/ballast").unwrap();
        binary.dependencies.last_mut().unwrap().features = vec!["testing".into()];
        judge(&members)
    };
    assert!(using("roles dev").is_empty());
    let problems = using("roles");
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("bin/ballast ships roles with the feature testing"), "{problems:?}");
}

#[test]
fn a_framework_has_one_importer_in_tests_too() {
    for (folder, dependency) in [
        ("crates/node", "revm"),
        ("crates/system", "revm-primitives dev"),
        ("crates/rpc", "commonware-runtime"),
        ("bin/ballast", "corepc-client"),
        ("testing", "bitreq dev"),
        ("libs/custody", "jsonrpsee"),
        ("crates/system", "reqwest"),
        ("crates/roles", "corepc-client"),
        ("libs/schnorr", "tokio-util"),
        ("xtask", "bitcoinconsensus"),
    ] {
        let problems = judge(&workspace(folder, dependency));
        let name = dependency.split(' ').next().unwrap_or_default();
        assert_eq!(problems.len(), 1, "{folder} {dependency}: {problems:?}");
        assert!(problems[0].starts_with(&format!("{folder} depends on {name}, which only ")), "{problems:?}");
    }
    assert!(judge(&workspace("libs/schnorr", "revmc")).is_empty(), "another family");
}

#[test]
fn a_crate_without_a_layer_is_named() {
    let problems = judge(&[member("crates/helpers", &[])]);
    assert!(problems[0].starts_with("crates/helpers is in no layer"), "{problems:?}");
}

#[test]
fn this_workspace_is_read() {
    let members = members(crate::cargo::root()).unwrap();
    let xtask = members.iter().find(|member| member.folder == "xtask").unwrap();
    assert!(xtask.dependencies.iter().any(|dependency| dependency.name == "ballast-regtest"));
}
