//! Whole lives of stakes.

use ballast_bitcoin_staking::Approvals;

use super::*;

#[test]
fn a_stake_is_registered_approved_broadcast_and_proven() {
    let mut world = World::new();
    let staked = world.stake(STAKER, PROVIDER, VALUE);
    assert_eq!(world.status(staked.id), Is::None);
    world.register(&staked).unwrap();
    assert_eq!(world.status(staked.id), Is::Pending);
    world.approve(&staked, COVENANT[0]).unwrap();
    assert_eq!(world.status(staked.id), Is::Pending);
    world.approve(&staked, COVENANT[1]).unwrap();
    assert_eq!(world.status(staked.id), Is::Verified);
    let height = world.mine(&[&staked.facts.staking_tx]);
    world.mine_empty(2);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Verified, 0));
    world.prove(&staked, height).unwrap();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Active, VALUE));
    // one more member than the quorum is welcome
    world.approve(&staked, COVENANT[2]).unwrap();
    assert_eq!(world.power(PROVIDER), VALUE);
    // 200 blocks after its own less 10 of unbonding
    world.mine_empty(height + 200 - 10 - 1 - world.height() as usize);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Active, VALUE));
    world.mine_empty(1);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Expired, 0));
}

#[test]
fn a_stake_may_be_broadcast_first_and_registered_with_its_proof() {
    let mut world = World::new();
    let staked = world.stake(STAKER, PROVIDER, VALUE);
    let height = world.mine(&[&staked.facts.staking_tx]);
    world.mine_empty(2);
    let (block_hash, proof) = world.proof(height, 1);
    let registration = staked.registration.clone();
    let call = IStaking::registerAnchoredStakeCall { registration, blockHash: block_hash, proof };
    world.call(call.clone()).unwrap();
    assert_eq!(world.status(staked.id), Is::Pending);
    assert_eq!(world.call(call).map(|_| ()), revert(&IStaking::StakeKnown { stake: staked.id }));
    world.approve(&staked, COVENANT[2]).unwrap();
    assert_eq!(world.power(PROVIDER), 0);
    world.approve(&staked, COVENANT[0]).unwrap();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Active, VALUE));
}

#[test]
fn a_staker_asks_the_chain_first_and_then_leaves_on_bitcoin() {
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    let signature = staked.leave(STAKER).serialize().to_vec().into();
    let call = IStaking::unbondCall { stake: staked.id, signature };
    world.call(call.clone()).unwrap();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Unbonding, 0));
    assert_eq!(world.call(call).map(|_| ()), revert(&IStaking::Leaving { stake: staked.id }));
    let height = world.mine(&[&staked.unbonding(STAKER)]);
    world.prove_spend(&staked, height).unwrap();
    assert_eq!(world.call(IStaking::stakeOfCall { stake: staked.id }).unwrap().exit, Left::Unbonding);
    world.mine_empty(8);
    assert_eq!(world.status(staked.id), Is::Unbonding);
    world.mine_empty(1);
    assert_eq!(world.status(staked.id), Is::Unbonded);
}

#[test]
fn a_staker_leaves_on_bitcoin_first_and_one_block_is_enough() {
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    let height = world.mine(&[&staked.unbonding(STAKER)]);
    world.prove_spend(&staked, height).unwrap();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Unbonding, 0));
    let transaction = world.call(IStaking::stakeOfCall { stake: staked.id }).unwrap().spend;
    let known = world.call(IStaking::transactionsOfCall { stake: staked.id }).unwrap();
    assert_eq!(transaction, known.unbonding);
    let again = world.prove_spend(&staked, height);
    assert_eq!(again, revert(&IStaking::SpendKnown { transaction }));
    // the staker meant it: a reorganisation gives nothing back, and the spend can be proven in its new block
    world.reorganise(1, &[]);
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Unbonding, 0));
    let height = world.mine(&[&staked.unbonding(STAKER)]);
    world.prove_spend(&staked, height).unwrap();
}

