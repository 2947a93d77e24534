use alloy_primitives::{B256, FixedBytes};
use proptest::prelude::*;

use super::*;

fn keys(n: u8) -> ValidatorKeys {
    ValidatorKeys { ed25519: B256::repeat_byte(n), bls: FixedBytes::repeat_byte(n) }
}

fn extra() -> Extra {
    Extra {
        context: ConsensusContext { epoch: 1, view: 300, parent_view: 299, leader: B256::repeat_byte(7) },
        timestamp_millis: 999,
        operations: OperationRange { root: B256::repeat_byte(8), start: 5, end: 90_000 },
        next_committee: vec![keys(1), keys(2)],
    }
}

#[test]
fn encoding_is_fixed() {
    let plain = Extra { next_committee: vec![], timestamp_millis: 0, ..extra() };
    let expected = alloy_primitives::bytes!(
        "01f850 01 82012c 82012b a00707070707070707070707070707070707070707070707070707070707070707 80
         a00808080808080808080808080808080808080808080808080808080808080808 05 83015f90 c0"
    );
    assert_eq!(plain.encoded(), expected);
    assert_eq!(Extra::decode(&expected), Ok(plain));
}

#[test]
fn full_committee_fits() {
    let committee = (0..MAX_COMMITTEE as u8).map(keys).collect::<Vec<_>>();
    let full = Extra { next_committee: committee, ..extra() };
    assert!(full.encoded().len() <= MAX_EXTRA_SIZE);
    assert_eq!(Extra::decode(&full.encoded()), Ok(full));
}

#[test]
fn unknown_versions_are_refused() {
    assert_eq!(Extra::decode(&[]), Err(ExtraError::Version { found: None }));
    let mut bytes = extra().encoded().to_vec();
    bytes[0] = 2;
    assert_eq!(Extra::decode(&bytes), Err(ExtraError::Version { found: Some(2) }));
}

#[test]
fn trailing_and_oversized_bytes_are_refused() {
    let mut bytes = extra().encoded().to_vec();
    bytes.push(0);
    assert_eq!(Extra::decode(&bytes), Err(ExtraError::Trailing(1)));
    let expected = ExtraError::TooLarge { found: MAX_EXTRA_SIZE + 1, limit: MAX_EXTRA_SIZE };
    assert_eq!(Extra::decode(&vec![1; MAX_EXTRA_SIZE + 1]), Err(expected));
}

#[test]
fn values_out_of_range_are_refused() {
    let refused = |extra: Extra, error| assert_eq!(Extra::decode(&extra.encoded()), Err(error));
    refused(Extra { timestamp_millis: 1_000, ..extra() }, ExtraError::Millis(1_000));
    let backwards = OperationRange { start: 2, end: 1, ..extra().operations };
    refused(Extra { operations: backwards, ..extra() }, ExtraError::Range { start: 2, end: 1 });
    refused(Extra { next_committee: vec![keys(2), keys(1)], ..extra() }, ExtraError::CommitteeOrder(1));
    refused(
        Extra { next_committee: vec![keys(1), keys(3), keys(3)], ..extra() },
        ExtraError::CommitteeOrder(2),
    );
    let crowd = (0..=MAX_COMMITTEE as u8).map(keys).collect();
    let expected = ExtraError::CommitteeSize { found: MAX_COMMITTEE + 1, limit: MAX_COMMITTEE };
    refused(Extra { next_committee: crowd, ..extra() }, expected);
}

#[test]
fn time_joins_seconds_and_milliseconds() {
    assert_eq!(extra().time_ms(1_700_000_000), 1_700_000_000_999);
    assert_eq!(extra().time_ms(u64::MAX), u64::MAX);
}

proptest! {
    #[test]
    fn what_decodes_is_canonical(position in 0usize..300, bit in 0u8..8) {
        let mut bytes = extra().encoded().to_vec();
        let position = position % bytes.len();
        bytes[position] ^= 1 << bit;
        if let Ok(decoded) = Extra::decode(&bytes) {
            prop_assert_eq!(decoded.encoded(), bytes);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Extra::decode(&bytes);
    }
}
