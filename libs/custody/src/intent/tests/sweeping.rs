//! Into the treasury.

use super::*;

fn sweep(coins: &[Coin], budget: u64) -> Result<Intent, IntentError> {
    let (group, reserved, budget) = (x_only(7), &BTreeSet::from([outpoint(99)]), sat(budget));
    let facts =
        sweep::Facts { group, treasury: &home(), coins, reserved, fee_rate: rate(10), budget, rules: &RULES };
    sweep::derive(&facts)
}

fn aged(coin: Coin, confirmations: u32) -> Coin {
    Coin { confirmations, ..coin }
}

#[test]
fn coins_of_every_kind_become_one_treasury_output() {
    let coins = [
        coin(1, 50_000, Lock::Deposit(deposit(1, false))),
        coin(2, 60_000, Lock::Deposit(deposit(2, true))),
        treasury_coin(3, 70_000),
    ];
    let intent = sweep(&coins, 10_000).unwrap();
    assert_eq!(intent.transaction().output.len(), 1);
    assert_eq!(spends(&intent), [outpoint(3), outpoint(2), outpoint(1)]);
    assert_conserved(&intent);
}

#[test]
fn what_is_shallow_reserved_dear_or_about_to_be_refunded_stays() {
    let refundable =
        |number, confirmations| aged(coin(number, 50_000, Lock::Deposit(deposit(1, true))), confirmations);
    let coins = [
        aged(treasury_coin(1, 50_000), 2),
        treasury_coin(99, 50_000),
        treasury_coin(3, 575),
        refundable(4, 50),
        refundable(5, 51),
        refundable(6, 49),
    ];
    assert_eq!(spends(&sweep(&coins, 10_000).unwrap()), [outpoint(6)]);
    assert_eq!(sweep(&coins[..5], 10_000), Err(IntentError::Nothing));
}

#[test]
fn the_most_urgent_go_first() {
    let rules = RULES;
    let mut coins: Vec<Coin> =
        (1..=30).map(|number| coin(number, 50_000, Lock::Deposit(deposit(1, false)))).collect();
    coins[28] = aged(coin(29, 50_000, Lock::Deposit(deposit(1, true))), 40);
    coins[29] = aged(treasury_coin(30, 50_000), 80);
    let intent = sweep(&coins, 100_000).unwrap();
    assert_eq!(intent.inputs().len(), rules.max_inputs);
    let spent = spends(&intent);
    assert!(spent.contains(&outpoint(29)) && spent.contains(&outpoint(30)));
}

#[test]
fn a_coin_listed_twice_is_spent_once() {
    let twice = [treasury_coin(1, 50_000), treasury_coin(1, 50_000)];
    assert_eq!(spends(&sweep(&twice, 10_000).unwrap()), [outpoint(1)]);
}

#[test]
fn the_budget_holds_on_every_rung() {
    let coins = [treasury_coin(1, 50_000)];
    assert_eq!(sweep(&coins, 1_109), Err(IntentError::Budget { budget: sat(1_109), fee: sat(1_110) }));
    let intent = sweep(&coins, 2_220).unwrap();
    let top = intent.bump(rate(20)).unwrap();
    assert_eq!((top.fee(), top.change()), (sat(2_220), sat(47_780)));
    assert_conserved(&top);
    let error = top.bump(rate(30)).unwrap_err();
    assert_eq!(error, IntentError::Budget { budget: sat(2_220), fee: sat(3_330) });
}

#[test]
fn an_old_key_sweeps_to_the_new_treasury() {
    let (old, coins) = (x_only(8), [treasury_coin(1, 50_000)]);
    let facts = sweep::Facts {
        group: old,
        treasury: &home(),
        coins: &coins,
        reserved: &BTreeSet::new(),
        fee_rate: rate(1),
        budget: sat(1_000),
        rules: &RULES,
    };
    let intent = sweep::derive(&facts).unwrap();
    assert_eq!(intent.unsigned().group(), old);
    assert_eq!(intent.unsigned().spent()[0].script_pubkey, treasury(old).script_pubkey());
    assert_eq!(intent.transaction().output[0].script_pubkey, home().script_pubkey());
}
