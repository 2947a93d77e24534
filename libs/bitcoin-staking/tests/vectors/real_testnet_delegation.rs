//! A delegation that somebody made on a public testnet, with the covenant's real signatures.

use ballast_bitcoin_staking::delegation::{self, Slashed};
use ballast_bitcoin_staking::{
    Approval, ApprovalError, Approvals, Delegation, Facts, Params, UncheckedParams,
};
use ballast_schnorr::AdaptorSignature;
use bitcoin::XOnlyPublicKey;
use bitcoin::base64::{Engine, prelude::BASE64_STANDARD};
use bitcoin::secp256k1::schnorr::Signature;
use serde_json::Value;

use super::read::*;

fn vector() -> Value {
    vectors(include_str!("../../testvectors/real_testnet_delegation.json")).remove(0)
}

fn base64(value: &Value) -> Vec<u8> {
    BASE64_STANDARD.decode(text(value)).unwrap()
}

fn params(value: &Value, version: &Value) -> Params {
    let raw = UncheckedParams {
        version: number(version) as u32,
        btc_activation_height: number(&value["btc_activation_height"]) as u32,
        covenant_size: None,
        covenant_pks: keys(&value["covenant_pks"]),
        covenant_quorum: number(&value["covenant_quorum"]) as usize,
        min_staking_value_sat: loose(&value["min_staking_value_sat"]),
        max_staking_value_sat: loose(&value["max_staking_value_sat"]),
        min_staking_time_blocks: number(&value["min_staking_time_blocks"]) as u32,
        max_staking_time_blocks: number(&value["max_staking_time_blocks"]) as u32,
        slashing_pk_script_hex: hex::encode(base64(&value["slashing_pk_script"])),
        min_slashing_tx_fee_sat: loose(&value["min_slashing_tx_fee_sat"]),
        slashing_rate: text(&value["slashing_rate"]).to_owned(),
        unbonding_time_blocks: number(&value["unbonding_time_blocks"]) as u32,
        unbonding_fee_sat: loose(&value["unbonding_fee_sat"]),
    };
    Params::try_from(raw).unwrap()
}

/// A number that the source writes as a text.
fn loose(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

fn facts(vector: &Value) -> Facts {
    let said = &vector["delegation"];
    let undelegation = &said["undelegation_response"];
    let unbonding_tx = tx(&undelegation["unbonding_tx_hex"]);
    Facts {
        staker: key(&said["btc_pk"]),
        providers: keys(&said["fp_btc_pk_list"]),
        staking_time: number(&said["staking_time"]) as u32,
        unbonding_time: number(&said["unbonding_time"]) as u32,
        staking_value: bitcoin::Amount::from_sat(loose(&said["total_sat"])),
        unbonding_value: unbonding_tx.output[0].value,
        staking_tx: tx(&said["staking_tx_hex"]),
        unbonding_tx,
        slashing_tx: tx(&said["slashing_tx_hex"]),
        unbonding_slashing_tx: tx(&undelegation["slashing_tx_hex"]),
        slashing_signature: signature(&said["delegator_slash_sig_hex"]),
        unbonding_slashing_signature: signature(&undelegation["delegator_slashing_sig_hex"]),
    }
}

fn judged(vector: &Value) -> Delegation {
    let version = &vector["delegation"]["params_version"];
    delegation::judge(&facts(vector), &params(&vector["params"], version)).unwrap()
}

fn locked(list: &Value, member: XOnlyPublicKey) -> AdaptorSignature {
    let mut entries = list.as_array().unwrap().iter();
    let entry = entries.find(|entry| key(&entry["cov_pk"]) == member).unwrap();
    AdaptorSignature::from_slice(&base64(&entry["adaptor_sigs"][0])).unwrap()
}

fn approvals(vector: &Value) -> Vec<(XOnlyPublicKey, Approval)> {
    let said = &vector["delegation"];
    let undelegation = &said["undelegation_response"];
    let approval = |entry: &Value| {
        let member = key(&entry["pk"]);
        let approval = Approval {
            unbonding: Signature::from_slice(&base64(&entry["sig"])).unwrap(),
            slashing: locked(&said["covenant_sigs"], member),
            unbonding_slashing: locked(&undelegation["covenant_slashing_sigs"], member),
        };
        (member, approval)
    };
    undelegation["covenant_unbonding_sig_list"].as_array().unwrap().iter().map(approval).collect()
}

#[test]
fn delegation_is_judged_good_and_its_sighashes_are_equal() {
    let vector = vector();
    let delegation = judged(&vector);
    let sighash = |slashed| delegation.slashing(slashed).sighash().to_string();
    assert_eq!(sighash(Slashed::Stake), text(&vector["sighash_slashing"]));
    assert_eq!(sighash(Slashed::Unbonding), text(&vector["sighash_unbonding_slashing"]));
    assert_eq!(delegation.unbonding().sighash().to_string(), text(&vector["sighash_unbonding"]));
    let tree = delegation.staking().stake().tree();
    assert_eq!(*tree.slashing().script(), script(&vector["slashing_script"]));
    assert_eq!(*tree.unbonding().script(), script(&vector["unbonding_script"]));
}

#[test]
fn eighteen_covenant_signatures_verify_and_reach_the_quorum() {
    let vector = vector();
    let (delegation, mut gathered) = (judged(&vector), Approvals::new());
    for (member, approval) in approvals(&vector) {
        assert!(!gathered.has_quorum(&delegation));
        gathered.add(&delegation, member, approval).unwrap();
    }
    assert!(gathered.has_quorum(&delegation));
}

#[test]
fn exchanged_covenant_signatures_do_not_verify() {
    let vector = vector();
    let (delegation, mut gathered) = (judged(&vector), Approvals::new());
    let [(key, mine), (_, other), ..] = approvals(&vector)[..] else { panic!("two members signed") };
    let refused = gathered.add(&delegation, key, Approval { unbonding: other.unbonding, ..mine });
    assert_eq!(refused, Err(ApprovalError::UnbondingSignature { key }));
    let slashed = Slashed::Stake;
    let refused = gathered.add(&delegation, key, Approval { slashing: other.slashing, ..mine });
    assert_eq!(refused, Err(ApprovalError::SlashingSignature { key, slashed }));
    let slashed = Slashed::Unbonding;
    let swapped = Approval { unbonding_slashing: other.unbonding_slashing, ..mine };
    let refused = gathered.add(&delegation, key, swapped);
    assert_eq!(refused, Err(ApprovalError::SlashingSignature { key, slashed }));
}
