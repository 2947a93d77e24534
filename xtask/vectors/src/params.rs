//! Kind `params`: the parameters of networks, version by version.
//!
//! Every version is parsed and judged, the set is looked up around every activation height, and where
//! the network is built into the library no version of it may be missing, and the two must agree: phase 2 has the versions
//! of phase 1 and one more. Parameters of other modules than staking are in `modules`.

mod modules;

use ballast_bitcoin_staking::{Params, ParamsSet, ParamsSetError, UncheckedParams, babylon};
use bitcoin::{Network, XOnlyPublicKey};

use crate::Context;
use crate::reader::{Checked, Node};
use crate::report::Foreign;

/// Fields of the Babylon chain's accounting and of its first phase, which no code here has a use for.
pub(crate) const FOREIGN: [Foreign; 5] = [
    Foreign { field: "/versions/*/min_commission_rate", reason: "commission on the Babylon chain" },
    Foreign { field: "/versions/*/delegation_creation_base_gas_fee", reason: "gas on the Babylon chain" },
    Foreign { field: "/versions/*/allow_list_expiration_height", reason: "a Babylon height" },
    Foreign { field: "/versions/*/staking_cap", reason: "phase 1's cap on all stakes together" },
    Foreign { field: "/versions/*/cap_height", reason: "phase 1's cap on all stakes together" },
];

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let kind = vector.get("kind")?;
    let phase = match kind.text()? {
        "btcstaking_params_phase2" | "btcstaking_params_phase2_at_v1_upgrade" => &PHASE_2,
        "phase1_global_params" => &PHASE_1,
        other => match modules::check(vector, other) {
            Some(checked) => return checked,
            None => return kind.halt("parameters of phase 1 or 2, or of another module", other),
        },
    };
    let field = vector.get("versions")?;
    let rows = field.items()?;
    let versions: Vec<Params> = rows.iter().map(|row| parse(row, phase)).collect::<Checked<_>>()?;
    let network = vector.get("network")?;
    let table = table(network.text()?);
    let timestamp_depth = table.as_ref().map_or(0, ParamsSet::timestamp_depth);
    let set = ParamsSet::new(String::new(), Network::Bitcoin, 1, timestamp_depth, versions);
    let set = field.accept("a set of parameters", set)?;
    check_lookup(&rows, phase, &set)?;
    match table {
        Some(table) => check_table(&field, phase, &table)?,
        None => check_unknown(&network, &set),
    }
    if phase.is_first { check_constants(&rows) } else { Ok(()) }
}

/// The names that a phase of Babylon gives to the parameters.
struct Phase {
    is_first: bool,
    activation_height: &'static str,
    min_value: &'static str,
    max_value: &'static str,
    min_time: &'static str,
    max_time: &'static str,
    unbonding_time: &'static str,
    unbonding_fee: &'static str,
}

const PHASE_1: Phase = Phase {
    is_first: true,
    activation_height: "activation_height",
    min_value: "min_staking_amount",
    max_value: "max_staking_amount",
    min_time: "min_staking_time",
    max_time: "max_staking_time",
    unbonding_time: "unbonding_time",
    unbonding_fee: "unbonding_fee",
};

const PHASE_2: Phase = Phase {
    is_first: false,
    activation_height: "btc_activation_height",
    min_value: "min_staking_value_sat",
    max_value: "max_staking_value_sat",
    min_time: "min_staking_time_blocks",
    max_time: "max_staking_time_blocks",
    unbonding_time: "unbonding_time_blocks",
    unbonding_fee: "unbonding_fee_sat",
};

fn parse(row: &Node<'_>, phase: &Phase) -> Checked<Params> {
    let (slashing_rate, slashing_pk_script_hex, min_slashing_tx_fee_sat) = slashing(row, phase)?;
    let raw = UncheckedParams {
        version: row.get("version")?.number()?,
        btc_activation_height: row.get(phase.activation_height)?.number()?,
        covenant_size: None,
        covenant_pks: covenant_keys(row, phase)?,
        covenant_quorum: row.get("covenant_quorum")?.number()?,
        min_staking_value_sat: row.get(phase.min_value)?.number()?,
        max_staking_value_sat: row.get(phase.max_value)?.number()?,
        min_staking_time_blocks: row.get(phase.min_time)?.number()?,
        max_staking_time_blocks: row.get(phase.max_time)?.number()?,
        slashing_pk_script_hex,
        min_slashing_tx_fee_sat,
        slashing_rate,
        unbonding_time_blocks: row.get(phase.unbonding_time)?.number()?,
        unbonding_fee_sat: row.get(phase.unbonding_fee)?.number()?,
    };
    row.accept("valid parameters", Params::try_from(raw))
}

