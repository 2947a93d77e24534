//! What was not signed for this stake, and what is no stake of these parameters.

use ballast_bitcoin_staking::{Terms, Timelock};

use super::*;
use crate::intent::StakingIntent;
use crate::testing::treasury_coin;
use crate::{Recovery, Session};

fn first() -> PresignError {
    PresignError::Signature { which: ORDER[0] }
}

/// The signatures of the stake, read as those of another.
fn read_as(keys: &Keys, change: impl FnOnce(&mut Parts)) -> Result<Presigned, PresignError> {
    let mut parts = parts(keys.group.key());
    change(&mut parts);
    let other = Presigning::of(StakingIntent::build(parts).unwrap(), params(), WITHDRAWAL_RATE).unwrap();
    Presigned::from_bytes(other, &presigned(keys).to_bytes())
}

#[test]
fn signatures_for_another_stake_are_refused() {
    let keys = custody();
    read_as(&keys, |_| ()).unwrap();
    let other_coin = read_as(&keys, |parts| parts.inputs = vec![treasury_coin(2, 1_500_000)]);
    assert_eq!(other_coin, Err(first()));
    let other_value = read_as(&keys, |parts| parts.value += Amount::from_sat(1));
    assert_eq!(other_value, Err(first()));
    let other_rate = read_as(&keys, |parts| parts.fee_rate = FeeRate::from_sat_per_vb_u32(11));
    assert_eq!(other_rate, Err(first()), "another fee is another txid");
}

#[test]
fn signatures_for_another_treasury_are_refused() {
    let thief = Recovery::new(144, 1, vec![x_only(99)]).unwrap();
    let refused = read_as(&custody(), |parts| parts.treasury.recovery = thief);
    assert_eq!(refused, Err(first()));
}

#[test]
fn signatures_at_another_withdrawal_rate_are_refused() {
    let keys = custody();
    let presigned = presigned(&keys);
    let rate = FeeRate::from_sat_per_vb_u32(21);
    let other = Presigning::of(presigned.intent().clone(), params(), rate).unwrap();
    let which = Presignature::Withdrawal(Withdrawn::Stake);
    let refused = Presigned::from_bytes(other, &presigned.to_bytes());
    assert_eq!(refused, Err(PresignError::Signature { which }), "slashings do not depend on it");
}

#[test]
fn swapped_signatures_are_refused_each_by_its_name() {
    let keys = custody();
    let presigning = presigning(keys.group.key());
    let signatures = presignatures(&keys, &presigning);
    for (place, which) in ORDER.into_iter().enumerate().take(5) {
        let mut swapped = signatures.clone();
        swapped.swap(place, place + 1);
        let refused = Presigned::new(presigning.clone(), &swapped);
        assert_eq!(refused, Err(PresignError::Signature { which }));
    }
    let mut last = signatures;
    last[5] = last[4];
    assert_eq!(Presigned::new(presigning, &last), Err(PresignError::Signature { which: ORDER[5] }));
}

#[test]
fn another_groups_signatures_are_refused() {
    let (custody, strangers) = (custody(), keys(2, 3, 2));
    let presigning = presigning(custody.group.key());
    let session = Session::new(crate::testing::CHAIN, &strangers.group, 0, presigning.digests()).unwrap();
    let signatures = crate::testing::signatures(&strangers, &session, &[1, 2], 3);
    assert_eq!(Presigned::new(presigning, &signatures), Err(first()));
}

