use super::*;
use crate::testing::{coin, deposit, recovery, treasury, x_only};

#[test]
fn a_coins_script_follows_from_its_lock() {
    let group = x_only(7);
    let locks =
        [Lock::Treasury(recovery()), Lock::Deposit(deposit(1, false)), Lock::Deposit(deposit(1, true))];
    let expected = [
        treasury(group).script_pubkey(),
        deposit(1, false).script_pubkey(group),
        deposit(1, true).script_pubkey(group),
    ];
    for (lock, expected) in locks.into_iter().zip(expected) {
        assert_eq!(lock.script_pubkey(group), expected);
        let output = coin(1, 5_000, lock).output(group);
        assert_eq!(output, TxOut { value: Amount::from_sat(5_000), script_pubkey: expected });
    }
}

#[test]
fn only_a_refund_leaf_makes_a_coin_refundable() {
    let plain = Lock::Deposit(deposit(1, false));
    assert_eq!((plain.is_refundable(), plain.spend_by()), (false, None));
    let refundable = Lock::Deposit(deposit(1, true));
    assert_eq!((refundable.is_refundable(), refundable.spend_by()), (true, Some(50)));
    let treasury = Lock::Treasury(recovery());
    assert_eq!((treasury.is_refundable(), treasury.spend_by()), (false, Some(72)));
}