#[test]
fn any_other_spend_ends_a_stake_too() {
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    let withdrawal = withdrawal(&staked);
    let height = world.mine(&[&withdrawal]);
    world.prove_spend(&staked, height).unwrap();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Unbonded, 0));
}

/// The staking output spent by its timelock leaf.
pub(super) fn withdrawal(staked: &Staked) -> bitcoin::Transaction {
    use ballast_bitcoin_staking::{Withdrawable, WithdrawalTx};
    use bitcoin::hashes::Hash;
    let stake = staked.delegation.staking().stake();
    let to = bitcoin::ScriptBuf::new_p2wpkh(&bitcoin::WPubkeyHash::all_zeros());
    let rate = bitcoin::FeeRate::from_sat_per_vb_u32(3);
    let withdrawal = WithdrawalTx::build(Withdrawable::from(stake), to, rate).unwrap();
    let sighash = withdrawal.sighash().to_byte_array();
    let signature = ballast_schnorr::bip340::sign(&secret(STAKER), &sighash, &[0; 32]);
    withdrawal.signed(&signature).unwrap()
}

#[test]
fn a_slashing_is_proven_back() {
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    let slashing =
        staked.quorum().slash(&staked.delegation, Slashed::Stake, &secret(PROVIDER), &[0; 32]).unwrap();
    let height = world.mine(&[&slashing]);
    world.prove_spend(&staked, height).unwrap();
    assert_eq!((world.status(staked.id), world.power(PROVIDER)), (Is::Slashed, 0));
}

#[test]
fn an_unbonded_output_is_slashed_after() {
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    let height = world.mine(&[&staked.unbonding(STAKER)]);
    world.prove_spend(&staked, height).unwrap();
    let slashing =
        staked.quorum().slash(&staked.delegation, Slashed::Unbonding, &secret(PROVIDER), &[0; 32]).unwrap();
    let height = world.mine(&[&slashing]);
    world.prove_spend(&staked, height).unwrap();
    assert_eq!(world.status(staked.id), Is::Slashed);
    let transaction =
        world.call(IStaking::transactionsOfCall { stake: staked.id }).unwrap().unbondingSlashing;
    assert_eq!(world.prove_spend(&staked, height), revert(&IStaking::SpendKnown { transaction }));
}

/// What a slasher needs is in the logs: it parses, is what state has the hashes of, and completes a slashing.
#[test]
fn a_slasher_finds_everything_in_the_logs() {
    use alloy_sol_types::SolEventInterface;
    use ballast_bitcoin_staking::Approval;
    use ballast_schnorr::AdaptorSignature;
    let mut world = World::new();
    let (staked, _) = world.active(STAKER, PROVIDER, VALUE);
    let mut approvals = Approvals::new();
    let mut registered = None;
    for (_, log) in
        world.storage.logs().iter().filter(|(to, _)| *to == ballast_types::SystemContract::Staking.address())
    {
        match IStaking::IStakingEvents::decode_raw_log(log.topics(), &log.data).unwrap() {
            IStaking::IStakingEvents::StakeRegistered(event) => registered = Some(event.registration),
            IStaking::IStakingEvents::Approved(event) => {
                let member = bitcoin::XOnlyPublicKey::from_slice(event.member.as_slice()).unwrap();
                let approval = Approval {
                    unbonding: bitcoin::secp256k1::schnorr::Signature::from_slice(&event.unbonding).unwrap(),
                    slashing: AdaptorSignature::from_slice(&event.slashing).unwrap(),
                    unbonding_slashing: AdaptorSignature::from_slice(&event.unbondingSlashing).unwrap(),
                };
                approvals.add(&staked.delegation, member, approval).unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(registered, Some(staked.registration.clone()));
    assert!(approvals.has_quorum(&staked.delegation));
    let provider = secret(PROVIDER);
    let slashing = approvals.slash(&staked.delegation, Slashed::Stake, &provider, &[0; 32]).unwrap();
    let known = world.call(IStaking::transactionsOfCall { stake: staked.id }).unwrap();
    assert_eq!(known.slashing.0, *bitcoin::hashes::Hash::as_byte_array(&slashing.compute_txid()));
}
