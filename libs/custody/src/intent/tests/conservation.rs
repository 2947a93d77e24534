//! Over random facts: nothing is lost, nobody pays more than agreed, ladders change nothing but the change.

use bitcoin::hashes::Hash;
use bitcoin::{PubkeyHash, WPubkeyHash};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn coins() -> impl Strategy<Value = Vec<Coin>> {
    let coin = (1..60u32, 100..3_000_000u64, 0..120u32, 0..3u8).prop_map(|(number, sats, age, lock)| {
        let lock = match lock {
            0 => Lock::Deposit(deposit(1, false)),
            1 => Lock::Deposit(deposit(2, true)),
            _ => treasury_coin(0, 0).lock,
        };
        Coin { confirmations: age, ..coin(number, sats, lock) }
    });
    vec(coin, 0..40).prop_map(|mut coins| {
        coins.sort_by_key(|coin| coin.outpoint);
        coins.dedup_by_key(|coin| coin.outpoint);
        coins
    })
}

fn payouts() -> impl Strategy<Value = Vec<Payout>> {
    let payout =
        (1..1_000u64, 10_000..500_000u64, 0..50_000u64, 0..3u8).prop_map(|(id, sats, ceiling, script)| {
            let base = payout(id, sats);
            let script_pubkey = match script {
                0 => ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array([1; 20])),
                1 => ScriptBuf::new_p2pkh(&PubkeyHash::from_byte_array([2; 20])),
                _ => base.script_pubkey.clone(),
            };
            Payout { script_pubkey, fee_ceiling: sat(ceiling), ..base }
        });
    vec(payout, 1..20)
}

fn reserved() -> impl Strategy<Value = BTreeSet<OutPoint>> {
    proptest::collection::btree_set((1..60u32).prop_map(outpoint), 0..8)
}

/// Any steps of the ladder, and a cancel at its end.
fn assert_ladder(first: Intent, medians: &[u32]) -> Result<(), TestCaseError> {
    let mut newest = first.clone();
    for median in medians {
        let old = newest.parts().fee_rate;
        let Ok(fee_rate) = next_rate(old, rate(*median), RULES.max_fee_rate) else { break };
        let Ok(next) = newest.bump(fee_rate) else { break };
        assert_conserved(&next);
        prop_assert_eq!(next.inputs(), first.inputs());
        prop_assert_eq!(next.payouts(), first.payouts());
        let (old, new) = (newest.transaction(), next.transaction());
        let payouts = first.payouts().len();
        prop_assert_eq!(&old.output[..payouts], &new.output[..payouts]);
        prop_assert!(next.change() < newest.change() && next.fee() > newest.fee());
        newest = next;
    }
    if let Ok(cancel) = cancel::derive(&newest, rate(1), Amount::MAX_MONEY, &RULES) {
        assert_conserved(&cancel);
        prop_assert_eq!(cancel.inputs(), &first.inputs()[..1]);
        prop_assert!(cancel.fee() > newest.fee());
    }
    Ok(())
}

proptest! {
    #[test]
    fn payouts_conserve(
        (coins, payouts, reserved) in (coins(), payouts(), reserved()),
        fee_rate in 1..120u32,
        medians in vec(1..200u32, 0..8),
    ) {
        match pay_at(&coins, &payouts, &reserved, rate(fee_rate), &RULES) {
            Ok(intent) => {
                assert_conserved(&intent);
                let rebuilt = Intent::build(intent.parts().clone());
                prop_assert_eq!(rebuilt.as_ref(), Ok(&intent));
                prop_assert!(intent.inputs().len() <= RULES.max_inputs);
                for coin in intent.inputs() {
                    prop_assert!(coin.confirmations >= RULES.depth && !coin.lock.is_refundable());
                    prop_assert!(coins.contains(coin) && !reserved.contains(&coin.outpoint));
                }
                for payout in intent.payouts() {
                    prop_assert!(payouts.contains(payout));
                }
                assert_ladder(intent, &medians)?;
            }
            Err(IntentError::Nothing | IntentError::Insufficient { .. }) => (),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn sweeps_conserve(
        (coins, reserved) in (coins(), reserved()),
        (fee_rate, budget) in (1..120u32, 0..200_000u64),
        medians in vec(1..200u32, 0..8),
    ) {
        let treasury = home();
        let facts = sweep::Facts {
            group: x_only(7),
            treasury: &treasury,
            coins: &coins,
            reserved: &reserved,
            fee_rate: rate(fee_rate),
            budget: sat(budget),
            rules: &RULES,
        };
        match sweep::derive(&facts) {
            Ok(intent) => {
                assert_conserved(&intent);
                for coin in intent.inputs() {
                    let in_time = !coin.lock.is_refundable() || coin.confirmations < 50;
                    prop_assert!(in_time && coin.confirmations >= RULES.depth);
                    prop_assert!(coins.contains(coin) && !reserved.contains(&coin.outpoint));
                }
                assert_ladder(intent, &medians)?;
            }
            Err(IntentError::Nothing | IntentError::Insufficient { .. } | IntentError::Budget { .. }) => (),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }

    #[test]
    fn shares_add_up_to_any_fee(payouts in payouts(), fee in 0..u64::MAX / 2, vsize in 700..10_000u64) {
        let shares = share::parts(&payouts, sat(fee), vsize);
        let sum: u128 = shares.iter().map(|share| u128::from(share.fee.to_sat())).sum();
        prop_assert_eq!(sum, u128::from(fee));
    }
}
