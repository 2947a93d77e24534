//! Which payouts, from which coins.

use bitcoin::WPubkeyHash;
use bitcoin::hashes::Hash;

use super::*;

#[test]
fn one_payout_to_the_sat() {
    let intent = pay(&[treasury_coin(1, 1_000_000)], &[payout(1, 200_000)]).unwrap();
    // 10.5 + 57.5 + 2 * 43 = 154 virtual bytes.
    assert_eq!((intent.vsize(), intent.fee()), (154, sat(1_540)));
    assert_eq!(intent.change(), sat(1_000_000 - 200_000 - 1_540));
    assert_eq!(intent.shares(), [Share { id: 1, fee: sat(1_540) }]);
    let transaction = intent.transaction();
    assert_eq!((transaction.version, transaction.lock_time), (Version(3), LockTime::ZERO));
    assert!(transaction.input.iter().all(|input| input.sequence == Sequence::ENABLE_RBF_NO_LOCKTIME));
    assert_eq!(transaction.output[0].value, sat(200_000), "what was asked for arrives in full");
    assert_eq!(transaction.output[0].script_pubkey, payout(1, 0).script_pubkey);
    assert_conserved(&intent);
}

#[test]
fn the_order_of_facts_does_not_matter() {
    let mut coins: Vec<Coin> = (1..9).map(|number| treasury_coin(number, 50_000)).collect();
    let mut payouts: Vec<Payout> = (1..4).map(|id| payout(id, 30_000)).collect();
    payouts.iter_mut().for_each(|payout| payout.fee_ceiling = sat(20_000));
    let intent = pay(&coins, &payouts).unwrap();
    coins.reverse();
    payouts.rotate_left(1);
    assert_eq!(pay(&coins, &payouts), Ok(intent.clone()));
    assert_eq!(pays(&intent), [1, 2, 3]);
    assert!(intent.inputs().is_sorted_by_key(|coin| coin.outpoint), "equal values, so by outpoint");
}

#[test]
fn the_smallest_sufficient_coin_pays() {
    let coins = [treasury_coin(1, 5_000_000), treasury_coin(2, 600_000), treasury_coin(3, 300_000)];
    let intent = pay(&coins, &[payout(1, 400_000)]).unwrap();
    assert_eq!(spends(&intent), [outpoint(2)]);
}

#[test]
fn else_the_largest_coins_pay_and_come_in_by_value() {
    let coins = [treasury_coin(1, 100_000), treasury_coin(2, 300_000), treasury_coin(3, 200_000)];
    let intent = pay(&coins, &[payout(1, 350_000)]).unwrap();
    assert_eq!(spends(&intent), [outpoint(2), outpoint(3)]);
    assert_conserved(&intent);
}

#[test]
fn shallow_reserved_and_refundable_coins_do_not_pay() {
    let shallow = Coin { confirmations: 2, ..treasury_coin(1, 1_000_000) };
    let reserved = treasury_coin(2, 1_000_000);
    let refundable = coin(3, 1_000_000, Lock::Deposit(deposit(1, true)));
    let swept = coin(4, 2_000_000, Lock::Deposit(deposit(1, false)));
    let coins = [shallow, reserved, refundable, swept];
    let live = BTreeSet::from([outpoint(2)]);
    let intent = pay_at(&coins, &[payout(1, 100_000)], &live, rate(1), &RULES).unwrap();
    assert_eq!(spends(&intent), [outpoint(4)]);
    let error = pay_at(&coins[..3], &[payout(1, 100_000)], &live, rate(1), &RULES).unwrap_err();
    let needed = sat(100_000 + 100_000 + 330);
    assert_eq!(error, IntentError::Insufficient { available: sat(0), needed });
}

#[test]
fn the_oldest_are_paid_and_none_is_overtaken_for_want_of_coins() {
    let coins = [treasury_coin(1, 1_000_000)];
    let payouts = [payout(4, 300_000), payout(2, 100_000), payout(3, 900_000), payout(1, 100_000)];
    assert_eq!(pays(&pay(&coins, &payouts).unwrap()), [1, 2], "3 does not fit and 4 waits behind it");
    let rules = Rules { max_payouts: 1, ..RULES };
    let intent = pay_at(&coins, &payouts, &BTreeSet::new(), rate(1), &rules).unwrap();
    assert_eq!(pays(&intent), [1]);
}

