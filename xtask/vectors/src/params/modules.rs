//! Rows about Babylon's other modules: each is the built-in record of its network and source.

use ballast_bitcoin_staking::babylon::modules::{Modules, Since};

use crate::reader::{Checked, Node};

/// Checks a row of one of these kinds; `None` for another kind.
pub(super) fn check(vector: &Node<'_>, kind: &str) -> Option<Checked> {
    match kind {
        "btccheckpoint_genesis_file" => Some(check_checkpoint(vector, Since::Genesis, false)),
        "btccheckpoint_genesis_file (superseded)" => Some(check_checkpoint(vector, Since::Genesis, true)),
        "btccheckpoint_after_v1_upgrade" => Some(check_checkpoint(vector, Since::V1Upgrade, false)),
        "finality_params_at_v1_upgrade" => Some(check_finality(vector)),
        "epoching" => Some(check_epochs(vector)),
        _ => None,
    }
}

/// The chain id behind what a row calls its network.
fn chain_id<'a>(field: &Node<'a>) -> Checked<&'a str> {
    match field.text()? {
        "bbn-1 (mainnet)" => Ok("bbn-1"),
        "public testnet (v1 testnet upgrade)"
        | "public testnet, signet (v1 testnet upgrade; tag bbt6, probably bbn-test-6)" => Ok("bbn-test-6"),
        other => Ok(other),
    }
}

fn check_checkpoint(vector: &Node<'_>, since: Since, is_superseded: bool) -> Checked {
    let modules = Modules::built_in();
    let network = vector.get("network")?;
    let name = chain_id(&network)?;
    let Some(record) = modules.checkpoint(name, since) else {
        return network.halt("a network with such a record", name);
    };
    let later = modules.checkpoint(name, Since::V1Upgrade);
    let has_later = since == Since::Genesis && later.is_some_and(|later| later.timestamp_depth.is_some());
    if is_superseded != has_later {
        vector.get("kind")?.fail(format_args!("superseded: {is_superseded}"), has_later);
    }
    let depths = [
        ("btc_confirmation_depth", record.confirmation_depth),
        ("checkpoint_finalization_timeout", record.timestamp_depth),
    ];
    for (field, depth) in depths {
        if let Some(depth) = depth {
            vector.get(field)?.is(depth);
        }
    }
    vector.get("checkpoint_tag")?.is(record.tag.as_str());
    Ok(())
}

fn check_finality(vector: &Node<'_>) -> Checked {
    let modules = Modules::built_in();
    let network = vector.get("network")?;
    let name = chain_id(&network)?;
    let Some(record) = modules.finality(name) else {
        return network.halt("a network with such a record", name);
    };
    vector.get("max_active_finality_providers")?.is(record.max_active_providers);
    vector.get("signed_blocks_window")?.is(record.signed_blocks_window);
    vector.get("finality_sig_timeout")?.is(record.signature_timeout);
    vector.get("min_signed_per_window")?.is(record.min_signed_per_window.as_str());
    vector.get("min_pub_rand")?.is(record.min_public_randomness);
    vector.get("jail_duration")?.is(format!("{}s", record.jail_seconds));
    vector.get("finality_activation_height")?.is(record.activation_height);
    Ok(())
}

fn check_epochs(vector: &Node<'_>) -> Checked {
    vector.get("network")?.is("bbn-1 and testnets");
    vector.get("epoch_interval")?.is(Modules::built_in().epoch_interval);
    Ok(())
}
