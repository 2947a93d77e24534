use bitcoin::params::Params;
use bitcoin::{CompactTarget, Target};
use proptest::prelude::*;

use super::*;

fn bits(bits: u32) -> CompactTarget {
    CompactTarget::from_consensus(bits)
}

/// The largest target there is: 256 one bits.
fn no_limit() -> Target {
    Target::from_be_bytes([0xff; 32])
}

/// The number that `bits` encode, as 40 big-endian bytes, by placing the mantissa in them.
fn oracle(bits: u32) -> Option<[u8; 40]> {
    let [size, mantissa @ ..] = bits.to_be_bytes();
    let mut digits = [0u8; 300];
    let lowest = 300 - usize::from(size);
    for (place, byte) in mantissa.into_iter().enumerate() {
        if let Some(digit) = digits.get_mut(lowest + place) {
            *digit = byte;
        }
    }
    let (overflow, value) = digits.split_last_chunk::<40>()?;
    overflow.iter().all(|digit| *digit == 0).then_some(*value)
}

#[test]
fn negative_zero_overflowing_and_easy_bits_are_refused() {
    let limit = HeaderRules::MAINNET.limit;
    assert_eq!(target_of(bits(0x0492_3456), limit), Err(BitsError::Negative(bits(0x0492_3456))));
    assert_eq!(target_of(bits(0x01fe_dcba), limit), Err(BitsError::Negative(bits(0x01fe_dcba))));
    for zero in [0, 0x0012_3456, 0x0100_3456, 0x2000_0000, 0xff00_0000, 0x0180_0000, 0x2080_0000] {
        assert_eq!(target_of(bits(zero), limit), Err(BitsError::Zero(bits(zero))), "{zero:#x}");
    }
    for wide in [0xff12_3456, 0x2101_0000, 0x2200_0100, 0x2300_0001] {
        assert_eq!(target_of(bits(wide), no_limit()), Err(BitsError::Overflow(bits(wide))), "{wide:#x}");
    }
    let easy = bits(0x1d01_0000);
    assert_eq!(target_of(easy, limit), Err(BitsError::AboveLimit { limit: bits(0x1d00_ffff), found: easy }));
}

#[test]
fn limits_are_targets_of_their_own_networks() {
    for (rules, limit) in [
        (HeaderRules::MAINNET, 0x1d00_ffff),
        (HeaderRules::TESTNET3, 0x1d00_ffff),
        (HeaderRules::TESTNET4, 0x1d00_ffff),
        (HeaderRules::SIGNET, 0x1e03_77ae),
        (HeaderRules::REGTEST, 0x207f_ffff),
    ] {
        assert_eq!(target_of(bits(limit), rules.limit), Ok(rules.limit));
    }
}

#[test]
fn bits_are_printed_as_bitcoin_core_prints_them() {
    let error = target_of(bits(0x1d01_0000), HeaderRules::MAINNET.limit).unwrap_err();
    assert_eq!(error.to_string(), "bits 0x1d010000 are easier than the network's limit 0x1d00ffff");
}

#[test]
fn an_adjustment_is_at_most_fourfold_and_stops_at_the_limit() {
    let rules = HeaderRules::MAINNET;
    let (old, two_weeks) = (Target::from_compact(bits(0x1c0f_fff0)), 14 * 24 * 3600);
    let quarter = retarget(&rules, old, 0, two_weeks / 4);
    assert_eq!(quarter, bits(0x1c03_fffc));
    assert_eq!(retarget(&rules, old, 0, 0), quarter);
    assert_eq!(retarget(&rules, old, 1000, 0), quarter, "the last header is older than the first");
    let fourfold = retarget(&rules, old, 0, two_weeks * 4);
    assert_eq!(fourfold, bits(0x1c3f_ffc0));
    assert_eq!(retarget(&rules, old, 0, u32::MAX), fourfold);
    assert_eq!(retarget(&rules, rules.limit, 0, two_weeks + 600), bits(0x1d00_ffff));
}

#[test]
fn an_adjustment_beyond_256_bits_stops_at_the_limit() {
    let rules = HeaderRules { limit: no_limit(), ..HeaderRules::MAINNET };
    let new = retarget(&rules, no_limit(), 0, u32::MAX);
    assert_eq!(new, no_limit().to_compact_lossy());
}

proptest! {
    #[test]
    fn any_bits_are_the_number_they_encode_or_refused(any in any::<u32>()) {
        let [_, high, ..] = any.to_be_bytes();
        match (target_of(bits(any), no_limit()), oracle(any & !0x0080_0000)) {
            (Ok(target), Some(value)) => {
                prop_assert_eq!(high & 0x80, 0);
                prop_assert_eq!(&value[..8], &[0; 8]);
                prop_assert_eq!(target.to_be_bytes(), *value.last_chunk::<32>().unwrap());
            }
            (Err(BitsError::Zero(_)), Some(value)) => prop_assert_eq!(value, [0; 40]),
            (Err(BitsError::Negative(_)), _) => prop_assert_eq!(high & 0x80, 0x80),
            (Err(BitsError::Overflow(_)), Some(value)) => prop_assert_ne!(&value[..8], &[0; 8]),
            (Err(BitsError::Overflow(_)), None) => {}
            (result, value) => prop_assert!(false, "{result:?} {value:?}"),
        }
    }

    #[test]
    fn adjustments_are_those_of_another_implementation(
        size in 4u32..=0x1d, mantissa in 0x8000u32..=0x7f_ffff, first in any::<u32>(), last in any::<u32>(),
    ) {
        let limit = HeaderRules::MAINNET.limit;
        let old = Target::from_compact(bits(size << 24 | mantissa)).min(limit);
        let span = u64::from(last.saturating_sub(first));
        prop_assert_eq!(
            retarget(&HeaderRules::MAINNET, old, first, last),
            CompactTarget::from_next_work_required(old.to_compact_lossy(), span, Params::MAINNET)
        );
    }
}
