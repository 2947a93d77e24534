//! Kind `repo_btcstaking`: Babylon's own vectors for scripts, unbonding and announcement.

use ballast_bitcoin_staking::op_return::Announcement;
use ballast_bitcoin_staking::{Committee, Stake, Terms, UnbondingTx};
use bitcoin::consensus::encode::serialize;
use bitcoin::{Amount, Network, OutPoint, Txid};
use secp256k1::XOnlyPublicKey;
use serde_json::Value;

use crate::Context;
use crate::reader::{Checked, Node};
use crate::staking_scripts::timelock;

pub(crate) fn check(vector: &Node<'_>, context: &Context<'_>) -> Checked {
    let parameters = vector.get("parameters")?;
    parameters.get("network")?.parse("a network", |name| match name {
        "mainnet" => Ok(Network::Bitcoin),
        other => other.parse::<Network>(),
    })?;
    let terms = terms(&parameters)?;
    let value: u64 = parameters.get("staking_value")?.number()?;
    let txid: Txid = parameters.get("staking_tx_hash")?.parse("a transaction id", str::parse)?;
    let outpoint = OutPoint::new(txid, parameters.get("staking_output_index")?.number()?);
    let stake = Stake::new(terms, outpoint, Amount::from_sat(value));

    let expected = vector.get("expected")?;
    expected.get("staking_output_value")?.is(stake.output().value.to_sat());
    expected.get("staking_output_pkscript_hex")?.is_hex(stake.output().script_pubkey);
    let tree = stake.tree();
    expected.get("staking_transaction_timelock_script_hex")?.is_hex(tree.timelock().script());
    expected.get("staking_transaction_unbonding_script_hex")?.is_hex(tree.unbonding().script());
    expected.get("staking_transaction_slashing_script_hex")?.is_hex(tree.slashing().script());
    check_unbonding(&parameters, &expected, &stake)?;
    check_announcement(&parameters.get("tag")?, &expected, stake.terms(), context)
}

fn terms(parameters: &Node<'_>) -> Checked<Terms> {
    let keys = |name| -> Checked<Vec<XOnlyPublicKey>> {
        parameters.get(name)?.items()?.iter().map(x_only).collect()
    };
    let committee =
        Committee::new(keys("covenant_public_keys")?, parameters.get("covenant_quorum")?.number()?);
    let committee = parameters.get("covenant_public_keys")?.accept("a committee", committee)?;
    let staking_time = timelock(&parameters.get("staking_time")?)?;
    let unbonding_time = timelock(&parameters.get("unbonding_time")?)?;
    let staker = x_only(&parameters.get("staker_public_key")?)?;
    let providers = keys("finality_provider_public_keys")?;
    parameters.accept("terms", Terms::new(staker, providers, committee, staking_time, unbonding_time))
}

fn x_only(field: &Node<'_>) -> Checked<XOnlyPublicKey> {
    Ok(field.full_key()?.x_only_public_key().0)
}

fn check_unbonding(parameters: &Node<'_>, expected: &Node<'_>, stake: &Stake) -> Checked {
    let fee = Amount::from_sat(parameters.get("unbonding_fee")?.number()?);
    let field = expected.get("unbonding_transaction_hex")?;
    let unbonding = field.accept("an unbonding transaction", UnbondingTx::build(stake, fee))?;
    parameters.get("unbonding_tx_version")?.is(unbonding.transaction().version.0);
    field.is_hex(serialize(unbonding.transaction()));
    let judged = UnbondingTx::judge(field.transaction()?, stake, fee);
    field.verify("a valid unbonding transaction", judged);
    let tree = unbonding.tree();
    expected.get("unbonding_transaction_time_lock_script_hex")?.is_hex(tree.timelock().script());
    expected.get("unbonding_transaction_slashing_script_hex")?.is_hex(tree.slashing().script());
    Ok(())
}

/// Only a stake with one provider can be announced. Where there is none, nothing depends on the tag, so
/// it must at least be one that the file's announcements use.
fn check_announcement(tag: &Node<'_>, expected: &Node<'_>, terms: &Terms, context: &Context<'_>) -> Checked {
    let stated = tag.bytes()?;
    let field = expected.get("op_return_script_hex")?;
    let [provider] = terms.providers() else {
        field.is("");
        if announced_tags(context).all(|known| known != tag.value()) {
            tag.fail("the tag of the file's announcements", tag.value());
        }
        return Ok(());
    };
    let (provider, staker, staking_time) = (*provider, terms.staker(), terms.staking_time());
    let made = Announcement { tag: stated, staker, provider, staking_time };
    field.is_hex(made.to_script());
    if Announcement::from_script(&field.hex()?) != Some(made) {
        field.fail("an announcement that reads back the same", "it does not");
    }
    Ok(())
}

fn announced_tags<'a>(context: &Context<'a>) -> impl Iterator<Item = &'a Value> {
    let is_announced = |row: &&Value| {
        row.pointer("/expected/op_return_script_hex").is_some_and(|script| script.as_str() != Some(""))
    };
    context.others().filter(is_announced).filter_map(|row| row.pointer("/parameters/tag"))
}
