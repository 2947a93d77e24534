//! Kind `real_testnet_delegation`: a delegation as a Babylon node reports it, with its twenty signatures.

use std::collections::BTreeMap;

use ballast_bitcoin_staking::delegation::judge;
use ballast_bitcoin_staking::{
    Approval, Approvals, Delegation, DelegationError, Facts, Params, Slashed, UncheckedParams,
};
use ballast_schnorr::{AdaptorSignature, EncryptionKey, bip340};
use bitcoin::Amount;
use bitcoin::bech32::Bech32;
use bitcoin::bech32::primitives::decode::CheckedHrpstring;
use bitcoin::hashes::Hash;
use secp256k1::XOnlyPublicKey;
use secp256k1::schnorr::Signature;
use serde_json::Value;

use crate::Context;
use crate::reader::{Checked, Node};
use crate::report::Foreign;

/// Fields of the Babylon chain's accounting and of its governance.
pub(crate) const FOREIGN: [Foreign; 5] = [
    Foreign { field: "/delegation/params_version", reason: "numbering of a testnet without a table here" },
    Foreign { field: "/params/btc_activation_height", reason: "schedule of a testnet without a table here" },
    Foreign { field: "/params/min_commission_rate", reason: "commission on the Babylon chain" },
    Foreign { field: "/params/delegation_creation_base_gas_fee", reason: "gas on the Babylon chain" },
    Foreign { field: "/params/allow_list_expiration_height", reason: "a Babylon height" },
];

pub(crate) fn check(vector: &Node<'_>, _: &Context<'_>) -> Checked {
    let report = vector.get("delegation")?;
    check_account(&report.get("staker_addr")?)?;
    let params = read_params(&vector.get("params")?)?;
    let facts = read_facts(&report)?;
    let delegation = match judge(&facts, &params) {
        Ok(delegation) => delegation,
        Err(error) => return blamed(&report, &error)?.halt("a valid delegation", error),
    };
    let stake = delegation.staking().stake();
    report.get("staking_output_idx")?.is(stake.outpoint().vout);
    vector.get("unbonding_script")?.is_hex(stake.tree().unbonding().script());
    vector.get("slashing_script")?.is_hex(stake.tree().slashing().script());
    vector.get("sighash_unbonding")?.is_hex(delegation.unbonding().sighash().to_byte_array());
    let sighash = |slashed| delegation.slashing(slashed).sighash().to_byte_array();
    vector.get("sighash_slashing")?.is_hex(sighash(Slashed::Stake));
    vector.get("sighash_unbonding_slashing")?.is_hex(sighash(Slashed::Unbonding));
    let approvals = check_approvals(&report, &delegation)?;
    check_status(&report, approvals.has_quorum(&delegation))
}

/// An account of the Babylon chain: 20 bytes in bech32.
fn check_account(field: &Node<'_>) -> Checked {
    let account = CheckedHrpstring::new::<Bech32>(field.text()?);
    let account = field.accept("a bech32 address", account)?;
    field.is_equal("the prefix", account.hrp().as_str(), "bbn");
    field.is_equal("the number of bytes", account.byte_iter().count(), 20);
    Ok(())
}

fn read_params(params: &Node<'_>) -> Checked<Params> {
    let raw = UncheckedParams {
        version: 0,
        btc_activation_height: 0,
        covenant_size: None,
        covenant_pks: params.get("covenant_pks")?.keys()?,
        covenant_quorum: params.get("covenant_quorum")?.number()?,
        min_staking_value_sat: params.get("min_staking_value_sat")?.decimal()?,
        max_staking_value_sat: params.get("max_staking_value_sat")?.decimal()?,
        min_staking_time_blocks: params.get("min_staking_time_blocks")?.number()?,
        max_staking_time_blocks: params.get("max_staking_time_blocks")?.number()?,
        slashing_pk_script_hex: hex::encode(params.get("slashing_pk_script")?.base64()?),
        min_slashing_tx_fee_sat: params.get("min_slashing_tx_fee_sat")?.decimal()?,
        slashing_rate: params.get("slashing_rate")?.text()?.to_owned(),
        unbonding_time_blocks: params.get("unbonding_time_blocks")?.number()?,
        unbonding_fee_sat: params.get("unbonding_fee_sat")?.decimal()?,
    };
    params.accept("valid parameters", Params::try_from(raw))
}

fn read_facts(report: &Node<'_>) -> Checked<Facts> {
    let undelegation = report.get("undelegation_response")?;
    let unbonding_tx = undelegation.get("unbonding_tx_hex")?.transaction()?;
    let signature = |field: Node<'_>| field.decode("a signature", Signature::from_slice);
    Ok(Facts {
        staker: report.get("btc_pk")?.key()?,
        providers: report.get("fp_btc_pk_list")?.keys()?,
        staking_time: report.get("staking_time")?.number()?,
        unbonding_time: report.get("unbonding_time")?.number()?,
        staking_value: Amount::from_sat(report.get("total_sat")?.decimal()?),
        // The report states it nowhere but in the transaction.
        unbonding_value: unbonding_tx.output.first().map_or(Amount::ZERO, |output| output.value),
        staking_tx: report.get("staking_tx_hex")?.transaction()?,
        unbonding_tx,
        slashing_tx: report.get("slashing_tx_hex")?.transaction()?,
        unbonding_slashing_tx: undelegation.get("slashing_tx_hex")?.transaction()?,
        slashing_signature: signature(report.get("delegator_slash_sig_hex")?)?,
        unbonding_slashing_signature: signature(undelegation.get("delegator_slashing_sig_hex")?)?,
    })
}

