//! Kind `staking_scripts`: scripts, leaf hashes, trees, control blocks and addresses of a stake.

use ballast_bitcoin_staking::{Committee, Leaf, Taproot, Terms, Timelock};
use bitcoin::hashes::Hash;
use bitcoin::{KnownHrp, XOnlyPublicKey};

use crate::Context;
use crate::param_set::ParamSet;
use crate::reader::{Checked, Node};

pub(crate) fn check(vector: &Node<'_>, context: &Context<'_>) -> Checked {
    let keys = vector.get("covenant_pks")?;
    let quorum = vector.get("covenant_quorum")?;
    ParamSet::read(&vector.get("param_set")?)?.check_committee(&keys, &quorum, context)?;
    let terms = terms(
        vector,
        vector.get("staker_pk")?.key()?,
        vector.get("fp_pks")?.keys()?,
        committee(&keys, &quorum)?,
        [timelock(&vector.get("staking_time")?)?, timelock(&vector.get("unbonding_time")?)?],
    )?;
    check_scripts(&vector.get("scripts")?, &terms)?;
    check_leaf_hashes(&vector.get("leaf_hashes")?, &terms)?;
    let outputs = ["staking_output", "unbonding_output", "slashing_change_output"];
    let [staking, unbonding, change] = outputs.map(|name| vector.get(name));
    check_outputs([staking?, unbonding?, change?], &terms)?;
    let addresses = vector.get("addresses")?;
    for network in NETWORKS {
        addresses.get(network)?;
    }
    for (network, addresses) in addresses.entries()? {
        check_addresses(network, &addresses, &terms)?;
    }
    Ok(())
}

/// The networks on which a vector has addresses: one for each prefix.
const NETWORKS: [&str; 3] = ["mainnet", "signet", "regtest"];

/// The committee that two fields state.
pub(crate) fn committee(keys: &Node<'_>, quorum: &Node<'_>) -> Checked<Committee> {
    keys.accept("a committee", Committee::new(keys.keys()?, quorum.number()?))
}

/// The timelock that a field states.
pub(crate) fn timelock(blocks: &Node<'_>) -> Checked<Timelock> {
    blocks.accept("a timelock", Timelock::from_blocks(blocks.number()?))
}

/// The terms of a stake; times are staking and unbonding time.
pub(crate) fn terms(
    vector: &Node<'_>,
    staker: XOnlyPublicKey,
    providers: Vec<XOnlyPublicKey>,
    committee: Committee,
    [staking_time, unbonding_time]: [Timelock; 2],
) -> Checked<Terms> {
    vector.accept("terms", Terms::new(staker, providers, committee, staking_time, unbonding_time))
}

/// Compares the four scripts of a stake.
pub(crate) fn check_scripts(scripts: &Node<'_>, terms: &Terms) -> Checked {
    for (name, leaf) in leaves(terms) {
        scripts.get(name)?.is_hex(leaf.script());
    }
    Ok(())
}

fn check_leaf_hashes(hashes: &Node<'_>, terms: &Terms) -> Checked {
    for (name, leaf) in leaves(terms) {
        hashes.get(name)?.is_hex(leaf.hash().to_byte_array());
    }
    Ok(())
}

fn leaves(terms: &Terms) -> [(&'static str, Leaf); 4] {
    let staking = terms.staking_output();
    [
        ("timelockScript", staking.timelock().clone()),
        ("unbondingScript", staking.unbonding().clone()),
        ("slashingScript", staking.slashing().clone()),
        ("unbondingTimelockScript", terms.unbonding_output().timelock().clone()),
    ]
}

/// Compares the trees of the staking output, the unbonding output and the slashing change.
pub(crate) fn check_outputs([staking, unbonding, change]: [Node<'_>; 3], terms: &Terms) -> Checked {
    check_staking_output(&staking, terms)?;
    check_unbonding_output(&unbonding, terms)?;
    let made = terms.slashing_change();
    check_output(&change, made.taproot(), &[("timelock", made.timelock())])
}

pub(crate) fn check_staking_output(output: &Node<'_>, terms: &Terms) -> Checked {
    let made = terms.staking_output();
    let leaves =
        [("timelock", made.timelock()), ("unbonding", made.unbonding()), ("slashing", made.slashing())];
    check_output(output, made.taproot(), &leaves)
}

pub(crate) fn check_unbonding_output(output: &Node<'_>, terms: &Terms) -> Checked {
    let made = terms.unbonding_output();
    let leaves = [("timelock", made.timelock()), ("slashing", made.slashing())];
    check_output(output, made.taproot(), &leaves)
}

fn check_output(output: &Node<'_>, taproot: &Taproot, leaves: &[(&str, &Leaf)]) -> Checked {
    output.get("merkle_root")?.is_hex(taproot.merkle_root().to_byte_array());
    output.get("output_key")?.is_hex(taproot.output_key().serialize());
    output.get("output_key_parity")?.is(taproot.parity().to_u8());
    output.get("pk_script")?.is_hex(taproot.script_pubkey());
    let control_blocks = output.get("control_blocks")?;
    for (name, leaf) in leaves {
        control_blocks.get(name)?.is_hex(leaf.control_block().serialize());
    }
    Ok(())
}

fn check_addresses(network: &str, addresses: &Node<'_>, terms: &Terms) -> Checked {
    let prefix = match network {
        "mainnet" => KnownHrp::Mainnet,
        "signet" | "testnet" => KnownHrp::Testnets,
        "regtest" => KnownHrp::Regtest,
        other => return addresses.halt("mainnet, signet, testnet or regtest", other),
    };
    let (staking, unbonding, change) =
        (terms.staking_output(), terms.unbonding_output(), terms.slashing_change());
    let address = |taproot: &Taproot| taproot.address(prefix).to_string();
    addresses.get("staking_address")?.is(address(staking.taproot()));
    addresses.get("unbonding_address")?.is(address(unbonding.taproot()));
    addresses.get("slashing_change_address")?.is(address(change.taproot()));
    Ok(())
}
