//! A custodian signs nothing but what its own judge gave, whoever asks.

use alloy_primitives::Bytes;
use bitcoin::{
    Amount, OutPoint, ScriptBuf, Transaction,
    consensus::{deserialize, serialize},
};

use super::world::*;
use crate::custodian::{
    config::PolicyConfig,
    question::{Commit, Sign, attempt},
    signer::MOST_OPEN,
};

/// What custodian 1 calls its refusal of a question by custodian 3.
fn refusal(world: &World, question: &Commit) -> &'static str {
    world.responder(1).commit(&asked(question.clone(), 3)).unwrap_err().name()
}

fn changed(question: &Commit, change: impl FnOnce(&mut Transaction)) -> Commit {
    let mut transaction: Transaction = deserialize(&question.transaction).unwrap();
    change(&mut transaction);
    Commit { transaction: serialize(&transaction).into(), ..question.clone() }
}

#[test]
fn a_changed_transaction_is_refused_by_name() {
    let (world, intent) = World::with_intent();
    let good = world.commit_question(&intent, 3);
    world.responder(1).commit(&asked(good.clone(), 3)).unwrap();
    let thief = ScriptBuf::from_bytes(vec![0x51]);
    let elsewhere = changed(&good, |transaction| transaction.output[0].script_pubkey = thief.clone());
    assert_eq!(refusal(&world, &elsewhere), "output_changed");
    let more = changed(&good, |transaction| transaction.output[1].value -= Amount::ONE_SAT);
    assert_eq!(refusal(&world, &more), "output_changed");
    let other_coin = changed(&good, |transaction| transaction.input[0].previous_output = OutPoint::null());
    assert_eq!(refusal(&world, &other_coin), "input_changed");
    let extra = changed(&good, |transaction| transaction.output.push(transaction.output[0].clone()));
    assert_eq!(refusal(&world, &extra), "output_count_changed");
    let locked = changed(&good, |transaction| transaction.version = bitcoin::transaction::Version::TWO);
    assert_eq!(refusal(&world, &locked), "version_changed");
    let garbage = Commit { transaction: Bytes::from_static(&[1, 2, 3]), ..good.clone() };
    assert_eq!(refusal(&world, &garbage), "malformed");
}

#[test]
fn an_intent_that_the_finalised_chain_does_not_have_is_refused() {
    let (mut world, intent) = World::with_intent();
    world.run(1, &[1, 3]);
    let good = world.commit_question(&intent, 3);
    assert_eq!(refusal(&world, &Commit { intent: 2, ..good.clone() }), "not_live");
    assert_eq!(refusal(&world, &Commit { rung: 1, ..good.clone() }), "other_rung");
    world.run(10, &[1, 2, 3]);
    world.settle();
    assert_eq!(refusal(&world, &good), "not_live");
}

#[test]
fn only_custodians_may_ask_and_each_only_for_itself() {
    let (world, intent) = World::with_intent();
    let good = world.commit_question(&intent, 3);
    let denied = |question: Commit, by| world.responder(1).commit(&asked(question, by)).unwrap_err().name();
    assert_eq!(denied(good.clone(), 2), "not_asked");
    assert_eq!(denied(good.clone(), 9), "not_asked");
    assert_eq!(denied(Commit { attempt: 0, ..good.clone() }, 3), "not_asked");
    assert_eq!(denied(Commit { attempt: attempt(member(4), 0), ..good.clone() }, 4), "not_asked");
    let mut tampered = asked(good, 3);
    tampered.0.attempt += 1;
    assert_eq!(world.responder(1).commit(&tampered).unwrap_err().name(), "not_asked");
}

#[test]
fn a_custodians_own_limits_and_its_own_bitcoind_come_first() {
    let (mut world, intent) = World::with_intent();
    let good = world.commit_question(&intent, 3);
    let with = |policy: PolicyConfig| policy.policy();
    for (policy, name) in [
        (PolicyConfig { payout_sat: AMOUNT - 1, ..PolicyConfig::default() }, "payout_over_cap"),
        (PolicyConfig { depth: 100, ..PolicyConfig::default() }, "input_not_deep"),
        (PolicyConfig { fee_sat: 1, ..PolicyConfig::default() }, "fee_too_high"),
    ] {
        world.limit(1, with(policy));
        assert_eq!(refusal(&world, &good), "no_share", "it has just started");
        world.tick(1);
        assert_eq!(refusal(&world, &good), name);
    }
    world.limit(1, with(PolicyConfig::default()));
    world.tick(1);
    // its bitcoind has another best chain, without the deposit
    world.bitcoin.bitcoin.state().headers.truncate(1);
    assert_eq!(refusal(&world, &good), "input_missing");
}

#[test]
fn shares_are_given_once_for_commitments_of_ones_own() {
    let (world, intent) = World::with_intent();
    let commit = world.commit_question(&intent, 3);
    let Commit { intent: number, rung, attempt, .. } = commit;
    let one = world.responder(1).commit(&asked(commit.clone(), 3)).unwrap();
    let three = world.responder(3).commit(&asked(commit.clone(), 3)).unwrap();
    let sign = |commitments: [(u16, &crate::custodian::question::Said); 2]| {
        let commitments = commitments.map(|(member, said)| (member, said.clone())).into();
        asked(Sign { intent: number, rung, attempt, commitments }, 3)
    };
    let name = |asked: &_| world.responder(1).sign(asked).unwrap_err().name();
    // somebody else's commitments under the wrong name
    assert_eq!(name(&sign([(1, &one), (2, &three)])), "forged_commitments");
    assert_eq!(name(&sign([(1, &three), (3, &three)])), "forged_commitments");
    assert_eq!(world.responder(1).commit(&asked(commit.clone(), 3)).unwrap().payload, one.payload);

    let good = sign([(1, &one), (3, &three)]);
    world.responder(1).sign(&good).unwrap();
    assert_eq!(name(&good), "not_committed", "its nonces are gone");
    let again = world.responder(1).commit(&asked(commit, 3)).unwrap();
    assert_ne!(again.payload, one.payload);
    assert_eq!(name(&good), "not_committed", "it has committed to other nonces");
}

#[test]
fn a_coordinator_has_few_open_sessions_and_does_not_close_those_of_others() {
    let (world, intent) = World::with_intent();
    let first = world.commit_question(&intent, 2);
    let kept = world.responder(1).commit(&asked(first.clone(), 2)).unwrap();
    let question = world.commit_question(&intent, 3);
    let mut payloads = Vec::new();
    for count in 0..=MOST_OPEN as u16 {
        let question = Commit { attempt: attempt(member(3), count), ..question.clone() };
        payloads.push(world.responder(1).commit(&asked(question, 3)).unwrap().payload);
    }
    let again = |coordinator: u16, count: u16, question: &Commit| {
        let question = Commit { attempt: attempt(member(coordinator), count), ..question.clone() };
        world.responder(1).commit(&asked(question, coordinator)).unwrap().payload
    };
    assert_eq!(again(2, 0, &first), kept.payload);
    assert_eq!(again(3, MOST_OPEN as u16, &question), payloads[MOST_OPEN]);
    assert_ne!(again(3, 0, &question), payloads[0], "the oldest was forgotten");
}
