use super::*;
use crate::intent::{Intent, Kind, Parts};
use crate::testing::{
    CHAIN, Keys, accepts, coin, deposit, keys, recovery, signatures, treasury, treasury_coin,
};
use crate::{Coin, Lock, Session};
use bitcoin::{Amount, FeeRate};

/// A sweep of a treasury coin, a deposit and a refundable deposit.
fn mixed(keys: &Keys) -> Unsigned {
    let group = keys.group.key();
    let inputs: Vec<Coin> = vec![
        treasury_coin(1, 90_000),
        coin(2, 80_000, Lock::Deposit(deposit(1, false))),
        coin(3, 70_000, Lock::Deposit(deposit(2, true))),
    ];
    assert!(inputs.iter().any(|coin| coin.lock == Lock::Treasury(recovery())));
    let parts = Parts {
        kind: Kind::Sweep,
        group,
        treasury: treasury(group),
        inputs,
        payouts: vec![],
        fee_rate: FeeRate::from_sat_per_vb_u32(5),
        least_fee: Amount::ZERO,
        budget: Amount::from_sat(10_000),
        rung: 0,
    };
    Intent::build(parts).unwrap().unsigned()
}

#[test]
fn bitcoin_core_accepts_mixed_inputs() {
    for (threshold, size, signers) in [(2, 3, &[1, 3][..]), (4, 6, &[1, 2, 4, 6])] {
        let keys = keys(threshold, size, 1);
        let unsigned = mixed(&keys);
        let session = Session::new(CHAIN, &keys.group, 0, unsigned.digests()).unwrap();
        let signed = unsigned.complete(&signatures(&keys, &session, signers, 2)).unwrap();
        assert_eq!(signed.compute_txid(), unsigned.transaction().compute_txid());
        assert!(accepts(&signed, unsigned.spent()));

        let mut less = signed.clone();
        less.output[0].value -= Amount::from_sat(1);
        assert!(!accepts(&less, unsigned.spent()), "the signatures bind the outputs");
        let mut swapped = signed.clone();
        let witness = swapped.input[0].witness.clone();
        swapped.input[1].witness = witness;
        assert!(!accepts(&swapped, unsigned.spent()), "each input has its own");
    }
}

#[test]
fn only_all_valid_signatures_complete_a_transaction() {
    let keys = keys(2, 3, 1);
    let unsigned = mixed(&keys);
    let session = Session::new(CHAIN, &keys.group, 0, unsigned.digests()).unwrap();
    let mut signatures = signatures(&keys, &session, &[1, 2], 2);
    let error = unsigned.complete(&signatures[..2]).unwrap_err();
    assert_eq!(error, CompleteError::Count { expected: 3, found: 2 });
    signatures.swap(1, 2);
    assert_eq!(unsigned.complete(&signatures), Err(CompleteError::Signature { input: 1 }));
}
