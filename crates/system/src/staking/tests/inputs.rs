//! Bad input, entry point by entry point.

use ballast_types::{DutyKind, SystemContract};
use bitcoin::consensus::serialize;

use super::*;
use crate::duty::{DutyKey, classify};

#[test]
fn a_bad_registration_is_refused_by_name() {
    use IStaking::Cause;
    let mut world = World::new();
    let good = world.stake(STAKER, PROVIDER, VALUE).registration;
    let mut refused = |change: &dyn Fn(&mut IStaking::Registration), error: CallError| {
        let mut registration = good.clone();
        change(&mut registration);
        assert_eq!(world.call(IStaking::registerStakeCall { registration }).map(|_| ()), Err(error));
    };
    let because = |cause| CallError::revert(&IStaking::BadDelegation { cause });
    refused(&|r| r.stakingTime = 199, because(Cause::StakingTime));
    refused(&|r| r.stakingTime = 0, because(Cause::Terms));
    refused(&|r| r.value += 1, because(Cause::Staking));
    refused(&|r| r.unbondingTx = r.slashingTx.clone(), because(Cause::Unbonding));
    refused(&|r| r.slashingTx = r.unbondingTx.clone(), because(Cause::Slashing));
    refused(&|r| r.unbondingSlashingTx = r.slashingTx.clone(), because(Cause::Slashing));
    let swapped = |r: &mut IStaking::Registration| r.slashingSignature = r.unbondingSlashingSignature.clone();
    refused(&swapped, because(Cause::StakerSignature));
    let malformed = CallError::revert(&IStaking::MalformedTransaction {});
    refused(&|r| r.stakingTx = vec![1, 2].into(), malformed.clone());
    refused(&|r| r.slashingTx = [r.slashingTx.as_ref(), &[0]].concat().into(), malformed);
    let malformed = CallError::revert(&IStaking::MalformedSignature {});
    refused(&|r| r.slashingSignature = vec![0; 65].into(), malformed);
    let provider = key_word(4);
    refused(&|r| r.provider = provider, CallError::revert(&IStaking::UnknownProvider { provider }));
    let key = key_word(STAKER);
    refused(&|r| r.owner = owner(9), CallError::revert(&IStaking::BadPossession { key }));
    let key = B256::repeat_byte(0xff);
    refused(&|r| r.staker = key, CallError::revert(&IStaking::BadKey { key }));
    refused(&|r| r.staker = key_word(PROVIDER), because(Cause::Terms));
}

#[test]
fn a_witness_has_no_place_in_a_registration() {
    let mut world = World::new();
    let mut staked = world.stake(STAKER, PROVIDER, VALUE);
    staked.facts.unbonding_tx.input[0].witness.push([1]);
    staked.registration.unbondingTx = serialize(&staked.facts.unbonding_tx).into();
    assert_eq!(world.register(&staked), revert(&IStaking::MalformedTransaction {}));
}

#[test]
fn a_stake_is_registered_once_and_not_too_small() {
    let mut world = World::new();
    let staked = world.stake(STAKER, PROVIDER, VALUE);
    world.register(&staked).unwrap();
    assert_eq!(world.register(&staked), revert(&IStaking::StakeKnown { stake: staked.id }));
}

#[test]
fn a_bad_approval_is_refused_by_name() {
    let mut world = World::new();
    let staked = world.stake(STAKER, PROVIDER, VALUE);
    let stake = staked.id;
    assert_eq!(world.approve(&staked, COVENANT[0]), revert(&IStaking::UnknownStake { stake }));
    world.register(&staked).unwrap();
    let good = staked.approval(COVENANT[0]);
    let mut refused = |change: &dyn Fn(&mut IStaking::approveCall), error: CallError| {
        let mut call = good.clone();
        change(&mut call);
        assert_eq!(world.call(call).map(|_| ()), Err(error));
    };
    let stranger = IStaking::NotMember { member: key_word(9) };
    refused(&|call| call.member = key_word(9), CallError::revert(&stranger));
    let wrong = |number| CallError::revert(&IStaking::BadApproval { member: key_word(number) });
    refused(&|call| call.member = key_word(COVENANT[1]), wrong(COVENANT[1]));
    refused(&|call| call.slashing = call.unbondingSlashing.clone(), wrong(COVENANT[0]));
    refused(&|call| call.unbondingSlashing = call.slashing.clone(), wrong(COVENANT[0]));
    refused(&|call| call.unbonding = vec![1; 64].into(), wrong(COVENANT[0]));
    let malformed = CallError::revert(&IStaking::MalformedSignature {});
    refused(&|call| call.unbonding = vec![1; 65].into(), malformed.clone());
    refused(&|call| call.slashing = vec![2; 64].into(), malformed.clone());
    // the old form of an adaptor signature would be a second encoding
    let old = |call: &mut IStaking::approveCall| {
        let signature = ballast_schnorr::AdaptorSignature::from_slice(&call.slashing).unwrap();
        call.slashing = signature.to_old_bytes().to_vec().into();
    };
    refused(&old, malformed);
    world.call(good.clone()).unwrap();
    let again = IStaking::AlreadyApproved { member: key_word(COVENANT[0]) };
    assert_eq!(world.call(good).map(|_| ()), revert(&again));
}

