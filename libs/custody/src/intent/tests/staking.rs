//! Which coins become a stake, and what cannot be one.

use ballast_bitcoin_staking::{Terms, Timelock};
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::*;
use crate::intent::Child;
use crate::intent::staking::{self, Facts, Parts};
use crate::testing::stake::{VALUE, params, parts, terms};

fn stake(coins: &[Coin]) -> Result<StakingIntent, IntentError> {
    stake_at(coins, &BTreeSet::new(), rate(10), sat(20_000))
}

fn stake_at(
    coins: &[Coin],
    reserved: &BTreeSet<OutPoint>,
    fee_rate: FeeRate,
    budget: Amount,
) -> Result<StakingIntent, IntentError> {
    let (treasury, terms) = (&home(), &terms(x_only(7)));
    let facts = Facts { treasury, coins, reserved, terms, value: VALUE, fee_rate, budget, rules: &RULES };
    staking::derive(&facts)
}

fn spends(intent: &StakingIntent) -> Vec<OutPoint> {
    intent.inputs().iter().map(|coin| coin.outpoint).collect()
}

/// inputs = stake + change + fee, and both outputs are custody's.
fn assert_conserved(intent: &StakingIntent) {
    let inputs: Amount = intent.inputs().iter().map(|coin| coin.value).sum();
    assert_eq!(inputs, intent.parts().value + intent.change() + intent.fee());
    let transaction = intent.transaction();
    let [stake, change] = &transaction.output[..] else { panic!("a stake and its change") };
    assert_eq!(*stake, intent.stake().output());
    assert_eq!((change.value, &change.script_pubkey), (intent.change(), &home().script_pubkey()));
    assert!(change.value >= change.script_pubkey.minimal_non_dust());
    let fee = intent.parts().fee_rate.fee_vb(intent.vsize()).unwrap();
    assert!(intent.fee() == fee && fee <= intent.parts().budget);
}

#[test]
fn one_stake_to_the_sat() {
    let intent = stake(&[treasury_coin(1, 1_500_000)]).unwrap();
    // 10.5 + 57.5 + 2 * 43 = 154 virtual bytes.
    assert_eq!((intent.vsize(), intent.fee()), (154, sat(1_540)));
    assert_eq!(intent.change(), sat(1_500_000 - 1_000_000 - 1_540));
    let transaction = intent.transaction();
    assert_eq!((transaction.version, transaction.lock_time), (Version(3), LockTime::ZERO));
    assert!(!transaction.is_explicitly_rbf(), "nothing may replace it");
    assert_eq!(intent.stake().outpoint(), OutPoint { txid: intent.txid(), vout: 0 });
    assert_eq!(intent.stake().terms().staker(), home().group);
    let change = intent.change_coin().output(home().group);
    assert_eq!(transaction.output[1], change);
    assert_conserved(&intent);
}

#[test]
fn the_smallest_coin_that_leaves_the_budget_stakes() {
    let enough = 1_000_000 + 20_000 + 330;
    let coins = [treasury_coin(1, 9_000_000), treasury_coin(2, enough), treasury_coin(3, enough - 1)];
    assert_eq!(spends(&stake(&coins).unwrap()), [outpoint(2)]);
    assert_eq!(spends(&stake(&coins[..1]).unwrap()), [outpoint(1)]);
    let (available, needed) = (sat(enough - 1), sat(enough));
    assert_eq!(stake(&coins[2..]), Err(IntentError::Insufficient { available, needed }));
}

#[test]
fn else_the_largest_coins_stake() {
    let coins = [treasury_coin(1, 300_000), treasury_coin(2, 800_000), treasury_coin(3, 600_000)];
    let intent = stake(&coins).unwrap();
    assert_eq!(spends(&intent), [outpoint(2), outpoint(3)]);
    assert_conserved(&intent);
}

#[test]
fn shallow_reserved_and_refundable_coins_do_not_stake() {
    let shallow = Coin { confirmations: 2, ..treasury_coin(1, 2_000_000) };
    let refundable = coin(3, 2_000_000, Lock::Deposit(deposit(1, true)));
    let swept = coin(4, 3_000_000, Lock::Deposit(deposit(1, false)));
    let coins = [shallow, treasury_coin(2, 2_000_000), refundable, swept];
    let live = BTreeSet::from([outpoint(2)]);
    let intent = stake_at(&coins, &live, rate(10), sat(20_000)).unwrap();
    assert_eq!(spends(&intent), [outpoint(4)]);
    let error = stake_at(&coins[..3], &live, rate(10), sat(20_000)).unwrap_err();
    assert_eq!(error, IntentError::Insufficient { available: sat(0), needed: sat(1_020_330) });
}

#[test]
fn a_fee_above_the_budget_waits() {
    let coins = [treasury_coin(1, 1_500_000)];
    let error = stake_at(&coins, &BTreeSet::new(), rate(10), sat(1_539)).unwrap_err();
    assert_eq!(error, IntentError::Budget { budget: sat(1_539), fee: sat(1_540) });
    stake_at(&coins, &BTreeSet::new(), rate(10), sat(1_540)).unwrap();
    let intent = stake_at(&coins, &BTreeSet::new(), rate(5_000), sat(20_000)).unwrap();
    assert_eq!(intent.parts().fee_rate, rate(100), "the highest rate holds");
}

#[test]
fn an_event_rebuilds_its_intent() {
    let coins = [treasury_coin(1, 700_000), treasury_coin(2, 700_000)];
    let intent = stake(&coins).unwrap();
    let mut event = intent.parts().clone();
    event.inputs.reverse();
    assert_eq!(StakingIntent::build(event), Ok(intent));
}

