use proptest::prelude::*;

use super::*;
use crate::fixture::{VALUE, blocks, coin, committee, funded, key, terms, wallet};
use crate::op_return::Announcement;

fn spoiled(spoil: impl FnOnce(&mut Transaction)) -> Result<StakingTx, StakingError> {
    let mut tx = funded(VALUE).staking().transaction().clone();
    spoil(&mut tx);
    StakingTx::parse(tx, terms(), VALUE)
}

#[test]
fn the_staking_output_is_found_wherever_it_stands() {
    let staking = spoiled(|tx| tx.output.reverse()).unwrap();
    let stake = staking.stake();
    assert_eq!(stake.outpoint(), OutPoint::new(staking.transaction().compute_txid(), 1));
    assert_eq!(stake.output(), staking.transaction().output[1]);
}

#[test]
fn each_wrong_transaction_has_its_own_error() {
    let staking_script = terms().staking_output().taproot().script_pubkey();
    let twice = spoiled(|tx| tx.output.push(tx.output[0].clone()));
    assert_eq!(twice, Err(StakingError::Ambiguous { first: 0, second: 2 }));
    let found = VALUE - Amount::ONE_SAT;
    let poor = spoiled(|tx| tx.output[0].value = found);
    assert_eq!(poor, Err(StakingError::Value { expected: VALUE, found }));
    let elsewhere = spoiled(|tx| tx.output[0].script_pubkey = wallet());
    assert_eq!(elsewhere, Err(StakingError::NoOutput { expected: staking_script }));
}

#[test]
fn an_output_of_another_value_makes_no_ambiguity() {
    let other = TxOut { value: VALUE + Amount::ONE_SAT, ..funded(VALUE).staking().stake().output() };
    assert!(spoiled(|tx| tx.output.push(other)).is_ok());
}

#[test]
fn an_announcement_stands_between_stake_and_change() {
    let said = Announcement {
        tag: *b"bbt4",
        staker: key(1),
        provider: key(2),
        staking_time: terms().staking_time(),
    };
    let funding = Funding {
        coins: &[coin(0, 500_000)],
        policy: CoinPolicy::BtcStakingTs,
        fee_rate: FeeRate::from_sat_per_vb_u32(5),
        change: wallet(),
        op_return: Some(said.to_script()),
    };
    let funded = StakingTx::build(terms(), VALUE, &funding).unwrap();
    let tx = funded.staking().transaction();
    assert_eq!(tx.output.len(), 3);
    assert_eq!(tx.output[1], said.to_output());
    assert_eq!(tx.output[2].script_pubkey, wallet());
    let found = Announcement::find_stake(tx, said.tag, &committee(), blocks(10)).unwrap();
    assert_eq!(found, *funded.staking().stake());
}

#[test]
fn a_stake_below_dust_is_not_built() {
    let funding = Funding {
        coins: &[coin(0, 500_000)],
        policy: CoinPolicy::BtcStakingTs,
        fee_rate: FeeRate::from_sat_per_vb_u32(5),
        change: wallet(),
        op_return: None,
    };
    let (value, threshold) = (Amount::from_sat(329), Amount::from_sat(330));
    let refused = StakingTx::build(terms(), value, &funding);
    assert_eq!(refused, Err(StakingError::Dust { value, threshold }));
    assert!(StakingTx::build(terms(), threshold, &funding).is_ok());
}

proptest! {
    #[test]
    fn what_is_built_is_found_again_and_conserves_value(
        values in prop::collection::vec(1_000_u64..5_000_000, 1..12),
        sats in 330_u64..3_000_000,
        rate in 1_u32..200,
    ) {
        let coins: Vec<_> = (0..).zip(values).map(|(index, sats)| coin(index, sats)).collect();
        let funding = Funding {
            coins: &coins,
            policy: CoinPolicy::BtcStakingTs,
            fee_rate: FeeRate::from_sat_per_vb_u32(rate),
            change: wallet(),
            op_return: None,
        };
        let value = Amount::from_sat(sats);
        let Ok(funded) = StakingTx::build(terms(), value, &funding) else { return Ok(()) };
        let tx = funded.staking().transaction();
        prop_assert_eq!(&StakingTx::parse(tx.clone(), terms(), value).unwrap(), funded.staking());
        let inputs: Amount = funded.coins().iter().map(|coin| coin.output.value).sum();
        let outputs: Amount = tx.output.iter().map(|output| output.value).sum();
        prop_assert_eq!(inputs, outputs + funded.fee());
        prop_assert!(tx.input.iter().map(|input| input.previous_output).eq(
            funded.coins().iter().map(|coin| coin.outpoint)
        ));
    }
}
