use bitcoin::hashes::Hash;
use bitcoin::{ScriptBuf, WScriptHash};
use proptest::prelude::*;

use super::*;
use crate::fixture::{coin, key, stake, wallet};

fn choose(coins: &[Coin], sats: u64, rate: u32) -> Result<Selection, CoinError> {
    let output = TxOut { value: Amount::from_sat(sats), ..stake().output() };
    CoinPolicy::BtcStakingTs.choose(coins, &[output], FeeRate::from_sat_per_vb_u32(rate))
}

fn indices(selection: &Selection) -> Vec<u32> {
    selection.coins.iter().map(|coin| coin.outpoint.vout).collect()
}

#[test]
fn the_largest_coins_go_first() {
    let coins = [coin(0, 30_000), coin(1, 90_000), coin(2, 60_000), coin(3, 60_000)];
    assert_eq!(indices(&choose(&coins, 100_000, 1).unwrap()), [1, 2]);
    assert_eq!(indices(&choose(&coins, 200_000, 1).unwrap()), [1, 2, 3]);
}

#[test]
fn sizes_depend_on_the_script() {
    let fee = |script_pubkey, outputs: &[TxOut]| {
        let coin = Coin { output: TxOut { script_pubkey, ..coin(0, 1_000_000).output }, ..coin(0, 0) };
        let rate = FeeRate::from_sat_per_vb_u32(3);
        CoinPolicy::BtcStakingTs.choose(&[coin], outputs, rate).unwrap().fee.to_sat()
    };
    let (staking, op_return) = (
        stake().output(),
        TxOut {
            value: Amount::ZERO,
            script_pubkey: ScriptBuf::from_bytes([vec![0x6a], vec![0; 72]].concat()),
        },
    );
    let taproot =
        ScriptBuf::new_p2tr_tweaked(bitcoin::key::TweakedPublicKey::dangerous_assume_tweaked(key(9)));
    assert_eq!(fee(wallet(), std::slice::from_ref(&staking)), 3 * (68 + 43 + 11 + 43));
    assert_eq!(fee(taproot, std::slice::from_ref(&staking)), 3 * (58 + 43 + 11 + 43));
    let wsh = ScriptBuf::new_p2wsh(&WScriptHash::all_zeros());
    assert_eq!(fee(wsh, std::slice::from_ref(&staking)), 3 * (180 + 43 + 11 + 43));
    assert_eq!(fee(wallet(), &[staking, op_return]), 3 * (68 + 43 + 73 + 9 + 11 + 43));
}

#[test]
fn low_rates_pay_a_buffer() {
    let fee = |rate| choose(&[coin(0, 1_000_000)], 100_000, rate).unwrap().fee.to_sat();
    assert_eq!(fee(2), 2 * (68 + 43 + 11 + 43) + 30);
    assert_eq!(fee(3), 3 * (68 + 43 + 11 + 43));
}

#[test]
fn change_that_is_too_small_goes_to_the_miners() {
    let fee = 3 * (68 + 43 + 11);
    let selection = choose(&[coin(0, 100_000 + fee + 546)], 100_000, 3).unwrap();
    assert_eq!(
        (selection.change, selection.quoted_fee.to_sat(), selection.fee.to_sat()),
        (None, fee, fee + 546)
    );
    // One sat more asks for a change output, whose own fee leaves too little for it.
    let selection = choose(&[coin(0, 100_000 + fee + 547)], 100_000, 3).unwrap();
    let quoted = fee + 3 * 43;
    assert_eq!(
        (selection.change, selection.quoted_fee.to_sat(), selection.fee.to_sat()),
        (None, quoted, fee + 547)
    );
}

#[test]
fn each_bad_request_has_its_own_error() {
    let twice = [coin(4, 1_000), coin(4, 1_000)];
    assert_eq!(choose(&twice, 100, 1), Err(CoinError::Duplicate { outpoint: twice[0].outpoint }));
    let mut legacy = coin(5, 1_000);
    legacy.output.script_pubkey = ScriptBuf::new_p2sh(&bitcoin::ScriptHash::all_zeros());
    let outpoint = legacy.outpoint;
    assert_eq!(choose(&[legacy], 100, 1), Err(CoinError::NotSegwit { outpoint }));
    let (available, needed) = (Amount::from_sat(1_000), Amount::from_sat(1_000 + 152));
    assert_eq!(choose(&[coin(0, 1_000)], 1_000, 1), Err(CoinError::Insufficient { available, needed }));
    assert_eq!(
        choose(&[], 1_000, 1),
        Err(CoinError::Insufficient { available: Amount::ZERO, needed: Amount::from_sat(1_000) })
    );
    assert_eq!(choose(&[coin(0, 1_000)], u64::MAX, 1), Err(CoinError::TooMuch));
    let rate = FeeRate::MAX;
    let refused = CoinPolicy::BtcStakingTs.choose(&[coin(0, 1_000)], &[], rate);
    assert_eq!(refused, Err(CoinError::TooMuch));
    assert_eq!(choose(&[coin(0, u64::MAX), coin(1, u64::MAX)], 1_000, 1), Err(CoinError::TooMuch));
}

proptest! {
    #[test]
    fn value_is_conserved(
        values in prop::collection::vec(1_u64..10_000_000, 1..20),
        sats in 1_u64..50_000_000,
        rate in 0_u32..500,
    ) {
        let coins: Vec<_> = (0..).zip(values).map(|(index, sats)| coin(index, sats)).collect();
        let all: u64 = coins.iter().map(|coin| coin.output.value.to_sat()).sum();
        match choose(&coins, sats, rate) {
            Ok(selection) => {
                let inputs: Amount = selection.coins.iter().map(|coin| coin.output.value).sum();
                let change = selection.change.unwrap_or(Amount::ZERO);
                prop_assert_eq!(inputs, Amount::from_sat(sats) + selection.fee + change);
                prop_assert!(selection.fee >= selection.quoted_fee);
                prop_assert!(selection.change.is_none_or(|change| change > Amount::from_sat(546)));
                prop_assert!(selection.change.is_none() || selection.fee == selection.quoted_fee);
            }
            Err(CoinError::Insufficient { available, needed }) => {
                prop_assert_eq!(available.to_sat(), all);
                prop_assert!(needed > available);
            }
            Err(other) => prop_assert!(false, "{}", other),
        }
    }
}