#[test]
fn what_is_no_stake_of_custodys_has_its_own_error() {
    let build = |change: &dyn Fn(&mut Parts)| {
        let mut parts = parts(x_only(7));
        change(&mut parts);
        StakingIntent::build(parts).unwrap_err()
    };
    let staker = build(&|parts| parts.terms = terms(x_only(8)));
    assert_eq!(staker, IntentError::Staker { expected: x_only(7).serialize(), found: x_only(8).serialize() });
    assert_eq!(build(&|parts| parts.inputs.clear()), IntentError::Nothing);
    let twice = build(&|parts| parts.inputs.push(parts.inputs[0].clone()));
    assert_eq!(twice, IntentError::InputTwice { outpoint: outpoint(1) });
    let dust = build(&|parts| parts.value = sat(329));
    assert_eq!(dust, IntentError::Dust { least: sat(330), value: sat(329) });
    let fee = build(&|parts| parts.budget = sat(1_539));
    assert_eq!(fee, IntentError::Budget { budget: sat(1_539), fee: sat(1_540) });
    let large = build(&|parts| parts.inputs = (1..180).map(|n| treasury_coin(n, 9_000)).collect());
    assert!(matches!(large, IntentError::TooLarge { most: 10_000, .. }));
    let all = Amount::MAX_MONEY;
    assert_eq!(build(&|parts| parts.value = all), IntentError::Overflow);
    assert_eq!(build(&|parts| parts.fee_rate = FeeRate::MAX), IntentError::Overflow);
}

#[test]
fn the_change_is_always_there() {
    let build = |sats| {
        let inputs = vec![treasury_coin(1, sats)];
        StakingIntent::build(Parts { inputs, ..parts(x_only(7)) })
    };
    let least = 1_000_000 + 1_540 + 330;
    assert_eq!(build(least).unwrap().change(), sat(330));
    let (available, needed) = (sat(least - 1), sat(least));
    assert_eq!(build(least - 1), Err(IntentError::Insufficient { available, needed }));
}

#[test]
fn a_stake_and_a_payout_do_not_spend_one_coin() {
    let coins = [treasury_coin(1, 1_500_000)];
    let (staking, paying) = (stake(&coins).unwrap(), pay(&coins, &[payout(1, 10_000)]).unwrap());
    assert_eq!(disjoint([&staking]), Ok(()));
    let overlap = Overlap { outpoint: outpoint(1), first: staking.txid(), second: paying.txid() };
    assert_eq!(disjoint([Spending::from(&staking), (&paying).into()]), Err(overlap));
}

#[test]
fn other_terms_are_another_stake() {
    let time = Timelock::from_blocks(201).unwrap();
    let (committee, unbonding) = (params().committee().clone(), params().unbonding_time());
    let longer = Terms::new(x_only(7), [x_only(50)], committee, time, unbonding).unwrap();
    let other = StakingIntent::build(Parts { terms: longer, ..parts(x_only(7)) }).unwrap();
    assert_ne!(other.txid(), StakingIntent::build(parts(x_only(7))).unwrap().txid());
}

fn coins() -> impl Strategy<Value = Vec<Coin>> {
    let coin = (1..60u32, 100..3_000_000u64, 0..20u32, 0..3u8).prop_map(|(number, sats, age, lock)| {
        let lock = match lock {
            0 => Lock::Deposit(deposit(1, false)),
            1 => Lock::Deposit(deposit(2, true)),
            _ => treasury_coin(0, 0).lock,
        };
        Coin { confirmations: age, ..coin(number, sats, lock) }
    });
    vec(coin, 0..30).prop_map(|mut coins| {
        coins.sort_by_key(|coin| coin.outpoint);
        coins.dedup_by_key(|coin| coin.outpoint);
        coins
    })
}

proptest! {
    #[test]
    fn stakes_conserve_in_any_order_of_coins(
        (coins, shuffled) in coins().prop_flat_map(|coins| (Just(coins.clone()), Just(coins).prop_shuffle())),
        reserved in btree_set((1..60u32).prop_map(outpoint), 0..8),
        (fee_rate, budget) in (1..120u32, 0..300_000u64),
        targets in vec(1..300u32, 0..6),
    ) {
        let result = stake_at(&coins, &reserved, rate(fee_rate), sat(budget));
        prop_assert_eq!(&stake_at(&shuffled, &reserved, rate(fee_rate), sat(budget)), &result);
        match result {
            Ok(intent) => {
                assert_conserved(&intent);
                let rebuilt = StakingIntent::build(intent.parts().clone());
                prop_assert_eq!(rebuilt.as_ref(), Ok(&intent));
                for coin in intent.inputs() {
                    prop_assert!(coin.confirmations >= RULES.depth && !coin.lock.is_refundable());
                    prop_assert!(coins.contains(coin) && !reserved.contains(&coin.outpoint));
                }
                let mut newest: Option<Child> = None;
                for target in targets {
                    let next = match &newest {
                        None => Child::of(&intent, rate(target)),
                        Some(child) => child.bump(rate(target)),
                    };
                    // Within the budget there is always enough change.
                    let dust = matches!(next, Err(ChildError::Dust { .. }));
                    prop_assert!(!dust, "no change for a child within the budget");
                    let Ok(next) = next else { continue };
                    prop_assert_eq!(intent.change(), next.change() + next.fee());
                    let both = intent.fee() + next.fee();
                    prop_assert!(both <= sat(budget));
                    prop_assert!(both >= rate(target).fee_vb(intent.vsize() + next.vsize()).unwrap());
                    newest = Some(next);
                }
            }
            Err(IntentError::Insufficient { .. } | IntentError::Budget { .. }) => (),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
