//! A stake of 2 of 3 custodians from its coin to its end; Bitcoin Core's interpreter is the judge.

use ballast_bitcoin_staking::Approvals;
use ballast_schnorr::{SigningKey, eots, nonce};
use bitcoin::Transaction;

use super::*;
use crate::Session;
use crate::intent::Child;
use crate::testing::stake::{NO_AUX, PROVIDER, approvals};
use crate::testing::{CHAIN, signatures, signing_key, treasury};
use crate::unsigned::Unsigned;

/// All that custodians sign of an unsigned transaction, in a session of its own.
fn completed(keys: &Keys, unsigned: &Unsigned) -> Transaction {
    let session = Session::new(CHAIN, &keys.group, 0, unsigned.digests()).unwrap();
    unsigned.complete(&signatures(keys, &session, &[2, 3], 6)).unwrap()
}

/// The stake on Bitcoin, with all that was signed before it.
fn staked(keys: &Keys) -> (Presigned, Approvals) {
    let presigned = presigned(keys);
    let approvals = approvals(&presigned);
    assert!(approvals.has_quorum(presigned.delegation()));
    let unsigned = presigned.intent().unsigned();
    let staking = completed(keys, &unsigned);
    assert!(accepts(&staking, unsigned.spent()));
    assert_eq!(staking.compute_txid(), presigned.intent().stake().outpoint().txid);
    (presigned, approvals)
}

/// Two votes of the provider at one height with one nonce.
fn leaked() -> SigningKey {
    let provider = signing_key(PROVIDER);
    let (first, second): (&[u8], &[u8]) = (b"one block", b"another block");
    let nonce = || nonce::derive(&provider, b"ballast-840099", 7);
    let (randomness, key) = (nonce().public(), provider.x_only());
    let one = eots::sign(&provider, nonce(), first).unwrap();
    let other = eots::sign(&provider, nonce(), second).unwrap();
    eots::extract(&key, &randomness, first, &one, second, &other).unwrap()
}

#[test]
fn a_stake_runs_its_time_and_comes_home_without_custody() {
    let keys = custody();
    let (presigned, _) = staked(&keys);
    let published = presigned.to_bytes();
    let presigning = presigned.presigning().clone();
    drop((keys, presigned));

    let anybody = Presigned::from_bytes(presigning, &published).unwrap();
    let tx = anybody.withdrawal(Withdrawn::Stake);
    assert!(accepts(&tx, &[spent(&anybody, Withdrawn::Stake)]));
    let group = anybody.intent().group();
    assert_eq!(tx.output[0].script_pubkey, treasury(group).script_pubkey());
}

#[test]
fn custody_unbonds_and_anybody_brings_it_home() {
    let keys = custody();
    let (presigned, approvals) = staked(&keys);
    let session = Session::new(CHAIN, &keys.group, 0, vec![presigned.unbonding_digest()]).unwrap();
    let signature = signatures(&keys, &session, &[1, 2], 7)[0];
    let tx = approvals.unbond(presigned.delegation(), &signature).unwrap();
    assert!(accepts(&tx, &[presigned.intent().stake().output()]));

    let home = presigned.withdrawal(Withdrawn::Unbonding);
    assert_eq!(home.input[0].previous_output.txid, tx.compute_txid());
    assert!(accepts(&home, &tx.output));
}

#[test]
fn nothing_that_is_published_unbonds() {
    let (presigned, approvals) = staked(&custody());
    for bytes in presigned.to_bytes().chunks_exact(64) {
        let signature = Signature::from_slice(bytes).unwrap();
        approvals.unbond(presigned.delegation(), &signature).unwrap_err();
    }
}

#[test]
fn a_double_sign_slashes_and_the_rest_comes_home() {
    let (presigned, approvals) = staked(&custody());
    let (delegation, provider) = (presigned.delegation(), leaked());
    for slashed in [Slashed::Stake, Slashed::Unbonding] {
        let tx = approvals.slash(delegation, slashed, &provider, &NO_AUX).unwrap();
        let output = delegation.slashing(slashed).spend().output().clone();
        assert!(accepts(&tx, &[output]));
        assert_eq!(approvals.leaked_key(delegation, &tx).unwrap().x_only(), x_only(PROVIDER));

        let home = presigned.withdrawal(Withdrawn::Change(slashed));
        assert_eq!(home.input[0].previous_output.txid, tx.compute_txid());
        assert!(accepts(&home, &tx.output[1..]));
    }
}

#[test]
fn a_stuck_stake_is_pulled_up_twice() {
    let keys = custody();
    let (presigned, _) = staked(&keys);
    let first = Child::of(presigned.intent(), FeeRate::from_sat_per_vb_u32(20)).unwrap();
    let second = first.bump(FeeRate::from_sat_per_vb_u32(40)).unwrap();
    for child in [first, second] {
        let unsigned = child.unsigned();
        let tx = completed(&keys, &unsigned);
        assert!(accepts(&tx, unsigned.spent()));
        assert_eq!(tx.vsize() as u64, child.vsize());
        assert_eq!(child.parent().stake(), presigned.intent().stake(), "what was presigned stands");
    }
}
