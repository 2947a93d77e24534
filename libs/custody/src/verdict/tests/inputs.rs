//! What a custodian's own node says about the inputs.

use super::*;
use crate::intent::cancel;

fn with(change: impl FnOnce(&mut View)) -> Refusal {
    let mut view = View::of(paying());
    change(&mut view);
    view.judge().unwrap_err()
}

#[test]
fn an_unknown_or_spent_input_is_refused() {
    let refusal = with(|view| drop(view.seen.remove(&outpoint(2))));
    assert_eq!(refusal, InputRefusal::Missing { outpoint: outpoint(2) }.into());
    assert_eq!(refusal.name(), "input_missing");
}

#[test]
fn an_input_under_another_script_is_not_ours() {
    let found = treasury(x_only(9)).script_pubkey();
    let refusal = with(|view| {
        let seen = view.seen.get_mut(&outpoint(2)).unwrap();
        seen.output.script_pubkey = found.clone();
    });
    let expected = deposit(1, false).script_pubkey(x_only(7));
    assert_eq!(refusal, InputRefusal::NotOurs { outpoint: outpoint(2), expected, found }.into());
    assert_eq!(refusal.name(), "input_not_ours");
}

#[test]
fn a_wrong_value_is_refused() {
    let refusal = with(|view| view.seen.get_mut(&outpoint(1)).unwrap().output.value = sat(200_001));
    let (expected, found) = (sat(200_000), sat(200_001));
    assert_eq!(refusal, InputRefusal::Value { outpoint: outpoint(1), expected, found }.into());
    assert_eq!(refusal.name(), "input_value_differs");
}

#[test]
fn a_shallow_input_is_refused_by_the_custodians_own_depth() {
    let refusal = with(|view| view.policy.depth = 11);
    assert_eq!(refusal, InputRefusal::NotDeep { outpoint: outpoint(1), needed: 11, found: 10 }.into());
    assert_eq!(refusal.name(), "input_not_deep");
}

#[test]
fn an_input_of_another_live_intent_is_refused() {
    let refusal = with(|view| view.reserved = BTreeSet::from([outpoint(2)]));
    assert_eq!(refusal, InputRefusal::Reserved { outpoint: outpoint(2) }.into());
    assert_eq!(refusal.name(), "input_reserved");
}

#[test]
fn a_refundable_deposit_is_swept_in_time_or_not_at_all() {
    let age = |view: &mut View, confirmations| {
        view.seen.get_mut(&outpoint(3)).unwrap().confirmations = confirmations;
    };
    let mut view = View::of(sweeping());
    age(&mut view, 50);
    view.judge().unwrap();
    age(&mut view, 51);
    let refusal = InputRefusal::Refundable { outpoint: outpoint(3), last: 50, confirmations: 51 };
    assert_eq!(view.judge(), Err(refusal.into()));
    assert_eq!(view.refusal(), "input_refundable");

    let mut bumped = View::of(sweeping().bump(FeeRate::from_sat_per_vb_u32(20)).unwrap());
    age(&mut bumped, 51);
    bumped.judge().unwrap();

    let cancel = cancel::derive(&sweeping(), FeeRate::ZERO, sat(5_000), &RULES).unwrap();
    let mut cancel = View::of(cancel);
    age(&mut cancel, 51);
    cancel.judge().unwrap();
}

#[test]
fn a_refundable_deposit_pays_nobody() {
    let inputs = vec![treasury_coin(1, 200_000), coin(3, 150_000, Lock::Deposit(deposit(1, true)))];
    let parts = Parts { inputs, ..paying().parts().clone() };
    let view = View::of(Intent::build(parts).unwrap());
    assert_eq!(view.refusal(), "input_refundable");
}
