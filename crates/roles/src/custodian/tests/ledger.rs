//! Of a ladder one transaction can confirm, so a later rung may do nothing but pay a higher fee.

use std::collections::BTreeSet;

use ballast_custody::{
    Coin, Intent, Lock, Payout, Recovery, Treasury,
    intent::{Kind, Parts},
    policy::Signed,
};
use bitcoin::{Amount, FeeRate, OutPoint, PubkeyHash, ScriptBuf, Txid, hashes::Hash};

use super::world::identity;
use crate::custodian::ledger::Ledger;

/// A payout of 50,000 sats from a coin of 200,000.
fn paying(rung: u32, fee: u64, change: impl FnOnce(&mut Parts)) -> Intent {
    let group = identity(7).x_only();
    let recovery = Recovery::new(144, 1, vec![identity(8).x_only()]).unwrap();
    let coin = Coin {
        outpoint: OutPoint::new(Txid::from_byte_array([1; 32]), 0),
        value: Amount::from_sat(200_000),
        confirmations: 0,
        lock: Lock::Treasury(recovery.clone()),
    };
    let payout = Payout {
        id: 1,
        script_pubkey: ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([1; 20])),
        amount: Amount::from_sat(50_000),
        fee_ceiling: Amount::from_sat(20_000),
    };
    let mut parts = Parts {
        kind: Kind::Payout,
        group,
        treasury: Treasury { group, recovery },
        inputs: vec![coin],
        payouts: vec![payout],
        fee_rate: FeeRate::ZERO,
        least_fee: Amount::from_sat(fee),
        budget: Amount::MAX_MONEY,
        rung,
    };
    change(&mut parts);
    Intent::build(parts).unwrap()
}

#[test]
fn a_later_rung_pays_more_and_changes_nothing_else() {
    let ledger = Ledger::default().with(1, &paying(1, 1_000, |_| ()), 5, &BTreeSet::from([1]));
    assert!(ledger.admits(1, &paying(1, 1_000, |_| ())), "the same one again");
    assert!(ledger.admits(1, &paying(2, 2_000, |_| ())));
    assert!(ledger.admits(1, &paying(4, 8_000, |_| ())), "a rung in between was signed by others");
    assert!(ledger.admits(2, &paying(0, 1_000, |_| ())), "another intent");

    assert!(!ledger.admits(1, &paying(0, 500, |_| ())), "an earlier one");
    assert!(!ledger.admits(1, &paying(1, 1_001, |_| ())));
    assert!(!ledger.admits(1, &paying(2, 1_000, |_| ())), "no higher fee");
    let other_coin = |parts: &mut Parts| parts.inputs[0].outpoint.vout = 1;
    assert!(!ledger.admits(1, &paying(2, 2_000, other_coin)), "both could confirm");
    let more = |parts: &mut Parts| parts.payouts[0].amount += Amount::ONE_SAT;
    assert!(!ledger.admits(1, &paying(2, 2_000, more)));
    let elsewhere = |parts: &mut Parts| parts.payouts[0].script_pubkey = ScriptBuf::from_bytes(vec![0x51]);
    assert!(!ledger.admits(1, &paying(2, 2_000, elsewhere)));
    let other_treasury = |parts: &mut Parts| {
        parts.treasury.recovery = Recovery::new(145, 1, vec![identity(8).x_only()]).unwrap();
    };
    assert!(!ledger.admits(1, &paying(2, 2_000, other_treasury)));
}

#[test]
fn a_ladder_counts_once_with_its_newest_rung() {
    let live = BTreeSet::from([1, 2]);
    let ledger = Ledger::default()
        .with(1, &paying(0, 1_000, |_| ()), 5, &live)
        .with(1, &paying(1, 2_000, |_| ()), 5, &live)
        .with(2, &paying(0, 3_000, |_| ()), 5, &live);
    let sats = |payouts, fees| Signed { payouts: Amount::from_sat(payouts), fees: Amount::from_sat(fees) };
    assert_eq!(ledger.totals(5, 0), sats(100_000, 5_000));
    assert_eq!(ledger.totals(5, 1), sats(50_000, 3_000), "the intent in question does not count");
    assert_eq!(ledger.totals(6, 0), sats(0, 0));
}

#[test]
fn records_go_when_their_intent_and_their_epoch_have_ended() {
    let ledger = Ledger::default().with(1, &paying(0, 1_000, |_| ()), 5, &BTreeSet::from([1])).with(
        2,
        &paying(0, 1_000, |_| ()),
        5,
        &BTreeSet::from([2]),
    );
    let earlier = paying(0, 500, |_| ());
    assert!(!ledger.admits(1, &earlier), "ended, in this epoch");
    let next = ledger.with(3, &paying(0, 1_000, |_| ()), 6, &BTreeSet::from([2, 3]));
    assert!(next.admits(1, &earlier), "forgotten");
    assert!(!next.admits(2, &earlier), "still live");
}