#[test]
fn a_low_ceiling_waits_and_lets_others_pass() {
    let coins = [treasury_coin(1, 5_000_000)];
    let with_ceiling = |id, ceiling| Payout { fee_ceiling: sat(ceiling), ..payout(id, 100_000) };
    // At 10 sat per virtual byte a payout's share is 1,540 sats alone, 985 of two and 800 of three; headroom is 4.
    let paid = |ceilings: &[u64]| {
        let payouts: Vec<Payout> =
            (1..).zip(ceilings).map(|(id, ceiling)| with_ceiling(id, *ceiling)).collect();
        pay(&coins, &payouts).map(|intent| pays(&intent))
    };
    assert_eq!(paid(&[3_200, 9_000, 9_000]), Ok(vec![1, 2, 3]));
    assert_eq!(paid(&[3_199, 9_000, 9_000]), Ok(vec![2, 3]));
    assert_eq!(paid(&[3_940, 9_000]), Ok(vec![1, 2]));
    assert_eq!(paid(&[3_939, 9_000]), Ok(vec![2]));
    assert_eq!(paid(&[6_160]), Ok(vec![1]));
    assert_eq!(paid(&[6_159]), Err(IntentError::Nothing));
    assert_eq!(paid(&[9_000, 3_199, 9_000]), Ok(vec![1, 3]), "the one behind it passes");
}

#[test]
fn nothing_to_pay_is_no_intent() {
    assert_eq!(pay(&[treasury_coin(1, 1_000_000)], &[]), Err(IntentError::Nothing));
    let too_much = Payout { fee_ceiling: Amount::MAX, ..payout(1, 1_000) };
    assert_eq!(pay(&[treasury_coin(1, 1_000_000)], &[too_much]), Err(IntentError::Nothing));
}

#[test]
fn too_many_small_coins_do_not_pay() {
    let coins: Vec<Coin> = (1..40).map(|number| treasury_coin(number, 10_000)).collect();
    let error = pay(&coins, &[payout(1, 200_000)]).unwrap_err();
    assert_eq!(error, IntentError::Insufficient { available: sat(250_000), needed: sat(300_330) });
}

#[test]
fn the_highest_rate_holds() {
    let coins = [treasury_coin(1, 5_000_000)];
    let intent = pay_at(&coins, &[payout(1, 100_000)], &BTreeSet::new(), rate(5_000), &RULES).unwrap();
    assert_eq!(intent.parts().fee_rate, rate(100));
}

#[test]
fn larger_outputs_pay_more_of_the_fee_and_rounding_goes_to_the_oldest() {
    let small = ScriptBuf::new_p2wpkh(&WPubkeyHash::from_byte_array([1; 20]));
    let payouts =
        [payout(1, 50_000), Payout { script_pubkey: small, ..payout(2, 50_000) }, payout(3, 50_000)];
    let intent = pay(&[treasury_coin(1, 5_000_000)], &payouts).unwrap();
    let shares: Vec<u64> = intent.shares().iter().map(|share| share.fee.to_sat()).collect();
    // 228 virtual bytes; own 43, 31, 43, and a third of the other 111 each.
    assert_eq!((intent.fee(), shares), (sat(2_280), vec![800, 680, 800]));
    let odd = intent.bump(FeeRate::from_sat_per_kwu(2_751)).unwrap();
    let shares: Vec<u64> = odd.shares().iter().map(|share| share.fee.to_sat()).collect();
    assert_eq!((odd.fee(), shares), (sat(2_509), vec![881, 748, 880]));
}

#[test]
fn a_payout_is_checked_when_it_is_asked_for() {
    payout(1, 10_000).check(sat(10_000), &home()).unwrap();
    let error = payout(1, 9_999).check(sat(10_000), &home()).unwrap_err();
    assert!(matches!(error, crate::payee::PayeeError::TooLittle { .. }));
    let dear = Payout { fee_ceiling: Amount::MAX, ..payout(1, 10_000) };
    let amount = sat(10_000);
    assert_eq!(dear.check(sat(10_000), &home()), Err(crate::payee::PayeeError::TooMuch { amount }));
}
