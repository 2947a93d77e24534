use bitcoin::hashes::Hash;
use bitcoin::opcodes::all::OP_NOP4;
use bitcoin::{Sequence, Txid};
use proptest::prelude::*;

use super::*;
use crate::fixture::{
    PROVIDER, STAKER, VALUE, bip119, blocks, committee, key, params, stake, template_delegation,
    template_terms, unbonding,
};
use crate::tree::Leaf;
use crate::{Slashed, SlashingTx, SlashingVersion, Stake, UnbondingTx, Withdrawable, WithdrawalTx};

fn template(value: Amount) -> Result<Template, TemplateError> {
    Template::new(bip119(), value, params().unbonding_fee(), params().slashing().clone())
}

/// The hash that a leaf ends with.
fn pushed(leaf: &Leaf) -> String {
    let script = leaf.script().to_hex_string();
    let hash = script.strip_suffix(&format!("{:02x}", OP_NOP4.to_u8())).unwrap();
    hash[hash.len() - 64..].to_owned()
}

#[test]
fn a_network_without_the_opcode_has_no_template() {
    for network in [Network::Bitcoin, Network::Testnet, Network::Testnet4, Network::Signet] {
        for active in [false, true] {
            let error = Bip119::on(network, active).unwrap_err();
            assert_eq!(error, TemplateError::NoOpcode { network });
            assert!(error.to_string().contains("anybody who can sign"), "{error}");
        }
    }
    assert_eq!(Bip119::on(Network::Regtest, false), Err(TemplateError::Inactive));
    assert!(Bip119::on(Network::Regtest, true).is_ok());
}

#[test]
fn each_leaf_fixes_the_transaction_that_spends_by_it() {
    let delegation = template_delegation();
    let (staking, unbonding) = (delegation.staking().stake().tree(), delegation.unbonding());
    let hash = |tx: &Transaction| TemplateHash::of(tx, 0).to_string();
    assert_eq!(pushed(staking.unbonding()), hash(unbonding.transaction()));
    assert_eq!(pushed(staking.slashing()), hash(delegation.slashing(Slashed::Stake).transaction()));
    let second = delegation.slashing(Slashed::Unbonding);
    assert_eq!(pushed(unbonding.tree().slashing()), hash(second.transaction()));
}

#[test]
fn what_is_fixed_has_one_input_version_3_and_an_anchor() {
    let (delegation, anchor_script) = (template_delegation(), "51024e73");
    let slashing = |slashed| delegation.slashing(slashed);
    let txs = [
        delegation.unbonding().transaction(),
        slashing(Slashed::Stake).transaction(),
        slashing(Slashed::Unbonding).transaction(),
    ];
    for tx in txs {
        assert_eq!((tx.version, tx.input.len(), tx.input[0].sequence), (Version(3), 1, Sequence::MAX));
        let anchor = tx.output.last().unwrap();
        assert_eq!((anchor.value, anchor.script_pubkey.to_hex_string()), (ANCHOR, anchor_script.into()));
        assert!(tx.output.iter().all(|output| !crate::dust::is_dust(output)));
    }
    let [fee, min] = [params().unbonding_fee(), params().slashing().min_fee];
    assert_eq!(delegation.unbonding().output().value, VALUE - fee - ANCHOR);
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let tx = slashing(slashed);
        assert_eq!(tx.fee(), min);
        let penalty = params().slashing().rate.slashed(tx.spend().output().value);
        assert_eq!(tx.transaction().output[0].value, penalty);
        let change = template_terms().slashing_change().taproot().script_pubkey();
        assert_eq!(tx.transaction().output[1].script_pubkey, change);
    }
}

#[test]
fn a_stake_of_another_value_has_another_script() {
    let other = template(VALUE + Amount::ONE_SAT).unwrap();
    let terms =
        Terms::new(key(STAKER), [key(PROVIDER)], other, blocks(200), params().unbonding_time()).unwrap();
    assert_ne!(terms.staking_output().taproot(), template_terms().staking_output().taproot());
}

