use bitcoin::Network;

use super::*;
use crate::fixture::terms;

#[test]
fn every_leaf_proves_that_it_belongs_to_its_output() {
    let (staking, unbonding, change) =
        (terms().staking_output(), terms().unbonding_output(), terms().slashing_change());
    let leaves = [
        (staking.taproot(), staking.timelock(), 97),
        (staking.taproot(), staking.unbonding(), 97),
        (staking.taproot(), staking.slashing(), 65),
        (unbonding.taproot(), unbonding.timelock(), 65),
        (unbonding.taproot(), unbonding.slashing(), 65),
        (change.taproot(), change.timelock(), 33),
    ];
    for (taproot, leaf, size) in leaves {
        let control = leaf.control_block();
        assert!(control.verify_taproot_commitment(SECP256K1, taproot.output_key(), leaf.script()));
        assert_eq!(control.size(), size);
        assert_eq!(control.internal_key, internal_key());
        assert_eq!(control.output_key_parity, taproot.parity());
    }
}

#[test]
fn the_address_pays_the_output_script() {
    let output = terms().staking_output();
    let address = output.taproot().address(Network::Regtest);
    assert_eq!(address.script_pubkey(), output.taproot().script_pubkey());
    assert!(address.to_string().starts_with("bcrt1p"));
}

#[test]
fn a_single_leaf_is_its_own_root() {
    let change = terms().slashing_change();
    assert_eq!(change.taproot().merkle_root(), TapNodeHash::from(change.timelock().hash()));
}
