use super::*;

const USUAL: Plan = Plan { preregister: true, wait: false };
const UNCONFIRMED: Place = Place::Unspent { deep: false };
const DEEP: Place = Place::Unspent { deep: true };

fn step(plan: Plan, status: Status, quorum: bool, place: Place) -> Step {
    next(plan, &Facts { status, quorum, place })
}

#[test]
fn the_coins_move_after_the_quorum() {
    let plan = Plan { wait: true, ..USUAL };
    assert_eq!(step(plan, Status::None, false, Place::Nowhere), Step::Register);
    assert_eq!(step(plan, Status::Pending, false, Place::Nowhere), Step::AwaitQuorum);
    assert_eq!(step(plan, Status::Verified, true, Place::Nowhere), Step::Broadcast);
    assert_eq!(step(plan, Status::Verified, true, UNCONFIRMED), Step::AwaitPower);
    assert_eq!(step(plan, Status::Verified, true, DEEP), Step::AwaitPower);
    assert_eq!(step(plan, Status::Active, true, DEEP), Step::Done);
}

#[test]
fn a_status_without_signatures_moves_no_coins() {
    for status in [Status::None, Status::Pending, Status::Verified, Status::Active] {
        assert_ne!(step(USUAL, status, false, Place::Nowhere), Step::Broadcast);
    }
}

#[test]
fn the_usual_course_ends_with_the_broadcast() {
    assert_eq!(step(USUAL, Status::Verified, true, UNCONFIRMED), Step::Done);
}

#[test]
fn without_preregistration_the_coins_move_first() {
    let plan = Plan { preregister: false, wait: true };
    assert_eq!(step(plan, Status::None, false, Place::Nowhere), Step::Broadcast);
    assert_eq!(step(plan, Status::None, false, UNCONFIRMED), Step::AwaitDepth);
    assert_eq!(step(plan, Status::None, false, DEEP), Step::Prove);
    assert_eq!(step(plan, Status::Pending, false, DEEP), Step::AwaitQuorum);
    assert_eq!(step(plan, Status::Active, true, DEEP), Step::Done);
}

#[test]
fn what_is_on_bitcoin_already_is_proven_whatever_was_planned() {
    assert_eq!(step(USUAL, Status::None, false, UNCONFIRMED), Step::AwaitDepth);
    assert_eq!(step(USUAL, Status::None, false, DEEP), Step::Prove);
}

#[test]
fn a_stake_that_has_left_needs_nothing() {
    for status in [Status::Unbonding, Status::Unbonded, Status::Expired, Status::Slashed] {
        for place in [Place::Nowhere, UNCONFIRMED, DEEP, Place::Spent] {
            assert_eq!(step(USUAL, status, true, place), Step::Done);
        }
    }
    for status in [Status::None, Status::Pending, Status::Verified] {
        assert_eq!(step(USUAL, status, false, Place::Spent), Step::Done);
    }
}
