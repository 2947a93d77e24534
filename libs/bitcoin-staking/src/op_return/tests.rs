use bitcoin::FeeRate;

use super::*;
use crate::CoinPolicy;
use crate::fixture::{VALUE, blocks, coin, committee, funded, key, terms, wallet};

const TAG: [u8; 4] = *b"bbt4";

fn said() -> Announcement {
    Announcement { tag: TAG, staker: key(1), provider: key(2), staking_time: terms().staking_time() }
}

fn announced() -> Transaction {
    let mut tx = funded(VALUE).staking().transaction().clone();
    tx.output.push(said().to_output());
    tx
}

fn find(tx: &Transaction) -> Result<Stake, AnnouncementError> {
    Announcement::find_stake(tx, TAG, &committee(), blocks(10))
}

#[test]
fn the_announced_stake_is_found_with_the_value_it_holds() {
    let mut tx = announced();
    tx.output[0].value = Amount::from_sat(77_777);
    let stake = find(&tx).unwrap();
    assert_eq!(stake.value(), Amount::from_sat(77_777));
    assert_eq!(stake.terms(), &terms());
    assert_eq!(stake.outpoint(), OutPoint::new(tx.compute_txid(), 0));
}

#[test]
fn scripts_that_are_no_announcement_are_passed_over() {
    let good = said().to_script().into_bytes();
    assert_eq!(Announcement::from_script(&good), Some(said()));
    let spoiled = |index: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[index] = byte;
        Announcement::from_script(&bytes)
    };
    assert_eq!(spoiled(0, 0x6b), None, "no OP_RETURN");
    assert_eq!(spoiled(1, 0x46), None, "another push");
    assert_eq!(spoiled(6, 1), None, "another version");
    assert_eq!(Announcement::from_script(&good[..72]), None, "too short");
    assert_eq!(Announcement::from_script(&[good.clone(), vec![0]].concat()), None, "too long");
    assert_eq!(Announcement::from_script(&[]), None);
    let mut no_key = good.clone();
    no_key[7..39].fill(0xff);
    assert_eq!(Announcement::from_script(&no_key), None, "no point of the curve");
    let mut no_time = good;
    no_time[71..].fill(0);
    assert_eq!(Announcement::from_script(&no_time), None, "no timelock");
}

#[test]
fn each_wrong_transaction_has_its_own_error() {
    let mut tx = announced();
    tx.output.push(Announcement { tag: [0; 4], ..said() }.to_output());
    assert_eq!(find(&tx), Err(AnnouncementError::Count { found: 2 }));
    tx.output.truncate(2);
    assert_eq!(find(&tx), Err(AnnouncementError::Count { found: 0 }));

    let mut tx = announced();
    tx.output.push(tx.output[0].clone());
    assert_eq!(find(&tx), Err(AnnouncementError::Outputs { found: 2 }));
    tx.output[0] = said().to_output();
    tx.output.truncate(1);
    assert_eq!(find(&tx), Err(AnnouncementError::Outputs { found: 0 }));

    let mut tx = announced();
    *tx.output.last_mut().unwrap() = Announcement { tag: [9; 4], ..said() }.to_output();
    assert_eq!(find(&tx), Err(AnnouncementError::Tag { expected: TAG, found: [9; 4] }));
    *tx.output.last_mut().unwrap() = Announcement { provider: key(1), ..said() }.to_output();
    assert_eq!(find(&tx), Err(AnnouncementError::Terms(TermsError::DuplicateKey { key: key(1) })));
}

fn build(value: Amount, activation_height: u32) -> Result<FundedStaking, AnnouncementError> {
    let funding = Funding {
        coins: &[coin(0, 2 * VALUE.to_sat())],
        policy: CoinPolicy::BtcStakingTs,
        fee_rate: FeeRate::from_sat_per_vb_u32(3),
        change: wallet(),
        op_return: None,
    };
    let height = Height::from_consensus(activation_height).unwrap();
    said().build_staking((&committee(), blocks(10)), value, height, &funding)
}

#[test]
fn what_is_built_is_found() {
    let built = build(VALUE, 800).unwrap();
    let tx = built.staking().transaction();
    assert_eq!(find(tx).as_ref(), Ok(built.staking().stake()));
    assert_eq!(tx.output[1], said().to_output());
    assert_eq!(tx.lock_time, LockTime::from_consensus(799));
    let paid: Amount = tx.output.iter().map(|output| output.value).sum();
    assert_eq!(paid + built.fee(), VALUE * 2);
    assert_eq!(build(VALUE, 0).unwrap().staking().transaction().lock_time, LockTime::ZERO);
}

#[test]
fn what_cannot_be_funded_is_refused() {
    assert!(matches!(build(VALUE * 3, 800), Err(AnnouncementError::Staking(StakingError::Coins(_)))));
    assert!(matches!(
        build(Amount::from_sat(1), 800),
        Err(AnnouncementError::Staking(StakingError::Dust { .. }))
    ));
}
