//! Crates depend only downwards, and each framework has one importer.
//!
//! The tables below are the rule. Who needs another edge changes a row and says why in the commit. The direction is
//! asked of what is shipped; tests may use any crate of ours, and so may the feature `testing`, for which alone a crate
//! of ours is optional and which only tests turn on. Frameworks are asked of tests too.

use std::path::Path;

use super::Problems;
use crate::cargo::{Dependency, Member, members};

/// A crate, or all crates of a folder whose name ends with `/`, and what of ours it may depend on.
struct Layer {
    folder: &'static str,
    may_use: &'static [&'static str],
}

/// The feature that shows a crate's test doubles.
const TESTING: &str = "testing";

/// From the bottom to the top.
const LAYERS: &[Layer] = &[
    Layer { folder: "libs/", may_use: &["libs/"] },
    Layer { folder: "crates/types", may_use: &["libs/"] },
    Layer { folder: "crates/system", may_use: &["libs/", "crates/types"] },
    Layer { folder: "crates/evm", may_use: &["libs/", "crates/types", "crates/system"] },
    Layer { folder: "crates/node", may_use: &["libs/", "crates/types", "crates/system", "crates/evm"] },
    Layer {
        folder: "crates/rpc",
        may_use: &["libs/", "crates/types", "crates/system", "crates/evm", "crates/node"],
    },
    Layer { folder: "crates/bitcoin-io", may_use: &["libs/"] },
    Layer { folder: "crates/regtest", may_use: &["libs/", "crates/bitcoin-io"] },
    Layer { folder: "crates/roles", may_use: &["libs/", "crates/types", "crates/bitcoin-io"] },
    Layer { folder: "bin/", may_use: &["libs/", "crates/"] },
    Layer { folder: "testing", may_use: &["libs/", "crates/", "bin/"] },
    Layer { folder: "xtask", may_use: &["libs/", "crates/"] },
    Layer { folder: "xtask/vectors", may_use: &["libs/"] },
];

/// Foreign crates that only some of ours may depend on. A name stands for itself and for all that begin with it and `-`.
struct Reserved {
    crates: &'static [&'static str],
    only: &'static [&'static str],
    why: &'static str,
}

const RESERVED: &[Reserved] = &[
    Reserved {
        crates: &["revm"],
        only: &["crates/evm"],
        why: "execution has one importer, so that it can be replaced",
    },
    Reserved {
        crates: &["commonware"],
        only: &["crates/node"],
        why: "consensus and p2p have one importer, so that they can be replaced",
    },
    Reserved {
        crates: &["bitcoincore-rpc", "corepc", "jsonrpc", "electrum-client", "esplora-client", "bdk"],
        only: &["crates/bitcoin-io"],
        why: "one crate opens connections to Bitcoin, so that a role runs against its trait",
    },
    // The roles have it for their client of our own chain; `purity.rs` keeps it in that file.
    Reserved {
        crates: &["bitreq"],
        only: &["crates/bitcoin-io", "crates/roles"],
        why: "one crate opens connections to Bitcoin, so that a role runs against its trait",
    },
    // The roles have tokio for their runner; `purity.rs` keeps it in that file.
    Reserved {
        crates: &["tokio", "async-std", "smol", "mio", "hyper", "reqwest", "ureq", "minreq", "jsonrpsee"],
        only: &["crates/bitcoin-io", "crates/node", "crates/roles", "crates/rpc", "bin/", "testing"],
        why: "libraries and rules open no socket and know no runtime",
    },
    Reserved {
        crates: &["bitcoinconsensus"],
        only: &["libs/", "xtask/vectors"],
        why: "it is C++, for vectors and tests; xtask must compile before it can install a compiler",
    },
];

pub(super) fn check(root: &Path) -> anyhow::Result<Problems> {
    Ok(judge(&members(root)?))
}

fn judge(members: &[Member]) -> Problems {
    let mut problems = Vec::new();
    for member in members {
        match LAYERS.iter().find(|layer| covers(layer.folder, &member.folder)) {
            Some(layer) => problems.extend(upward(member, layer, members)),
            None => problems.push(format!("{} is in no layer; give it a row in {}", member.folder, file!())),
        }
        problems.extend(tested(member));
        problems.extend(RESERVED.iter().flat_map(|reserved| stolen(member, reserved)));
    }
    problems
}

/// What is not for tests alone.
fn shipped(member: &Member) -> impl Iterator<Item = &Dependency> {
    member.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"))
}

/// Whether nothing but the feature [`TESTING`] brings it.
fn is_for_testing(member: &Member, dependency: &Dependency) -> bool {
    let brings = |part: &String| part == TESTING || *part == format!("dep:{}", dependency.name);
    let mut others = member.features.iter().filter(|(name, _)| *name != TESTING);
    dependency.optional && !others.any(|(_, parts)| parts.iter().any(brings))
}

/// Dependencies that ship what is meant for tests.
fn tested(member: &Member) -> impl Iterator<Item = String> {
    let is_testing = |dependency: &&Dependency| dependency.features.iter().any(|name| name == TESTING);
    shipped(member).filter(is_testing).map(|dependency| {
        let name = &dependency.name;
        format!(
            "{} ships {name} with the feature {TESTING}; only a dev-dependency may turn it on",
            member.folder
        )
    })
}

/// Dependencies on our own crates that `layer` does not allow.
fn upward(member: &Member, layer: &Layer, members: &[Member]) -> Vec<String> {
    let always = shipped(member).filter(|dependency| !is_for_testing(member, dependency));
    let ours = always.filter_map(|dependency| members.iter().find(|other| other.name == dependency.name));
    let refused = ours.filter(|other| !layer.may_use.iter().any(|folder| covers(folder, &other.folder)));
    let line = |other: &Member| {
        let allowed = layer.may_use.join(", ");
        format!("{} depends on {}, which lies above it; it may use {allowed}", member.folder, other.folder)
    };
    refused.map(line).collect()
}

/// Dependencies on foreign crates that others have for themselves.
fn stolen(member: &Member, reserved: &Reserved) -> Vec<String> {
    if reserved.only.iter().any(|folder| covers(folder, &member.folder)) {
        return Vec::new();
    }
    let is_reserved =
        |dependency: &&Dependency| reserved.crates.iter().any(|name| is_of(name, &dependency.name));
    let line = |dependency: &Dependency| {
        let only = reserved.only.join(", ");
        format!("{} depends on {}, which only {only} may: {}", member.folder, dependency.name, reserved.why)
    };
    member.dependencies.iter().filter(is_reserved).map(line).collect()
}

fn covers(pattern: &str, folder: &str) -> bool {
    if pattern.ends_with('/') { folder.starts_with(pattern) } else { folder == pattern }
}

fn is_of(family: &str, name: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

#[cfg(test)]
mod tests;
