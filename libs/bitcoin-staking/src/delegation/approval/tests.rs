use super::*;
use crate::fixture::{COVENANT, NO_AUX, PROVIDER, STAKER, STRANGER, VALUE, facts, key, params, secret};

fn delegation() -> Delegation {
    judge(&facts(VALUE), &params()).unwrap()
}

fn approval(member: u8) -> Approval {
    covenant_sign(&facts(VALUE), &params(), &Approvals::new(), &secret(member), &NO_AUX).unwrap()
}

fn approvals(members: &[u8]) -> Approvals {
    let mut approvals = Approvals::new();
    for member in members {
        approvals.add(&delegation(), key(*member), approval(*member)).unwrap();
    }
    approvals
}

fn staker_signature() -> Signature {
    let delegation = delegation();
    bip340::sign(&secret(STAKER), delegation.unbonding().sighash().as_byte_array(), &NO_AUX)
}

#[test]
fn a_member_signs_only_what_it_judged_itself() {
    let spoiled = Facts { staking_time: 199, ..facts(VALUE) };
    let refused = covenant_sign(&spoiled, &params(), &Approvals::new(), &secret(COVENANT[0]), &NO_AUX);
    assert!(matches!(refused, Err(ApprovalError::Delegation(DelegationError::StakingTime { .. }))));
}

#[test]
fn only_members_sign_once_and_only_until_the_quorum() {
    let [first, second, third] = COVENANT;
    let sign = |others: &[u8], member| {
        covenant_sign(&facts(VALUE), &params(), &approvals(others), &secret(member), &NO_AUX)
    };
    assert_eq!(sign(&[], STRANGER), Err(ApprovalError::NotMember { key: key(STRANGER) }));
    assert_eq!(sign(&[first], first), Err(ApprovalError::AlreadySigned { key: key(first) }));
    assert_eq!(sign(&[first], second), Ok(approval(second)));
    assert_eq!(sign(&[first, second], third), Err(ApprovalError::QuorumReached { found: 2 }));
}

#[test]
fn only_true_signatures_of_members_are_gathered() {
    let [first, second, third] = COVENANT;
    let (mut gathered, delegation) = (approvals(&[first]), delegation());
    let mut add = |member, approval| gathered.add(&delegation, key(member), approval);
    assert_eq!(add(STRANGER, approval(second)), Err(ApprovalError::NotMember { key: key(STRANGER) }));
    assert_eq!(add(first, approval(first)), Err(ApprovalError::AlreadySigned { key: key(first) }));
    let (good, other, key_) = (approval(second), approval(third), key(second));
    let forged = Approval { unbonding: other.unbonding, ..good };
    assert_eq!(add(second, forged), Err(ApprovalError::UnbondingSignature { key: key_ }));
    let forged = Approval { slashing: good.unbonding_slashing, ..good };
    let slashed = Slashed::Stake;
    assert_eq!(add(second, forged), Err(ApprovalError::SlashingSignature { key: key_, slashed }));
    let forged = Approval { unbonding_slashing: good.slashing, ..good };
    let slashed = Slashed::Unbonding;
    assert_eq!(add(second, forged), Err(ApprovalError::SlashingSignature { key: key_, slashed }));
    assert_eq!(add(second, good), Ok(()));
    assert_eq!(add(third, other), Ok(()), "one beyond the quorum");
    assert!(gathered.has_quorum(&delegation) && gathered.iter().count() == 3);
}

#[test]
fn unbonding_takes_a_quorum_and_the_staker() {
    let delegation = delegation();
    let unbond = |members: &[u8]| approvals(members).unbond(&delegation, &staker_signature());
    let too_few = WitnessError::Quorum { expected: 2, found: 1 };
    assert_eq!(unbond(&COVENANT[..1]), Err(ApprovalError::Witness(too_few)));
    for members in [&COVENANT[..2], &COVENANT[1..], &COVENANT[..]] {
        let tx = unbond(members).unwrap();
        assert_eq!(tx.input[0].witness.len(), 6);
        assert_eq!(tx.compute_txid(), delegation.unbonding().transaction().compute_txid());
    }
}

#[test]
fn slashing_takes_a_quorum_and_the_providers_secret() {
    let delegation = delegation();
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let slash = |members: &[u8], secret_of| {
            approvals(members).slash(&delegation, slashed, &secret(secret_of), &NO_AUX)
        };
        let refused = slash(&COVENANT, STRANGER);
        assert_eq!(refused, Err(ApprovalError::WrongProvider { found: key(STRANGER) }));
        let too_few = WitnessError::Quorum { expected: 2, found: 1 };
        assert_eq!(slash(&COVENANT[2..], PROVIDER), Err(ApprovalError::Witness(too_few)));
        let tx = slash(&COVENANT, PROVIDER).unwrap();
        assert_eq!(tx.input[0].witness.len(), 7);
        assert_eq!(tx.compute_txid(), delegation.slashing(slashed).transaction().compute_txid());
    }
}

#[test]
fn a_confirmed_slashing_gives_the_providers_key_away() {
    let (delegation, approvals) = (delegation(), approvals(&COVENANT));
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let tx = approvals.slash(&delegation, slashed, &secret(PROVIDER), &NO_AUX).unwrap();
        assert_eq!(approvals.leaked_key(&delegation, &tx).unwrap().x_only(), key(PROVIDER));
    }
    let unbonded = approvals.unbond(&delegation, &staker_signature()).unwrap();
    assert_eq!(approvals.leaked_key(&delegation, &unbonded).err(), Some(ApprovalError::NoLeak));
}
