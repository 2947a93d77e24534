use std::collections::BTreeSet;

use super::*;
use crate::testing::{coin, deposit, outpoint, treasury, treasury_coin, x_only};
use crate::{Lock, Treasury};

mod build;
mod cancelling;
mod children;
mod conservation;
mod ladder;
mod paying;
mod staking;
mod sweeping;

const RULES: Rules = Rules {
    depth: 3,
    max_inputs: 25,
    max_payouts: 50,
    max_fee_rate: FeeRate::from_sat_per_vb_u32(100),
    headroom: 4,
};

fn rate(sat_per_vb: u32) -> FeeRate {
    FeeRate::from_sat_per_vb_u32(sat_per_vb)
}

fn sat(sats: u64) -> Amount {
    Amount::from_sat(sats)
}

fn home() -> Treasury {
    treasury(x_only(7))
}

/// A payout to a taproot address of its own, with a ceiling that is never in the way.
fn payout(id: u64, sats: u64) -> Payout {
    let key = x_only(u8::try_from(id % 250 + 1).unwrap());
    let script_pubkey = ScriptBuf::new_p2tr(secp256k1::SECP256K1, key, None);
    Payout { id, script_pubkey, amount: sat(sats), fee_ceiling: sat(100_000) }
}

/// The next payout intent at 10 sat per virtual byte, nothing reserved.
fn pay(coins: &[Coin], payouts: &[Payout]) -> Result<Intent, IntentError> {
    pay_at(coins, payouts, &BTreeSet::new(), rate(10), &RULES)
}

fn pay_at(
    coins: &[Coin],
    payouts: &[Payout],
    reserved: &BTreeSet<OutPoint>,
    fee_rate: FeeRate,
    rules: &Rules,
) -> Result<Intent, IntentError> {
    payout::derive(&payout::Facts { treasury: &home(), coins, reserved, payouts, fee_rate, rules })
}

fn spends(intent: &Intent) -> Vec<OutPoint> {
    intent.inputs().iter().map(|coin| coin.outpoint).collect()
}

fn pays(intent: &Intent) -> Vec<u64> {
    intent.payouts().iter().map(|payout| payout.id).collect()
}

/// inputs = payouts + change + fee, and nobody pays more than it agreed to.
fn assert_conserved(intent: &Intent) {
    let inputs: Amount = intent.inputs().iter().map(|coin| coin.value).sum();
    let paid: Amount = intent.payouts().iter().map(|payout| payout.amount).sum();
    assert_eq!(inputs, paid + intent.change() + intent.fee());
    let transaction = intent.transaction();
    assert_eq!(transaction.output.iter().map(|output| output.value).sum::<Amount>(), paid + intent.change());
    let change = transaction.output.last().unwrap();
    assert_eq!(change.script_pubkey, intent.parts().treasury.script_pubkey());
    assert!(change.value >= change.script_pubkey.minimal_non_dust());
    if intent.kind() == Kind::Payout {
        assert_eq!(intent.shares().iter().map(|share| share.fee).sum::<Amount>(), intent.fee());
        for (payout, share) in intent.payouts().iter().zip(intent.shares()) {
            assert_eq!(payout.id, share.id);
            assert!(payout.amount + share.fee <= payout.escrow().unwrap());
        }
    } else {
        assert!(intent.shares().is_empty() && intent.fee() <= intent.parts().budget);
    }
    let signed = intent.vsize() * intent.parts().fee_rate.to_sat_per_kwu() * 4;
    assert_eq!(intent.fee(), sat(signed.div_ceil(1_000)).max(intent.parts().least_fee));
}
