use proptest::prelude::*;

use super::*;

#[test]
fn the_lowest_bit_of_the_first_byte_comes_first() {
    let bytes = Bitmap::from_indices([0, 2, 3, 8, 103]).unwrap().to_bytes();
    assert_eq!(bytes, [0b1101, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80]);
    assert_eq!(Bitmap::from_bytes(bytes).indices().collect::<Vec<_>>(), [0, 2, 3, 8, 103]);
}

#[test]
fn places_that_are_none_are_refused() {
    assert_eq!(Bitmap::from_indices([104]), Err(BitmapError::Beyond { index: 104 }));
    assert_eq!(Bitmap::from_indices([5, 5]), Err(BitmapError::Twice { index: 5 }));
    assert!(!Bitmap::from_bytes([0xff; 13]).contains(104));
}

proptest! {
    #[test]
    fn bytes_and_places_say_the_same(bytes: [u8; 13]) {
        let set = Bitmap::from_bytes(bytes);
        prop_assert_eq!(Bitmap::from_indices(set.indices()), Ok(set));
    }
}