#[test]
fn another_value_than_the_templates_cannot_be_spent() {
    let (expected, place) = (VALUE, OutPoint::new(Txid::all_zeros(), 0));
    let (less, more) = (VALUE - Amount::ONE_SAT, VALUE + Amount::ONE_SAT);
    let errors = [
        (less, TemplateError::Underfunded { expected, found: less }),
        (more, TemplateError::Overfunded { expected, found: more }),
    ];
    for (value, error) in errors {
        let stake = Stake::new(template_terms(), place, value);
        assert_eq!(UnbondingTx::fixed(&stake), Err(error.clone()));
        assert_eq!(SlashingTx::fixed(&stake), Err(error));
    }
}

#[test]
fn no_mode_takes_the_transactions_of_the_other() {
    let (rule, fee) = (params().slashing().clone(), params().unbonding_fee());
    let delegation = template_delegation();
    let stake_ = delegation.staking().stake();
    let tx = delegation.unbonding().transaction().clone();
    assert_eq!(UnbondingTx::build(stake_, fee), Err(UnbondingError::Fixed));
    assert_eq!(UnbondingTx::judge(tx, stake_, fee), Err(UnbondingError::Fixed));
    let tx = delegation.slashing(Slashed::Stake).transaction().clone();
    assert_eq!(SlashingTx::build(stake_, &rule, SlashingVersion::Two), Err(SlashingError::Fixed));
    assert_eq!(SlashingTx::judge(tx, stake_, &rule), Err(SlashingError::Fixed));
    assert_eq!(UnbondingTx::fixed(&stake()), Err(TemplateError::Committee));
    assert_eq!(SlashingTx::fixed(&stake()), Err(TemplateError::Committee));
    assert_eq!(SlashingTx::fixed(&unbonding()), Err(TemplateError::Committee));
    assert!(template_terms().covenant().committee().is_none());
    assert_eq!(stake().terms().covenant().committee(), Some(&committee()));
}

#[test]
fn what_slashing_leaves_and_what_was_unbonded_can_be_withdrawn() {
    let delegation = template_delegation();
    let rate = bitcoin::FeeRate::from_sat_per_vb_u32(2);
    let slashing = delegation.slashing(Slashed::Unbonding);
    for withdrawn in [Withdrawable::from(delegation.unbonding()), slashing.into()] {
        let to = crate::fixture::wallet();
        assert!(WithdrawalTx::build(withdrawn, to, rate).is_ok());
    }
}

#[test]
fn a_value_too_small_to_unbond_or_slash_has_no_template() {
    let fee = params().unbonding_fee();
    for sats in [0, fee.to_sat(), fee.to_sat() + ANCHOR.to_sat()] {
        let value = Amount::from_sat(sats);
        let error = UnbondingError::Unaffordable { value, fee };
        assert_eq!(template(value), Err(error.into()));
    }
    let value = fee + ANCHOR + Amount::from_sat(329);
    assert!(matches!(template(value), Err(TemplateError::Unbonding(UnbondingError::Dust { .. }))));
    let value = fee + ANCHOR + Amount::from_sat(330);
    assert!(matches!(template(value), Err(TemplateError::Slashing(_))));
    assert!(matches!(template(Amount::MAX), Err(TemplateError::Unbonding(_))));
}

proptest! {
    #[test]
    fn every_template_spends_exactly_its_value(sats in 0..2_000_000_u64) {
        let value = Amount::from_sat(sats);
        let Ok(template) = template(value) else { return Ok(()) };
        let (rule, fee) = (params().slashing().clone(), params().unbonding_fee());
        prop_assert_eq!(template.unbonded() + ANCHOR + fee, value);
        for value in [value, template.unbonded()] {
            let outputs = template.slashing_outputs(value, any_taproot()).unwrap();
            prop_assert_eq!(outputs.iter().map(|output| output.value).sum::<Amount>() + rule.min_fee, value);
        }
    }
}
