use ballast_schnorr::bip340;
use bitcoin::absolute::LockTime;

use super::*;
use crate::covenant::Committee;
use crate::fixture::{
    COVENANT, NO_AUX, PROVIDER, STAKER, STRANGER, blocks, coin, committee, key, secret, stake,
    template_terms, terms, wallet,
};

/// The same parties for twice the time.
fn longer() -> Terms {
    with_committee(committee())
}

fn with_committee(committee: Committee) -> Terms {
    Terms::new(key(STAKER), [key(PROVIDER)], committee, blocks(400), blocks(10)).unwrap()
}

fn build(coins: &[Coin], added: u64) -> Result<ExpansionTx, ExpansionError> {
    let funding = ExpansionFunding {
        coins,
        policy: CoinPolicy::BtcStakingTs,
        fee_rate: FeeRate::from_sat_per_vb_u32(3),
        change: wallet(),
    };
    ExpansionTx::build(&stake(), longer(), Amount::from_sat(added), &funding)
}

fn expansion() -> ExpansionTx {
    build(&[coin(7, 50_000)], 0).unwrap()
}

fn judge(change: impl FnOnce(&mut Transaction)) -> Result<ExpansionTx, ExpansionError> {
    let mut tx = expansion().transaction().clone();
    change(&mut tx);
    ExpansionTx::judge(tx, &stake(), longer(), stake().value(), coin(7, 50_000).output)
}

#[test]
fn every_sat_is_accounted_for() {
    for added in [0, 10_000] {
        let made = build(&[coin(7, 50_000)], added).unwrap();
        let paid: Amount = made.transaction().output.iter().map(|output| output.value).sum();
        assert_eq!(paid + made.fee(), stake().value() + Amount::from_sat(50_000));
        assert_eq!(made.staking().stake().value(), stake().value() + Amount::from_sat(added));
    }
}

#[test]
fn the_smallest_coin_that_suffices_is_taken() {
    let coins = [coin(1, 90_000), coin(2, 1_000), coin(3, 50_000)];
    let made = build(&coins, 0).unwrap();
    assert_eq!(made.transaction().input[1].previous_output, coins[2].outpoint);
    let made = build(&coins, 60_000).unwrap();
    assert_eq!(made.transaction().input[1].previous_output, coins[0].outpoint);
    let refused = build(&coins, 95_000);
    assert!(matches!(refused, Err(ExpansionError::Coins(CoinError::Insufficient { .. }))), "{refused:?}");
    assert!(matches!(build(&[], 0), Err(ExpansionError::Coins(CoinError::Insufficient { .. }))));
}

#[test]
fn change_that_is_too_small_becomes_fee() {
    let made = build(&[coin(7, 1_800)], 0).unwrap();
    assert_eq!(made.transaction().output.len(), 1);
    assert_eq!(made.fee(), Amount::from_sat(1_800));
}

#[test]
fn version_lock_time_and_sequences_are_free() {
    let judged = judge(|tx| {
        tx.version = bitcoin::transaction::Version::ONE;
        tx.lock_time = LockTime::from_consensus(5);
        tx.input[1].sequence = bitcoin::Sequence::ZERO;
    });
    assert!(judged.is_ok());
}

#[test]
fn each_wrong_transaction_has_its_own_error() {
    let stake = stake();
    assert_eq!(judge(|tx| drop(tx.input.pop())), Err(ExpansionError::InputCount { found: 1 }));
    let (expected, found) = (stake.outpoint(), coin(7, 0).outpoint);
    assert_eq!(judge(|tx| tx.input.swap(0, 1)), Err(ExpansionError::Input { expected, found }));
    let twice = judge(|tx| tx.input[1] = tx.input[0].clone());
    assert_eq!(twice, Err(ExpansionError::Funding { found: expected }));
    let none = judge(|tx| tx.output[1].value += expansion().fee());
    assert!(matches!(none, Err(ExpansionError::NoFee { .. })));
    let other = judge(|tx| tx.output[0].script_pubkey = wallet());
    assert!(matches!(other, Err(ExpansionError::Staking(StakingError::NoOutput { .. }))));
    let overflow = judge(|tx| tx.output[1].value = Amount::MAX);
    assert_eq!(overflow, Err(ExpansionError::Coins(CoinError::TooMuch)));
}

#[test]
fn value_parties_and_committee_go_on() {
    let tx = expansion().transaction().clone();
    let funding = || coin(7, 50_000).output;
    let judge = |terms, value| ExpansionTx::judge(tx.clone(), &stake(), terms, value, funding());
    let least = stake().value();
    let found = least - Amount::from_sat(1);
    assert_eq!(judge(longer(), found), Err(ExpansionError::Value { least, found }));
    let other = Terms::new(key(STAKER), [key(STRANGER)], committee(), blocks(400), blocks(10)).unwrap();
    assert_eq!(judge(other, least), Err(ExpansionError::Parties));
    let other = Terms::new(key(STRANGER), [key(PROVIDER)], committee(), blocks(400), blocks(10)).unwrap();
    assert_eq!(judge(other, least), Err(ExpansionError::Parties));
    let one_stays = Committee::new([COVENANT[0], 21, 22].map(key), 2).unwrap();
    let refused = judge(with_committee(one_stays), least);
    assert_eq!(refused, Err(ExpansionError::Committee { expected: 2, found: 1 }));
    let worthless = TxOut { value: Amount::ZERO, ..funding() };
    let refused = ExpansionTx::judge(tx.clone(), &stake(), longer(), least, worthless);
    assert_eq!(refused, Err(ExpansionError::NoFunding));
}

#[test]
fn a_template_is_not_expanded() {
    let tx = expansion().transaction().clone();
    let funding = coin(7, 50_000).output;
    let refused = ExpansionTx::judge(tx, &stake(), template_terms(), stake().value(), funding);
    assert_eq!(refused, Err(ExpansionError::Template));
}

#[test]
fn the_old_covenant_signs_over_both_prevouts() {
    let made = expansion();
    let sign = |number: u8| bip340::sign(&secret(number), made.sighash().as_byte_array(), &NO_AUX);
    let covenant: CovenantSignatures =
        COVENANT[..2].iter().map(|number| (key(*number), sign(*number))).collect();
    let tx = made.signed(&sign(STAKER), &covenant).unwrap();
    assert_eq!(witness::staker_signature(&tx.input[0].witness), Some(sign(STAKER)));
    assert_eq!(tx.compute_txid(), made.transaction().compute_txid());
    let refused = made.signed(&sign(STRANGER), &covenant);
    assert_eq!(refused, Err(WitnessError::Signature { key: key(STAKER) }));
    assert_eq!(terms().covenant().committee().map(Committee::quorum), Some(2));

    let richer = ExpansionTx { funding: coin(7, 50_001).output, ..made.clone() };
    assert_ne!(richer.sighash(), made.sighash());
}