/// The field that a refusal is about.
fn blamed<'a>(report: &Node<'a>, error: &DelegationError) -> Checked<Node<'a>> {
    let undelegation = report.get("undelegation_response")?;
    match error {
        DelegationError::ProviderCount { .. } => report.get("fp_btc_pk_list"),
        DelegationError::Terms(_) => report.get("btc_pk"),
        DelegationError::UnbondingTime { .. } => report.get("unbonding_time"),
        DelegationError::StakingTime { .. } => report.get("staking_time"),
        DelegationError::StakingValue { .. } => report.get("total_sat"),
        DelegationError::Staking(_) => report.get("staking_tx_hex"),
        DelegationError::Unbonding(_) | DelegationError::UnbondingValue { .. } => {
            undelegation.get("unbonding_tx_hex")
        }
        DelegationError::Slashing { slashed: Slashed::Stake, .. } => report.get("slashing_tx_hex"),
        DelegationError::Slashing { slashed: Slashed::Unbonding, .. } => undelegation.get("slashing_tx_hex"),
        DelegationError::StakerSignature { slashed: Slashed::Stake } => report.get("delegator_slash_sig_hex"),
        DelegationError::StakerSignature { slashed: Slashed::Unbonding } => {
            undelegation.get("delegator_slashing_sig_hex")
        }
    }
}

/// Verifies the covenant's signatures one by one, then as the approvals of its members.
fn check_approvals(report: &Node<'_>, delegation: &Delegation) -> Checked<Approvals> {
    let undelegation = report.get("undelegation_response")?;
    let slashing = adaptor_signatures(&report.get("covenant_sigs")?, delegation, Slashed::Stake)?;
    let of_unbonding = undelegation.get("covenant_slashing_sigs")?;
    let unbonding_slashing = adaptor_signatures(&of_unbonding, delegation, Slashed::Unbonding)?;
    let list = undelegation.get("covenant_unbonding_sig_list")?;
    let unbonding = signatures(&list, delegation)?;
    let mut approvals = Approvals::new();
    for (member, unbonding) in &unbonding {
        let (Some(slashing), Some(unbonding_slashing)) =
            (slashing.get(member), unbonding_slashing.get(member))
        else {
            return list.halt(format_args!("three signatures by member {member}"), "fewer");
        };
        let approval =
            Approval { unbonding: *unbonding, slashing: *slashing, unbonding_slashing: *unbonding_slashing };
        list.accept("an approval", approvals.add(delegation, *member, approval))?;
    }
    list.is_equal("the number of members in each list", slashing.len(), unbonding.len());
    list.is_equal("the number of members in each list", unbonding_slashing.len(), unbonding.len());
    Ok(approvals)
}

fn signatures(list: &Node<'_>, delegation: &Delegation) -> Checked<BTreeMap<XOnlyPublicKey, Signature>> {
    let digest = delegation.unbonding().sighash().to_byte_array();
    let mut found = BTreeMap::new();
    for entry in list.items()? {
        let member = entry.get("pk")?.key()?;
        let field = entry.get("sig")?;
        let signature = field.accept("a signature", Signature::from_slice(&field.base64()?))?;
        field.verify("a valid signature", bip340::verify(&member, &digest, &signature));
        if found.insert(member, signature).is_some() {
            entry.fail("one signature of each member", "two");
        }
    }
    Ok(found)
}

fn adaptor_signatures(
    list: &Node<'_>,
    delegation: &Delegation,
    slashed: Slashed,
) -> Checked<BTreeMap<XOnlyPublicKey, AdaptorSignature>> {
    let digest = delegation.slashing(slashed).sighash().to_byte_array();
    let lock = EncryptionKey::new(&delegation.provider());
    let mut found = BTreeMap::new();
    for entry in list.items()? {
        let member = entry.get("cov_pk")?.key()?;
        let field = entry.get("adaptor_sigs")?;
        let [signature] = &field.items()?[..] else {
            return field.halt("one signature for the one provider", field.value());
        };
        let stated = AdaptorSignature::from_slice(&signature.base64()?);
        let stated = signature.accept("an adaptor signature", stated)?;
        signature.verify("a valid adaptor signature", stated.verify(&member, &lock, &digest));
        if found.insert(member, stated).is_some() {
            entry.fail("one signature of each member", "two");
        }
    }
    Ok(found)
}

/// Without a quorum a delegation is pending; with one it is verified until it is shown to be on
/// Bitcoin, at a height, from which on it is active.
fn check_status(report: &Node<'_>, has_quorum: bool) -> Checked {
    let start: u64 = report.get("start_height")?.number()?;
    let (status, end) = match (has_quorum, start) {
        (false, _) => ("PENDING", 0),
        (true, 0) => ("VERIFIED", 0),
        (true, _) => ("ACTIVE", start.saturating_add(report.get("staking_time")?.number::<u64>()?)),
    };
    report.get("status_desc")?.is(status);
    report.get("active")?.is(status == "ACTIVE");
    report.get("end_height")?.is(end);
    report.get("undelegation_response")?.get("delegator_unbonding_info_response")?.is(Value::Null);
    Ok(())
}
