use super::*;
use crate::covenant::Committee;
use crate::fixture::{blocks, key};

/// The bytes after the staker's check.
fn number(blocks_: u32) -> String {
    timelock(key(1), blocks(blocks_)).to_hex_string()[68..].to_owned()
}

#[test]
fn numbers_are_minimal_with_a_sign_byte() {
    for (blocks, bytes) in [
        (1, "51b2"),
        (16, "60b2"),
        (17, "0111b2"),
        (127, "017fb2"),
        (128, "028000b2"),
        (255, "02ff00b2"),
        (32_767, "02ff7fb2"),
        (32_768, "03008000b2"),
        (65_535, "03ffff00b2"),
    ] {
        assert_eq!(number(blocks), bytes);
    }
}

#[test]
fn one_key_needs_no_count() {
    let one = Committee::new([key(9)], 1).unwrap();
    let expected = format!("20{}ad20{}ac", key(1), key(9));
    assert_eq!(unbonding(key(1), Consent::Committee(&one)).to_hex_string(), expected);
}

#[test]
fn several_keys_are_counted_for_equality() {
    let committee = Committee::new([key(8), key(9)], 2).unwrap();
    let [low, high] = committee.keys() else { panic!("two keys") };
    let group = format!("20{low}ac20{high}ba");
    let script = slashing(key(1), &[*low, *high], Consent::Committee(&committee));
    assert_eq!(script.to_hex_string(), format!("20{}ad{group}519d{group}529c", key(1)));
}

#[test]
fn a_template_stands_where_the_committee_would() {
    let hash = TemplateHash::of(crate::fixture::slashing().transaction(), 0);
    let expected = format!("20{}ad20{hash}b3", key(1));
    assert_eq!(unbonding(key(1), Consent::Template(hash)).to_hex_string(), expected);
    let expected = format!("20{}ad20{}ad20{hash}b3", key(1), key(2));
    assert_eq!(slashing(key(1), &[key(2)], Consent::Template(hash)).to_hex_string(), expected);
}
