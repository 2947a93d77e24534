//! Scripts, leaf hashes, trees, control blocks and addresses.

use ballast_bitcoin_staking::scripts::{self, Consent};
use ballast_bitcoin_staking::{Committee, Leaf, Taproot, Terms};
use bitcoin::Network;
use serde_json::Value;

use super::read::*;

fn terms(vector: &Value) -> Terms {
    let committee =
        Committee::new(keys(&vector["covenant_pks"]), number(&vector["covenant_quorum"]) as usize);
    let (staker, providers) = (key(&vector["staker_pk"]), keys(&vector["fp_pks"]));
    let (staking_time, unbonding_time) = (blocks(&vector["staking_time"]), blocks(&vector["unbonding_time"]));
    Terms::new(staker, providers, committee.unwrap(), staking_time, unbonding_time).unwrap()
}

pub(super) fn assert_taproot(taproot: &Taproot, expected: &Value) {
    assert_eq!(taproot.merkle_root().to_string(), text(&expected["merkle_root"]));
    assert_eq!(taproot.output_key(), key(&expected["output_key"]));
    assert_eq!(u64::from(taproot.parity().to_u8()), number(&expected["output_key_parity"]));
    assert_eq!(taproot.script_pubkey(), script(&expected["pk_script"]));
}

pub(super) fn assert_control(leaf: &Leaf, expected: &Value) {
    assert_eq!(hex::encode(leaf.control_block().serialize()), text(expected));
}

#[test]
fn scripts_are_equal() {
    for vector in vectors(include_str!("../../testvectors/staking_scripts.json")) {
        let (terms, expected) = (terms(&vector), &vector["scripts"]);
        let staker = terms.staker();
        let consent = Consent::Committee(terms.covenant().committee().unwrap());
        let slashing = scripts::slashing(staker, terms.providers(), consent);
        assert_eq!(scripts::timelock(staker, terms.staking_time()), script(&expected["timelockScript"]));
        assert_eq!(scripts::unbonding(staker, consent), script(&expected["unbondingScript"]));
        assert_eq!(slashing, script(&expected["slashingScript"]));
        let timelock = scripts::timelock(staker, terms.unbonding_time());
        assert_eq!(timelock, script(&expected["unbondingTimelockScript"]));
    }
}

#[test]
fn trees_are_equal() {
    for vector in vectors(include_str!("../../testvectors/staking_scripts.json")) {
        let terms = terms(&vector);
        let (staking, unbonding, change) =
            (terms.staking_output(), terms.unbonding_output(), terms.slashing_change());
        let hashes = &vector["leaf_hashes"];
        assert_eq!(staking.timelock().hash().to_string(), text(&hashes["timelockScript"]));
        assert_eq!(staking.unbonding().hash().to_string(), text(&hashes["unbondingScript"]));
        assert_eq!(staking.slashing().hash().to_string(), text(&hashes["slashingScript"]));
        assert_eq!(unbonding.timelock().hash().to_string(), text(&hashes["unbondingTimelockScript"]));

        assert_taproot(staking.taproot(), &vector["staking_output"]);
        let controls = &vector["staking_output"]["control_blocks"];
        assert_control(staking.timelock(), &controls["timelock"]);
        assert_control(staking.unbonding(), &controls["unbonding"]);
        assert_control(staking.slashing(), &controls["slashing"]);

        assert_taproot(unbonding.taproot(), &vector["unbonding_output"]);
        let controls = &vector["unbonding_output"]["control_blocks"];
        assert_control(unbonding.timelock(), &controls["timelock"]);
        assert_control(unbonding.slashing(), &controls["slashing"]);

        assert_taproot(change.taproot(), &vector["slashing_change_output"]);
        assert_control(change.timelock(), &vector["slashing_change_output"]["control_blocks"]["timelock"]);
    }
}

#[test]
fn addresses_are_equal() {
    for vector in vectors(include_str!("../../testvectors/staking_scripts.json")) {
        let terms = terms(&vector);
        for (name, network) in
            [("mainnet", Network::Bitcoin), ("signet", Network::Signet), ("regtest", Network::Regtest)]
        {
            let expected = &vector["addresses"][name];
            let address = |taproot: &Taproot| taproot.address(network).to_string();
            assert_eq!(address(terms.staking_output().taproot()), text(&expected["staking_address"]));
            assert_eq!(address(terms.unbonding_output().taproot()), text(&expected["unbonding_address"]));
            let change = address(terms.slashing_change().taproot());
            assert_eq!(change, text(&expected["slashing_change_address"]));
        }
    }
}
