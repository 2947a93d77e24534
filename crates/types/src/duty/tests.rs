use alloy_primitives::{Address, Bytes, address, bytes};
use proptest::prelude::*;

use super::*;

fn duty() -> Duty {
    let to = address!("ba11a57000000000000000000000000000000001");
    Duty { chain_id: 840_099, to, input: bytes!("deadbeef") }
}

#[test]
fn encoding_is_the_wire_format() {
    // 0x42, list of 30 bytes: 840099 as 3 bytes, 20-byte address, 4-byte input
    let expected = bytes!("42de830cd1a394ba11a5700000000000000000000000000000000184deadbeef");
    assert_eq!(duty().encoded(), expected);
    assert_eq!(duty().hash(), keccak256(&expected));
}

#[test]
fn other_type_bytes_are_refused() {
    assert_eq!(Duty::decode_exact(&[]), Err(DutyError::Type { found: 0 }));
    let mut bytes = duty().encoded();
    bytes[0] = 0x02;
    assert_eq!(Duty::decode_exact(&bytes), Err(DutyError::Type { found: 0x02 }));
}

#[test]
fn trailing_bytes_are_refused() {
    let mut bytes = duty().encoded();
    bytes.push(0);
    assert_eq!(Duty::decode_exact(&bytes), Err(DutyError::Trailing(1)));
}

#[test]
fn a_second_encoding_of_the_same_duty_is_refused() {
    // chain id with a leading zero
    let padded = bytes!("42df84000cd1a394ba11a5700000000000000000000000000000000184deadbeef");
    assert_eq!(Duty::decode_exact(&padded), Err(DutyError::Rlp(alloy_rlp::Error::LeadingZero)));
    // a one-byte input written as a string with a length
    let one = Duty { input: bytes!("05"), ..duty() }.encoded();
    let mut long = one.clone();
    *long.last_mut().unwrap() = 0x81;
    long.push(5);
    long[1] += 1;
    assert_eq!(Duty::decode_exact(&long), Err(DutyError::Rlp(alloy_rlp::Error::NonCanonicalSingleByte)));
    // the list length in long form
    let mut long_list = vec![DUTY_TYPE, 0xf8, 30];
    long_list.extend_from_slice(&duty().encoded()[2..]);
    assert_eq!(Duty::decode_exact(&long_list), Err(DutyError::Rlp(alloy_rlp::Error::NonCanonicalSize)));
    // a fourth field
    let mut extended = duty().encoded();
    extended[1] += 1;
    extended.push(0x01);
    assert!(matches!(Duty::decode_exact(&extended), Err(DutyError::Rlp(_))));
}

#[test]
fn size_is_bounded() {
    let overhead = Duty { input: Bytes::from(vec![1; 100_000]), ..duty() }.encoded().len() - 100_000;
    let largest = Duty { input: Bytes::from(vec![1; MAX_TRANSACTION_SIZE - overhead]), ..duty() };
    assert_eq!(Duty::decode_exact(&largest.encoded()), Ok(largest.clone()));
    let too_large = Duty { input: Bytes::from(vec![1; MAX_TRANSACTION_SIZE - overhead + 1]), ..duty() };
    let expected = DutyError::TooLarge { found: MAX_TRANSACTION_SIZE + 1, limit: MAX_TRANSACTION_SIZE };
    assert_eq!(Duty::decode_exact(&too_large.encoded()), Err(expected));
}

proptest! {
    #[test]
    fn round_trip(chain_id: u64, to: [u8; 20], input: Vec<u8>) {
        let duty = Duty { chain_id, to: Address::new(to), input: input.into() };
        prop_assert_eq!(Duty::decode_exact(&duty.encoded()), Ok(duty));
    }

    #[test]
    fn what_decodes_is_canonical(flip in 0usize..32, bit in 0u8..8) {
        let mut bytes = duty().encoded();
        bytes[flip] ^= 1 << bit;
        if let Ok(decoded) = Duty::decode_exact(&bytes) {
            prop_assert_eq!(decoded.encoded(), bytes);
        }
    }
}
