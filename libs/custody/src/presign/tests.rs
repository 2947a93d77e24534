use ballast_bitcoin_staking::WithdrawalError;
use bitcoin::{Amount, Sequence, TxOut};

use super::*;
use crate::intent::staking::Parts;
use crate::message::MessageError;
use crate::testing::stake::{WITHDRAWAL_RATE, params, parts, presignatures, presigned, presigning};
use crate::testing::{Keys, accepts, keys, x_only};

mod refused;
mod stories;

fn custody() -> Keys {
    keys(2, 3, 1)
}

const WITHDRAWN: [Withdrawn; 4] = [
    Withdrawn::Stake,
    Withdrawn::Unbonding,
    Withdrawn::Change(Slashed::Stake),
    Withdrawn::Change(Slashed::Unbonding),
];

fn spent(presigned: &Presigned, withdrawn: Withdrawn) -> TxOut {
    presigned.presigning().withdrawal(withdrawn).spend().output().clone()
}

#[test]
fn one_session_signs_six_transactions_under_the_group_key_and_not_the_unbonding() {
    let presigned = presigned(&custody());
    let digests = presigned.presigning().digests();
    assert_eq!(digests.len(), 6);
    assert!(digests.iter().all(|digest| digest.under == Under::GroupKey));
    assert!(!digests.contains(&presigned.unbonding_digest()));
}

#[test]
fn the_same_facts_give_the_same_bytes() {
    let keys = custody();
    let (first, second) = (presigning(keys.group.key()), presigning(keys.group.key()));
    assert_eq!(first.digests(), second.digests());
    assert_eq!(first.intent().txid(), second.intent().txid());
}

#[test]
fn what_was_published_is_read_back() {
    let presigned = presigned(&custody());
    let bytes = presigned.to_bytes();
    assert_eq!(bytes.len(), 384);
    assert_eq!(Presigned::from_bytes(presigned.presigning().clone(), &bytes), Ok(presigned));
}

/// Every sat of the stake is in an output or in a stated fee, on each way home.
#[test]
fn every_way_home_conserves() {
    let presigned = presigned(&custody());
    let (presigning, params) = (presigned.presigning(), params());
    let home = |withdrawn| presigned.withdrawal(withdrawn).output[0].value;
    let fee = |withdrawn| presigning.withdrawal(withdrawn).fee();
    let value = presigned.intent().parts().value;
    assert_eq!(home(Withdrawn::Stake) + fee(Withdrawn::Stake), value);
    let unbonded = value - params.unbonding_fee();
    assert_eq!(home(Withdrawn::Unbonding) + fee(Withdrawn::Unbonding), unbonded);
    let change = |slashing: &SlashingTx| slashing.transaction().output[1].value;
    for (slashed, value) in [(Slashed::Stake, value), (Slashed::Unbonding, unbonded)] {
        let (withdrawn, slashing) = (Withdrawn::Change(slashed), presigning.slashing(slashed));
        assert_eq!(slashing.fee(), params.slashing().min_fee);
        assert_eq!(slashing.transaction().output[0].value, Amount::from_sat(value.to_sat() / 10));
        assert_eq!(home(withdrawn) + fee(withdrawn), change(slashing));
    }
}

#[test]
fn a_withdrawal_pays_its_rate_for_the_size_that_it_has() {
    let presigned = presigned(&custody());
    for withdrawn in WITHDRAWN {
        let signed = presigned.withdrawal(withdrawn);
        let fee = spent(&presigned, withdrawn).value - signed.output[0].value;
        assert_eq!(fee, WITHDRAWAL_RATE.fee_vb(signed.vsize() as u64).unwrap());
    }
}

#[test]
fn a_withdrawal_waits_for_its_timelock() {
    let presigned = presigned(&custody());
    for (withdrawn, blocks) in WITHDRAWN.into_iter().zip([200, 10, 10, 10]) {
        let output = spent(&presigned, withdrawn);
        let tx = presigned.withdrawal(withdrawn);
        assert_eq!(tx.input[0].sequence, Sequence::from_height(blocks));
        assert!(accepts(&tx, std::slice::from_ref(&output)), "{withdrawn}");
        let mut early = tx;
        early.input[0].sequence = Sequence::from_height(blocks - 1);
        assert!(!accepts(&early, &[output]), "{withdrawn}");
    }
}