#[test]
fn too_few_too_many_and_cut_off_are_refused() {
    let keys = custody();
    let presigning = presigning(keys.group.key());
    let mut signatures = presignatures(&keys, &presigning);
    let bytes = Presigned::new(presigning.clone(), &signatures).unwrap().to_bytes().to_vec();
    for wrong in [&bytes[..383], &bytes[..320], &[bytes.clone(), vec![0]].concat(), &[]] {
        let error = MessageError::Length { expected: 384, found: wrong.len() };
        assert_eq!(Presigned::from_bytes(presigning.clone(), wrong), Err(error.into()));
    }
    signatures.push(signatures[0]);
    let error = PresignError::Count { expected: 6, found: 7 };
    assert_eq!(Presigned::new(presigning.clone(), &signatures), Err(error));
    let error = PresignError::Count { expected: 6, found: 5 };
    assert_eq!(Presigned::new(presigning, &signatures[..5]), Err(error));
}

#[test]
fn no_bit_of_the_published_bytes_can_be_changed() {
    let presigned = presigned(&custody());
    for (place, which) in ORDER.into_iter().enumerate() {
        for at in [0, 31, 32, 63] {
            let mut bytes = presigned.to_bytes();
            bytes[place * 64 + at] ^= 1;
            let refused = Presigned::from_bytes(presigned.presigning().clone(), &bytes);
            assert_eq!(refused, Err(PresignError::Signature { which }));
        }
    }
}

fn of(change: impl FnOnce(&mut Parts), rate: FeeRate) -> PresignError {
    let mut parts = parts(x_only(7));
    change(&mut parts);
    Presigning::of(StakingIntent::build(parts).unwrap(), params(), rate).unwrap_err()
}

fn made(params: &Params, providers: &[u8], staking_time: u32, unbonding_time: u32) -> Terms {
    let blocks = |blocks| Timelock::from_blocks(blocks).unwrap();
    let providers = providers.iter().map(|number| x_only(*number));
    let committee = params.committee().clone();
    Terms::new(x_only(7), providers, committee, blocks(staking_time), blocks(unbonding_time)).unwrap()
}

#[test]
fn a_stake_under_other_parameters_is_refused() {
    let with = |terms: Terms| of(|parts| parts.terms = terms, WITHDRAWAL_RATE);
    assert_eq!(with(made(&params(), &[50], 200, 11)), PresignError::Terms { version: 0 });
    let others = [71, 72, 73].map(x_only);
    let others = ballast_bitcoin_staking::networks::devnet(&others).unwrap().at(0).unwrap().clone();
    assert_eq!(with(made(&others, &[50], 200, 10)), PresignError::Terms { version: 0 });
    let short = DelegationError::StakingTime { min: 200, max: 64_000, found: 199 };
    assert_eq!(with(made(&params(), &[50], 199, 10)), short.into());
    let two = DelegationError::ProviderCount { found: 2 };
    assert_eq!(with(made(&params(), &[50, 51], 200, 10)), two.into());
    let small = of(|parts| parts.value = Amount::from_sat(49_999), WITHDRAWAL_RATE);
    assert!(matches!(small, PresignError::Delegation(DelegationError::StakingValue { .. })));
}

#[test]
fn a_stake_that_could_not_come_home_is_refused() {
    let small = |parts: &mut Parts| parts.value = Amount::from_sat(50_000);
    let smallest =
        StakingIntent::build(Parts { value: Amount::from_sat(50_000), ..parts(x_only(7)) }).unwrap();
    let refused = of(small, FeeRate::from_sat_per_vb_u32(400));
    assert!(matches!(refused, PresignError::Withdrawal { withdrawn: Withdrawn::Stake, .. }));
    // 146 virtual bytes take the 50,000 home at this rate, 129 do not leave enough of the 44,000 after a slashing.
    let refused = of(small, FeeRate::from_sat_per_vb_u32(339));
    let (value, threshold) = (Amount::from_sat(44_000 - 129 * 339), Amount::from_sat(330));
    let reason = WithdrawalError::Dust { value, threshold };
    let withdrawn = Withdrawn::Change(Slashed::Stake);
    assert_eq!(refused, PresignError::Withdrawal { withdrawn, reason });
    Presigning::of(smallest, params(), FeeRate::from_sat_per_vb_u32(320)).unwrap();
}
