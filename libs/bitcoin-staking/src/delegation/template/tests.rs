use bitcoin::{OutPoint, Witness};

use super::*;
use crate::delegation::DelegationError;
use crate::fixture::{
    NO_AUX, PROVIDER, STAKER, STRANGER, VALUE, bip119, key, params, secret, stake, template_delegation,
    template_facts, template_terms,
};
use crate::terms::TermsError;
use crate::witness::staker_signature;

const BOTH: [Slashed; 2] = [Slashed::Stake, Slashed::Unbonding];

fn spoiled(spoil: impl FnOnce(&mut TemplateFacts)) -> TemplateDelegationError {
    let mut facts = template_facts(VALUE);
    spoil(&mut facts);
    judge_template(&facts, bip119(), &params()).unwrap_err()
}

fn sign(signer: u8, tx: &SlashingTx) -> Signature {
    bip340::sign(&secret(signer), tx.sighash().as_byte_array(), &NO_AUX)
}

#[test]
fn an_underfunded_and_an_overfunded_output_are_refused() {
    let expected = VALUE;
    let found = VALUE - Amount::ONE_SAT;
    let under = judge_template(&template_facts(found), bip119(), &params()).unwrap_err();
    assert_eq!(under, TemplateError::Underfunded { expected, found }.into());
    let found = VALUE + Amount::ONE_SAT;
    let over = judge_template(&template_facts(found), bip119(), &params()).unwrap_err();
    assert_eq!(over, TemplateError::Overfunded { expected, found }.into());
}

#[test]
fn each_bad_declaration_has_its_own_error() {
    let (min, max) = (params().min_staking_value(), params().max_staking_value());
    let found = min - Amount::ONE_SAT;
    let error = spoiled(|facts| facts.staking_value = found);
    assert_eq!(error, DelegationError::StakingValue { min, max, found }.into());
    let error = spoiled(|facts| facts.staking_time = 0);
    assert_eq!(error, DelegationError::from(TermsError::Timelock { found: 0 }).into());
    let error = spoiled(|facts| facts.provider = key(STAKER));
    assert_eq!(error, DelegationError::from(TermsError::DuplicateKey { key: key(STAKER) }).into());
    let is_absent = |error| matches!(error, TemplateDelegationError::Delegation(DelegationError::Staking(_)));
    // The script depends on staker, provider, time and value: of another one there is no output.
    assert!(is_absent(spoiled(|facts| facts.staker = key(STRANGER))));
    assert!(is_absent(spoiled(|facts| facts.provider = key(STRANGER))));
    assert!(is_absent(spoiled(|facts| facts.staking_time += 1)));
    assert!(is_absent(spoiled(|facts| facts.staking_value -= Amount::ONE_SAT)));
    assert!(is_absent(spoiled(|facts| facts.staking_tx.output.push(facts.staking_tx.output[0].clone()))));
}

#[test]
fn a_signature_that_would_not_open_is_refused() {
    for slashed in BOTH {
        let error = spoiled(|facts| match slashed {
            Slashed::Stake => facts.locks.stake = facts.locks.unbonding,
            Slashed::Unbonding => facts.locks.unbonding = facts.locks.stake,
        });
        assert_eq!(error, TemplateDelegationError::Lock { slashed });
        let tx = template_delegation().slashing(slashed).clone();
        let lock = |signer, to| {
            let to = EncryptionKey::new(&key(to));
            AdaptorSignature::sign(&secret(signer), &to, tx.sighash().as_byte_array(), &NO_AUX).unwrap()
        };
        for bad in [lock(STAKER, STRANGER), lock(STRANGER, PROVIDER)] {
            let error = spoiled(|facts| match slashed {
                Slashed::Stake => facts.locks.stake = bad,
                Slashed::Unbonding => facts.locks.unbonding = bad,
            });
            assert_eq!(error, TemplateDelegationError::Lock { slashed });
        }
    }
    // Of the same stake at another place.
    let elsewhere = Stake::new(template_terms(), OutPoint::null(), VALUE);
    let locks = TemplateLocks::sign(&elsewhere, &secret(STAKER), &NO_AUX).unwrap();
    let error = spoiled(|facts| facts.locks = locks);
    assert_eq!(error, TemplateDelegationError::Lock { slashed: Slashed::Stake });
}