/// Rate, script and least fee. Phase 1 could not slash, so any valid rule stands in there.
fn slashing(row: &Node<'_>, phase: &Phase) -> Checked<(String, String, u64)> {
    if phase.is_first {
        return Ok(("0.1".to_owned(), "6a".to_owned(), 1));
    }
    let script = row.get("slashing_pk_script_hex")?;
    script.is_hex(row.get("slashing_pk_script")?.base64()?);
    let fee = row.get("min_slashing_tx_fee_sat")?.number()?;
    Ok((row.get("slashing_rate")?.text()?.to_owned(), script.text()?.to_owned(), fee))
}

fn covenant_keys(row: &Node<'_>, phase: &Phase) -> Checked<Vec<XOnlyPublicKey>> {
    let keys = row.get("covenant_pks")?;
    if phase.is_first {
        let full = keys.items()?.iter().map(Node::full_key).collect::<Checked<Vec<_>>>()?;
        return Ok(full.iter().map(|key| key.x_only_public_key().0).collect());
    }
    keys.keys()
}

/// A version holds from its activation height to the one before the next.
fn check_lookup(rows: &[Node<'_>], phase: &Phase, set: &ParamsSet) -> Checked {
    for (position, row) in rows.iter().enumerate() {
        let field = row.get(phase.activation_height)?;
        let start: u32 = field.number()?;
        if let Some(before) = start.checked_sub(1) {
            let earlier = position.checked_sub(1);
            match (set.at(before), earlier.and_then(|earlier| set.versions().get(earlier))) {
                (Ok(found), Some(earlier)) if found == earlier => {}
                (Err(ParamsSetError::BeforeFirst { .. }), None) => {}
                (found, _) => {
                    field.fail("the version before it, one block earlier", format_args!("{found:?}"))
                }
            }
        }
        let end = rows.get(position + 1).map_or(Ok(u32::MAX), |next| {
            Ok(next.get(phase.activation_height)?.number::<u32>()?.saturating_sub(1))
        })?;
        for height in [start, end] {
            if set.at(height).ok() != set.versions().get(position) {
                field.fail(format_args!("this version at height {height}"), "another");
            }
        }
    }
    Ok(())
}

/// The table of the library that has a network's name.
fn table(network: &str) -> Option<ParamsSet> {
    match network {
        "bbn-1" | "bbn-1 (mainnet)" => Some(babylon::mainnet()),
        "bbn-test-6" | "public testnet, signet (v1 testnet upgrade; tag bbt6, probably bbn-test-6)" => {
            Some(babylon::testnet())
        }
        _ => None,
    }
}

fn check_table(versions: &Node<'_>, phase: &Phase, table: &ParamsSet) -> Checked {
    let rows = versions.items()?;
    let known = table.versions().len() - usize::from(phase.is_first);
    if rows.len() < known {
        versions.fail(format_args!("{known} versions or more"), rows.len());
    }
    for row in &rows {
        let Ok(known) = table.version(row.get("version")?.number()?) else { continue };
        row.get(phase.activation_height)?.is(known.activation_height());
        row.get("covenant_quorum")?.is(known.committee().quorum());
        row.get(phase.min_value)?.is(known.min_staking_value().to_sat());
        row.get(phase.max_value)?.is(known.max_staking_value().to_sat());
        row.get(phase.min_time)?.is(known.min_staking_time().blocks());
        row.get(phase.max_time)?.is(known.max_staking_time().blocks());
        row.get(phase.unbonding_time)?.is(known.unbonding_time().blocks());
        row.get(phase.unbonding_fee)?.is(known.unbonding_fee().to_sat());
        let mut keys = covenant_keys(row, phase)?;
        keys.sort_by_key(XOnlyPublicKey::serialize);
        if keys != known.committee().keys() {
            row.get("covenant_pks")?.fail("the covenant keys of the built-in table", "other keys");
        }
        if !phase.is_first {
            let rule = known.slashing();
            row.get("slashing_pk_script_hex")?.is_hex(&rule.script);
            row.get("min_slashing_tx_fee_sat")?.is(rule.min_fee.to_sat());
            let rate = row.get("slashing_rate")?;
            rate.is_equal("the rate", rate.parse("a slashing rate", str::parse)?, rule.rate);
        }
    }
    Ok(())
}

/// A network without a table may have any parameters, but not those of a network with one.
fn check_unknown(network: &Node<'_>, set: &ParamsSet) {
    for known in [babylon::mainnet(), babylon::testnet()] {
        if set.versions().iter().zip(known.versions()).any(|(stated, known)| is_same_schedule(stated, known))
        {
            network.fail(format_args!("the network {}, whose parameters these are", known.name()), "another");
        }
    }
}

fn is_same_schedule(stated: &Params, known: &Params) -> bool {
    stated.activation_height() == known.activation_height() && stated.committee() == known.committee()
}

/// A network has one tag and one confirmation depth in phase 1.
fn check_constants(rows: &[Node<'_>]) -> Checked {
    let [first, ..] = rows else { return Ok(()) };
    for row in rows {
        row.get("tag")?.is_hex(first.get("tag")?.bytes::<4>()?);
        row.get("confirmation_depth")?.is(first.get("confirmation_depth")?.number::<u32>()?);
    }
    Ok(())
}