#[test]
fn a_bad_proof_is_refused_by_name() {
    let mut world = World::new();
    world.mine_empty(1);
    let (early, staked) = (world.stake(5, PROVIDER, VALUE), world.stake(STAKER, PROVIDER, VALUE));
    let before = world.mine(&[&early.facts.staking_tx]);
    world.mine_empty(1);
    world.register(&early).unwrap();
    world.register(&staked).unwrap();
    let height = world.mine(&[&staked.facts.staking_tx]);
    let too_early = IStaking::TooEarly { expected: 3, found: 2 };
    assert_eq!(world.prove(&early, before), revert(&too_early));
    for found in 1..3 {
        assert_eq!(world.prove(&staked, height), revert(&IStaking::TooShallow { expected: 3, found }));
        world.mine_empty(1);
    }
    let other = IStaking::WrongTransaction { expected: early.id, found: staked.id };
    assert_eq!(world.prove(&early, height), revert(&other));
    let stake = B256::ZERO;
    let unknown = Staked { id: stake, ..world.stake(6, PROVIDER, VALUE) };
    assert_eq!(world.prove(&unknown, height), revert(&IStaking::UnknownStake { stake }));
    world.mine_empty(height + 190 - world.height() as usize);
    let late = IStaking::TooLate { end: height as u32 + 190, tip: height as u32 + 190 };
    assert_eq!(world.prove(&staked, height), revert(&late));
}

#[test]
fn a_bad_signature_to_leave_is_refused_by_name() {
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    let mut unbond = |stake, signature: Vec<u8>| {
        world.call(IStaking::unbondCall { stake, signature: signature.into() }).map(|_| ())
    };
    let staker = key_word(STAKER);
    let foreign = staked.leave(7).serialize().to_vec();
    assert_eq!(unbond(staked.id, foreign.clone()), revert(&IStaking::BadStakerSignature { staker }));
    assert_eq!(unbond(staked.id, vec![0; 63]), revert(&IStaking::MalformedSignature {}));
    assert_eq!(unbond(B256::ZERO, foreign), revert(&IStaking::UnknownStake { stake: B256::ZERO }));
    assert_eq!(world.power(PROVIDER), VALUE);
}

#[test]
fn a_bad_spend_is_refused_by_name() {
    let mut world = World::new();
    let (staked, height) = world.active(STAKER, PROVIDER, VALUE);
    let transaction = staked.id;
    assert_eq!(world.prove_spend(&staked, height), revert(&IStaking::NotASpend { transaction }));
    let unbonding = staked.unbonding(STAKER);
    let mined = world.mine(&[&unbonding]);
    let good = world.spend(&staked, mined);
    let mut refused = |change: &dyn Fn(&mut IStaking::proveSpendCall), error: CallError| {
        let mut call = good.clone();
        change(&mut call);
        assert_eq!(world.call(call).map(|_| ()), Err(error));
    };
    let (expected, found) = (U256::ONE, U256::ZERO);
    refused(&|call| call.prevouts.clear(), CallError::revert(&IStaking::PrevoutCount { expected, found }));
    let malformed = CallError::revert(&IStaking::MalformedTransaction {});
    refused(&|call| call.prevouts = vec![vec![1].into()], malformed);
    let unknown = CallError::revert(&IStaking::UnknownStake { stake: B256::ZERO });
    refused(&|call| call.stake = B256::ZERO, unknown);
    // an inclusion proof says nothing about the witness, so it is checked
    let witness = |spoil: &dyn Fn(&mut Vec<Vec<u8>>)| -> alloy_primitives::Bytes {
        let mut spoilt = unbonding.clone();
        let mut elements = spoilt.input[0].witness.to_vec();
        spoil(&mut elements);
        spoilt.input[0].witness = bitcoin::Witness::from_slice(&elements);
        serialize(&spoilt).into()
    };
    let unsigned = witness(&|elements| {
        let at = elements.len() - 3;
        elements[at] = vec![1; 64];
    });
    let staker = CallError::revert(&IStaking::BadStakerSignature { staker: key_word(STAKER) });
    refused(&|call| call.transaction = unsigned.clone(), staker.clone());
    // the annex is signed too
    let annexed = witness(&|elements| elements.push(vec![0x50, 1]));
    refused(&|call| call.transaction = annexed.clone(), staker);
    let transaction = B256::from(*bitcoin::hashes::Hash::as_byte_array(&unbonding.compute_txid()));
    let no_spend = CallError::revert(&IStaking::NotASpend { transaction });
    let other_leaf = witness(&|elements| {
        let at = elements.len() - 2;
        elements[at] = vec![0x51];
    });
    refused(&|call| call.transaction = other_leaf.clone(), no_spend.clone());
    let bare = witness(&|elements| elements.clear());
    refused(&|call| call.transaction = bare.clone(), no_spend);
    assert_eq!(world.power(PROVIDER), VALUE);
    world.call(good).unwrap();
}

#[test]
fn duties_are_keyed_by_what_they_prove() {
    let mut world = World::new();
    let (staked, height) = world.active(STAKER, PROVIDER, VALUE);
    let to = SystemContract::Staking.address();
    let key = |input: Vec<u8>| classify(to, &input);
    let proofs = |fact| Ok(DutyKey { kind: DutyKind::Proofs, fact, signer: None });
    let (block_hash, proof) = world.proof(height, 1);
    let registration = staked.registration.clone();
    let call = IStaking::registerAnchoredStakeCall {
        registration: registration.clone(),
        blockHash: block_hash,
        proof,
    };
    assert_eq!(key(call.abi_encode()), proofs(staked.id));
    let signed = DutyKey { kind: DutyKind::Signatures, fact: staked.id, signer: Some(key_word(COVENANT[2])) };
    assert_eq!(key(staked.approval(COVENANT[2]).abi_encode()), Ok(signed));
    let mined = world.mine(&[&staked.unbonding(STAKER)]);
    let spend = world.spend(&staked, mined);
    let txid = world.call(IStaking::transactionsOfCall { stake: staked.id }).unwrap().unbonding;
    assert_eq!(key(spend.abi_encode()), proofs(txid));
    // what costs nothing to make up pays gas
    assert!(key(IStaking::registerStakeCall { registration }.abi_encode()).is_err());
}