#[test]
fn a_staker_signs_only_for_a_template() {
    let refused = TemplateLocks::sign(&stake(), &secret(STAKER), &NO_AUX);
    assert_eq!(refused, Err(TemplateError::Committee.into()));
}

#[test]
fn a_leaked_key_slashes_both_outputs() {
    let delegation = template_delegation();
    for slashed in BOTH {
        let tx = delegation.slash(slashed, &secret(PROVIDER), &NO_AUX).unwrap();
        assert_eq!(tx.compute_txid(), delegation.slashing(slashed).transaction().compute_txid());
        let witness = &tx.input[0].witness;
        assert_eq!(witness.len(), 4);
        assert_eq!(witness.nth(0).unwrap(), sign(PROVIDER, delegation.slashing(slashed)).serialize());
    }
    let stranger = delegation.slash(Slashed::Stake, &secret(STRANGER), &NO_AUX);
    assert_eq!(stranger, Err(TemplateDelegationError::WrongProvider { found: key(STRANGER) }));
}

#[test]
fn a_provider_who_slashes_one_victim_leaks_its_key() {
    let delegation = template_delegation();
    for slashed in BOTH {
        // Nothing but a plain signature of its own, and the victim's registered one, opened.
        let tx = delegation.slashing(slashed);
        let opened = template_facts(VALUE).locks.of(slashed).decrypt(&DecryptionKey::new(&secret(PROVIDER)));
        let own = (key(PROVIDER), &sign(PROVIDER, tx));
        let published = tx.signed(&opened.unwrap(), own, &CovenantSignatures::new()).unwrap();
        let leaked = delegation.leaked_key(&published).unwrap();
        assert_eq!(leaked.x_only(), key(PROVIDER));
        // Which is all that anybody needs to slash the next one.
        assert!(delegation.slash(Slashed::Stake, &leaked, &NO_AUX).is_ok());
    }
}

#[test]
fn nothing_leaks_where_the_staker_signed_plainly() {
    let delegation = template_delegation();
    let tx = delegation.slashing(Slashed::Stake);
    let own = (key(PROVIDER), &sign(PROVIDER, tx));
    let plain = tx.signed(&sign(STAKER, tx), own, &CovenantSignatures::new()).unwrap();
    assert!(staker_signature(&plain.input[0].witness).is_some());
    for silent in [&plain, tx.transaction(), delegation.staking().transaction()] {
        let found = delegation.leaked_key(silent).map(|key| key.x_only());
        assert_eq!(found, Err(TemplateDelegationError::NoLeak));
    }
}

#[test]
fn the_staker_alone_unbonds_and_nobody_else() {
    let delegation = template_delegation();
    let sighash = delegation.unbonding().sighash();
    let signed = |signer| bip340::sign(&secret(signer), sighash.as_byte_array(), &NO_AUX);
    let tx = delegation.unbond(&signed(STAKER)).unwrap();
    assert_eq!(tx.input[0].witness.len(), 3);
    let refused = WitnessError::Signature { key: key(STAKER) };
    assert_eq!(delegation.unbond(&signed(PROVIDER)), Err(refused.into()));
    // A committee that does not exist does not sign.
    let unbonding = delegation.unbonding();
    let strangers = CovenantSignatures::from([(key(STRANGER), signed(STRANGER))]);
    let refused = WitnessError::NotMember { key: key(STRANGER) };
    assert_eq!(unbonding.signed(&signed(STAKER), &strangers), Err(refused));
    assert_ne!(tx.input[0].witness, Witness::new());
}
